"""``tokenscan inspect``: what the files are, before an analysis."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokenscan.cli import options as opt
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.errors import UsageError

if TYPE_CHECKING:
    from tokenscan.inspection import Inspection


def inspect(
    paths: opt.Paths = None,
    format: Annotated[str, typer.Option("-f", "--format", metavar="FORMAT", help="table or json.")] = "table",  # noqa: A002
    output: opt.Output = None,
    config: opt.ConfigFile = None,
    no_config: opt.NoConfig = False,
    source: opt.Source = "auto",
    map: opt.Map = None,  # noqa: A002 - the word users type
    people: opt.People = None,
    outcomes: opt.Outcomes = None,
    review: opt.Review = None,
    timezone: opt.Timezone = None,
    rules: opt.RuleDirs = None,
    quiet: opt.Quiet = False,
    color: opt.Color = "auto",
    width: opt.Width = None,
    no_progress: opt.NoProgress = False,
) -> int:
    """Say what files are: format, coverage, time range, duplicates, bad rows, and which rules can run.

    [bold]Examples[/bold]

      tokenscan inspect exports/
      tokenscan inspect logs.csv --map employee=user -f json
    """
    from tokenscan.api import active_rules, read_logs
    from tokenscan.context.load import load_context
    from tokenscan.inspection import look, to_dict

    if not paths:
        raise UsageError("nothing to inspect", hint="tokenscan inspect logs.parquet")
    if format not in {"table", "json"}:
        raise UsageError(f"unknown format {format!r}", hint="formats: table, json")
    console = Console(verbosity=-1 if quiet else 0, color=color, width=width, progress=not no_progress)
    settings, path = opt.load(config, no_config=no_config)
    folder = path.parent if path else Path()
    days = [opt.parse_day(day, "--review") for day in review or ()]
    loaded = load_context(settings, folder, people=people, outcomes=outcomes, reviews=days, timezone=timezone)
    with console.bar() as progress:
        log = read_logs(
            list(paths),
            source=source,
            mapping=opt.parse_mapping(map),
            latest=opt.latest(datetime.now(UTC)),
            ignore=loaded.files,
            progress=progress,
        )
    seen = look(log, loaded.context, active_rules(settings, folder, rules or ()))
    if format == "json":
        text = json.dumps(to_dict(seen), indent=2, ensure_ascii=False) + "\n"
        write_payload(_safe(text), output)
    else:
        write_payload(_table(seen, console), output)
    return ExitCode.INCOMPLETE if log.broken else ExitCode.DONE


def _safe(document: str) -> str:
    from tokenscan.report.text import escape_json

    return escape_json(document)


def _table(seen: Inspection, console: Console) -> str:
    from tokenscan.report.listing import listing_table
    from tokenscan.report.numbers import plural

    options = console.payload_options()
    width, color = int(str(options["width"])), bool(options["color"])
    log = seen.log
    files = [
        [v.name, v.format or "-", f"{v.rows:,}", f"{v.bad_rows:,}", v.skipped or v.broken or "; ".join(v.bad_reasons)]
        for v in log.files
    ]
    formats = [
        [s.format, str(s.files), f"{s.rows:,}", ", ".join(f"{k} {round(100 * v)}%" for k, v in s.columns.items() if v)]
        for s in log.sources
    ]
    rules = [[name, reason or "can run"] for name, reason in seen.rules]
    parts = [
        listing_table(("file", "format", "rows", "bad", "note"), files, width=width, color=color),
        listing_table(("format", "files", "calls", "share of calls that carry"), formats, width=width, color=color),
        listing_table(("rule", "with this input"), rules, width=width, color=color),
    ]
    dropped = ", ".join(f"{n:,} {reason}" for reason, n in log.duplicates.items()) or "none"
    facts = [
        f"{plural(log.events.height, 'call')} of {plural(seen.users, 'user')}, {seen.unattributed:,} without a user",
        f"from {seen.window[0]:%Y-%m-%d %H:%M} to {seen.window[1]:%Y-%m-%d %H:%M} UTC",
        f"dropped as duplicates: {dropped}",
        f"workdays without any call: {', '.join(seen.days_without_calls[:15]) or 'none'}",
    ]
    facts += [f"bad row: {bad.file}:{bad.row}: {bad.reason}" for bad in log.bad_samples[:10]]
    from tokenscan.report.text import clean

    return "\n".join([*parts, *(clean(fact, limit=1000) for fact in facts), ""])
