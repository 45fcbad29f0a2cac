"""``tokenscan evaluate``: reports and labels in, honest scores out."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokenscan.cli import options as opt
from tokenscan.cli import parsing
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.cli.options_analysis import Analysis, analysis_options
from tokenscan.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenscan.api import AnalyzeOptions
    from tokenscan.config import Config
    from tokenscan.evaluate.model import Evaluation, Sweep
    from tokenscan.evaluate.population import Draw
    from tokenscan.evaluate.reports import Judgement
    from tokenscan.evaluate.sweep import SweepRequest

SWEEP = "What if"

Pairs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="REPORT LABELS",
        help="A JSON report (- for standard input) and its labels; several pairs are pooled.",
        show_default=False,
    ),
]
FailUnder = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-under",
        metavar="METRIC=VALUE",
        help="Exit code 1 below a value, e.g. recall=0.9 or strong.specificity=1. Repeatable.",
        rich_help_panel=opt.OUTPUT,
    ),
]
SweepOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sweep",
        metavar="RULE.PARAM=V1,V2,…",
        help="Analyse --logs once more with each value. Repeatable.",
        rich_help_panel=SWEEP,
    ),
]
Logs = Annotated[
    list[str] | None,
    typer.Option("--logs", metavar="PATH", help="What the report was made of. Repeatable.", rich_help_panel=SWEEP),
]
Top = Annotated[
    int, typer.Option("--top", help="Rows in each list of the table; 0 = all.", rich_help_panel=opt.OUTPUT, min=0)
]


@analysis_options
def evaluate(
    analysis: Analysis,
    pairs: Pairs = None,
    format: opt.TableOrJson = "table",  # noqa: A002 - the word users type
    output: opt.Output = None,
    fail_under: FailUnder = None,
    sweep: SweepOption = None,
    logs: Logs = None,
    top: Top = 20,
    quiet: opt.Quiet = False,
    color: opt.Color = "auto",
    width: opt.Width = None,
    no_progress: opt.NoProgress = False,
) -> int:
    """Score JSON reports against labels: whom they found, whom they missed, whom they accused wrongly.

    Labels are a CSV file with the columns user, label (honest, gamer or service) and kind, and dose and waste_tokens
    where known. Options on logs, context and rules serve --sweep; give those that the report was made with.

    [bold]Examples[/bold]

      tokenscan analyze logs.parquet --all-people -f json -o report.json
      tokenscan evaluate report.json labels.csv
      tokenscan evaluate draw1.json labels1.csv draw2.json labels2.csv -f json
      tokenscan evaluate report.json labels.csv --sweep personal-spike.ratio=5,10,20 --logs logs.parquet
      tokenscan evaluate report.json labels.csv -q --fail-under recall=0.9 --fail-under specificity=1

    [bold]Exit codes[/bold]: 0 done, 1 --fail-under not met, 2 usage, 3 no usable report or labels.
    """
    from tokenscan.evaluate.evaluation import evaluated
    from tokenscan.evaluate.gates import failure, parse_gate
    from tokenscan.evaluate.sweep import parse_sweep

    started = datetime.now(UTC)
    console = Console(verbosity=-1 if quiet else 0, color=color, width=width, progress=not no_progress)
    parsing.check_format(format, ("table", "json"))
    gates = [parse_gate(text) for text in fail_under or ()]
    requests = [parse_sweep(text) for text in sweep or ()]
    _check(pairs or [], requests, logs or analysis.store)
    draws = _draws(pairs or [])
    sweeps: tuple[Sweep, ...] = ()
    if requests:
        asked = analysis.request(started, as_of=draws[0].judgement.as_of)
        given: AnalyzeOptions = {**asked.options, "all_people": True}
        sweeps = _sweeps(draws[0], requests, logs or [], asked.config, given, console)
    evaluation = evaluated(draws, sweeps)
    write_payload(_rendered(evaluation, format, console, to_file=output is not None, top=top), output)
    failures = [why for gate in gates if (why := failure(gate, evaluation.scores))]
    for why in failures:
        console.note(f"tokenscan: {why}", level=-1)
    return ExitCode.GATE if failures else ExitCode.DONE


def _check(pairs: Sequence[str], requests: Sequence[SweepRequest], logs: Sequence[object] | None) -> None:
    """Refuse what cannot be done before anything is read."""
    if not pairs or len(pairs) % 2:
        raise UsageError(
            "a REPORT and its LABELS belong together", hint="tokenscan evaluate report.json labels.csv; see --help"
        )
    if pairs[2::2].count("-") + (pairs[0] == "-") > 1:
        raise UsageError("standard input can be one report only")
    if requests and len(pairs) > 2:
        raise UsageError("--sweep takes one REPORT and LABELS", hint="run it for each draw")
    if requests and not logs:
        raise UsageError("--sweep needs the logs", hint="add --logs PATH, what the report was made of")
    if logs and not requests:
        raise UsageError("--logs without --sweep", hint="add --sweep RULE.PARAM=V1,V2")


def _draws(pairs: Sequence[str]) -> list[Draw]:
    from tokenscan.evaluate.labels import read_labels
    from tokenscan.evaluate.population import Draw
    from tokenscan.evaluate.reports import read_report

    return [
        Draw(judgement=read_report(_content(report), report), labels=read_labels(Path(labels)), labels_name=labels)
        for report, labels in zip(pairs[::2], pairs[1::2], strict=True)
    ]


def _content(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{name}: cannot be read ({reason})") from error


def _sweeps(
    draw: Draw,
    requests: Sequence[SweepRequest],
    logs: list[str],
    config: Config,
    given: AnalyzeOptions,
    console: Console,
) -> tuple[Sweep, ...]:
    from tokenscan.api import analyze_each
    from tokenscan.evaluate.reports import judged
    from tokenscan.evaluate.sweep import all_variants, swept

    current = [_in_force(request, config, given) for request in requests]
    with console.bar() as progress:
        given["progress"] = progress
        reports = analyze_each(logs, all_variants(requests), config, **given)
        judgements: Iterator[Judgement] = (judged(report.to_dict(), "the sweep's report") for report in reports)
        return swept(draw, requests, judgements, current)


def _in_force(request: SweepRequest, config: Config, given: AnalyzeOptions) -> str:
    """Return the swept parameter's value without a sweep; refuse a rule, parameter or value that cannot be tried."""
    from tokenscan.api import active_rules
    from tokenscan.ruleset.params import parse, spelt

    name = f"{request.rule}.{request.param}"
    active = {rule.rule.id: rule for rule in active_rules(config, given["config_folder"], given["rules"], **given)}
    rule = active.get(request.rule)
    if rule is None:
        raise UsageError(f"--sweep {name}: no rule {request.rule!r} among those that run", hint="tokenscan rules list")
    if not rule.enabled:
        raise UsageError(f"--sweep {name}: the rule does not run ({rule.disabled})")
    if request.param not in rule.values:
        raise UsageError(f"--sweep {name}: no such parameter", hint=f"it has: {', '.join(sorted(rule.values))}")
    param = next(item for item in rule.params if item.name == request.param)
    for value in request.values:
        try:
            parse(param.spec, value)
        except ValueError as error:
            raise UsageError(f"--sweep {name}={value:.60}: {error}") from error
    return spelt(param.value)


def _rendered(evaluation: Evaluation, format: str, console: Console, *, to_file: bool, top: int) -> str:  # noqa: A002
    if format == "json":
        from tokenscan.evaluate.json_v1 import to_json

        return to_json(evaluation)
    from tokenscan.evaluate.table import render_table

    options = console.payload_options()
    return render_table(
        evaluation,
        width=int(str(options["width"])),
        color=console.color == "always" if to_file else bool(options["color"]),
        ascii_only=False if to_file else bool(options["ascii_only"]),
        top=top,
    )
