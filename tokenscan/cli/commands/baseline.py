"""``tokenscan baseline``: what was known last time, for tickets that are opened once and closed once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokenscan.cli import options as opt
from tokenscan.cli import parsing
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.errors import UsageError

if TYPE_CHECKING:
    from tokenscan.findings.baseline import Baseline, Known

app = typer.Typer(
    no_args_is_help=True,
    help="""Remember findings, so that the next report says which are new, worse or gone.

    [bold]Examples[/bold]

      tokenscan analyze logs/ -f json -o report.json
      tokenscan baseline write report.json -o baseline.json
      tokenscan analyze logs/ --baseline baseline.json --state new,worse -f jsonl
      tokenscan baseline show baseline.json
      tokenscan baseline prune baseline.json --before 2026-01-01
    """,
)
File = Annotated[Path, typer.Argument(metavar="BASELINE", help="A baseline.")]


@app.command("write")
def write(
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="A JSON report (analyze -f json).")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where to write the baseline.")],
) -> int:
    """Write the findings of a report as a baseline; one that is there already keeps when things were first seen.

    Suppressed findings are remembered too: they are known. Make the report without --state, --min-severity and
    --min-confidence, or what they leave out is forgotten.

    [bold]Examples[/bold]

      tokenscan analyze logs/ -f json -o report.json
      tokenscan baseline write report.json -o known.json

    [bold]Exit codes[/bold]: 0 done, 2 usage, no such report, or one that holds only part of the findings.
    """
    from tokenscan.explain.saved import read_saved
    from tokenscan.findings.baseline import remember, write_baseline
    from tokenscan.report.text import escape_json

    try:
        content = report.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{report}: cannot be read ({error.strerror})", hint="see tokenscan baseline --help"
        ) from error
    before = _read(output) if output.exists() else None
    found = read_saved(content, report.name).findings
    _check_whole(content, sum(finding.state.value != "resolved" for finding in found), report)
    write_payload(escape_json(write_baseline(remember(found, before))), output)
    return ExitCode.DONE


@app.command("show")
def show(
    file: File,
    format: opt.TableOrJson = "table",  # noqa: A002 - the word users type
    width: opt.Width = None,
    color: opt.Color = "auto",
) -> int:
    """List what a baseline holds.

    [bold]Examples[/bold]

      tokenscan baseline show known.json
      tokenscan baseline show known.json -f json | jq -r '.[].fingerprint'

    [bold]Exit codes[/bold]: 0 done, 2 usage or no such baseline.
    """
    parsing.check_format(format, ("table", "json"))
    entries = [_entry(known) for known in _read(file).findings]
    if format == "json":
        from tokenscan.report.text import escape_json

        write_payload(escape_json(json.dumps(entries, indent=2, ensure_ascii=False)) + "\n", None)
        return ExitCode.DONE
    from tokenscan.report.listing import listing_table

    rows = [(str(entry["fingerprint"]), _sentence(entry)) for entry in entries]
    options = Console(width=width, color=color).payload_options()
    cells, colored = int(str(options["width"])), bool(options["color"])
    # Two columns: a fingerprint is to be copied, so it is never folded, and the rest needs the room.
    table = listing_table(("fingerprint", "finding"), rows, width=cells, color=colored, keep_first=True)
    write_payload(table, None)
    return ExitCode.DONE


@app.command("prune")
def prune(
    file: File,
    before: Annotated[str, typer.Option("--before", metavar="DATE", help="Forget what was last seen before this day.")],
) -> int:
    """Forget findings that have not been seen for long; what comes back later is new again.

    [bold]Examples[/bold]

      tokenscan baseline prune known.json --before 2026-01-01

    [bold]Exit codes[/bold]: 0 done, 2 usage or no such baseline.
    """
    from tokenscan.findings.baseline import write_baseline
    from tokenscan.report.text import escape_json

    day = datetime.combine(parsing.parse_day(before, "--before"), time(), tzinfo=UTC)
    known = _read(file)
    kept = _since(known, day)
    write_payload(escape_json(write_baseline(kept)), file)
    Console().note(f"{len(known.findings) - len(kept.findings)} of {len(known.findings)} findings forgotten")
    return ExitCode.DONE


def _check_whole(content: bytes, listed: int, report: Path) -> None:
    """Refuse a report that lists only part of what was found: the rest would be new again the next time."""
    try:
        totals = json.loads(content)["totals"]
        found = sum(totals["findings"].values()) + totals["suppressed"]
    except (KeyError, TypeError, AttributeError):
        return  # no report of this program's says it otherwise
    if listed < found:
        raise UsageError(
            f"{report}: lists {listed} of {found} findings; the others would be forgotten",
            hint="make it without --state, --min-severity and --min-confidence",
        )


def _since(known: Baseline, day: datetime) -> Baseline:
    from tokenscan.findings.baseline import Baseline

    return Baseline(findings=tuple(entry for entry in known.findings if entry.last_seen >= day))


def _read(file: Path) -> Baseline:
    from tokenscan.api import load_baseline

    return load_baseline(file)


def _entry(known: Known) -> dict[str, Any]:
    who = known.user if known.user is not None else known.team
    return {
        "fingerprint": known.fingerprint,
        "rule_id": known.rule_id,
        "subject": f"{known.subject.value} {who}" if who else known.subject.value,
        "first_seen": known.first_seen.date().isoformat(),
        "last_seen": known.last_seen.date().isoformat(),
        "waste_tokens": known.waste_tokens,
    }


def _sentence(entry: dict[str, Any]) -> str:
    seen = f"{entry['first_seen']} to {entry['last_seen']}"
    return f"{entry['rule_id']}: {entry['subject']}, {seen}, {entry['waste_tokens']:,} tokens of waste"
