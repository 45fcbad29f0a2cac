"""A chart as the page shows it: what it says, its drawings for wide and narrow screens, and its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Legend = tuple[tuple[str, str], ...]


class Screen(StrEnum):
    """Which screens a drawing is for."""

    ANY = "any"
    WIDE = "wide"
    NARROW = "narrow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One inline SVG. It is markup of our own making: every text in it is escaped."""

    svg: str
    screen: Screen = Screen.ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table below a chart."""

    name: str
    numeric: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart and its table.

    ``id`` is unique on the page. ``note`` tells how to read the chart; ``rows`` hold text that is clean and not yet
    escaped, exact numbers among it. ``legend`` is what colours mean: the colour's name in the style sheet, and words.
    """

    id: str
    title: str
    note: str
    drawings: tuple[Drawing, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    legend: Legend = ()
