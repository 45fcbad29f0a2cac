"""Options that several commands share, spelled alike everywhere; and their parsing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokenscan.errors import UsageError

if TYPE_CHECKING:
    from tokenscan.config import Config

INPUT, CONTEXT, RULES, OUTPUT = "What to read", "What the logs do not say", "Which rules", "Output"

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Files, folders, quoted globs, s3://, gs:// or az:// addresses, stores, or - for stdin.",
        show_default=False,
    ),
]

Source = Annotated[
    str,
    typer.Option(
        "--source",
        metavar="NAME",
        help="Format of the files, instead of telling it from their content.",
        rich_help_panel=INPUT,
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="COLUMN=FIELD",
        help="A column of an unknown table, e.g. who=user. Repeatable.",
        rich_help_panel=INPUT,
    ),
]
Stores = Annotated[
    list[Path] | None,
    typer.Option("--store", metavar="DIR", help="A store that `ingest` keeps. Repeatable.", rich_help_panel=INPUT),
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="First day, or a span such as 7d.", rich_help_panel=INPUT)
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="The day after the last.", rich_help_panel=INPUT)
]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="What counts as now.", rich_help_panel=INPUT)]
MaxBadRows = Annotated[
    str,
    typer.Option(
        "--max-bad-rows",
        metavar="SHARE",
        help="Share of unreadable rows beyond which the exit code is 4.",
        rich_help_panel=INPUT,
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Not one unreadable row: else the exit code is 4.", rich_help_panel=INPUT)
]

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="tokenscan.toml; else the one in this folder.", rich_help_panel=CONTEXT
    ),
]
NoConfig = Annotated[bool, typer.Option("--no-config", help="Use no config file.", rich_help_panel=CONTEXT)]
People = Annotated[
    Path | None,
    typer.Option(
        "--people",
        metavar="FILE",
        help="Who is who: user, aliases, team, function, kind, timezone.",
        rich_help_panel=CONTEXT,
    ),
]
Outcomes = Annotated[
    Path | None,
    typer.Option("--outcomes", metavar="FILE", help="Tasks completed by user and day.", rich_help_panel=CONTEXT),
]
Review = Annotated[
    list[str] | None,
    typer.Option("--review", metavar="DATE", help="Date of a performance review. Repeatable.", rich_help_panel=CONTEXT),
]
Timezone = Annotated[
    str | None,
    typer.Option(
        "--timezone",
        metavar="ZONE",
        help="Where days are cut for people without a zone of their own.",
        rich_help_panel=CONTEXT,
    ),
]

RuleDirs = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="DIR", help="Further rule files. Repeatable.", rich_help_panel=RULES),
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="RULE",
        help="Only these: id, glob, tag, family or status. Repeatable.",
        rich_help_panel=RULES,
    ),
]
Ignore = Annotated[
    list[str] | None, typer.Option("--ignore", metavar="RULE", help="Not these. Repeatable.", rich_help_panel=RULES)
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="RULE.PARAM=VALUE",
        help="Another value for a rule's parameter. Repeatable.",
        rich_help_panel=RULES,
    ),
]
Experimental = Annotated[
    bool, typer.Option("--experimental", help="Run experimental rules too.", rich_help_panel=RULES)
]

Format = Annotated[
    str,
    typer.Option(
        "-f",
        "--format",
        metavar="FORMAT",
        help="table, json, jsonl, csv, markdown or sarif.",
        rich_help_panel=OUTPUT,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE", help="Write to a file, whole or not at all.", rich_help_panel=OUTPUT
    ),
]
Also = Annotated[
    list[str] | None,
    typer.Option(
        "--also", metavar="FORMAT=FILE", help="One more output of the same run. Repeatable.", rich_help_panel=OUTPUT
    ),
]
MinSeverity = Annotated[
    str,
    typer.Option(
        "--min-severity", metavar="LEVEL", help="Show findings from this severity on.", rich_help_panel=OUTPUT
    ),
]
MinConfidence = Annotated[
    str,
    typer.Option(
        "--min-confidence", metavar="LEVEL", help="Show findings from this confidence on.", rich_help_panel=OUTPUT
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="Say which findings are new, worse, unchanged or resolved since it was written.",
        rich_help_panel=OUTPUT,
    ),
]
States = Annotated[
    str | None,
    typer.Option("--state", metavar="STATES", help="Show findings of these states: new,worse.", rich_help_panel=OUTPUT),
]
Top = Annotated[int, typer.Option("--top", help="People in the table; 0 = all.", rich_help_panel=OUTPUT, min=0)]
AllPeople = Annotated[
    bool, typer.Option("--all-people", help="Rank people without findings too.", rich_help_panel=OUTPUT)
]
SummaryLine = Annotated[
    bool, typer.Option("--summary-line", help="jsonl: the totals in a first line.", rich_help_panel=OUTPUT)
]
FailOn = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="GATE",
        help="Exit code 1 from a severity on, at waste:USD or share:PERCENT.",
        rich_help_panel=OUTPUT,
    ),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Errors only.", rich_help_panel=OUTPUT)]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", help="Say which formats and config were used.", rich_help_panel=OUTPUT)
]
Color = Annotated[str, typer.Option("--color", metavar="WHEN", help="auto, always or never.", rich_help_panel=OUTPUT)]
Width = Annotated[
    int | None, typer.Option("--width", help="Columns of the table.", rich_help_panel=OUTPUT, min=40, max=1000)
]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="No progress bar.", rich_help_panel=OUTPUT)]


def parse_mapping(entries: list[str] | None) -> dict[str, str]:
    """Read ``COLUMN=FIELD`` pairs; a column may itself hold an equals sign."""
    pairs = [entry.rpartition("=") for entry in entries or ()]
    for column, _, field in pairs:
        if not column or not field:
            raise UsageError(f"--map {column}{field!r}", hint="write --map COLUMN=FIELD, e.g. --map who=user")
    return {column: field for column, _, field in pairs}


def parse_day(text: str, option: str) -> date:
    """Read YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r} is no date", hint="write YYYY-MM-DD") from error


def parse_days(text: str, option: str) -> timedelta:
    """Read a span of days such as ``180d``."""
    span = re.fullmatch(r"(\d{1,5})d", text)
    if span is None or not int(span[1]):
        raise UsageError(f"{option} {text!r} is no span of days", hint=f"write {option} 180d")
    return timedelta(days=int(span[1]))


def parse_moment(text: str | None, option: str, zone: str, now: datetime) -> datetime | None:
    """Read a date or time (in ``zone`` unless it has an offset), or a span before now such as ``7d`` or ``12h``."""
    if text is None:
        return None
    span = re.fullmatch(r"(\d{1,4})([dh])", text)
    if span:
        return now - (timedelta(days=int(span[1])) if span[2] == "d" else timedelta(hours=int(span[1])))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r} is no date", hint="write YYYY-MM-DD, or a span such as 7d") from error
    if moment.tzinfo:
        return moment.astimezone(UTC)
    from tokenscan.context.zones import in_zone

    return in_zone(moment, zone)


def latest(now: datetime) -> datetime:
    """Return the latest time a call can have: a day of grace, for local times that an export passes off as UTC."""
    return now + timedelta(days=1)


def parse_share(text: str) -> float:
    """Read a share of rows: ``1%`` or ``0.01``."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UsageError(f"--max-bad-rows {text!r}", hint="a share of the rows, such as 1% or 0.01")
    return share


def load(config: Path | None, *, no_config: bool) -> tuple[Config, Path | None]:
    """Return the config in force and its file: ``--config``, else the one of this folder, else defaults."""
    from tokenscan.config import Config, find_config, load_config

    if config is not None and no_config:
        raise UsageError("--config and --no-config exclude each other")
    path = config if config is not None or no_config else find_config(Path())
    return (load_config(path) if path else Config()), path
