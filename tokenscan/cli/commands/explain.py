"""``tokenscan explain``: one finding in full, so that it can be defended, redone by hand, or dismissed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokenscan.cli import complete, parsing
from tokenscan.cli import options as opt
from tokenscan.cli import options_privacy as private
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.cli.options_analysis import Analysis, analysis_options
from tokenscan.errors import InputError, UsageError

if TYPE_CHECKING:
    from tokenscan.cli.options_analysis import Request
    from tokenscan.explain.look import Wish
    from tokenscan.explain.model import Explanation, Known
    from tokenscan.findings.model import Finding

FORMATS = ("table", "json", "markdown")
LISTED = 20
STDIN = "-"

Wanted = Annotated[
    str,
    typer.Argument(
        metavar="FINDING",
        help="A fingerprint or its beginning; or a person, team or rule, or several words, if only one finding fits.",
        show_default=False,
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATH", help="The logs, as for `analyze`; or a saved JSON report.", show_default=False),
]
Format = Annotated[
    str,
    typer.Option(
        "-f",
        "--format",
        metavar="FORMAT",
        help="table, json or markdown.",
        rich_help_panel=opt.OUTPUT,
        autocompletion=complete.one_of("table", "json", "markdown"),
    ),
]
Samples = Annotated[int, typer.Option("--samples", help="Sample calls to show.", rich_help_panel=opt.OUTPUT, min=0)]
ShowText = Annotated[
    int,
    typer.Option(
        "--show-text",
        metavar="N",
        help="Show N of the finding's prompts, masked, secrets taken out; else none is shown.",
        rich_help_panel=opt.OUTPUT,
        min=0,
    ),
]
NoTrials = Annotated[
    bool,
    typer.Option(
        "--no-trials", help="Do not run the rule again to see what would change it.", rich_help_panel=opt.OUTPUT
    ),
]


@analysis_options
def explain(
    finding: Wanted,
    analysis: Analysis,
    paths: Where = None,
    format: Format = "table",  # noqa: A002 - the word users type
    output: opt.Output = None,
    samples: Samples = 5,
    show_text: ShowText = 0,
    no_trials: NoTrials = False,
    pseudonymize: private.Pseudonymize = False,
    key_file: private.KeyFile = None,
    quiet: opt.Quiet = False,
    color: opt.Color = "auto",
    width: opt.Width = None,
    no_progress: opt.NoProgress = False,
) -> int:
    """Tell one finding in full: numbers, working, calls, doubts, what would change it, how to suppress it.

    Give the options that the finding was made with. From a saved report alone, calls and trials are missing.

    [bold]Examples[/bold]

      tokenscan explain ts1:5d41402a logs.parquet
      tokenscan explain mallory@example.com exports/ --people people.csv
      tokenscan explain 'mallory scripted-timing' --store usage --show-text 3
      tokenscan explain ts1:5d41402a report.json
      tokenscan explain ts1:5d41402a logs.parquet -f markdown -o finding.md

    [bold]Exit codes[/bold]: 0 done, 2 usage, no such finding or several, 3 no usable input.
    """
    from tokenscan.explain.look import Wish

    started = datetime.now(UTC)
    console = Console(verbosity=-1 if quiet else 0, color=color, width=width, progress=not no_progress)
    parsing.check_format(format, FORMATS)
    if not paths and not analysis.store:
        hint = "tokenscan explain FINDING logs.parquet, or a saved report; see tokenscan explain --help"
        raise UsageError("nothing to look into", hint=hint)
    asked = analysis.request(started)
    asked.options["key_file"] = private.key_path(key_file, wanted=pseudonymize)
    if (saved := _saved(paths or [], analysis)) is not None:
        if show_text:
            raise UsageError("--show-text needs the logs: a report holds no prompts", hint="give the logs as PATH")
        explanation = _from_report(finding, saved, asked, console)
    else:
        wish = Wish(samples=samples, prompts=show_text, trials=not no_trials)
        explanation = _from_logs(finding, paths or [], asked, wish, console)
    if explanation is None:
        return ExitCode.USAGE
    write_payload(_rendered(explanation, format, console, to_file=output is not None), output)
    return ExitCode.DONE


def _saved(paths: Sequence[str], analysis: Analysis) -> tuple[bytes, str] | None:
    """Return a saved report's content and name, or nothing where the paths are logs."""
    from tokenscan.explain.saved import is_report, looks_like_report

    reports = [path for path in paths if path != STDIN and is_report(Path(path))]
    if reports and (len(paths) > 1 or analysis.store):
        raise UsageError(f"{reports[0]} is a report, and stands alone", hint="give the report, or the logs")
    if reports:
        try:
            return Path(reports[0]).read_bytes(), reports[0]
        except OSError as error:
            raise InputError(f"{reports[0]}: cannot be read ({error.strerror})") from error
    peek = getattr(sys.stdin.buffer, "peek", None) if list(paths) == [STDIN] else None
    if peek is not None and looks_like_report(peek(4096)):
        return sys.stdin.buffer.read(), "standard input"
    return None


def _from_report(text: str, saved: tuple[bytes, str], asked: Request, console: Console) -> Explanation | None:
    from tokenscan.api import active_rules
    from tokenscan.explain.build import explained
    from tokenscan.explain.saved import read_saved

    known = read_saved(*saved)
    found = _the_one(text, known, console)
    if found is None:
        return None
    options = asked.options
    active = active_rules(asked.config, options["config_folder"], options["rules"], set=options["set"])
    rule = next((rule for rule in active if rule.rule.id == found.rule_id), None)
    return explained(found, known, rule)


def _from_logs(text: str, paths: list[str], asked: Request, wish: Wish, console: Console) -> Explanation | None:
    from tokenscan.api import AnalyzeOptions, prepare
    from tokenscan.explain.build import explained, known_of

    with console.bar() as progress:
        options: AnalyzeOptions = {**asked.options, "all_people": True, "progress": progress}
        prepared = prepare(paths, [()], asked.config, **options)
        [rules] = prepared.variants
        known = known_of(prepared.report(rules))
        found = _the_one(text, known, console)
        if found is None:
            return None
        rule = next(rule for rule in rules if rule.rule.id == found.rule_id)
        return explained(found, known, rule, ground=prepared.ground, wish=wish, progress=progress)


def _the_one(text: str, known: Known, console: Console) -> Finding | None:
    """Return the finding meant; where several are, list them and return none.

    Raises:
        UsageError: there is no such finding.
    """
    from tokenscan.explain.find import find, not_found, shortest

    found = find(text, known)
    if not found:
        reason, hint = not_found(text, known)
        raise UsageError(reason, hint=hint)
    if len(found) == 1:
        return found[0]
    console.note(f"tokenscan: {len(found):,} findings fit {text!r}; name one of them:", level=-1)
    for one in found[:LISTED]:
        whom = one.subject.user or one.subject.team or one.subject.kind.value
        console.note(f"- {shortest(one, known.findings)}  {one.rule_id}  {whom}", level=-1)
    if len(found) > LISTED:
        console.note(f"- and {len(found) - LISTED:,} more", level=-1)
    return None


def _rendered(explanation: Explanation, format: str, console: Console, *, to_file: bool) -> str:  # noqa: A002
    if format == "json":
        from tokenscan.explain.json_v1 import to_json

        return to_json(explanation)
    if format == "markdown":
        from tokenscan.explain.markdown import render_markdown

        return render_markdown(explanation)
    from tokenscan.explain.table import render_table

    options = console.payload_options()
    return render_table(
        explanation,
        width=int(str(options["width"])),
        color=console.color == "always" if to_file else bool(options["color"]),
        ascii_only=False if to_file else bool(options["ascii_only"]),
    )
