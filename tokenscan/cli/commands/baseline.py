"""``tokenscan baseline``: what was known last time, for tickets that are opened once and closed once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokenscan.cli import options as opt
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

    Suppressed findings are remembered too: they are known.
    """
    from tokenscan.explain.saved import read_saved
    from tokenscan.findings.baseline import remember, write_baseline

    try:
        content = report.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{report}: cannot be read ({error.strerror})", hint="see tokenscan baseline --help"
        ) from error
    before = _read(output) if output.exists() else None
    write_payload(write_baseline(remember(read_saved(content, report.name).findings, before)), output)
    return ExitCode.DONE


@app.command("show")
def show(
    file: File,
    format: Annotated[str, typer.Option("-f", "--format", metavar="FORMAT", help="table or json.")] = "table",  # noqa: A002
    width: opt.Width = None,
    color: opt.Color = "auto",
) -> int:
    """List what a baseline holds."""
    if format not in {"table", "json"}:
        raise UsageError(f"unknown format {format!r}", hint="formats: table, json")
    entries = [_entry(known) for known in _read(file).findings]
    if format == "json":
        write_payload(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", None)
        return ExitCode.DONE
    from tokenscan.report.listing import listing_table

    columns = ("fingerprint", "rule_id", "subject", "first_seen", "last_seen", "waste_tokens")
    rows = [[str(entry[name]) for name in columns] for entry in entries]
    options = Console(width=width, color=color).payload_options()
    write_payload(listing_table(columns, rows, width=int(str(options["width"])), color=bool(options["color"])), None)
    return ExitCode.DONE


@app.command("prune")
def prune(
    file: File,
    before: Annotated[str, typer.Option("--before", metavar="DATE", help="Forget what was last seen before this day.")],
) -> int:
    """Forget findings that have not been seen for long; what comes back later is new again."""
    from tokenscan.findings.baseline import write_baseline

    day = datetime.combine(opt.parse_day(before, "--before"), time(), tzinfo=UTC)
    known = _read(file)
    kept = _since(known, day)
    write_payload(write_baseline(kept), file)
    Console().note(f"{len(known.findings) - len(kept.findings)} of {len(known.findings)} findings forgotten")
    return ExitCode.DONE


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
