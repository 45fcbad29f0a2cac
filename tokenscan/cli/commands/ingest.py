"""``tokenscan ingest``: logs into a store that grows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokenscan.cli import options as opt
from tokenscan.cli import parsing
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.errors import UsageError

if TYPE_CHECKING:
    from tokenscan.ingest import Ingested

Store = Annotated[
    Path, typer.Option("--store", metavar="DIR", help="The store; made if it is not there.", rich_help_panel=opt.OUTPUT)
]
NoText = Annotated[
    bool,
    typer.Option(
        "--no-text",
        help="Keep hashes and sketches of prompts, not their text. Decided when a store is made.",
        rich_help_panel=opt.OUTPUT,
    ),
]
Keep = Annotated[
    str | None,
    typer.Option("--keep", metavar="SPAN", help="Forget days older than this, e.g. 180d.", rich_help_panel=opt.OUTPUT),
]
Wait = Annotated[
    float,
    typer.Option(
        "--wait", metavar="SECONDS", help="How long to wait for another writer.", rich_help_panel=opt.OUTPUT, min=0
    ),
]


def ingest(
    store: Store,
    paths: opt.Paths = None,
    no_text: NoText = False,
    keep: Keep = None,
    wait: Wait = 60.0,
    format: opt.TableOrJson = "table",  # noqa: A002 - the word users type
    output: opt.Output = None,
    source: opt.Source = "auto",
    map: opt.Map = None,  # noqa: A002 - the word users type
    max_bad_rows: opt.MaxBadRows = "1%",
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    no_progress: opt.NoProgress = False,
) -> int:
    """Take logs into a store: Parquet by day, each call once. Files that it knows already are not read again.

    [bold]Examples[/bold]

      tokenscan ingest exports/ --store usage
      tokenscan ingest ~/.claude/projects --store usage --no-text --keep 180d -q
      tokenscan analyze --store usage --people people.csv

    [bold]Exit codes[/bold]: 0 done, 2 usage, 3 no usable input or the store cannot be used, 4 incomplete: something
    could not be read; the rest is in the store.
    """
    from tokenscan.ingest import IngestOptions
    from tokenscan.ingest import ingest as take_in
    from tokenscan.reading import InputOptions

    if not paths:
        raise UsageError("nothing to ingest", hint="tokenscan ingest exports/ --store DIR")
    parsing.check_format(format, ("table", "json"))
    share = 0.0 if strict else parsing.parse_share(max_bad_rows)
    now = datetime.now(UTC)
    console = Console(verbosity=-1 if quiet else int(verbose), progress=not no_progress)
    reading = InputOptions(source=source, mapping=parsing.parse_mapping(map), latest=parsing.latest(now))
    options = IngestOptions(
        reading=reading,
        keeps_text=False if no_text else None,
        first_day=(now - parsing.parse_days(keep, "--keep")).date() if keep else None,
        wait_s=wait,
    )
    with console.bar() as progress:
        done = take_in(paths, store, options, progress)
    for verdict in done.files:
        console.note(f"{verdict.name}: {verdict.format or 'skipped: ' + verdict.skipped}", level=1)
    if format == "json":
        write_payload(_json(done), output)
    elif not quiet:
        write_payload(_told(done, store), output)
    read = done.rows_added + done.rows_known + done.bad_rows
    incomplete = done.broken or done.bad_rows > share * read
    if incomplete:
        broken = [f"{verdict.name}: {verdict.broken}" for verdict in done.files if verdict.broken]
        console.note("; ".join(["tokenscan: incomplete", f"{done.bad_rows:,} unreadable rows", *broken]), level=-1)
    return ExitCode.INCOMPLETE if incomplete else ExitCode.DONE


def _json(done: Ingested) -> str:
    from tokenscan.report.json_files import verdict_dict
    from tokenscan.report.text import escape_json

    told: dict[str, Any] = {name: getattr(done, name) for name in _COUNTS}
    told |= {"broken": done.broken, "files": [verdict_dict(verdict) for verdict in done.files]}
    return escape_json(json.dumps(told, indent=2, ensure_ascii=False) + "\n")


_COUNTS = ("known", "rows_added", "rows_known", "rows_forgotten", "bad_rows", "rows", "days")


def _told(done: Ingested, store: Path) -> str:
    from tokenscan.report.numbers import plural
    from tokenscan.report.text import clean

    read = sum(not verdict.skipped for verdict in done.files)
    skipped = plural(len(done.files) - read, "file")
    lines = [
        f"{plural(read, 'new file')} read, {plural(done.known, 'file')} known already, {skipped} skipped",
        f"{plural(done.rows_added, 'row')} added, {done.rows_known:,} known already, {done.bad_rows:,} unreadable",
        f"{store} holds {plural(done.rows, 'row')} of {plural(done.days, 'day')}",
    ]
    if done.rows_forgotten:
        lines.insert(2, f"{plural(done.rows_forgotten, 'row')} forgotten, older than is kept")
    return "\n".join([*(clean(line, limit=1000) for line in lines), ""])
