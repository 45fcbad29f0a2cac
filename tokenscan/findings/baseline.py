"""The baseline: what was known last time, so that a finding is told as new, worse or gone only once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import msgspec

from tokenscan.findings.model import (
    Confidence,
    Evidence,
    Finding,
    Impact,
    Severity,
    State,
    Subject,
    SubjectKind,
    Window,
)

SCHEMA_VERSION = "1.0"
WORSE = 1.5  # times the waste of last time
_Count = Annotated[int, msgspec.Meta(ge=0)]


class Known(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One finding of last time: enough to compare it, and to close its ticket once it is gone."""

    fingerprint: str
    rule_id: str
    rule_version: int
    family: str
    severity: Severity
    title: str
    subject: SubjectKind
    user: str | None
    team: str | None
    first_seen: datetime
    last_seen: datetime
    waste_tokens: _Count


class Baseline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All findings of last time, by fingerprint."""

    schema_version: str = SCHEMA_VERSION
    findings: tuple[Known, ...] = ()


def remember(findings: Iterable[Finding], before: Baseline | None = None) -> Baseline:
    """Return the baseline that these findings make; what was known ``before`` keeps the day it was first seen."""
    first = {known.fingerprint: known.first_seen for known in before.findings} if before else {}
    kept = [_known(finding, first) for finding in findings if finding.state is not State.RESOLVED]
    return Baseline(findings=tuple(sorted(kept, key=lambda known: known.fingerprint)))


def compare(findings: Sequence[Finding], baseline: Baseline, ran: Collection[str]) -> tuple[Finding, ...]:
    """Return findings with their state, and after them those of last time that are gone.

    A finding of last time is gone only if its rule could run this time: what was not looked for is not gone.
    """
    known = {entry.fingerprint: entry for entry in baseline.findings}
    compared = [replace(finding, state=_state(finding, known)) for finding in findings]
    present = {finding.fingerprint for finding in findings}
    gone = [_resolved(entry) for name, entry in sorted(known.items()) if name not in present and entry.rule_id in ran]
    return (*compared, *gone)


def read_baseline(document: bytes) -> Baseline:
    """Return a baseline from its JSON.

    Raises msgspec.MsgspecError where it is none, ValueError for one of another version.
    """
    baseline = msgspec.json.decode(document, type=Baseline)
    if baseline.schema_version != SCHEMA_VERSION:
        raise ValueError(f"a baseline of version {baseline.schema_version}; this program reads {SCHEMA_VERSION}")
    return baseline


def write_baseline(baseline: Baseline) -> str:
    """Return a baseline as JSON, one finding a line, so that its changes read well in a version control."""
    lines = ",\n".join("  " + msgspec.json.encode(entry).decode() for entry in baseline.findings)
    body = f"\n{lines}\n" if lines else ""
    return f'{{"schema_version": "{baseline.schema_version}", "findings": [{body}]}}\n'


def _known(finding: Finding, first: Mapping[str, datetime]) -> Known:
    return Known(
        fingerprint=finding.fingerprint,
        rule_id=finding.rule_id,
        rule_version=finding.rule_version,
        family=finding.family,
        severity=finding.severity,
        title=finding.title,
        subject=finding.subject.kind,
        user=finding.subject.user,
        team=finding.subject.team,
        first_seen=min(first.get(finding.fingerprint, finding.window.first_seen), finding.window.first_seen),
        last_seen=finding.window.last_seen,
        waste_tokens=finding.impact.waste_tokens,
    )


def _state(finding: Finding, known: Mapping[str, Known]) -> State:
    before = known.get(finding.fingerprint)
    if before is None:
        return State.NEW
    worse = finding.impact.waste_tokens >= WORSE * before.waste_tokens and finding.impact.waste_tokens > 0
    return State.WORSE if worse and before.waste_tokens > 0 else State.UNCHANGED


def _resolved(entry: Known) -> Finding:
    """Return a finding that was there last time, with nothing held against anybody any more."""
    return Finding(
        fingerprint=entry.fingerprint,
        rule_id=entry.rule_id,
        rule_version=entry.rule_version,
        family=entry.family,
        weight=0.0,
        strength=0.0,
        severity=entry.severity,
        confidence=Confidence.LOW,
        title=entry.title,
        message="Found last time and not any more.",
        subject=Subject(kind=entry.subject, user=entry.user, team=entry.team),
        window=Window(first_seen=entry.first_seen, last_seen=entry.last_seen),
        impact=Impact(),
        evidence=Evidence(value=0.0, unit="", threshold=0.0, threshold_origin="", n=0, compared_with="the baseline"),
        remediation="Close its ticket.",
        state=State.RESOLVED,
    )
