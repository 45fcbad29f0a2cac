"""Parts that the sections of the table share: grids of figures, shares with bounds, names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tokenscan.evaluate.model import Account, Bands
from tokenscan.evaluate.rates import Projected, Rate
from tokenscan.report.numbers import UNKNOWN, percent, plural
from tokenscan.report.table_layout import INDENT, Sheet, Style, paragraph
from tokenscan.report.text import clean, clean_id

BAND_WORDS = {Bands.STRONG: "strong", Bands.BANDED: "strong or worth a look"}
NOTHING = "-"
WIDE = 100  # from here on names, kinds and reasons have columns of their own, and shares their bounds
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Sheet):
    """What every section needs to know: the width, how many rows a list may have (0: all), several draws or one."""

    top: int
    several: bool

    def first(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the rows that are shown."""
        return rows[: self.top] if self.top else rows


@dataclass(frozen=True, slots=True)
class Column:
    """A column's header, and whether numbers stand in it."""

    header: str
    right: bool = False


def grid(view: View, columns: Sequence[Column], rows: Iterable[Sequence[str | Text]]) -> RenderableType:
    """Return rows under dim headers; what does not fit folds, numbers stay whole where there is room."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=Style.LABEL)
    for column in columns:
        table.add_column(
            Text(column.header),
            justify="right" if column.right else "left",
            overflow="fold",
            no_wrap=column.right and view.width >= 64,
        )
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return Padding(table, (0, 0, 0, INDENT))


def cut(view: View, count: int, noun: tuple[str, str]) -> Iterable[RenderableType]:
    """Yield how many rows are not shown, if any."""
    hidden = count - view.top if view.top else 0
    if hidden > 0:
        more = plural(hidden, f"more {noun[0]}", f"more {noun[1]}")
        yield paragraph(view, f"{more}: --top 0 shows all, -f json has them too.", Style.LABEL)


def decimal(value: float | None) -> str:
    """Return an area in three decimals, 1.000 for a perfect ranking only."""
    if value is None:
        return UNKNOWN
    return f"{min(value, 0.999):.3f}" if value < 1 else "1.000"


def share(rate: Rate) -> str:
    """Return "92%", or a dash where there is nothing to count."""
    return NOTHING if rate.value is None else percent(rate.value)


def bounded(rate: Rate) -> str:
    """Return "92% (64-100%)", or a dash where there is nothing to count."""
    if rate.value is None:
        return NOTHING
    return f"{percent(rate.value)} ({_span(rate.low, rate.high)})"


def projected_text(projected: Projected) -> str:
    """Return a projected precision with its bounds; the bounds alone where nobody is flagged."""
    span = "" if projected.low is None and projected.high is None else f" ({_span(projected.low, projected.high)})"
    return f"{NOTHING if projected.value is None else percent(projected.value)}{span}"


def name_of(view: View, account: Account) -> str:
    """Return a name made safe, with its draw where there are several."""
    name = clean_id(account.user)
    return f"{name} (draw {account.draw})" if view.several else name


def rules_of(account: Account, limit: int = 3) -> str:
    """Return the rules behind an account's risk, the heaviest first."""
    if not account.rules:
        return "no finding in the report"
    more = f" and {len(account.rules) - limit:,} more" if len(account.rules) > limit else ""
    return ", ".join(clean_id(rule) for rule in account.rules[:limit]) + more


def kind_of(account: Account) -> str:
    """Return the kind, with the dose where there is one."""
    return clean(account.kind) + (f" ({clean(account.dose)})" if account.dose else "")


def _span(low: float | None, high: float | None) -> str:
    first, last = percent(low), percent(high)
    return f"{first.removesuffix('%')}\u2013{last}"
