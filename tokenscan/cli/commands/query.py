"""``tokenscan query``: SQL over the tables that rules see, for those who write rules."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokenscan.cli import complete, parsing
from tokenscan.cli import options as opt
from tokenscan.cli import options_privacy as private
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.cli.options_analysis import Analysis
from tokenscan.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from tokenscan.api import AnalyzeOptions
    from tokenscan.ruleset.custom.plan import Planned

FORMATS = ("table", "json", "csv")
MAX_FILE_BYTES = 1 << 16


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT or WITH, or @FILE to read it from a file.")],
    paths: opt.Paths = None,
    format: Annotated[  # noqa: A002 - the word users type
        str,
        typer.Option(
            "-f",
            "--format",
            metavar="FORMAT",
            help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}.",
            autocompletion=complete.one_of(*FORMATS),
        ),
    ] = "table",
    output: opt.Output = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="At most N rows; 0: all.")] = 1000,
    source: opt.Source = "auto",
    map: opt.Map = None,  # noqa: A002 - the word users type
    store: opt.Stores = None,
    since: opt.Since = None,
    until: opt.Until = None,
    as_of: opt.AsOf = None,
    config: opt.ConfigFile = None,
    no_config: opt.NoConfig = False,
    people: opt.People = None,
    outcomes: opt.Outcomes = None,
    timezone: opt.Timezone = None,
    pseudonymize: private.Pseudonymize = False,
    key_file: private.KeyFile = None,
    quiet: opt.Quiet = False,
    color: opt.Color = "auto",
    width: opt.Width = None,
    no_progress: opt.NoProgress = False,
) -> int:
    """Run SQL over the calls, for those who write rules: what a rule's query would see, and under the same limits.

    The tables are events, prompts, user_days and sessions; tokenscan schema events tells their columns. Prompt text is
    in none of them. Without ORDER BY, rows come in a fixed order of their own.

    [bold]Examples[/bold]

      tokenscan query 'SELECT model, SUM(tokens) FROM events GROUP BY 1' logs.csv
      tokenscan query 'SELECT day, COUNT(*) FROM events GROUP BY 1' --store usage -f csv
      tokenscan query @short-answers.sql exports/ --people people.csv -f json | jq '.[0]'

    [bold]Exit codes[/bold]: 0 done, 2 usage, config or SQL, 3 no usable input, 4 incomplete.
    """
    started = datetime.now(UTC)
    console = Console(verbosity=-1 if quiet else 0, color=color, width=width, progress=not no_progress)
    parsing.check_format(format, FORMATS)
    parsing.check_choice("--color", color, parsing.COLORS)
    planned = _planned(_text(sql))
    if not paths and not store:
        raise UsageError("nothing to query", hint="tokenscan query SQL logs.parquet; see tokenscan query --help")
    asked = Analysis(
        source=source, map=map, store=store, since=since, until=until, as_of=as_of, config=config, no_config=no_config,
        people=people, outcomes=outcomes, timezone=timezone,
    ).request(started)  # fmt: skip
    key = private.key_path(key_file, wanted=pseudonymize)
    rows, broken = _rows(planned, paths or [], asked.config, {**asked.options, "key_file": key}, console, limit)
    if limit and rows.height > limit:
        rows = rows.head(limit)
        console.note(f"only the first {limit:,} rows; --limit 0 writes all")
    _write(rows, format, output, console)
    if broken:
        console.note("tokenscan: incomplete: some rows could not be read; see tokenscan inspect", level=-1)
    return ExitCode.INCOMPLETE if broken else ExitCode.DONE


def _text(sql: str) -> str:
    """Return the SQL, read from a file where it is ``@FILE``."""
    if not sql.startswith("@"):
        return sql
    path = Path(sql[1:])
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})", hint="write @FILE, or the SQL itself") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 text") from error


def _planned(sql: str) -> Planned:
    """Return the query planned on empty tables, before any log is read."""
    from tokenscan.ruleset.custom.guard import RefusedError
    from tokenscan.ruleset.custom.plan import params_frame, plan_query

    try:
        return plan_query(sql, params_frame({}, {}))
    except RefusedError as error:
        raise UsageError(f"SQL: {error}", hint="tables and columns: tokenscan schema events") from error


def _rows(
    planned: Planned, paths: list[str], config: object, options: AnalyzeOptions, console: Console, limit: int
) -> tuple[pl.DataFrame, bool]:
    """Return one row more than wanted, and whether something could not be read."""
    import msgspec

    from tokenscan.api import prepare
    from tokenscan.config import Config
    from tokenscan.ruleset.custom.frames import query_tables
    from tokenscan.ruleset.custom.guard import RefusedError
    from tokenscan.ruleset.custom.plan import params_frame
    from tokenscan.ruleset.custom.query import run_query

    assert isinstance(config, Config)
    # No rule runs: one that is being written and still broken must not stop its author from looking at the data.
    alone = msgspec.structs.replace(config, rule_paths=[], rules={}, select=[], ignore=[], suppress=[])
    with console.bar() as progress:
        options["progress"] = progress
        ground = prepare(paths, config=alone, **options).ground
    try:
        rows = run_query(planned, query_tables(ground.tables), params_frame({}, {}), limit + 1 if limit else None)
    except (RefusedError, RuntimeError) as error:
        raise UsageError(f"SQL: {error}", hint="tables and columns: tokenscan schema events") from error
    return rows, ground.log.broken


def _write(rows: pl.DataFrame, kind: str, output: Path | None, console: Console) -> None:
    from tokenscan.report.rows import rows_csv, rows_json, rows_table

    if kind == "table":
        options = console.payload_options()
        shown = bool(options["color"]) if output is None else console.color == "always"
        write_payload(rows_table(rows, width=int(str(options["width"])), color=shown), output)
        return
    write_payload(rows_json(rows) if kind == "json" else rows_csv(rows), output)
