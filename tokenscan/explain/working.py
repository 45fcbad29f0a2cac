"""Redo the risk that a finding is part of, from the numbers of all findings about its subject."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from tokenscan.explain.model import Known, Part, RiskWorking
from tokenscan.findings.model import Finding, State, SubjectKind
from tokenscan.findings.risk import (
    CONTEXT_AT_MOST,
    STRONG,
    WORTH_A_LOOK,
    Risk,
    counts,
    person_risk,
    team_risk,
    weighing,
)
from tokenscan.report.model import Band, Ranked


def counting(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that count today: neither suppressed nor resolved."""
    return [finding for finding in findings if finding.suppression is None and finding.state is not State.RESOLVED]


def entry_of(finding: Finding, known: Known) -> Ranked | None:
    """Return the ranking's entry of a finding's person or team."""
    subject = finding.subject
    if subject.kind is SubjectKind.USER:
        return next((entry for entry in known.people if entry.user == subject.user), None)
    if subject.kind is SubjectKind.TEAM:
        return next((entry for entry in known.teams if entry.team == subject.team), None)
    return None


def risk_working(finding: Finding, known: Known) -> RiskWorking | None:
    """Return how the risk of the finding's person or team comes about; null where it feeds nobody's risk."""
    if finding.subject.kind not in (SubjectKind.USER, SubjectKind.TEAM):
        return None
    every = counting(known.findings)
    own = [one for one in every if _about(one) == _about(finding)]
    rest = [one for one in own if one.fingerprint != finding.fingerprint]
    risk, without = _risk(finding, own, every, known), _risk(finding, rest, every, known)
    entry = entry_of(finding, known)
    return RiskWorking(
        parts=_parts(own, finding),
        families=risk.families,
        solid=risk.solid,
        every=noisy_or(risk.families),
        sure=noisy_or(risk.solid),
        context_at_most=CONTEXT_AT_MOST,
        value=risk.value,
        band=band(risk.value),
        confidence=risk.confidence,
        without=without.value,
        without_band=band(without.value),
        reported=entry.risk if entry else None,
    )


def noisy_or(families: Mapping[str, float]) -> float:
    """Return 100 * (1 - product of (1 - contribution))."""
    return 100 * (1 - math.prod(1 - part for part in families.values()))


def band(risk: float) -> Band:
    """Return the band that a risk falls into."""
    return Band.STRONG if risk >= STRONG else Band.WORTH_A_LOOK if risk >= WORTH_A_LOOK else Band.NONE


def _about(finding: Finding) -> tuple[SubjectKind, str | None]:
    subject = finding.subject
    return subject.kind, subject.user if subject.kind is SubjectKind.USER else subject.team


def _risk(finding: Finding, own: Sequence[Finding], every: Sequence[Finding], known: Known) -> Risk:
    if finding.subject.kind is SubjectKind.USER:
        return person_risk(own)
    by_user: dict[str, list[Finding]] = {}
    for one in every:
        if one.subject.kind is SubjectKind.USER and one.subject.user is not None:
            by_user.setdefault(one.subject.user, []).append(one)
    team = [entry.user for entry in known.people if entry.user is not None and entry.team == finding.subject.team]
    members = [person_risk(by_user[user]) for user in team if user in by_user]
    return team_risk(own, members, max(len(team), 1))


def _parts(own: Sequence[Finding], finding: Finding) -> tuple[Part, ...]:
    """Return the findings about one subject by family, the heaviest first."""
    personal = finding.subject.kind is SubjectKind.USER
    counted = weighing(own) if personal else [one for one in own if counts(one)]
    ordered = sorted(own, key=lambda one: (one.family, -one.weight * one.strength, one.rule_id, one.fingerprint))
    parts, seen = [], set()
    for one in ordered:
        parts.append(
            Part(
                fingerprint=one.fingerprint,
                rule_id=one.rule_id,
                family=one.family,
                weight=one.weight,
                strength=one.strength,
                confidence=one.confidence,
                this=one.fingerprint == finding.fingerprint,
                decides=one.family not in seen and one in counted,
            )
        )
        seen.add(one.family)
    return tuple(parts)
