"""The cost report as JSON, schema version 1."""

from __future__ import annotations

import json
from typing import Any

from tokenscan.costing.model import Comparison, CostReport, Line, Span, Tokens
from tokenscan.report.json_prices import budget_dict, prices_dict, unknown_model_dict
from tokenscan.report.numbers import dollars, significant, timestamp
from tokenscan.report.text import escape_json

SCHEMA_VERSION = "1.0"


def to_dict(report: CostReport) -> dict[str, Any]:
    """Return the report as ``tokenscan schema costs`` describes it.

    Money is in dollars with 6 decimals and, to add up without rounding, in whole nano-dollars.
    """
    window = report.input.window
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tokenscan", "version": report.version},
        "run": {"as_of": timestamp(report.as_of)},
        "by": [key.value for key in report.by],
        "input": {
            "files": report.input.files,
            "events": report.input.events,
            "duplicates_dropped": report.input.duplicates,
            "bad_rows": report.input.bad_rows,
            "complete": report.input.complete,
            "window": window and {"from": timestamp(window[0]), "to": timestamp(window[1])},
            "timezone": report.input.timezone,
            "notes": list(report.input.notes),
        },
        "prices": prices_dict(report.prices),
        "comparison": _comparison(report.comparison),
        "total": _line(report.total, report),
        "groups": [_line(line, report) for line in report.lines],
        "unknown_models": [unknown_model_dict(model) for model in report.unknown_models],
        "budgets": [budget_dict(budget) for budget in report.budgets],
    }


def to_json(report: CostReport) -> str:
    """Return the report as JSON text, indented by 2, with characters that a terminal would obey escaped."""
    return escape_json(json.dumps(to_dict(report), ensure_ascii=False, allow_nan=False, indent=2)) + "\n"


def _line(line: Line, report: CostReport) -> dict[str, Any]:
    whole = report.total.nanousd
    compares = line.current is not None and line.previous is not None
    return {
        **{key.value: name for key, name in zip(report.by, line.keys, strict=False)},
        "partial": line.partial,
        "requests": line.requests,
        "tokens": _tokens(line.tokens),
        "cost_usd": dollars(line.nanousd) if line.known or not line.requests else None,
        "cost_nanousd": line.nanousd,
        "share": significant(line.nanousd / whole) if whole else None,
        "cost_by_kind": {
            kind: {"requests": part.requests, "cost_usd": dollars(part.nanousd), "cost_nanousd": part.nanousd}
            for kind, part in line.kinds.items()
        },
        "unpriced": {"requests": line.unknown.requests, "tokens": line.unknown.tokens},
        "people": line.people,
        "cost_per_person_usd": dollars(line.per_person),
        "current_usd": dollars(line.current),
        "previous_usd": dollars(line.previous),
        "change_usd": dollars((line.current or 0) - (line.previous or 0)) if compares else None,
        "change": None if line.change is None else significant(line.change),
    }


def _tokens(tokens: Tokens) -> dict[str, int]:
    return {
        "total": tokens.total,
        "fresh_input": tokens.fresh_input,
        "cache_read": tokens.cache_read,
        "cache_write_5m": tokens.cache_write_5m,
        "cache_write_1h": tokens.cache_write_1h,
        "output": tokens.output,
        "reasoning": tokens.reasoning,
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "basis": comparison.basis.value,
        "current": _span(comparison.current),
        "previous": _span(comparison.previous),
        "reason": comparison.reason or None,
    }


def _span(span: Span | None) -> dict[str, str] | None:
    return {"from": span.first.isoformat(), "to": span.last.isoformat()} if span else None
