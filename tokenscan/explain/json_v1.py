"""An explanation as JSON, schema version 1: the finding as reports have it, and the whole working beside it."""

from __future__ import annotations

import json
from typing import Any

from tokenscan.explain.model import Call, Explanation, Looked, RiskWorking, RulePage
from tokenscan.explain.sections_logs import suppression
from tokenscan.findings.risk import FAINT, SUPPORTS
from tokenscan.report.json_findings import finding_dict
from tokenscan.report.numbers import dollars, significant, timestamp
from tokenscan.report.text import escape_json

SCHEMA_VERSION = "1.0"
STRENGTH = "0.5 at the threshold, 1 far beyond it; times a factor where something speaks for the person"
RISK = (
    "100 * (1 - product over families of (1 - contribution)); contribution = largest weight * strength in the family; "
    "what findings of low confidence add, c, counts as context_at_most * (1 - exp(-c / context_at_most)); "
    f"one of low confidence that contributes less than {FAINT} counts nothing, "
    f"nor does one of a rule tagged {SUPPORTS} about a person of whom nothing else is found"
)


def to_json(explanation: Explanation) -> str:
    """Return the explanation as JSON text, indented by 2, with characters that a terminal would obey escaped."""
    return escape_json(json.dumps(to_dict(explanation), ensure_ascii=False, allow_nan=False, indent=2)) + "\n"


def to_dict(explanation: Explanation) -> dict[str, Any]:
    """Return the explanation; what only logs show is null for a saved report. Floats have six significant digits."""
    known, looked, finding = explanation.known, explanation.looked, explanation.finding
    subject = explanation.subject
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tokenscan", "version": known.version, "rules_digest": known.rules_digest},
        "source": {"kind": "report" if known.source else "logs", "name": known.source or None},
        "as_of": timestamp(known.as_of),
        "finding": finding_dict(finding, known.co2_grams_per_1k_tokens),
        "threshold_param": explanation.threshold_param or None,
        "working": {"strength": _strength(explanation), "contribution": _contribution(explanation)}
        | {"risk": None if explanation.risk is None else _risk(explanation.risk)},
        "exculpation": list(subject.exculpation) if subject else [],
        "person_waste_tokens": subject.waste_tokens if subject else None,
        "rule": None if explanation.rule is None else _rule(explanation.rule),
        "rule_note": explanation.rule_note or None,
        "calls": None if looked is None else [_call(call) for call in looked.calls],
        "calls_in_all": None if looked is None else looked.calls_in_all,
        "waste": None if looked is None else _waste(looked),
        "would_change": None if looked is None else _trials(looked),
        "prompts": None if looked is None else _prompts(looked),
        "suppression": {"toml": "\n".join(suppression(explanation)) + "\n"},
    }


def _strength(explanation: Explanation) -> dict[str, Any]:
    working = explanation.strength
    return {
        "value": significant(working.value),
        "meaning": STRENGTH,
        "formula": working.formula or None,
        "filled": working.filled or None,
        "factor": significant(working.factor) if working.formula else None,
        "factor_reason": working.why or None,
    }


def _contribution(explanation: Explanation) -> dict[str, Any]:
    finding = explanation.finding
    return {
        "family": finding.family,
        "weight": significant(finding.weight),
        "strength": significant(finding.strength),
        "value": significant(finding.weight * finding.strength),
    }


def _risk(risk: RiskWorking) -> dict[str, Any]:
    return {
        "formula": RISK,
        "findings": [
            {
                "fingerprint": part.fingerprint,
                "rule_id": part.rule_id,
                "family": part.family,
                "weight": significant(part.weight),
                "strength": significant(part.strength),
                "contribution": significant(part.contribution),
                "confidence": part.confidence.value,
                "this": part.this,
                "counts": part.decides,
            }
            for part in risk.parts
        ],
        "families": {name: significant(part) for name, part in risk.families.items()},
        "families_without_context": {name: significant(part) for name, part in risk.solid.items()},
        "all": significant(risk.every),
        "without_context": significant(risk.sure),
        "context_at_most": risk.context_at_most,
        "value": risk.value,
        "band": risk.band.value,
        "confidence": risk.confidence.value,
        "reported": risk.reported,
        "without_this_finding": {"value": risk.without, "band": risk.without_band.value},
    }


def _rule(page: RulePage) -> dict[str, Any]:
    return {
        "id": page.id,
        "version": page.version,
        "description": page.description,
        "rationale": page.rationale,
        "false_positives": list(page.false_positives),
        "references": list(page.references),
        "params_in_force": page.in_force,
        "params": [
            {
                "name": one.name,
                "value": one.value,
                "origin": one.origin,
                "default": one.default,
                "doc": one.doc,
                "threshold": one.headline,
            }
            for one in page.params
        ],
    }


def _call(call: Call) -> dict[str, Any]:
    return {
        "event_id": call.event_id,
        "timestamp": timestamp(call.timestamp),
        "user": call.user,
        "app": call.app,
        "model": call.model,
        "input_tokens": call.input_tokens,
        "cache_read_tokens": call.cache_read_tokens,
        "output_tokens": call.output_tokens,
        "session": call.session,
        "status": call.status,
        "used": call.used,
        "source": call.source or None,
        "claimed_share": None if call.share is None else significant(call.share),
        "waste_tokens": call.waste_tokens,
    }


def _waste(looked: Looked) -> list[dict[str, Any]]:
    return [
        {
            "level": line.level,
            "day": line.day and line.day.isoformat(),
            "share": significant(line.share),
            "calls": line.calls,
            "tokens": line.tokens,
            "waste_tokens": line.waste_tokens,
            "waste_usd": dollars(line.waste_nanousd),
        }
        for line in looked.waste
    ]


def _trials(looked: Looked) -> list[dict[str, Any]] | None:
    if looked.trials is None:
        return None
    return [
        {
            "param": trial.param,
            "current": trial.current,
            "gone_at": trial.value,
            "threshold": trial.headline,
            "tried": list(trial.tried),
        }
        for trial in looked.trials
    ]


def _prompts(looked: Looked) -> dict[str, Any] | None:
    prompts = looked.prompts
    if prompts is None:
        return None
    return {
        "samples": [{"text": one.text, "calls": one.calls} for one in prompts.samples],
        "distinct": prompts.distinct,
        "calls": prompts.calls,
        "in_common": prompts.common or None,
        "varies": prompts.varies or None,
        "reason": prompts.reason or None,
    }
