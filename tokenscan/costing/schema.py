"""The JSON Schema of the cost report, version 1."""

from __future__ import annotations

from tokenscan.costing.model import KINDS, Basis, Key
from tokenscan.json_schema import COUNT, DAY, NUMBER_OR_NULL, TEXT, TEXT_OR_NULL, WHOLE, Schema, object_of
from tokenscan.report.schema_prices import budget_schema, prices_schema, unknown_model_schema

_USD: Schema = {"type": ["number", "null"], "description": "Dollars with 6 decimals; null: not known."}
_NANO: Schema = {"type": "integer", "description": "Nano-dollars (10^-9 USD): these add up exactly."}
_MOMENT: Schema = {"type": "string", "format": "date-time"}


def costs_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of ``tokenscan costs --format json``.

    Every key that version 1 writes is required, the keys asked for with ``--by`` apart; later versions may add some.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tokenscan costs, version 1",
        "description": (
            "Costs by group. Amounts of the groups add up to those of the total, people apart, who may be in several. "
            "Consumers must ignore unknown fields."
        ),
        **object_of(
            {
                "schema_version": {"type": "string", "pattern": r"^1\.\d+$"},
                "tool": object_of({"name": {"const": "tokenscan"}, "version": TEXT}),
                "run": object_of({"as_of": _MOMENT | {"description": "What counts as now."}}),
                "by": {"type": "array", "items": {"enum": [key.value for key in Key]}},
                "input": _input(),
                "prices": prices_schema(),
                "comparison": _comparison(),
                "total": _line(),
                "groups": {"type": "array", "items": _group()},
                "unknown_models": {"type": "array", "items": unknown_model_schema()},
                "budgets": {"type": "array", "items": budget_schema()},
            }
        ),
    }


def _input() -> Schema:
    window = object_of({"from": _MOMENT, "to": _MOMENT})
    return object_of(
        {
            "files": COUNT,
            "events": COUNT,
            "duplicates_dropped": COUNT,
            "bad_rows": COUNT,
            "complete": {"type": "boolean"},
            "window": {"anyOf": [{"type": "null"}, window]},
            "timezone": TEXT | {"description": "Where days, weeks and months are cut, for everybody."},
            "notes": {"type": "array", "items": TEXT},
        }
    )


def _comparison() -> Schema:
    span = {"anyOf": [{"type": "null"}, object_of({"from": DAY, "to": DAY})]}
    return object_of(
        {
            "basis": {"enum": [basis.value for basis in Basis]},
            "current": span,
            "previous": span,
            "reason": TEXT_OR_NULL | {"description": "Why nothing is compared."},
        }
    )


def _line() -> Schema:
    tokens = dict.fromkeys(("total", "fresh_input", "cache_read", "cache_write_5m", "cache_write_1h", "output"), WHOLE)
    kind = object_of({"requests": WHOLE, "cost_usd": _USD, "cost_nanousd": _NANO})
    return object_of(
        {
            "partial": {"type": "boolean", "description": "The log covers the period in part."},
            "requests": WHOLE,
            "tokens": object_of({**tokens, "reasoning": WHOLE | {"description": "Part of output."}}),
            "cost_usd": _USD,
            "cost_nanousd": _NANO,
            "share": NUMBER_OR_NULL | {"description": "Of the total cost."},
            "cost_by_kind": object_of(dict.fromkeys(KINDS, kind)),
            "unpriced": object_of({"requests": WHOLE, "tokens": WHOLE}),
            "people": COUNT | {"description": "Accounts with calls that the people file does not call services."},
            "cost_per_person_usd": _USD,
            "current_usd": _USD,
            "previous_usd": _USD,
            "change_usd": _USD,
            "change": NUMBER_OR_NULL | {"description": "Relative; null where there is nothing to compare with."},
        }
    )


def _group() -> Schema:
    line = _line()
    names = {key.value: TEXT_OR_NULL | {"description": "Where asked for; null: not told."} for key in Key}
    return line | {"properties": names | line["properties"]}
