"""Budgets on the page: used, of how much, and what the month will come to."""

from __future__ import annotations

from tokenscan.report.html.charts.figure import Column
from tokenscan.report.html.economics import MoneyTable
from tokenscan.report.html.words import dollar_cell
from tokenscan.report.model import Report
from tokenscan.report.numbers import money, percent
from tokenscan.report.prices import LEVEL, BudgetStatus
from tokenscan.report.text import clean, clean_id

_NUMERIC = ("used", "budget", "share")
_COLUMNS = ("budget of", "level", *_NUMERIC, "the month will come to", "calls without a price")


def budget_table(report: Report) -> MoneyTable | None:
    """Return one row a budget of the config; None without any."""
    if not report.budgets:
        return None
    first = report.budgets[0]
    return MoneyTable(
        caption=f"Budgets of {first.month:%Y-%m}, {first.days_left:,} days left",
        columns=tuple(Column(name=name, numeric=name in _NUMERIC) for name in _COLUMNS),
        rows=tuple(_row(budget) for budget in report.budgets),
    )


def _row(budget: BudgetStatus) -> tuple[str, ...]:
    ahead = budget.forecast
    coming = f"no forecast, {clean(budget.reason)}"
    if ahead is not None:
        coming = f"{money(ahead.expected)} ({LEVEL:.0%} interval {money(ahead.low)} to {money(ahead.high)})"
    return (
        clean_id(budget.name), budget.level.value.replace("_", " "), dollar_cell(budget.used_nanousd),
        dollar_cell(budget.monthly_nanousd), "" if budget.used_share is None else percent(budget.used_share), coming,
        f"{budget.unpriced:,}",
    )  # fmt: skip
