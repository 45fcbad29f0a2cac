"""Options that several commands share, spelled alike everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenscan.cli import complete

INPUT, CONTEXT, RULES, OUTPUT = "What to read", "What the logs do not say", "Which rules", "Output"
SHOWN, EXIT, TERMINAL = "What to show", "Exit code", "Terminal"

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
        autocompletion=complete.one_of(*complete.SOURCES),
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
        rich_help_panel=EXIT,
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Not one unreadable row, else the exit code is 4; no unused suppression, else it is 2.",
        rich_help_panel=EXIT,
    ),
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
        autocompletion=complete.zones,
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
        autocompletion=complete.selections,
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="RULE",
        help="Not these. Repeatable.",
        rich_help_panel=RULES,
        autocompletion=complete.selections,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="RULE.PARAM=VALUE",
        help="Another value for a rule's parameter. Repeatable.",
        rich_help_panel=RULES,
        autocompletion=complete.parameters,
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
        help=f"{', '.join(complete.FORMATS[:-1])} or {complete.FORMATS[-1]}.",
        rich_help_panel=OUTPUT,
        autocompletion=complete.one_of(*complete.FORMATS),
    ),
]
TableOrJson = Annotated[
    str,
    typer.Option(
        "-f",
        "--format",
        metavar="FORMAT",
        help="table or json.",
        rich_help_panel=OUTPUT,
        autocompletion=complete.one_of("table", "json"),
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
        "--also",
        metavar="FORMAT=FILE",
        help="One more output of the same run. Repeatable.",
        rich_help_panel=OUTPUT,
        autocompletion=complete.also,
    ),
]
MinSeverity = Annotated[
    str,
    typer.Option(
        "--min-severity",
        metavar="LEVEL",
        help="Show findings from this severity on: info, low, medium, high, critical.",
        rich_help_panel=SHOWN,
        autocompletion=complete.one_of(*complete.LEVELS),
    ),
]
MinConfidence = Annotated[
    str,
    typer.Option(
        "--min-confidence",
        metavar="LEVEL",
        help="Show findings from this confidence on: low, medium, high.",
        rich_help_panel=SHOWN,
        autocompletion=complete.one_of(*complete.CONFIDENCES),
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="Say which findings are new, worse, unchanged or resolved since it was written.",
        rich_help_panel=SHOWN,
    ),
]
States = Annotated[
    str | None,
    typer.Option(
        "--state",
        metavar="STATES",
        help="Show findings of these states: new,worse,unchanged,resolved.",
        rich_help_panel=SHOWN,
        autocompletion=complete.several_of(*complete.STATES),
    ),
]
Top = Annotated[
    int, typer.Option("--top", metavar="N", help="People in the table; 0 = all.", rich_help_panel=SHOWN, min=0)
]
AllPeople = Annotated[
    bool, typer.Option("--all-people", help="Rank people without findings too.", rich_help_panel=SHOWN)
]
SummaryLine = Annotated[
    bool, typer.Option("--summary-line", help="jsonl: the totals in a first line.", rich_help_panel=OUTPUT)
]
FailOn = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="GATE",
        help="Exit code 1 from a severity on (high, new:high), at waste:USD, share:PERCENT, or budget. Repeatable.",
        rich_help_panel=EXIT,
        autocompletion=complete.one_of(*complete.GATES),
    ),
]
NoSuppress = Annotated[
    bool,
    typer.Option("--no-suppress", help="Apply no suppression of the config.", rich_help_panel=OUTPUT),
]
ShowSuppressed = Annotated[
    bool,
    typer.Option(
        "--show-suppressed",
        help="List suppressed findings in table and markdown too; the other formats always hold them, marked.",
        rich_help_panel=OUTPUT,
    ),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Errors only.", rich_help_panel=TERMINAL)]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", help="Say which formats and config were used.", rich_help_panel=TERMINAL)
]
Color = Annotated[
    str,
    typer.Option(
        "--color",
        metavar="WHEN",
        help="auto, always or never.",
        rich_help_panel=TERMINAL,
        autocompletion=complete.one_of(*complete.COLORS),
    ),
]
Width = Annotated[
    int | None,
    typer.Option("--width", metavar="N", help="Columns of the table.", rich_help_panel=TERMINAL, min=40, max=1000),
]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="No progress bar.", rich_help_panel=TERMINAL)]
