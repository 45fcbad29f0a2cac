"""Prices, models without one and budgets as JSON: the same in a cost report and in the report of an analysis."""

from __future__ import annotations

from typing import Any

from tokenscan.report.numbers import dollars, significant
from tokenscan.report.prices import LEVEL, BudgetStatus, PriceSource, UnknownModel


def prices_dict(prices: PriceSource) -> dict[str, Any]:
    """Return where prices come from."""
    return {
        "source": prices.name,
        "version": prices.version,
        "last_change": prices.last_change and prices.last_change.isoformat(),
        "contract_prices": prices.contracts,
        "discounts": {name: significant(share) for name, share in (prices.discounts or {}).items()},
        "terms": prices.terms,
        "file": prices.file,
    }


def unknown_model_dict(model: UnknownModel) -> dict[str, Any]:
    """Return a model without a price."""
    return {
        "model": model.model,
        "requests": model.requests,
        "tokens": model.tokens,
        "share_of_tokens": significant(model.share),
    }


def budget_dict(budget: BudgetStatus) -> dict[str, Any]:
    """Return how a budget stands."""
    ahead = budget.forecast
    return {
        "scope": dict(budget.scope),
        "month": budget.month.isoformat()[:7],
        "monthly_usd": dollars(budget.monthly_nanousd),
        "used_usd": dollars(budget.used_nanousd),
        "used_share": None if budget.used_share is None else significant(budget.used_share),
        "unpriced_requests": budget.unpriced,
        "days_left": budget.days_left,
        "forecast_usd": ahead
        and {
            "expected": dollars(ahead.expected),
            "low": dollars(ahead.low),
            "high": dollars(ahead.high),
            "level": LEVEL,
            "history_days": ahead.days,
        },
        "no_forecast_because": budget.reason or None,
        "alert_at": [significant(share) for share in budget.alert_at],
        "level": budget.level.value,
    }
