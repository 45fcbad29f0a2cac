"""The main table: a row a group, as many figures as the terminal is wide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tokenscan.costing.model import PERIODS, CostReport
from tokenscan.costing.rows import Row, table_rows, to_cents
from tokenscan.report.numbers import UNKNOWN, money, percent, tokens
from tokenscan.report.table_layout import INDENT, Sheet, Style, bar, heading, paragraph
from tokenscan.report.text import clean_id

_GAP: Final = 2
_BAR: Final = 10
_WIDEST_NAME: Final = 40
_LEAST_NAME: Final = (26, 32)  # cells for a name before figures are left out, below and from _WIDE on
_WIDE: Final = 100
_CENT: Final = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    """A column of figures; the first ones stay where the terminal is narrow."""

    title: str
    show: Callable[[Row, int], Text]
    right: bool = True


def group_section(page: Sheet, report: CostReport, top: int, *, is_sorted: bool) -> Iterator[RenderableType]:
    """Yield the costs by the keys asked for."""
    if not report.lines or not report.by:
        return
    rows = table_rows(report, top, is_sorted=is_sorted)
    yield Text("")
    names = [key.value for key in report.by]
    title = f"BY {', '.join(names[:-1])} AND {names[-1]}" if len(names) > 1 else f"BY {names[0]}"
    yield heading(page, f"COSTS {title}".upper())
    yield Text("")
    yield Padding(_grid(page, report, rows), (0, 0, 0, INDENT))
    if any(row.is_rest for row in rows):
        yield paragraph(page, "--top 0 shows all", Style.LABEL)


def _grid(page: Sheet, report: CostReport, rows: Sequence[Row]) -> Table:
    names = ("total", *[""] * (len(report.by) - 1))
    total = Row(names=names, line=report.total, cents=to_cents(report.total.nanousd), is_total=True)
    every = [*rows, total]
    whole = report.total.nanousd
    figures = _figures(report, max((row.line.nanousd for row in rows if not row.is_rest), default=0))
    cells = [[figure.show(row, whole) for figure in figures] for row in every]
    titles = [figure.title for figure in figures]
    widths = [max(cell_len(title), *(row[place].cell_len for row in cells)) for place, title in enumerate(titles)]
    shown_names = [[_name(row, place, report) for place in range(len(report.by))] for row in every]
    labels = [key.value for key in report.by]
    wanted = [
        max(cell_len(label), *(min(_WIDEST_NAME, row[place].cell_len) for row in shown_names))
        for place, label in enumerate(labels)
    ]
    shown = _fitting(page.width - INDENT, wanted, widths)
    named = _squeezed(page.width - INDENT - sum(widths[place] + _GAP for place in shown), wanted)
    grid = Table.grid(padding=(0, _GAP, 0, 0), pad_edge=False)
    for width in named:
        grid.add_column(width=width, overflow="fold")
    for place in shown:
        grid.add_column(width=widths[place], justify="right" if figures[place].right else "left", no_wrap=True)
    header = [*(Text(label, Style.LABEL) for label in labels), *(Text(titles[place], Style.LABEL) for place in shown)]
    grid.add_row(*header)
    for number, row in enumerate(every):
        if row.is_total:
            grid.add_row(*(Text("\u2500" * width, Style.LABEL) for width in (*named, *(widths[one] for one in shown))))
        style = Style.STRONG if row.is_total or (row.is_sum and not row.is_rest) else Style.PLAIN
        grid.add_row(*shown_names[number], *(cells[number][place] for place in shown), style=style)
    return grid


def _fitting(width: int, names: Sequence[int], figures: Sequence[int]) -> list[int]:
    """Return which figures are shown: the first ones that leave the names enough room."""
    least = _LEAST_NAME[width + INDENT >= _WIDE]
    free = width - sum(min(name, least) + _GAP for name in names) + _GAP
    shown: list[int] = []
    for place, figure in enumerate(figures):
        free -= figure + _GAP
        if free < 0 and shown:
            break
        shown.append(place)
    return shown


def _squeezed(width: int, names: Sequence[int]) -> list[int]:
    """Return widths of the names that fit, the widest made narrower first."""
    widths = list(names)
    while sum(widths) + _GAP * (len(widths) - 1) > width and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths


def _name(row: Row, place: int, report: CostReport) -> Text:
    name, key = row.names[place], report.by[place]
    if name is None:
        return Text(f"(no {key.value})", Style.WARN)
    if row.is_rest and name:
        return Text(name, Style.LABEL)
    star = "*" if key in PERIODS and row.line.partial and name else ""
    return Text(clean_id(name) + star if name else "")


def _figures(report: CostReport, largest: int) -> list[_Figure]:
    """Return the columns, the most wanted first; those without any figure are left out. Bars end at ``largest``."""
    lines = [report.total, *report.lines]
    figures = [_Figure(title="cost", show=_cost), _Figure(title="share", show=_share)]
    figures.append(_Figure(title="", show=_bar_up_to(largest), right=False))
    if any(line.current is not None and line.previous is not None for line in lines):
        figures.append(_Figure(title="change", show=_change))
    figures += [_Figure(title="calls", show=lambda row, _: Text(tokens(row.line.requests)))]
    figures += [_Figure(title="tokens", show=lambda row, _: Text(tokens(row.line.tokens.total)))]
    if any(line.unknown.tokens for line in lines):
        figures.append(_Figure(title="unpriced", show=_unpriced))
    if any(line.people for line in lines):
        figures += [_Figure(title="people", show=_people), _Figure(title="a person", show=_per_person)]
    parts = {
        "fresh": "fresh_input", "cached": "cache_read", "write 5 min": "cache_write_5m", "write 1 h": "cache_write_1h",
        "output": "output", "reasoning": "reasoning",
    }  # fmt: skip
    for title, part in parts.items():
        if any(getattr(line.tokens, part) for line in lines):
            figures.append(_Figure(title=title, show=_part(part)))
    kinds = [kind for kind, amount in report.total.kinds.items() if amount.nanousd]
    figures += [_Figure(title=kind, show=_kind(kind)) for kind in kinds if len(kinds) > 1]
    return figures


def _part(name: str) -> Callable[[Row, int], Text]:
    return lambda row, _: Text(tokens(getattr(row.line.tokens, name)))


def _kind(name: str) -> Callable[[Row, int], Text]:
    return lambda row, _: Text(money(row.line.kinds[name].nanousd))


def _cost(row: Row, _: int) -> Text:
    if not row.line.known and row.line.requests:
        return Text(UNKNOWN, Style.WARN)
    if row.cents == 0 and row.line.nanousd > 0:
        return Text("<$0.01")
    return Text(money(row.cents * _CENT))


def _share(row: Row, whole: int) -> Text:
    return Text(percent(row.line.nanousd / whole) if whole else "")


def _bar_up_to(largest: int) -> Callable[[Row, int], Text]:
    def show(row: Row, _: int) -> Text:
        if largest <= 0 or row.is_rest or row.is_total:
            return Text("")
        return bar(max(0.0, row.line.nanousd / largest), _BAR, Style.ID)

    return show


def _change(row: Row, _: int) -> Text:
    line = row.line
    if line.current is None or line.previous is None:
        return Text("")
    if line.change is None:
        return Text("new" if line.current else "", Style.WARN)
    if abs(line.change) < 0.0005:
        return Text("0%")
    sign = "+" if line.change > 0 else "-"
    style = Style.WARN if line.change > 0 else Style.GOOD
    return Text(f"{sign}{percent(min(abs(line.change), 999))}", style)


def _unpriced(row: Row, _: int) -> Text:
    return Text(tokens(row.line.unknown.tokens) if row.line.unknown.tokens else "", Style.WARN)


def _people(row: Row, _: int) -> Text:
    return Text("" if row.is_sum else f"{row.line.people:,}")


def _per_person(row: Row, _: int) -> Text:
    average = row.line.per_person
    return Text("" if row.is_sum or average is None else money(average))
