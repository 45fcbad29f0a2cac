"""``tokenscan inspect``: what the files are, before an analysis."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tokenscan.cli import options as opt
from tokenscan.cli import parsing
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.errors import UsageError


def inspect(
    paths: opt.Paths = None,
    formats: Annotated[
        bool,
        typer.Option(
            "--formats", help="List the formats: what each carries and how to get it.", rich_help_panel=opt.SHOWN
        ),
    ] = False,
    format: opt.TableOrJson = "table",  # noqa: A002 - the word users type
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
      tokenscan inspect --formats

    [bold]Exit codes[/bold]: 0 done, 2 usage or config, 3 no usable input, 4 a file is broken.
    """
    from tokenscan.api import active_rules, read_logs
    from tokenscan.cli.inspection_table import inspection_table
    from tokenscan.context.load import load_context
    from tokenscan.inspection import look, to_dict

    parsing.check_format(format, ("table", "json"))
    console = Console(verbosity=-1 if quiet else 0, color=color, width=width, progress=not no_progress)
    if formats:
        return _formats(format, console, output)
    if not paths:
        raise UsageError("nothing to inspect", hint="tokenscan inspect logs.parquet")
    settings, path = parsing.load(config, no_config=no_config)
    folder = path.parent if path else Path()
    days = [parsing.parse_day(day, "--review") for day in review or ()]
    loaded = load_context(settings, folder, people=people, outcomes=outcomes, reviews=days, timezone=timezone)
    with console.bar() as progress:
        log = read_logs(
            list(paths),
            source=source,
            mapping=parsing.parse_mapping(map),
            latest=parsing.latest(datetime.now(UTC)),
            ignore=loaded.files,
            progress=progress,
        )
    seen = look(log, loaded.context, active_rules(settings, folder, rules or ()))
    if format == "json":
        text = json.dumps(to_dict(seen), indent=2, ensure_ascii=False) + "\n"
        write_payload(_safe(text), output)
    else:
        write_payload(inspection_table(seen, console), output)
    return ExitCode.INCOMPLETE if log.broken else ExitCode.DONE


def _safe(document: str) -> str:
    from tokenscan.report.text import escape_json

    return escape_json(document)


def _formats(format: str, console: Console, output: Path | None) -> int:  # noqa: A002 - the word users type
    from tokenscan.cli.formats import formats_json, formats_table
    from tokenscan.sources.registry import sources

    options = console.payload_options()
    width, color = int(str(options["width"])), bool(options["color"])
    known = sources()
    write_payload(formats_json(known) if format == "json" else formats_table(known, width=width, color=color), output)
    return ExitCode.DONE
