"""The JSON Schema of the report, version 1."""

from __future__ import annotations

import enum
from typing import Any

from tokenscan.findings.model import Confidence, Severity, State, SubjectKind
from tokenscan.report.model import Band, RuleStatus

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "number"}
_NUMBER_OR_NULL: Schema = {"type": ["number", "null"]}
_MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$",
    "description": "ISO 8601, UTC.",
}
_WINDOW: Schema = {
    "anyOf": [
        {"type": "null"},
        {"type": "object", "properties": {"from": _MOMENT, "to": _MOMENT}, "required": ["from", "to"]},
    ]
}
_DAY: Schema = {"type": "string", "format": "date"}
_USD: Schema = {"type": ["number", "null"], "description": "Dollars with 6 decimals; null: no price is known."}
_CO2: Schema = {"type": "number", "minimum": 0, "description": "Kilograms; an order of magnitude, no more."}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_COUNTS: Schema = {"type": "object", "additionalProperties": _COUNT}


def report_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of ``tokenscan analyze --format json``.

    Every key that version 1 writes is required; unknown keys are allowed, as later versions may add some.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tokenscan report, version 1",
        "description": (
            "Findings are evidence, not verdicts, and must not be the only ground for a decision about a person. "
            "Consumers must ignore unknown fields. Only `run` differs between two runs on the same input."
        ),
        **_object(
            {
                "schema_version": {"type": "string", "pattern": r"^1\.\d+$"},
                "tool": _object({"name": {"const": "tokenscan"}, "version": _TEXT, "rules_digest": _TEXT}),
                "run": _run(),
                "input": _input(),
                "totals": _totals(),
                "people": _array(_ranked({"user": _TEXT_OR_NULL, "team": _TEXT_OR_NULL}), "People by falling risk."),
                "teams": _array(_ranked({"team": _TEXT_OR_NULL}), "Teams of at least `min_group_size` people."),
                "findings": _array(finding_schema(), "By falling waste; suppressed and resolved ones are among them."),
                "rules": _array(_rule(), "What became of every rule; one that did not run is not an all-clear."),
                "errors": _TEXTS,
            }
        ),
    }


def finding_schema() -> Schema:
    """Return the JSON Schema of one finding, as the json and jsonl formats write it."""
    return _object(
        {
            "fingerprint": {"type": "string", "description": "Stable id: the same thing has it again tomorrow."},
            "rule_id": _TEXT,
            "rule_version": _COUNT,
            "family": _TEXT,
            "state": _one_of(State, "Against the baseline; without one, every finding is new."),
            "severity": _one_of(Severity, "What should happen."),
            "confidence": _one_of(Confidence, "How sure the evidence is."),
            "weight": _NUMBER_OR_NULL,
            "strength": {
                "type": ["number", "null"],
                "description": "0 to 1: 0.5 at the rule's threshold, 1 far beyond it.",
            },
            "title": _TEXT,
            "message": _TEXT,
            "subject": _object({"kind": _one_of(SubjectKind), "user": _TEXT_OR_NULL, "team": _TEXT_OR_NULL}),
            "window": _object({"first_seen": _MOMENT, "last_seen": _MOMENT}),
            "impact": _impact(),
            "evidence": _evidence(),
            "remediation": _TEXT,
            "references": _TEXTS,
            "tags": _TEXTS,
            "labels": {"type": "object", "additionalProperties": _TEXT},
            "suppression": {"anyOf": [{"type": "null"}, _object({"reason": _TEXT, "expires": _DAY})]},
        }
    )


def _run() -> Schema:
    return _object(
        {
            "started_at": _MOMENT,
            "duration_s": {"type": "number", "minimum": 0},
            "argv": _TEXTS,
            "config": _TEXT_OR_NULL,
            "as_of": _MOMENT,
            "engine": {"enum": ["compiled", "numpy", ""]},
        }
    )


def _input() -> Schema:
    source = _object({"rows": _COUNT, "files": _COUNT, "columns": {"type": "object", "additionalProperties": _SHARE}})
    verdict = {
        "name": _TEXT,
        "format": _TEXT_OR_NULL,
        "rows": _COUNT,
        "events": _COUNT,
        "duplicates": _COUNTS,
        "bad_rows": _COUNT,
        "bad_reasons": _COUNTS,
        "window": _WINDOW,
        "gaps": _array(_object({"from": _TEXT, "to": _TEXT})),
        "carries": {"type": "object", "additionalProperties": _SHARE},
        "cache": _TEXT_OR_NULL,
        "clock": _TEXT_OR_NULL,
        "broken": _TEXT_OR_NULL,
        "skipped": _TEXT_OR_NULL,
    }
    return _object(
        {
            "files": _COUNT,
            "events": _COUNT,
            "duplicates_dropped": _COUNT,
            "duplicates_by_reason": _COUNTS,
            "bad_rows": _COUNT,
            "bad_row_samples": _array(_object({"file": _TEXT, "row": _COUNT, "reason": _TEXT})),
            "complete": _FLAG,
            "window": _WINDOW,
            "timezone": _TEXT,
            "sources": {
                "type": "object",
                "additionalProperties": source,
                "description": "By format; `columns` has the share of rows with each kind of column.",
            },
            "unattributed_requests": _COUNT,
            "users": _COUNT,
            "unknown_people": {
                "type": ["array", "null"],
                "items": _TEXT,
                "description": "Users that the people file does not name; null: there is no people file.",
            },
            "service_accounts": _TEXTS,
            "notes": _TEXTS,
            "file_verdicts": _array(_object(verdict)),
        }
    )


def _totals() -> Schema:
    return _object(
        {
            "requests": _COUNT,
            "tokens": _COUNT,
            "cost_usd": _USD,
            "unpriced_requests": _COUNT,
            "unpriced_models": _TEXTS,
            "waste_tokens": _range(_COUNT, "Every call counted once across findings."),
            "waste_usd": _range(_USD, "Every call counted once across findings."),
            "co2_kg": _CO2,
            "co2_grams_per_1k_tokens": _NUMBER_OR_NULL,
            "duplicate_share": _NUMBER_OR_NULL | {"description": "0 to 1; null without prompt text."},
            "findings": _object(dict.fromkeys((one.value for one in reversed(list(Severity))), _COUNT)),
            "suppressed": _COUNT,
            "by_state": _object(dict.fromkeys((one.value for one in State), _COUNT)),
        }
    )


def _ranked(who: Schema) -> Schema:
    return _object(
        {
            "rank": {"type": "integer", "minimum": 1},
            **who,
            "risk": {"type": "number", "minimum": 0, "maximum": 100},
            "band": _one_of(Band, "strong from risk 60, worth_a_look from 40."),
            "confidence": _one_of(Confidence),
            "requests": _COUNT,
            "tokens": _COUNT,
            "cost_usd": _USD,
            "waste_tokens": _COUNT,
            "waste_usd": _USD,
            "families": {
                "type": "object",
                "additionalProperties": _NUMBER_OR_NULL,
                "description": "What each family of evidence contributes to the risk, 0 to 1.",
            },
            "findings": _TEXTS | {"description": "Fingerprints."},
            "exculpation": _TEXTS | {"description": "What spoke for them."},
        }
    )


def _impact() -> Schema:
    impact = _object({"requests": _COUNT, "waste_tokens": _COUNT, "waste_usd": _USD, "co2_kg": _CO2, "basis": _TEXT})
    impact["description"] = (
        "By this finding alone. Two findings may blame the same call, so impacts do not add up: use `totals`."
    )
    return impact


def _evidence() -> Schema:
    return _object(
        {
            "value": _NUMBER_OR_NULL,
            "unit": _TEXT,
            "threshold": _NUMBER_OR_NULL,
            "threshold_origin": _TEXT | {"description": "Whose number the threshold is."},
            "n": _COUNT | {"description": "Observations behind the value."},
            "compared_with": _TEXT,
            "metrics": {
                "type": "object",
                "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
            },
            "metric_units": {"type": "object", "additionalProperties": _TEXT},
            "samples": _TEXTS | {"description": "Event ids."},
            "against": _TEXTS | {"description": "What speaks for the person."},
            "open_questions": _TEXTS | {"description": "Innocent explanations that remain."},
        }
    )


def _rule() -> Schema:
    return _object(
        {
            "id": _TEXT,
            "title": _TEXT,
            "status": _one_of(RuleStatus),
            "reason": _TEXT_OR_NULL,
            "findings": _COUNT,
        }
    )


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": True,
    }


def _array(items: Schema, description: str = "") -> Schema:
    return {"type": "array", "items": items} | ({"description": description} if description else {})


def _range(figure: Schema, description: str) -> Schema:
    return _object({"low": figure, "expected": figure, "high": figure}) | {"description": description}


def _one_of(
    choices: type[enum.StrEnum],
    description: str = "",
) -> Schema:
    return {"enum": [one.value for one in choices]} | ({"description": description} if description else {})
