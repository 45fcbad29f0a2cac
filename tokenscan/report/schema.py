"""The JSON Schema of the report, version 1."""

from __future__ import annotations

from tokenscan.findings.model import Confidence, Severity, State, SubjectKind, SuppressionStatus
from tokenscan.json_schema import (
    COUNT,
    DAY,
    FLAG,
    NUMBER_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    Schema,
    array_of,
    object_of,
    one_of,
)
from tokenscan.report.model import Band, RuleStatus
from tokenscan.report.schema_economics import economics_schema
from tokenscan.report.schema_prices import budget_schema, prices_schema, unknown_model_schema

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
_USD: Schema = {"type": ["number", "null"], "description": "Dollars with 6 decimals; null: no price is known."}
_CO2: Schema = {"type": "number", "minimum": 0, "description": "Kilograms; an order of magnitude, no more."}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_COUNTS: Schema = {"type": "object", "additionalProperties": COUNT}


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
        **object_of(
            {
                "schema_version": {"type": "string", "pattern": r"^1\.\d+$"},
                "tool": object_of({"name": {"const": "tokenscan"}, "version": TEXT, "rules_digest": TEXT}),
                "run": _run(),
                "input": _input(),
                "totals": _totals(),
                "people": array_of(_ranked({"user": TEXT_OR_NULL, "team": TEXT_OR_NULL}), "People by falling risk."),
                "teams": array_of(_ranked({"team": TEXT_OR_NULL}), "Teams of at least `min_group_size` people."),
                "findings": array_of(
                    finding_schema(), "By falling waste; suppressed and resolved ones are among them."
                ),
                "rules": array_of(_rule(), "What became of every rule; one that did not run is not an all-clear."),
                "errors": TEXTS,
                "suppressions": array_of(_suppression(), "What became of every decision to suppress."),
                "privacy": _privacy(),
                "economics": economics_schema(),
                "prices": {"anyOf": [{"type": "null"}, prices_schema()]},
                "budgets": array_of(budget_schema(), "How each budget of the config stands this month."),
            }
        ),
    }


def finding_schema() -> Schema:
    """Return the JSON Schema of one finding, as the json and jsonl formats write it."""
    return object_of(
        {
            "fingerprint": {"type": "string", "description": "Stable id: the same thing has it again tomorrow."},
            "rule_id": TEXT,
            "rule_version": COUNT,
            "family": TEXT,
            "state": one_of(State, "Against the baseline; without one, every finding is new."),
            "severity": one_of(Severity, "What should happen."),
            "confidence": one_of(Confidence, "How sure the evidence is."),
            "weight": NUMBER_OR_NULL,
            "strength": {
                "type": ["number", "null"],
                "description": "0 to 1: 0.5 at the rule's threshold, 1 far beyond it.",
            },
            "title": TEXT,
            "message": TEXT,
            "subject": object_of({"kind": one_of(SubjectKind), "user": TEXT_OR_NULL, "team": TEXT_OR_NULL}),
            "window": object_of({"first_seen": _MOMENT, "last_seen": _MOMENT}),
            "impact": _impact(),
            "evidence": _evidence(),
            "remediation": TEXT,
            "references": TEXTS,
            "tags": TEXTS,
            "labels": {"type": "object", "additionalProperties": TEXT},
            "suppression": {"anyOf": [{"type": "null"}, object_of(_decision())]},
            "reply": TEXT_OR_NULL | {"description": "What the person concerned answered; null: nothing yet."},
        }
    )


def _run() -> Schema:
    return object_of(
        {
            "started_at": _MOMENT,
            "duration_s": {"type": "number", "minimum": 0},
            "argv": TEXTS,
            "config": TEXT_OR_NULL,
            "as_of": _MOMENT,
            "engine": {"enum": ["compiled", "numpy", ""]},
        }
    )


def _input() -> Schema:
    source = object_of({"rows": COUNT, "files": COUNT, "columns": {"type": "object", "additionalProperties": _SHARE}})
    verdict = {
        "name": TEXT,
        "format": TEXT_OR_NULL,
        "rows": COUNT,
        "events": COUNT,
        "duplicates": _COUNTS,
        "bad_rows": COUNT,
        "bad_reasons": _COUNTS,
        "window": _WINDOW,
        "gaps": array_of(object_of({"from": TEXT, "to": TEXT})),
        "carries": {"type": "object", "additionalProperties": _SHARE},
        "cache": TEXT_OR_NULL,
        "clock": TEXT_OR_NULL,
        "broken": TEXT_OR_NULL,
        "skipped": TEXT_OR_NULL,
    }
    return object_of(
        {
            "files": COUNT,
            "events": COUNT,
            "duplicates_dropped": COUNT,
            "duplicates_by_reason": _COUNTS,
            "bad_rows": COUNT,
            "bad_row_samples": array_of(object_of({"file": TEXT, "row": COUNT, "reason": TEXT})),
            "complete": FLAG,
            "window": _WINDOW,
            "timezone": TEXT,
            "sources": {
                "type": "object",
                "additionalProperties": source,
                "description": "By format; `columns` has the share of rows with each kind of column.",
            },
            "unattributed_requests": COUNT,
            "users": COUNT,
            "unknown_people": {
                "type": ["array", "null"],
                "items": TEXT,
                "description": "Users that the people file does not name; null: there is no people file.",
            },
            "service_accounts": TEXTS,
            "notes": TEXTS,
            "file_verdicts": array_of(object_of(verdict)),
        }
    )


def _totals() -> Schema:
    return object_of(
        {
            "requests": COUNT,
            "tokens": COUNT,
            "cost_usd": _USD,
            "unpriced_requests": COUNT,
            "unpriced_models": TEXTS,
            "unpriced_tokens": COUNT,
            "unknown_models": array_of(
                unknown_model_schema(), "Models without a price by falling tokens, 100 at most."
            ),
            "waste_tokens": _range(COUNT, "Every call counted once across findings."),
            "waste_usd": _range(_USD, "Every call counted once across findings."),
            "co2_kg": _CO2,
            "co2_grams_per_1k_tokens": NUMBER_OR_NULL,
            "duplicate_share": NUMBER_OR_NULL | {"description": "0 to 1; null without prompt text."},
            "findings": object_of(dict.fromkeys((one.value for one in reversed(list(Severity))), COUNT)),
            "suppressed": COUNT,
            "by_state": object_of(dict.fromkeys((one.value for one in State), COUNT)),
        }
    )


def _ranked(who: Schema) -> Schema:
    return object_of(
        {
            "rank": {"type": "integer", "minimum": 1},
            **who,
            "risk": {"type": "number", "minimum": 0, "maximum": 100},
            "band": one_of(Band, "strong from risk 60, worth_a_look from 40."),
            "confidence": one_of(Confidence),
            "requests": COUNT,
            "tokens": COUNT,
            "cost_usd": _USD,
            "waste_tokens": COUNT,
            "waste_usd": _USD,
            "families": {
                "type": "object",
                "additionalProperties": NUMBER_OR_NULL,
                "description": "What each family of evidence contributes to the risk, 0 to 1.",
            },
            "findings": TEXTS | {"description": "Fingerprints."},
            "exculpation": TEXTS | {"description": "What spoke for them."},
        }
        | ({"standing": _standing()} if "user" in who else {})
    )


def _standing() -> Schema:
    figures = ("prompts_per_task", "unused_answers", "uneven_use", "regardless_of_work", "team")
    standing = object_of(dict.fromkeys(figures, NUMBER_OR_NULL))
    standing["type"] = ["object", "null"]
    standing["description"] = (
        "Only where nothing was found that counts: distances from comparable colleagues in robust standard deviations, "
        "and what those of the team's other members add up to on average. They give a risk below one point, which "
        "orders people and is evidence of nothing."
    )
    return standing


def _impact() -> Schema:
    impact = object_of({"requests": COUNT, "waste_tokens": COUNT, "waste_usd": _USD, "co2_kg": _CO2, "basis": TEXT})
    impact["description"] = (
        "By this finding alone. Two findings may blame the same call, so impacts do not add up: use `totals`."
    )
    return impact


def _evidence() -> Schema:
    return object_of(
        {
            "value": NUMBER_OR_NULL,
            "unit": TEXT,
            "threshold": NUMBER_OR_NULL,
            "threshold_origin": TEXT | {"description": "Whose number the threshold is."},
            "n": COUNT | {"description": "Observations behind the value."},
            "compared_with": TEXT,
            "metrics": {
                "type": "object",
                "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
            },
            "metric_units": {"type": "object", "additionalProperties": TEXT},
            "samples": TEXTS | {"description": "Event ids."},
            "against": TEXTS | {"description": "What speaks for the person."},
            "open_questions": TEXTS | {"description": "Innocent explanations that remain."},
            "prompts": array_of(object_of({"text": TEXT, "calls": COUNT}), "Only with --show-text; masked."),
        }
    )


def _decision() -> Schema:
    return {"reason": TEXT, "expires": DAY, "owner": TEXT_OR_NULL, "ticket": TEXT_OR_NULL}


def _suppression() -> Schema:
    return object_of({"rule": TEXT, **_decision(), "status": one_of(SuppressionStatus), "findings": COUNT})


def _privacy() -> Schema:
    return object_of(
        {
            "level": {"enum": ["person", "team"], "description": "team: nobody is named or counted."},
            "pseudonymized": FLAG,
            "key_id": TEXT_OR_NULL | {"description": "Tells keys apart; null: names stand as they are."},
            "min_group_size": COUNT,
            "findings_left_out": COUNT | {"description": "About groups, or counts, of fewer people than that."},
            "notice": TEXT,
        }
    )


def _rule() -> Schema:
    return object_of(
        {
            "id": TEXT,
            "title": TEXT,
            "status": one_of(RuleStatus),
            "reason": TEXT_OR_NULL,
            "findings": COUNT,
        }
    )


def _range(figure: Schema, description: str) -> Schema:
    return object_of({"low": figure, "expected": figure, "high": figure}) | {"description": description}
