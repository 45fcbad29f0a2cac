"""The part of the JSON report on money and measures, schema version 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenscan.report.economics import (
    Economics,
    GamingNote,
    Growth,
    Interval,
    Leaderboard,
    Measure,
    Rate,
    Stretch,
    Waste,
    WasteInMoney,
    WasteLine,
)
from tokenscan.report.json_savings import savings_dict
from tokenscan.report.model import Range
from tokenscan.report.numbers import dollars, significant

FORMULA = "waste of the window / its calendar days * 365 for a year; a twelfth of that for a month"
ATTRIBUTION = (
    "A call that several findings blame counts for one rule: that of the surest claim, then of single rows before days "
    "before windows, then of the larger share, then of the weightier finding, then by the rule's id. So rules add up "
    "to the total."
)
OBSERVED = (
    "Observed, not caused: people, teams and days with much use of AI differ from others in more than that. "
    "Bands compare teams with the rest of the organisation and rank nobody."
)


def economics_dict(economics: Economics) -> dict[str, Any]:
    """Return money and measures as JSON schema version 1 describes them."""
    return {
        "waste": _waste_in_money(economics.waste),
        "leaderboards": [_leaderboard(board) for board in economics.leaderboards],
        "growth": [_growth(growth) for growth in economics.growth],
        "measures": [_measure(measure) for measure in economics.measures],
        "measures_note": OBSERVED,
        "metrics": [_note(note) for note in economics.metrics],
        "savings": None if economics.savings is None else savings_dict(economics.savings),
    }


def _waste_in_money(waste: WasteInMoney) -> dict[str, Any]:
    rate, total, grams = waste.rate, waste.total, waste.co2_grams_per_1k_tokens
    return {
        "window": None if rate is None else _window(rate),
        "tokens": _range(total.tokens),
        "usd": _usd(total.nanousd),
        "unpriced_tokens": waste.unpriced_tokens,
        "run_rate": None if rate is None else _run_rate(rate, waste),
        "co2": {
            "kg": _kilograms(total.tokens, grams),
            "grams_per_1k_tokens": significant(grams),
            "source": waste.co2_source,
        },
        "attribution": ATTRIBUTION,
        "by_rule": [
            {"rule_id": line.name, "title": line.note or None, "findings": line.findings} | _line(line, waste)
            for line in waste.by_rule
        ],
        "by_person": [
            {"user": line.name, "team": line.note or None} | _used(line) | _line(line, waste)
            for line in waste.by_person
        ],
        "by_team": [{"team": line.name} | _used(line) | _line(line, waste) for line in waste.by_team],
        "by_month": [
            {"month": line.name, "days_with_calls": line.days} | _used(line) | _figures(line.waste, grams)
            for line in waste.by_month
        ],
    }


def _window(rate: Rate) -> dict[str, Any]:
    return {
        "first": rate.first.isoformat(),
        "last": rate.last.isoformat(),
        "days": rate.days,
        "days_with_calls": rate.days_with_calls,
    }


def _run_rate(rate: Rate, waste: WasteInMoney) -> dict[str, Any]:
    tokens, money = waste.total.tokens, waste.total.nanousd
    yearly = None if rate.yearly(tokens.high) is None else _each(tokens, rate.yearly)
    return {
        "formula": FORMULA,
        "short": rate.short,
        "usd_per_month": None if money is None else _usd_or_none(_each(money, rate.monthly)),
        "usd_per_year": None if money is None else _usd_or_none(_each(money, rate.yearly)),
        "tokens_per_year": yearly,
        "co2_kg_per_year": yearly and {kind: _kilogram(part or 0, waste) for kind, part in yearly.items()},
    }


def _line(line: WasteLine, waste: WasteInMoney) -> dict[str, Any]:
    rate, money = waste.rate, line.waste.nanousd
    return _figures(line.waste, waste.co2_grams_per_1k_tokens) | {
        "usd_per_month": dollars(rate.monthly(money.expected)) if rate and money else None,
        "usd_per_year": dollars(rate.yearly(money.expected)) if rate and money else None,
    }


def _used(line: WasteLine) -> dict[str, Any]:
    return {"tokens": line.tokens, "cost_usd": dollars(line.cost_nanousd)}


def _figures(waste: Waste, grams: float) -> dict[str, Any]:
    kilograms = _kilograms(waste.tokens, grams)
    return {"waste_tokens": _range(waste.tokens), "waste_usd": _usd(waste.nanousd), "co2_kg": kilograms["expected"]}


def _leaderboard(board: Leaderboard) -> dict[str, Any]:
    figure = dollars if board.metric == "cost_nanousd" else _same
    return {
        "level": board.level,
        "metric": _metric(board.metric),
        "moved": board.moved,
        "kendall_tau_b": None if board.tau_b is None else significant(board.tau_b),
        "places": [
            {
                board.level: place.name,
                "people": place.people,
                "amount": figure(place.amount),
                "removed": {kind: figure(part) for kind, part in _range(place.removed).items()},
                "share_removed": {kind: _share(part, place.amount) for kind, part in _range(place.removed).items()},
                "rank_before": place.before,
                "rank_after": _range(place.after),
            }
            for place in board.places
        ],
    }


def _growth(growth: Growth) -> dict[str, Any]:
    money = growth.metric == "cost_nanousd"
    return {
        "what": growth.what,
        "metric": _metric(growth.metric),
        "before": growth.before and _stretch(growth.before, money=money),
        "after": growth.after and _stretch(growth.after, money=money),
        "share_of_growth": _interval(growth.share),
        "reason": growth.reason or None,
    }


def _stretch(stretch: Stretch, *, money: bool) -> dict[str, Any]:
    unit = 1e9 if money else 1.0
    return {
        "first": stretch.first.isoformat(),
        "last": stretch.last.isoformat(),
        "working_days": stretch.working_days,
        "people": stretch.people,
        "per_working_day": significant(stretch.volume / unit),
        "waste_per_working_day": {
            "low": significant(stretch.waste_low / unit),
            "expected": significant(stretch.waste_expected / unit),
            "high": significant(stretch.waste_high / unit),
        },
    }


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "id": measure.id,
        "name": measure.name,
        "unit": measure.unit,
        "better": measure.better,
        "definition": measure.definition,
        "gaming_potential": measure.gaming.value,
        "value": _interval(measure.value),
        "without_ai": _interval(measure.without),
        "difference": _interval(measure.difference),
        "people": measure.people,
        "days": measure.days,
        "days_without_ai": measure.days_without if measure.compared else None,
        "reason": measure.reason or None,
        "teams": [
            {
                "team": band.team,
                "band": band.standing.value,
                "people": band.people,
                "value": significant(band.value),
                "shrunk": _interval(band.shrunk),
                "own_weight": significant(band.weight),
            }
            for band in measure.teams
        ],
        "teams_reason": measure.teams_reason or None,
    }


def _note(note: GamingNote) -> dict[str, Any]:
    return {
        "id": note.id,
        "name": note.name,
        "gaming_potential": note.gaming.value,
        "why": note.why,
        "origin": note.origin,
        "shown": note.shown,
    }


def _interval(interval: Interval | None) -> dict[str, Any] | None:
    if interval is None:
        return None
    return {
        "value": significant(interval.value),
        "low": None if interval.low is None else significant(interval.low),
        "high": None if interval.high is None else significant(interval.high),
    }


def _range(figures: Range) -> dict[str, int]:
    return {"low": figures.low, "expected": figures.expected, "high": figures.high}


def _usd(figures: Range | None) -> dict[str, float | None]:
    return dict.fromkeys(("low", "expected", "high")) if figures is None else _usd_or_none(_range(figures))


def _usd_or_none(figures: Mapping[str, int | None]) -> dict[str, float | None]:
    return {kind: dollars(part) for kind, part in figures.items()}


def _each(figures: Range, scaled: Any) -> dict[str, int | None]:
    return {kind: scaled(part) for kind, part in _range(figures).items()}


def _kilograms(tokens: Range, grams: float) -> dict[str, float]:
    return {kind: round(part * grams / 1_000_000, 3) for kind, part in _range(tokens).items()}


def _kilogram(tokens: int, waste: WasteInMoney) -> float:
    return round(tokens * waste.co2_grams_per_1k_tokens / 1_000_000, 3)


def _share(part: int, whole: int) -> float | None:
    return significant(part / whole) if whole else None


def _metric(name: str) -> str:
    return name.replace("nanousd", "usd")


def _same(amount: int) -> int:
    return amount
