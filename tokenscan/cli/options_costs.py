"""Options about prices, budgets and what costs are broken down by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenscan.cli import complete
from tokenscan.cli.options import CONTEXT, EXIT, INPUT, OUTPUT, SHOWN

KEYS = ("user", "team", "model", "app", "provider", "day", "week", "month")
FORMATS = ("table", "json", "csv")
GATES = ("budget", "budget:watch")
SORTS = ("cost", "tokens", "requests", "people", "per-person", "change", "unpriced", "name")

Prices = Annotated[
    Path | None,
    typer.Option(
        "--prices",
        metavar="FILE",
        help="Prices that go before list prices: CSV, or TOML as in the config.",
        rich_help_panel=CONTEXT,
    ),
]
By = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        metavar="KEY",
        help=f"{', '.join(KEYS[:-1])} or {KEYS[-1]}; repeatable, in any order. Default: team.",
        show_default=False,
        rich_help_panel=SHOWN,
        autocompletion=complete.one_of(*KEYS),
    ),
]
Sort = Annotated[
    str | None,
    typer.Option(
        "--sort",
        metavar="FIGURE",
        help=f"The largest first: {', '.join(SORTS[:-1])}; or {SORTS[-1]}. Default: periods by time, else by cost.",
        show_default=False,
        rich_help_panel=SHOWN,
        autocompletion=complete.one_of(*SORTS),
    ),
]
Top = Annotated[
    int,
    typer.Option("--top", help="Lines in the table, the rest in one; 0 = all.", rich_help_panel=SHOWN, min=0),
]
Format = Annotated[
    str,
    typer.Option(
        "-f",
        "--format",
        metavar="FORMAT",
        help="table, json or csv.",
        rich_help_panel=OUTPUT,
        autocompletion=complete.one_of(*FORMATS),
    ),
]
FailOn = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="GATE",
        help="Exit code 1 where a budget is spent (budget), or is to be watched (budget:watch).",
        rich_help_panel=EXIT,
        autocompletion=complete.one_of(*GATES),
    ),
]
TimezoneForAll = Annotated[
    str | None,
    typer.Option(
        "--timezone",
        metavar="ZONE",
        help="Where days, weeks and months are cut, for everybody.",
        rich_help_panel=INPUT,
    ),
]
