"""The report as flat frames, for notebooks. Text is as the log has it: escape it before showing it as markup."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tokenscan.findings.model import Finding
from tokenscan.report.json_findings import co2_kg
from tokenscan.report.model import Ranked, Report
from tokenscan.report.numbers import dollars, significant

_TIMESTAMP = pl.Datetime("us", "UTC")

_FINDINGS: dict[str, pl.DataType | type[pl.DataType]] = {
    "fingerprint": pl.String,
    "rule_id": pl.String,
    "rule_version": pl.Int64,
    "family": pl.String,
    "state": pl.String,
    "severity": pl.String,
    "confidence": pl.String,
    "weight": pl.Float64,
    "strength": pl.Float64,
    "title": pl.String,
    "message": pl.String,
    "subject_kind": pl.String,
    "user": pl.String,
    "team": pl.String,
    "first_seen": _TIMESTAMP,
    "last_seen": _TIMESTAMP,
    "requests": pl.Int64,
    "waste_tokens": pl.Int64,
    "waste_usd": pl.Float64,
    "co2_kg": pl.Float64,
    "basis": pl.String,
    "value": pl.Float64,
    "unit": pl.String,
    "threshold": pl.Float64,
    "threshold_origin": pl.String,
    "n": pl.Int64,
    "compared_with": pl.String,
    "against": pl.String,
    "open_questions": pl.String,
    "suppressed": pl.Boolean,
}

_PEOPLE: dict[str, pl.DataType | type[pl.DataType]] = {
    "rank": pl.Int64,
    "user": pl.String,
    "team": pl.String,
    "risk": pl.Float64,
    "band": pl.String,
    "confidence": pl.String,
    "requests": pl.Int64,
    "tokens": pl.Int64,
    "cost_usd": pl.Float64,
    "waste_tokens": pl.Int64,
    "waste_usd": pl.Float64,
    "findings": pl.Int64,
    "exculpation": pl.String,
}


def findings_frame(report: Report) -> pl.DataFrame:
    """Return one row a finding in report order; sentences of a list are joined by "; ". Impacts do not add up."""
    grams = report.totals.co2_grams_per_1k_tokens
    return pl.DataFrame([_finding(finding, grams) for finding in report.findings], schema=_FINDINGS, orient="row")


def people_frame(report: Report) -> pl.DataFrame:
    """Return one row a person in ranking order, with a column ``family_<name>`` for each family of evidence."""
    families = sorted({name for person in report.people for name in person.families})
    schema = _PEOPLE | dict.fromkeys((f"family_{name}" for name in families), pl.Float64)
    return pl.DataFrame([_person(person, families) for person in report.people], schema=schema, orient="row")


def _finding(finding: Finding, grams: float) -> tuple[object, ...]:
    impact, evidence = finding.impact, finding.evidence
    return (
        finding.fingerprint,
        finding.rule_id,
        finding.rule_version,
        finding.family,
        finding.state.value,
        finding.severity.value,
        finding.confidence.value,
        significant(finding.weight),
        significant(finding.strength),
        finding.title,
        finding.message,
        finding.subject.kind.value,
        finding.subject.user,
        finding.subject.team,
        finding.window.first_seen,
        finding.window.last_seen,
        impact.requests,
        impact.waste_tokens,
        dollars(impact.waste_nanousd),
        co2_kg(impact.waste_tokens, grams),
        impact.basis,
        significant(evidence.value),
        evidence.unit,
        significant(evidence.threshold),
        evidence.threshold_origin,
        evidence.n,
        evidence.compared_with,
        "; ".join(evidence.against),
        "; ".join(evidence.open_questions),
        finding.suppression is not None,
    )


def _person(person: Ranked, families: Sequence[str]) -> tuple[object, ...]:
    return (
        person.rank,
        person.user,
        person.team,
        round(person.risk, 1),
        person.band.value,
        person.confidence.value,
        person.requests,
        person.tokens,
        dollars(person.cost_nanousd),
        person.waste_tokens,
        dollars(person.waste_nanousd),
        len(person.findings),
        "; ".join(person.exculpation),
        *(significant(person.families.get(name, 0.0)) for name in families),
    )
