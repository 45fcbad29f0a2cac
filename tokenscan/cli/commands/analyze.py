"""``tokenscan analyze``: logs in, ranked report out."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tokenscan.cli import options as opt
from tokenscan.cli import options_privacy as private
from tokenscan.cli import parsing
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import SEVERITIES, ExitCode, parse_gate, report_code
from tokenscan.cli.options_analysis import Analysis, analysis_options
from tokenscan.errors import UsageError

if TYPE_CHECKING:
    from tokenscan.api import AnalyzeOptions
    from tokenscan.cli.exit_codes import Gate
    from tokenscan.config import Config
    from tokenscan.report.model import Report

CONFIDENCES = ("low", "medium", "high")
STATES = frozenset({"new", "worse", "unchanged", "resolved"})


@analysis_options
def analyze(
    analysis: Analysis,
    paths: opt.Paths = None,
    format: opt.Format = "table",  # noqa: A002 - the word users type
    output: opt.Output = None,
    also: opt.Also = None,
    max_bad_rows: opt.MaxBadRows = "1%",
    strict: opt.Strict = False,
    min_severity: opt.MinSeverity = "info",
    min_confidence: opt.MinConfidence = "low",
    baseline: opt.Baseline = None,
    state: opt.States = None,
    top: opt.Top = 20,
    all_people: opt.AllPeople = False,
    summary_line: opt.SummaryLine = False,
    fail_on: opt.FailOn = None,
    no_suppress: opt.NoSuppress = False,
    show_suppressed: opt.ShowSuppressed = False,
    pseudonymize: private.Pseudonymize = False,
    key_file: private.KeyFile = None,
    level: private.Level = "person",
    no_text: private.NoText = False,
    show_text: private.ShowText = 0,
    replies: private.Replies = None,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    color: opt.Color = "auto",
    width: opt.Width = None,
    no_progress: opt.NoProgress = False,
) -> int:
    """Read logs, run the rules, and print a ranked, explained report.

    [bold]Examples[/bold]

      tokenscan analyze logs.parquet
      tokenscan analyze exports/ --people people.csv --outcomes outcomes.csv
      tokenscan analyze 'logs/2026-*.jsonl.gz' -q -f json -o report.json
      zcat spend.jsonl.gz | tokenscan analyze - -f jsonl
      tokenscan analyze --store usage -q --fail-on high
      tokenscan analyze --store usage --baseline known.json --state new,worse -f jsonl
      tokenscan analyze logs.csv --map employee=user --map when=timestamp
      tokenscan analyze exports/ --people people.csv --pseudonymize -f markdown
      tokenscan analyze exports/ --people people.csv --level team -f html -o teams.html

    [bold]Exit codes[/bold]: 0 done (there may be findings), 1 --fail-on met, 2 usage or config, 3 no usable input,
    4 incomplete (the report says so), 70 internal error.
    """
    from tokenscan.report.formats import FORMATS
    from tokenscan.report.model import Run

    started = datetime.now(UTC)
    console = Console(verbosity=-1 if quiet else int(verbose), color=color, width=width, progress=not no_progress)
    if not paths and not analysis.store:
        raise UsageError("nothing to analyse", hint="tokenscan analyze logs.parquet; see tokenscan analyze --help")
    outputs = parsing.parse_outputs(format, output, also, FORMATS, "json=report.json")
    parsing.check_choice("--min-severity", min_severity, SEVERITIES)
    parsing.check_choice("--min-confidence", min_confidence, CONFIDENCES)
    parsing.check_choice("--color", color, parsing.COLORS)
    states = _states(state)
    private.check_level(level, show_text)
    if no_text and show_text:
        raise UsageError("--no-text keeps no text that --show-text could show", hint="leave one of them out")
    gates = tuple(parse_gate(gate) for gate in fail_on or ())
    asked = analysis.request(started)
    now = asked.options["as_of"]
    given: AnalyzeOptions = {
        **asked.options,
        "max_bad_share": parsing.parse_share(max_bad_rows),
        "strict": strict,
        "all_people": all_people,
        "baseline": baseline,
        "series": any(kind == "html" for kind, _ in outputs),
        "replies": replies,
        "no_suppress": no_suppress,
        "key_file": private.key_path(key_file, wanted=pseudonymize),
        "level": level,
        "no_text": no_text,
        "show_text": show_text,
        "run": Run(
            started_at=started, duration_s=0.0, argv=tuple(sys.argv[1:]), config=str(asked.path or ""), as_of=now
        ),
    }
    report = _run(paths or [], asked.config, given, console)
    _warn(report, console)
    choices: dict[str, object] = {"top": top, "summary_line": summary_line, "show_suppressed": show_suppressed}
    _write(_filtered(report, min_severity, min_confidence, states), outputs, console, choices)
    return _finish(report, console, gates)


def _run(paths: list[str], config: Config, given: AnalyzeOptions, console: Console) -> Report:
    from tokenscan.api import analyze as analyse

    if given["run"].config:
        console.note(f"config: {given['run'].config}", level=1)
    clock = time.perf_counter()
    with console.bar() as progress:
        given["progress"] = progress
        report = analyse(paths, config, **given)
    for verdict in report.input.files:
        console.note(f"{verdict.name}: {verdict.format or 'skipped: ' + verdict.skipped}", level=1)
    if report.run.engine == "numpy":
        # For people at a terminal: a nightly run has to keep quiet when all is well.
        level = 0 if sys.stderr.isatty() else 1
        console.note("prompts were compared without the compiled kernel: same findings, more slowly", level=level)
    return replace(report, run=replace(report.run, duration_s=round(time.perf_counter() - clock, 3)))


def _states(text: str | None) -> frozenset[str]:
    """Return the states asked for; all where none is.

    Raises:
        UsageError: one of them is no state.
    """
    states = frozenset(part.strip() for part in text.split(",")) if text else STATES
    if unknown := sorted(states - STATES):
        raise UsageError(f"--state {unknown[0]!r}", hint=f"one or more of {', '.join(sorted(STATES))}")
    return states


def _filtered(report: Report, severity: str, confidence: str, states: frozenset[str]) -> Report:
    """Leave out findings below the levels or of other states than asked for; risks and totals stay the whole's."""
    shown = tuple(
        finding
        for finding in report.findings
        if SEVERITIES.index(finding.severity.value) >= SEVERITIES.index(severity)
        and CONFIDENCES.index(finding.confidence.value) >= CONFIDENCES.index(confidence)
        and finding.state.value in states
    )
    return replace(report, findings=shown)


def _write(report: Report, outputs: list[tuple[str, Path | None]], console: Console, wishes: dict[str, object]) -> None:
    from tokenscan.report.formats import render

    for kind, file in outputs:
        choices = console.payload_options() | wishes
        if file is not None:
            choices |= {"color": console.color == "always", "ascii_only": False}
        write_payload(render(report, kind, **choices), file)


def _warn(report: Report, console: Console) -> None:
    """Say which decisions to suppress no longer do anything: not every format has a place for it."""
    from tokenscan.findings.suppress import idle

    for note in idle(report.suppressions):
        console.note(f"tokenscan: {note}")


def _finish(report: Report, console: Console, gates: tuple[Gate, ...]) -> int:
    from tokenscan.report.numbers import plural

    code = report_code(report, gates)
    if code is ExitCode.INCOMPLETE:
        broken = [f"{verdict.name}: {verdict.broken}" for verdict in report.input.files if verdict.broken]
        told = [plural(report.input.bad_rows, "unreadable row")] if report.input.bad_rows else []
        console.note(f"tokenscan: incomplete: {'; '.join([*told, *broken, *report.errors])}", level=-1)
    return code
