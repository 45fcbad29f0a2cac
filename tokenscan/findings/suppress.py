"""Suppressions: findings that somebody decided not to see, with a reason and an end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from tokenscan.config import SuppressEntry
from tokenscan.findings.model import Finding, Suppression, SuppressionStatus, SuppressionUse

MATCHED = ("user", "team", "kind")
_NOBODY: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """Findings, suppressed ones marked; what became of each entry, and notes on those that no longer do anything."""

    findings: tuple[Finding, ...]
    entries: tuple[SuppressionUse, ...]
    notes: tuple[str, ...]


def suppress(
    findings: Sequence[Finding],
    entries: Sequence[SuppressEntry],
    today: date,
    *,
    ran: Collection[str] | None = None,
    behind: Mapping[str, str] = _NOBODY,
) -> Suppressed:
    """Mark findings that an entry names, each by the first entry that does; one past its day no longer counts.

    An entry is unused only if a rule of those that ``ran`` (None: all) could have made a finding for it. ``behind``
    gives the name behind a pseudonym: an entry may go by either, by the pseudonym as a whole only.
    """
    hits: dict[int, int] = dict.fromkeys(range(len(entries)), 0)
    marked = []
    for finding in findings:
        fits = [
            number
            for number, entry in enumerate(entries)
            if entry.expires >= today and _matches(entry, finding, behind)
        ]
        for number in fits:
            hits[number] += 1
        marked.append(replace(finding, suppression=_decision(entries[fits[0]]) if fits else None))
    used = tuple(
        SuppressionUse(
            rule=entry.rule,
            decision=_decision(entry),
            status=_status(entry, hits[number], today, ran),
            findings=hits[number],
        )
        for number, entry in enumerate(entries)
    )
    return Suppressed(findings=tuple(marked), entries=used, notes=tuple(idle(used)))


def unused(entries: Iterable[SuppressionUse]) -> list[str]:
    """Return sentences on the entries that no finding fits."""
    return [
        f"suppression of {entry.rule} ({entry.decision.reason}) matches nothing"
        for entry in entries
        if entry.status is SuppressionStatus.UNUSED
    ]


def idle(entries: Sequence[SuppressionUse]) -> list[str]:
    """Return sentences on the entries that do nothing: those whose day is over, then those that nothing fits."""
    expired = [
        f"suppression of {entry.rule} expired on {entry.decision.expires}: its findings are shown again"
        for entry in entries
        if entry.status is SuppressionStatus.EXPIRED
    ]
    return [*expired, *unused(entries)]


def _status(entry: SuppressEntry, hits: int, today: date, ran: Collection[str] | None) -> SuppressionStatus:
    if entry.expires < today:
        return SuppressionStatus.EXPIRED
    if hits:
        return SuppressionStatus.ACTIVE
    looked = ran is None or any(fnmatchcase(rule, entry.rule) for rule in ran)
    return SuppressionStatus.UNUSED if looked else SuppressionStatus.NOT_LOOKED_FOR


def _decision(entry: SuppressEntry) -> Suppression:
    return Suppression(reason=entry.reason, expires=entry.expires, owner=entry.owner, ticket=entry.ticket)


def _matches(entry: SuppressEntry, finding: Finding, behind: Mapping[str, str]) -> bool:
    if not fnmatchcase(finding.rule_id, entry.rule):
        return False
    if entry.fingerprint not in (None, finding.fingerprint):
        return False
    subject = finding.subject
    named = {"user": subject.user, "team": subject.team, "kind": subject.kind.value}
    return all(_fits(named.get(key) or "", pattern, behind) for key, pattern in entry.match.items())


def _fits(name: str, pattern: str, behind: Mapping[str, str]) -> bool:
    """Return whether a name is the pattern itself (``deploy[bot]`` is no character class to its owner) or fits it.

    Of a pseudonym only the name behind it can fit: ``p*`` is not meant to be everybody.
    """
    return name == pattern or fnmatchcase(behind.get(name, name), pattern)
