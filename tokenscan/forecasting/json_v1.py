"""A forecast as JSON: money in dollars with six decimals, each figure rounded once, with the formula that gives it."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from tokenscan.forecasting.exact import rounded
from tokenscan.forecasting.model import Adoption, Assumptions, Base, Forecast, Month, Scenario, Span, Step, Year
from tokenscan.report.text import clean, escape_json

SCHEMA_VERSION = "1.0"
_PROSE = 2_000


def to_json(forecast: Forecast) -> str:
    """Return the forecast as one JSON document."""
    return escape_json(json.dumps(to_dict(forecast), indent=2, ensure_ascii=False)) + "\n"


def to_dict(forecast: Forecast) -> dict[str, Any]:
    """Return the forecast as plain JSON values."""
    relative = forecast.base.relative
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tokenscan", "version": forecast.version},
        "complete": forecast.complete,
        "base": _base(forecast.base),
        "assumptions": _assumptions(forecast.assumptions),
        "scenarios": [_scenario(one, relative) for one in forecast.scenarios],
        "not_computed": [{"id": one.id, "reason": one.reason} for one in forecast.skipped],
        "roi": [_step(step) for step in forecast.roi],
        "notes": [clean(note, _PROSE) for note in forecast.notes],
    }


def six(value: Fraction) -> float:
    """Return a figure in six decimals, rounded half up."""
    return float(rounded(value))


def _base(base: Base) -> dict[str, Any]:
    return {
        "origin": base.origin,
        "monthly_usd": six(base.monthly),
        "monthly_usd_low": None if base.relative is None else six(base.monthly * base.relative.low),
        "monthly_usd_high": None if base.relative is None else six(base.monthly * base.relative.high),
        "waste_share": six(base.waste_share),
        "waste_share_low": None if base.waste_span is None else six(base.waste_span.low),
        "waste_share_high": None if base.waste_span is None else six(base.waste_span.high),
        "people": _maybe(base.people),
        "adoption": _maybe(base.adoption),
        "steps": [_step(step) for step in base.steps],
    }


def _assumptions(assumed: Assumptions) -> dict[str, Any]:
    return {
        "months": assumed.months,
        "adoption": _adoption(assumed.adoption),
        "multiplier": six(assumed.multiplier),
        "monitored_waste": six(assumed.monitored_waste),
        "price_growth": _maybe(assumed.price_growth),
        "mix": [{"from": one.tier, "to": one.target, "share": six(one.share)} for one in assumed.shifts],
        "tier_prices": {tier: six(price) for tier, price in assumed.tier_prices},
        "remove": six(assumed.remove),
        "cost_of_monitoring_usd": _maybe(assumed.monitoring_cost),
        "ramp": assumed.ramp,
    }


def _adoption(adoption: Adoption | None) -> dict[str, Any] | None:
    if adoption is None:
        return None
    return {"from": _maybe(adoption.start), "to": six(adoption.end), "path": adoption.path}


def _scenario(scenario: Scenario, relative: Span | None) -> dict[str, Any]:
    return {
        "id": scenario.id,
        "title": scenario.title,
        "assumes": scenario.assumes,
        "steps": [_step(step) for step in scenario.steps],
        "months": [_month(month) for month in scenario.months],
        "years": [_year(year, relative) for year in scenario.years],
    }


def _month(month: Month) -> dict[str, Any]:
    return {
        "month": month.number,
        "spend_usd": six(month.spend),
        "needed_usd": six(month.needed),
        "waste_usd": six(month.waste),
        "formula": month.formula,
    }


def _year(year: Year, relative: Span | None) -> dict[str, Any]:
    return {
        "year": year.number,
        "months": year.months,
        "spend_usd": six(year.spend),
        "spend_usd_low": None if relative is None else six(year.spend * relative.low),
        "spend_usd_high": None if relative is None else six(year.spend * relative.high),
        "waste_usd": six(year.waste),
        "against_base_usd": six(year.against_base),
        "formula": year.formula,
    }


def _step(step: Step) -> dict[str, Any]:
    formula = clean(step.formula, _PROSE)
    return {"name": step.name, "value": six(step.value), "unit": step.unit, "formula": formula}


def _maybe(value: Fraction | None) -> float | None:
    return None if value is None else six(value)
