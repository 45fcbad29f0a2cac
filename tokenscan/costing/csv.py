"""The cost report for a spreadsheet: one row a group, then the total, then the budgets."""

from __future__ import annotations

import csv
import io
from typing import Any

from tokenscan.costing.model import KINDS, CostReport, Line
from tokenscan.report.prices import BudgetStatus
from tokenscan.report.spreadsheet import cell_text

_FIGURES = (
    "partial", "requests", "tokens", "fresh_input_tokens", "cache_read_tokens", "cache_write_5m_tokens",
    "cache_write_1h_tokens", "output_tokens", "reasoning_tokens", "cost_usd", "share", "charged_usd", "logged_usd",
    "priced_usd", "unpriced_requests", "unpriced_tokens", "people", "cost_per_person_usd", "current_usd",
    "previous_usd", "change",
)  # fmt: skip
_BUDGET = ("budget", "month_of_budget", "monthly_usd", "used_usd", "forecast_usd", "forecast_low_usd",
           "forecast_high_usd", "level")  # fmt: skip


def to_csv(report: CostReport) -> str:
    """Return rows of kind ``group``, one ``total`` and a ``budget`` each (RFC 4180, UTF-8, lines end in CR LF).

    Amounts of groups are exact, in dollars with 9 decimals; unknown values are empty. A cell that a spreadsheet would
    run as a formula starts with an apostrophe. Columns of budgets are there only where there are budgets.
    """
    keys = [key.value for key in report.by]
    text = io.StringIO()
    columns = ["row", *keys, *_FIGURES, *(_BUDGET if report.budgets else ())]
    writer = csv.DictWriter(text, columns, lineterminator="\r\n", restval="")
    writer.writeheader()
    for line in report.lines:
        writer.writerow({"row": "group", **_named(keys, line), **_figures(line, report)})
    writer.writerow({"row": "total", **_figures(report.total, report)})
    for budget in report.budgets:
        writer.writerow({"row": "budget", **_budget(budget)})
    return text.getvalue()


def _named(keys: list[str], line: Line) -> dict[str, str]:
    return {key: cell_text(name) if name is not None else "" for key, name in zip(keys, line.keys, strict=True)}


def _figures(line: Line, report: CostReport) -> dict[str, Any]:
    whole, tokens = report.total.nanousd, line.tokens
    return {
        "partial": "yes" if line.partial else "no",
        "requests": line.requests,
        "tokens": tokens.total,
        "fresh_input_tokens": tokens.fresh_input,
        "cache_read_tokens": tokens.cache_read,
        "cache_write_5m_tokens": tokens.cache_write_5m,
        "cache_write_1h_tokens": tokens.cache_write_1h,
        "output_tokens": tokens.output,
        "reasoning_tokens": tokens.reasoning,
        "cost_usd": _usd(line.nanousd) if line.known or not line.requests else "",
        "share": f"{line.nanousd / whole:.6f}" if whole else "",
        **{f"{kind}_usd": _usd(line.kinds[kind].nanousd) for kind in KINDS},
        "unpriced_requests": line.unknown.requests,
        "unpriced_tokens": line.unknown.tokens,
        "people": line.people,
        "cost_per_person_usd": _usd(line.per_person),
        "current_usd": _usd(line.current),
        "previous_usd": _usd(line.previous),
        "change": "" if line.change is None else f"{line.change:.6f}",
    }


def _budget(budget: BudgetStatus) -> dict[str, Any]:
    ahead = budget.forecast
    return {
        "budget": cell_text(budget.name),
        "month_of_budget": budget.month.isoformat()[:7],
        "monthly_usd": _usd(budget.monthly_nanousd),
        "used_usd": _usd(budget.used_nanousd),
        "forecast_usd": _usd(ahead.expected if ahead else None),
        "forecast_low_usd": _usd(ahead.low if ahead else None),
        "forecast_high_usd": _usd(ahead.high if ahead else None),
        "level": budget.level.value,
    }


def _usd(nanousd: int | None) -> str:
    """Return an exact amount; what floats would round adds up here."""
    if nanousd is None:
        return ""
    sign, rest = "-" if nanousd < 0 else "", abs(nanousd)
    return f"{sign}{rest // 10**9}.{rest % 10**9:09}"
