"""Turn what detectors found into findings: named, explained, with their waste, and ranked people and teams."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from tokenscan.detectors.base import Detection
from tokenscan.findings.fingerprint import fingerprint
from tokenscan.findings.model import (
    Confidence,
    Evidence,
    Finding,
    Impact,
    Metric,
    Severity,
    Subject,
    SubjectKind,
    Window,
)
from tokenscan.ruleset.effective import EffectiveRule
from tokenscan.ruleset.message import message_values, render

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Findings in the order of their numbers, their claims, and what cleared whom.

    ``claims``: finding, row_id, level, share, confidence. ``exculpation``: (user, team, sentence).
    """

    findings: tuple[Finding, ...]
    claims: pl.DataFrame
    exculpation: tuple[tuple[str | None, str | None, str], ...]


CLAIMS = pl.Schema(
    {"finding": pl.UInt32, "row_id": pl.UInt32, "level": pl.String, "share": pl.Float64, "confidence": pl.String}
)


def judge(detections: Iterable[tuple[EffectiveRule, Detection]], event_ids: pl.Series) -> Judged:
    """Return findings with the impact that they state; what the ledger knows of the others comes later.

    ``event_ids`` is the event table's column.
    """
    findings: list[Finding] = []
    claims: list[pl.DataFrame] = [pl.DataFrame(schema=CLAIMS)]
    cleared: list[tuple[str | None, str | None, str]] = []
    for rule, detection in detections:
        numbers: dict[int, tuple[int, str]] = {}
        stated = {row["candidate"]: row for row in detection.stated.iter_rows(named=True)}
        for row in detection.candidates.sort("candidate").iter_rows(named=True):
            finding = _finding(rule, row, event_ids, _impact(rule, stated.get(row["candidate"])))
            if row["cleared"]:
                reasons = "; ".join(row["against"])
                cleared.append((row["user"], row["team"], f"{rule.rule.title}: {reasons}"))
            else:
                numbers[row["candidate"]] = (len(findings), finding.confidence.value)
                findings.append(finding)
        claims.append(_numbered(detection.claims, numbers))
    _refuse_twins(findings)
    return Judged(findings=tuple(findings), claims=pl.concat(claims), exculpation=tuple(cleared))


def _numbered(claims: pl.DataFrame, numbers: Mapping[int, tuple[int, str]]) -> pl.DataFrame:
    """Return the claims of findings, with the finding's number in the whole run and its confidence."""
    keys = pl.DataFrame(
        [(candidate, finding, confidence) for candidate, (finding, confidence) in numbers.items()],
        schema={"candidate": pl.UInt32, "finding": pl.UInt32, "confidence": pl.String},
        orient="row",
    )
    named = claims.join(keys, on="candidate")
    return named.select(pl.col(name).cast(dtype) for name, dtype in CLAIMS.items())


def _refuse_twins(findings: list[Finding]) -> None:
    seen: dict[str, Finding] = {}
    for finding in findings:
        twin = seen.setdefault(finding.fingerprint, finding)
        if twin is not finding:
            raise RuntimeError(f"{finding.rule_id} and {twin.rule_id} share fingerprint {finding.fingerprint}")


def _impact(effective: EffectiveRule, stated: Row | None) -> Impact:
    if stated is None:
        return Impact(basis=effective.rule.waste_basis)
    return Impact(
        requests=stated["requests"],
        waste_tokens=stated["tokens"],
        waste_nanousd=stated["cost_nanousd"],
        basis=effective.rule.waste_basis,
    )


def _finding(effective: EffectiveRule, row: Row, event_ids: pl.Series, impact: Impact) -> Finding:
    rule = effective.rule
    values = message_values(row)
    identity = {name: None if values.get(name) is None else str(values[name]) for name in rule.fingerprint}
    return Finding(
        fingerprint=fingerprint(rule.id, {"subject": row["subject"], **identity}),
        rule_id=rule.id,
        rule_version=rule.version,
        family=rule.family.value,
        weight=rule.weight,
        strength=round(row["strength"], 6),
        severity=Severity(row.get("severity") or effective.severity),
        confidence=Confidence(row["confidence"]),
        title=rule.title,
        message=render(rule.message, values),
        subject=Subject(kind=SubjectKind(row["subject"]), user=row["user"], team=row["team"]),
        window=Window(first_seen=row["first_seen"], last_seen=row["last_seen"]),
        impact=impact,
        evidence=_evidence(effective, row, event_ids),
        remediation=rule.remediation,
        references=rule.references,
        tags=rule.tags,
    )


def _evidence(effective: EffectiveRule, row: Row, event_ids: pl.Series) -> Evidence:
    metrics = row.get("metrics") or {}
    return Evidence(
        value=row["value"],
        unit=effective.rule.unit,
        threshold=row["threshold"],
        threshold_origin=effective.threshold_origin,
        n=row["n"],
        compared_with=row["compared_with"],
        metrics=tuple(Metric(name=name, value=_scalar(value)) for name, value in metrics.items()),
        samples=tuple(event_ids[place] for place in row["samples"]),
        against=tuple(row["against"]),
        open_questions=effective.rule.open_questions,
    )


def _scalar(value: Any) -> str | int | float | bool | None:
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)
