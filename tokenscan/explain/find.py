"""Find the finding that somebody means: by the beginning of a fingerprint, person, team, rule, or words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tokenscan.explain.model import Known
from tokenscan.findings.fingerprint import PREFIX
from tokenscan.findings.model import Finding, SubjectKind
from tokenscan.report.model import RuleStatus
from tokenscan.ruleset.problems import did_you_mean

_HEX = re.compile(r"[0-9a-f]{4,32}")
_LEAST = 8  # hex digits of a short fingerprint


def find(text: str, known: Known) -> tuple[Finding, ...]:
    """Return the findings that ``text`` fits best, the weightiest first; one where it is unambiguous.

    A fingerprint or its beginning (of four digits without "ts1:") goes before names. A person (also without what
    follows the @), team or rule that is named exactly goes before one of whose name ``text`` is a part. Several words
    must all fit.
    """
    wanted = text.strip().lower()
    if not wanted:
        return ()
    digits = wanted.removeprefix(PREFIX)
    if wanted.startswith(PREFIX) or _HEX.fullmatch(digits):
        hits = [one for one in known.findings if one.fingerprint.lower().startswith(PREFIX + digits)]
        if hits or wanted.startswith(PREFIX):
            return _ordered(hits)
    words = wanted.split()
    for fits in (_named, _part_of_name):
        for parts in ([wanted], words):
            hits = [one for one in known.findings if all(fits(part, one) for part in parts)]
            if hits:
                return _ordered(hits)
    return ()


def shortest(finding: Finding, findings: Sequence[Finding]) -> str:
    """Return the shortest beginning of a fingerprint, of at least eight digits, that no other finding shares."""
    whole = finding.fingerprint
    others = [one.fingerprint for one in findings if one.fingerprint != whole]
    for end in range(len(PREFIX) + _LEAST, len(whole)):
        if not any(other.startswith(whole[:end]) for other in others):
            return whole[:end]
    return whole


def not_found(text: str, known: Known) -> tuple[str, str]:
    """Return why nothing fits, and what to do."""
    wanted = text.strip().lower()
    everything = "-f json lists all findings"
    if wanted.startswith(PREFIX):
        reasons = (
            "a finding goes when what it shows stops, or when logs and options differ from the run that reported it"
        )
        return f"no finding {text.strip()}", f"{reasons}; tokenscan analyze … {everything}"
    for rule in known.rules:
        if rule.id == wanted:
            told = "ran and found nothing" if rule.status is RuleStatus.RAN else f"{rule.status}: {rule.reason}"
            return f"no finding of {rule.id}: {told}", f"tokenscan rules show {rule.id}"
    for entry in known.people:
        if entry.user is not None and _same_name(wanted, entry.user):
            cleared = f"; {'; '.join(entry.exculpation)}" if entry.exculpation else ""
            order = "; a risk below one point only orders those whom no finding names" if 0 < entry.risk < 1 else ""
            return f"no finding about {entry.user}{cleared}{order}", f"tokenscan analyze … {everything}"
    names = {one.rule_id for one in known.findings} | {name for one in known.findings for name in _names(one)}
    return (
        f"no finding {text.strip()!r}{did_you_mean(wanted, names)}",
        f"a fingerprint, its beginning, a person, a team or a rule; tokenscan analyze … {everything}",
    )


def _ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (-one.weight * one.strength, one.rule_id, one.fingerprint)))


def _names(finding: Finding) -> list[str]:
    """Return what a finding's subject is called; the team of a person is no name of theirs."""
    subject = finding.subject
    if subject.user is not None:
        return [subject.user]
    if subject.kind is SubjectKind.ORGANISATION:
        return [subject.kind.value]
    return [subject.team] if subject.team is not None else []


def _named(word: str, finding: Finding) -> bool:
    return word == finding.rule_id.lower() or any(_same_name(word, name) for name in _names(finding))


def _same_name(word: str, name: str) -> bool:
    return word in (name.lower(), name.lower().partition("@")[0])


def _part_of_name(word: str, finding: Finding) -> bool:
    searched: Callable[[str], bool] = lambda name: word in name.lower()  # noqa: E731
    return searched(finding.rule_id) or any(searched(name) for name in _names(finding))
