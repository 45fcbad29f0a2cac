"""Risk of a person or team: five families of evidence, each by its strongest finding, combined as a noisy OR.

risk = 100 * (1 - prod over families (1 - max over findings (weight * strength))). Every family's contribution is kept,
so that a reader can redo the sum. Corroboration is a label of confidence, not a gate: requiring two families removed no
false positive in trials and lost a third of the true ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tokenscan.findings.model import Confidence, Finding

STRONG, WORTH_A_LOOK = 60.0, 40.0
BELOW_THE_BANDS = 39.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """A risk from 0 to 100, the contribution of each family (0 to 1), and how sure it is."""

    value: float
    families: Mapping[str, float]
    confidence: Confidence


def person_risk(findings: Iterable[Finding]) -> Risk:
    """Return the risk that one person's findings amount to."""
    findings = list(findings)
    families: dict[str, float] = defaultdict(float)
    for finding in findings:
        families[finding.family] = max(families[finding.family], finding.weight * finding.strength)
    return _risk(families, findings)


def team_risk(own: Iterable[Finding], members: Iterable[Risk], size: int) -> Risk:
    """Return a team's risk: its own findings, and what its members' evidence amounts to over all of them.

    Each family is averaged over the team without its heaviest contributor: one member who games is not a team.
    """
    own = list(own)
    parts: dict[str, list[float]] = defaultdict(list)
    for member in members:
        for family, contribution in member.families.items():
            parts[family].append(contribution)
    families = {family: (sum(sorted(found)[:-1])) / size for family, found in parts.items()}
    for finding in own:
        families[finding.family] = max(families.get(finding.family, 0.0), finding.weight * finding.strength)
    return _risk(families, own)


def _risk(families: Mapping[str, float], findings: list[Finding]) -> Risk:
    spared = 1.0
    for _, contribution in sorted(families.items()):
        spared *= 1 - contribution
    counted = {family: round(contribution, 6) for family, contribution in sorted(families.items()) if contribution > 0}
    value = round(100 * (1 - spared), 1)
    if findings and all(finding.confidence is Confidence.LOW for finding in findings):
        # Context, such as heavy use beside few recorded tasks, adds to evidence but is none by itself.
        value = min(value, BELOW_THE_BANDS)
    return Risk(value=value, families=counted, confidence=_confidence(counted, findings))


def _confidence(families: Mapping[str, float], findings: list[Finding]) -> Confidence:
    """High: two families agree and one finding is sure; medium: either; low: neither."""
    sure = any(finding.confidence is Confidence.HIGH for finding in findings)
    agreeing = sum(contribution >= 0.2 for contribution in families.values()) >= 2
    if sure and agreeing:
        return Confidence.HIGH
    medium = sure or agreeing or any(finding.confidence is Confidence.MEDIUM for finding in findings)
    return Confidence.MEDIUM if medium else Confidence.LOW
