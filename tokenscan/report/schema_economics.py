"""The JSON Schema of a report's part on money and measures, version 1."""

from __future__ import annotations

from tokenscan.json_schema import (
    COUNT,
    DAY,
    FLAG,
    NUMBER_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    Schema,
    array_of,
    nullable,
    object_of,
)
from tokenscan.report.economics import Gaming, Standing

_COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}
_USD: Schema = {"type": ["number", "null"], "description": "Dollars with 6 decimals; null: no price is known."}
_CO2: Schema = {"type": ["number", "null"], "minimum": 0, "description": "Kilograms; an order of magnitude, no more."}
_GAMING: Schema = {"enum": [one.value for one in Gaming]}


def economics_schema() -> Schema:
    """Return the JSON Schema of ``economics``; null in a report that was made without."""
    part = object_of(
        {
            "waste": _waste(),
            "leaderboards": array_of(_leaderboard(), "Ranking by volume with and without claimed waste."),
            "growth": array_of(_growth(), "Which share of growth is growth of claimed waste."),
            "measures": array_of(_measure(), "What to measure in place of volume."),
            "measures_note": TEXT,
            "metrics": array_of(_note(), "How easily each metric can be gamed."),
            "savings": nullable(_savings()),
        }
    )
    return nullable(part)


def _waste() -> Schema:
    window = {"first": DAY, "last": DAY, "days": COUNT, "days_with_calls": COUNT}
    rate = {
        "formula": TEXT,
        "short": FLAG | {"description": "From fewer than 28 days; from fewer than 7 there are no figures."},
        "usd_per_month": nullable(_range(_USD)),
        "usd_per_year": nullable(_range(_USD)),
        "tokens_per_year": nullable(_range(COUNT)),
        "co2_kg_per_year": nullable(_range(_CO2)),
    }
    figures = {"waste_tokens": _range(COUNT), "waste_usd": _range(_USD), "co2_kg": _CO2}
    used = {"tokens": _COUNT_OR_NULL, "cost_usd": _USD}
    line = figures | {"usd_per_month": _USD, "usd_per_year": _USD}
    rule = {"rule_id": TEXT_OR_NULL, "title": TEXT_OR_NULL, "findings": _COUNT_OR_NULL}
    return object_of(
        {
            "window": nullable(object_of(window)),
            "tokens": _range(COUNT),
            "usd": _range(_USD),
            "unpriced_tokens": COUNT,
            "run_rate": nullable(object_of(rate)),
            "co2": object_of({"kg": _range(_CO2), "grams_per_1k_tokens": NUMBER_OR_NULL, "source": TEXT}),
            "attribution": TEXT,
            "by_rule": array_of(object_of(rule | line), "Adds up to the total, as all these lists do."),
            "by_person": array_of(
                object_of({"user": TEXT_OR_NULL, "team": TEXT_OR_NULL} | used | line),
                "null: people whom no finding is about, of whose calls findings about teams claim some.",
            ),
            "by_team": array_of(
                object_of({"team": TEXT_OR_NULL} | used | line), "null: no team, or one too small to show."
            ),
            "by_month": array_of(object_of({"month": TEXT, "days_with_calls": _COUNT_OR_NULL} | used | figures)),
        }
    )


def _leaderboard() -> Schema:
    place = object_of(
        {
            "people": COUNT,
            "amount": NUMBER_OR_NULL,
            "removed": _range(NUMBER_OR_NULL),
            "share_removed": _range(NUMBER_OR_NULL),
            "rank_before": {"type": "integer", "minimum": 1},
            "rank_after": _range({"type": "integer", "minimum": 1}),
        }
    )
    return object_of(
        {
            "level": {"enum": ["team", "person"]},
            "metric": {"enum": ["tokens", "requests", "cost_usd"]},
            "moved": COUNT,
            "kendall_tau_b": NUMBER_OR_NULL,
            "places": array_of(place, "Also `team` or `person`, after the level."),
        }
    )


def _growth() -> Schema:
    stretch = object_of(
        {
            "first": DAY,
            "last": DAY,
            "working_days": {"type": "integer"},
            "people": COUNT,
            "per_working_day": NUMBER_OR_NULL,
            "waste_per_working_day": _range(NUMBER_OR_NULL),
        }
    )
    return object_of(
        {
            "what": TEXT,
            "metric": {"enum": ["tokens", "cost_usd"]},
            "before": nullable(stretch),
            "after": nullable(stretch),
            "share_of_growth": _interval("Bounds: the least and largest of low, expected and high waste."),
            "reason": TEXT_OR_NULL,
        }
    )


def _measure() -> Schema:
    band = {
        "team": TEXT,
        "band": {"enum": [one.value for one in Standing]},
        "people": COUNT,
        "value": NUMBER_OR_NULL,
        "shrunk": _interval("Drawn towards the rest of the organisation, with a 95 % interval."),
        "own_weight": NUMBER_OR_NULL,
    }
    interval = _interval("With a 95 % interval.")
    return object_of(
        {
            "id": TEXT,
            "name": TEXT,
            "unit": TEXT,
            "better": {"enum": ["higher", "lower"]},
            "definition": TEXT,
            "gaming_potential": _GAMING,
            "value": interval,
            "without_ai": interval,
            "difference": interval,
            "people": COUNT,
            "days": COUNT,
            "days_without_ai": _COUNT_OR_NULL,
            "reason": TEXT_OR_NULL,
            "teams": array_of(object_of(band), "By name."),
            "teams_reason": TEXT_OR_NULL,
        }
    )


def _note() -> Schema:
    texts = {"id": TEXT, "name": TEXT, "gaming_potential": _GAMING, "why": TEXT, "origin": TEXT}
    return object_of(texts | {"shown": FLAG})


def _savings() -> Schema:
    saving = {"calls": COUNT, "cost_usd": _USD, "saving_usd": _range(_USD)}
    counts = {
        name: kind
        for group in ("", "unknown_", "fitting_")
        for name, kind in ((f"{group}calls", COUNT), (f"{group}cost_usd", _USD))
    }
    work = {"work": TEXT, "tier": TEXT, "basis": TEXT}
    model = {"model": TEXT, "provider": TEXT_OR_NULL, "tier": TEXT, "needed": TEXT, "recommended": TEXT}
    move = {"tier": TEXT, "target": TEXT, "calls": COUNT, "cost_usd": _USD, "cost_there_usd": _USD}
    return object_of(
        {
            "days": COUNT,
            **counts,
            "claimed_as_waste_usd": _USD,
            "total": object_of(saving),
            "by_team": array_of(object_of({"team": TEXT_OR_NULL} | saving)),
            "by_work": array_of(object_of(work | saving)),
            "by_model": array_of(object_of(model | {"in_use": FLAG} | saving)),
            "moves": array_of(object_of(move)),
        }
    ) | {"description": "Work on a dearer tier than it needs; legitimate, and in no sum of waste."}


def _range(figure: Schema) -> Schema:
    return object_of({"low": figure, "expected": figure, "high": figure})


def _interval(description: str) -> Schema:
    number = object_of({"value": NUMBER_OR_NULL, "low": NUMBER_OR_NULL, "high": NUMBER_OR_NULL})
    return nullable(number) | {"description": description}
