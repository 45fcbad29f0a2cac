"""Budgets in the terminal: used, of how much, what the month will come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tokenscan.report.numbers import money, percent, plural
from tokenscan.report.prices import LEVEL, BudgetStatus, Level
from tokenscan.report.table_layout import INDENT, Sheet, Style, bar, heading, paragraph
from tokenscan.report.text import clean_id, listing

_BAR: Final = 10
_STYLES: Final = {Level.OK: Style.GOOD, Level.WATCH: Style.WARN, Level.OVER: Style.BAD, Level.NO_DATA: Style.LABEL}
_WORDS: Final = {Level.OK: "ok", Level.WATCH: "watch", Level.OVER: "over", Level.NO_DATA: "no data"}
_WITH_BAR: Final = 72


def budget_section(page: Sheet, budgets: Sequence[BudgetStatus]) -> Iterator[RenderableType]:
    """Yield how each budget stands; nothing where there is none."""
    if not budgets:
        return
    first = budgets[0]
    yield Text("")
    yield heading(page, f"BUDGETS OF {first.month:%Y-%m}", f"{plural(first.days_left, 'day')} left")
    yield Text("")
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    wide = page.width >= _WITH_BAR
    grid.add_column(overflow="fold", ratio=1, max_width=44)
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    if wide:
        grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    titles = ("", "", "used", "of", *([""] if wide else []), "")
    grid.add_row(*(Text(title, Style.LABEL) for title in titles))
    for budget in budgets:
        grid.add_row(*_cells(budget, wide=wide))
    yield Padding(grid, (0, 0, 0, INDENT))
    yield Text("")
    yield from (paragraph(page, text) for text in _remarks(budgets))


def _cells(budget: BudgetStatus, *, wide: bool) -> Iterator[Text]:
    share, style = budget.used_share, _STYLES[budget.level]
    yield Text(clean_id(budget.name))
    yield Text(_WORDS[budget.level], style)
    yield Text(money(budget.used_nanousd), Style.STRONG)
    yield Text(money(budget.monthly_nanousd))
    if wide:
        yield bar(max(0.0, min(share or 0.0, 1.0)), _BAR, style)
    yield Text(percent(share) if share is not None else "")


def _remarks(budgets: Sequence[BudgetStatus]) -> Iterator[Text]:
    """Say what the month will come to, or why nobody knows, and what is left out."""
    reasons = dict.fromkeys(budget.reason for budget in budgets if budget.forecast is None)
    for budget in budgets:
        ahead, name = budget.forecast, (f"{clean_id(budget.name)}: ", Style.LABEL)
        if ahead is not None:
            bounds = f"{LEVEL:.0%} interval {money(ahead.low)} to {money(ahead.high)}"
            history = f"{plural(ahead.days, 'day')} of history"
            yield Text.assemble(name, f"the month will come to about {money(ahead.expected)} ({bounds}; {history})")
    for reason in reasons:
        names = listing(budget.name for budget in budgets if budget.forecast is None and budget.reason == reason)
        yield Text.assemble((f"{names}: ", Style.LABEL), f"no forecast, {reason}")
    for budget in budgets:
        if budget.unpriced:
            left_out = f"{plural(budget.unpriced, 'call')} without a known price left out"
            yield Text.assemble((f"{clean_id(budget.name)}: ", Style.LABEL), left_out)
