"""JSON Schemas of prices, models without one and budgets: parts of two reports."""

from __future__ import annotations

from tokenscan.json_schema import COUNT, NUMBER_OR_NULL, TEXT, TEXT_OR_NULL, WHOLE, Schema, object_of
from tokenscan.report.prices import Level

_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}


def prices_schema() -> Schema:
    """Return the schema of where prices come from."""
    shares = {"type": "object", "additionalProperties": _SHARE}
    last = {"type": ["string", "null"], "format": "date"}
    return object_of(
        {
            "source": TEXT,
            "version": TEXT,
            "last_change": last | {"description": "Latest day until now from which the source knows a new price."},
            "contract_prices": COUNT,
            "discounts": shares | {"description": "Share off list by provider."},
            "terms": COUNT | {"description": "Entries that say what runs in batch or in another service tier."},
            "file": TEXT_OR_NULL,
        }
    )


def unknown_model_schema() -> Schema:
    """Return the schema of a model without a price."""
    share = {"type": "number"}
    return object_of({"model": TEXT_OR_NULL, "requests": WHOLE, "tokens": WHOLE, "share_of_tokens": share})


def budget_schema() -> Schema:
    """Return the schema of how a budget stands."""
    money = {"type": "number"}
    forecast = object_of({"expected": money, "low": money, "high": money, "level": _SHARE, "history_days": COUNT})
    scope = {"type": "object", "additionalProperties": TEXT}
    return object_of(
        {
            "scope": scope | {"description": "team, user, app, model; empty: the whole organisation."},
            "month": {"type": "string", "pattern": r"^\d{4}-\d\d$"},
            "monthly_usd": money,
            "used_usd": money,
            "used_share": NUMBER_OR_NULL,
            "unpriced_requests": WHOLE,
            "days_left": COUNT | {"description": "Whole days after today."},
            "forecast_usd": {"anyOf": [{"type": "null"}, forecast]},
            "no_forecast_because": TEXT_OR_NULL,
            "alert_at": {"type": "array", "items": money},
            "level": {"enum": [level.value for level in Level]},
        }
    )
