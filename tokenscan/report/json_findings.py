"""A finding as JSON, schema version 1; the json and jsonl formats share it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tokenscan.findings.model import Evidence, Finding, Impact, Metric, Scalar, Suppression
from tokenscan.report.numbers import dollars, significant, timestamp


def finding_dict(finding: Finding, co2_grams_per_1k_tokens: float) -> dict[str, Any]:
    """Return one finding; its impact is its own and does not add up with that of others."""
    return {
        "fingerprint": finding.fingerprint,
        "rule_id": finding.rule_id,
        "rule_version": finding.rule_version,
        "family": finding.family,
        "state": finding.state.value,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "weight": significant(finding.weight),
        "strength": significant(finding.strength),
        "title": finding.title,
        "message": finding.message,
        "subject": {
            "kind": finding.subject.kind.value,
            "user": finding.subject.user,
            "team": finding.subject.team,
        },
        "window": {
            "first_seen": timestamp(finding.window.first_seen),
            "last_seen": timestamp(finding.window.last_seen),
        },
        "impact": _impact(finding.impact, co2_grams_per_1k_tokens),
        "evidence": _evidence(finding.evidence),
        "remediation": finding.remediation,
        "references": list(finding.references),
        "tags": list(finding.tags),
        "labels": dict(sorted(finding.labels.items())),
        "suppression": finding.suppression and decision_dict(finding.suppression),
        "reply": finding.reply or None,
    }


def decision_dict(decision: Suppression) -> dict[str, Any]:
    """Return a decision to suppress."""
    return {
        "reason": decision.reason,
        "expires": decision.expires.isoformat(),
        "owner": decision.owner or None,
        "ticket": decision.ticket or None,
    }


def co2_kg(waste_tokens: int, grams_per_1k_tokens: float) -> float:
    """Return the CO2 of tokens in kilograms with 3 decimals; an order of magnitude, no more."""
    return round(waste_tokens * grams_per_1k_tokens / 1_000_000, 3)


def _impact(impact: Impact, co2_grams_per_1k_tokens: float) -> dict[str, Any]:
    return {
        "requests": impact.requests,
        "waste_tokens": impact.waste_tokens,
        "waste_usd": dollars(impact.waste_nanousd),
        "co2_kg": co2_kg(impact.waste_tokens, co2_grams_per_1k_tokens),
        "basis": impact.basis,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    names = list(unique_names(evidence.metrics))
    return {
        "value": significant(evidence.value),
        "unit": evidence.unit,
        "threshold": significant(evidence.threshold),
        "threshold_origin": evidence.threshold_origin,
        "n": evidence.n,
        "compared_with": evidence.compared_with,
        "metrics": {name: _scalar(metric.value) for name, metric in zip(names, evidence.metrics, strict=True)},
        "metric_units": {
            name: metric.unit for name, metric in zip(names, evidence.metrics, strict=True) if metric.unit
        },
        "samples": list(evidence.samples),
        "against": list(evidence.against),
        "open_questions": list(evidence.open_questions),
        "prompts": [{"text": one.text, "calls": one.calls} for one in evidence.prompts],
    }


def unique_names(metrics: Iterable[Metric]) -> Iterable[str]:
    """Yield the names of metrics, a repeated one as "name (2)": an object would keep only the last."""
    seen: set[str] = set()
    for metric in metrics:
        name, turn = metric.name, 2
        while name in seen:
            name, turn = f"{metric.name} ({turn})", turn + 1
        seen.add(name)
        yield name


def _scalar(value: Scalar) -> Scalar:
    return significant(value) if isinstance(value, float) else value
