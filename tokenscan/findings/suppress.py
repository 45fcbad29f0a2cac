"""Suppressions: findings that somebody decided not to see, with a reason and an end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from tokenscan.config import SuppressEntry
from tokenscan.findings.model import Finding, Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """Findings, suppressed ones marked, and notes on entries that expired or match nothing."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def suppress(findings: Sequence[Finding], entries: Sequence[SuppressEntry], today: date) -> Suppressed:
    """Mark findings that an entry names; an entry past its day no longer counts."""
    active = [(entry, [False]) for entry in entries if entry.expires >= today]
    notes = [
        f"suppression of {entry.rule} expired on {entry.expires}: its findings are shown again"
        for entry in entries
        if entry.expires < today
    ]
    marked = []
    for finding in findings:
        hits = [(entry, used) for entry, used in active if _matches(entry, finding)]
        for _, used in hits:
            used[0] = True
        first = hits[0][0] if hits else None
        decision = Suppression(reason=first.reason, expires=first.expires) if first else None
        marked.append(replace(finding, suppression=decision))
    notes += [f"suppression of {entry.rule} ({entry.reason}) matches nothing" for entry, used in active if not used[0]]
    return Suppressed(findings=tuple(marked), notes=tuple(notes))


def _matches(entry: SuppressEntry, finding: Finding) -> bool:
    if not fnmatchcase(finding.rule_id, entry.rule):
        return False
    if entry.fingerprint not in (None, finding.fingerprint):
        return False
    subject = {"user": finding.subject.user, "team": finding.subject.team, "kind": finding.subject.kind.value}
    return all(_fits(subject.get(key) or "", pattern) for key, pattern in entry.match.items())


def _fits(name: str, pattern: str) -> bool:
    """Return whether a name is the pattern itself (``deploy[bot]`` is no character class to its owner) or fits it."""
    return name == pattern or fnmatchcase(name, pattern)
