"""Risk of a person or team: five families of evidence, each by its strongest finding, combined as a noisy OR.

risk = 100 * (1 - prod over families (1 - max over findings (weight * strength))). What findings of low confidence add
to that, c, counts as 20 * (1 - exp(-c / 20)): less than 20 points, and more of it is still more; below `FAINT` such a
finding counts nothing. Nor do findings of low confidence of rules tagged `context` unless another one counts: that
somebody uses much, or acts on few answers, is found with honest people at least as often. Every family's contribution
is kept, so that a reader can redo the sum. Corroboration is else a label of confidence, not a gate: requiring two
families removed no false positive in trials and lost a third of the true ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp, prod

from tokenscan.findings.model import Confidence, Finding

STRONG, WORTH_A_LOOK = 60.0, 40.0
# Points that context (findings of low confidence, such as heavy use beside few recorded tasks) can add: it supports
# evidence, is none by itself, and never turns a weak finding into a strong one.
CONTEXT_AT_MOST = 20.0
# Context that contributes less is told and counts nothing: hints so faint hardly tell honest people from others.
FAINT = 0.1
# The tag of rules whose findings of low confidence support others and count nothing alone.
SUPPORTS = "context"
# Less than a point: the order of people whom no finding names, evidence of nothing (see ``detectors.common.standing``).
UNNAMED_AT_MOST = 0.9
_STANDING_SCALE = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """A risk from 0 to 100, the contribution of each family (0 to 1), and how sure it is.

    ``solid`` holds the contributions without those of low confidence.
    """

    value: float
    families: Mapping[str, float]
    solid: Mapping[str, float]
    confidence: Confidence


def person_risk(findings: Iterable[Finding]) -> Risk:
    """Return the risk that one person's findings amount to."""
    findings = weighing(findings)
    return _risk(_strongest(findings), _strongest(_solid(findings)), findings)


def unnamed_risk(standing: float) -> Risk:
    """Return the place, below one point, of somebody about whom nothing was found; ``standing`` is from 0 up."""
    value = round(UNNAMED_AT_MOST * (1 - exp(-max(standing, 0.0) / _STANDING_SCALE)), 2)
    return Risk(value=value, families={}, solid={}, confidence=Confidence.LOW)


def team_risk(own: Iterable[Finding], members: Iterable[Risk], size: int) -> Risk:
    """Return a team's risk: its own findings, and what its members' evidence amounts to over all of them.

    Each family is averaged over the team without its heaviest contributor: one member who games is not a team.
    """
    own, members = list(own), list(members)
    families = _larger(_average([member.families for member in members], size), _strongest(own))
    solid = _larger(_average([member.solid for member in members], size), _strongest(_solid(own)))
    return _risk(families, solid, own)


def is_faint(contribution: float, confidence: Confidence) -> bool:
    """Tell whether a contribution (weight times strength) is context too faint to count."""
    return confidence is Confidence.LOW and contribution < FAINT


def counts(finding: Finding) -> bool:
    """Tell whether a finding adds to a risk: rules of weight 0 do not, nor does faint context."""
    contribution = finding.weight * finding.strength
    return contribution > 0 and not is_faint(contribution, finding.confidence)


def weighing(findings: Iterable[Finding]) -> list[Finding]:
    """Return which of one person's findings count: none if all that might are context that only supports."""
    counted = [finding for finding in findings if counts(finding)]
    return [] if all(map(only_supports, counted)) else counted


def only_supports(finding: Finding) -> bool:
    """Tell whether a finding counts only beside others."""
    return finding.confidence is Confidence.LOW and SUPPORTS in finding.tags


def context_points(added: float) -> float:
    """Return what the points count that findings of low confidence would add: nearly all if few, never 20."""
    return CONTEXT_AT_MOST * (1 - exp(-added / CONTEXT_AT_MOST))


def _solid(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.confidence is not Confidence.LOW]


def _strongest(findings: Iterable[Finding]) -> dict[str, float]:
    families: dict[str, float] = defaultdict(float)
    for finding in filter(counts, findings):
        families[finding.family] = max(families[finding.family], finding.weight * finding.strength)
    return families


def _average(members: Iterable[Mapping[str, float]], size: int) -> dict[str, float]:
    parts: dict[str, list[float]] = defaultdict(list)
    for member in members:
        for family, contribution in member.items():
            parts[family].append(contribution)
    return {family: sum(sorted(found)[:-1]) / size for family, found in parts.items()}


def _larger(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    return {family: max(first.get(family, 0.0), second.get(family, 0.0)) for family in {*first, *second}}


def _risk(families: Mapping[str, float], solid: Mapping[str, float], findings: list[Finding]) -> Risk:
    counted, sure = _counted(families), _counted(solid)
    certain = _noisy_or(sure)
    value = certain + context_points(_noisy_or(counted) - certain)
    return Risk(value=round(value, 1), families=counted, solid=sure, confidence=_confidence(sure, findings))


def _counted(families: Mapping[str, float]) -> dict[str, float]:
    return {family: round(contribution, 6) for family, contribution in sorted(families.items()) if contribution > 0}


def _noisy_or(families: Mapping[str, float]) -> float:
    return 100 * (1 - prod(1 - contribution for contribution in families.values()))


def _confidence(solid: Mapping[str, float], findings: list[Finding]) -> Confidence:
    """High: two families agree and one finding is sure; medium: either, or a finding of medium confidence."""
    weighing = [finding.confidence for finding in filter(counts, findings)]
    agreeing = sum(contribution >= 0.2 for contribution in solid.values()) >= 2
    if agreeing and Confidence.HIGH in weighing:
        return Confidence.HIGH
    medium = agreeing or Confidence.HIGH in weighing or Confidence.MEDIUM in weighing
    return Confidence.MEDIUM if medium else Confidence.LOW
