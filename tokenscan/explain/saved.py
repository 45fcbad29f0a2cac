"""Read a saved JSON report as far as an explanation needs it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from tokenscan.errors import InputError
from tokenscan.explain.model import Known
from tokenscan.findings.model import (
    Confidence,
    Evidence,
    Finding,
    Impact,
    Metric,
    Scalar,
    Severity,
    State,
    Subject,
    SubjectKind,
    Suppression,
    Window,
)
from tokenscan.report.model import Band, Ranked, RuleOutcome, RuleStatus

_HINT = "make it with: tokenscan analyze PATH -f json -o report.json"
_HEAD = 4096
_MOST = 1 << 30  # bytes
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Risk = Annotated[float, msgspec.Meta(ge=0, le=100)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Dollars = Annotated[float, msgspec.Meta(ge=-1e15, le=1e15)]


class _Tool(msgspec.Struct):
    version: str
    rules_digest: str


class _Version(msgspec.Struct):
    schema_version: str
    tool: _Tool


class _Run(msgspec.Struct):
    as_of: datetime = datetime(1970, 1, 1, tzinfo=UTC)


class _Input(msgspec.Struct):
    timezone: str = "UTC"


class _Totals(msgspec.Struct):
    co2_grams_per_1k_tokens: float | None = None


class _Ranked(msgspec.Struct):
    rank: int
    risk: _Risk
    band: Band
    confidence: Confidence
    requests: _Count
    tokens: _Count
    cost_usd: _Dollars | None
    waste_tokens: _Count
    waste_usd: _Dollars | None
    families: dict[str, float | None]
    findings: tuple[str, ...]
    exculpation: tuple[str, ...]
    user: str | None = None
    team: str | None = None


class _Subject(msgspec.Struct):
    kind: SubjectKind
    user: str | None = None
    team: str | None = None


class _Window(msgspec.Struct):
    first_seen: datetime
    last_seen: datetime


class _Impact(msgspec.Struct):
    requests: _Count
    waste_tokens: _Count
    waste_usd: _Dollars | None
    basis: str


class _Evidence(msgspec.Struct):
    value: float | None
    unit: str
    threshold: float | None
    threshold_origin: str
    n: int
    compared_with: str
    metrics: dict[str, Scalar]
    samples: tuple[str, ...]
    against: tuple[str, ...]
    open_questions: tuple[str, ...]
    metric_units: dict[str, str] = {}


class _Suppression(msgspec.Struct):
    reason: str
    expires: date
    owner: str | None = None
    ticket: str | None = None


class _Finding(msgspec.Struct):
    fingerprint: str
    rule_id: str
    rule_version: int
    family: str
    state: State
    severity: Severity
    confidence: Confidence
    weight: _Share | None
    strength: _Share | None
    title: str
    message: str
    subject: _Subject
    window: _Window
    impact: _Impact
    evidence: _Evidence
    remediation: str
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    suppression: _Suppression | None = None
    reply: str | None = None


class _Rule(msgspec.Struct):
    id: str
    status: RuleStatus
    title: str = ""
    reason: str | None = None


class _Report(msgspec.Struct):
    schema_version: str
    tool: _Tool
    people: list[_Ranked]
    teams: list[_Ranked]
    findings: list[_Finding]
    rules: list[_Rule]
    run: _Run = msgspec.field(default_factory=_Run)
    input: _Input = msgspec.field(default_factory=_Input)
    totals: _Totals = msgspec.field(default_factory=_Totals)


def is_report(path: Path) -> bool:
    """Return whether a file is a JSON report of tokenscan rather than a log."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if looks_like_report(head):
            return True
        # Another program may have written the keys in another order.
        if path.suffix != ".json" or not head.lstrip().startswith(b"{") or path.stat().st_size > _MOST:
            return False
        return msgspec.json.decode(path.read_bytes(), type=_Version).tool.rules_digest != ""
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
        return False


def looks_like_report(head: bytes) -> bool:
    """Return whether a text that begins so looks like a report."""
    body = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return body.startswith(b"{") and b'"schema_version"' in body and b'"rules_digest"' in body


def read_saved(content: bytes, name: str) -> Known:
    """Read a JSON report.

    Raises:
        InputError: it is no report of version 1, or a figure in it is none.
    """
    try:
        report = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=_Report)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InputError(f"{name}: no JSON report of tokenscan ({error})", hint=_HINT) from error
    if not re.fullmatch(r"1\.\d{1,6}", report.schema_version):
        raise InputError(f"{name}: report of version {report.schema_version!r:.40}; 1.x can be read", hint=_HINT)
    return Known(
        source=name,
        version=report.tool.version,
        rules_digest=report.tool.rules_digest,
        as_of=report.run.as_of,
        timezone=report.input.timezone,
        co2_grams_per_1k_tokens=report.totals.co2_grams_per_1k_tokens or 0.0,
        findings=tuple(_finding(one) for one in report.findings),
        people=tuple(_ranked(one) for one in report.people),
        teams=tuple(_ranked(one) for one in report.teams),
        rules=tuple(
            RuleOutcome(id=one.id, title=one.title, status=one.status, reason=one.reason or "") for one in report.rules
        ),
    )


def _finding(one: _Finding) -> Finding:
    plain = {name: getattr(one, name) for name in ("fingerprint", "rule_id", "rule_version", "family", "state",
             "severity", "confidence", "title", "message", "remediation", "references", "tags")}  # fmt: skip
    hidden = one.suppression
    return Finding(
        **plain,
        weight=one.weight or 0.0,
        strength=one.strength or 0.0,
        subject=Subject(kind=one.subject.kind, user=one.subject.user, team=one.subject.team),
        window=Window(first_seen=_aware(one.window.first_seen), last_seen=_aware(one.window.last_seen)),
        impact=Impact(
            requests=one.impact.requests,
            waste_tokens=one.impact.waste_tokens,
            waste_nanousd=_nano(one.impact.waste_usd),
            basis=one.impact.basis,
        ),
        evidence=_evidence(one.evidence),
        suppression=None
        if hidden is None
        else Suppression(
            reason=hidden.reason, expires=hidden.expires, owner=hidden.owner or "", ticket=hidden.ticket or ""
        ),
        reply=one.reply or "",
    )


def _evidence(one: _Evidence) -> Evidence:
    return Evidence(
        value=float("nan") if one.value is None else one.value,
        unit=one.unit,
        threshold=float("nan") if one.threshold is None else one.threshold,
        threshold_origin=one.threshold_origin,
        n=one.n,
        compared_with=one.compared_with,
        metrics=tuple(
            Metric(name=name, value=value, unit=one.metric_units.get(name, "")) for name, value in one.metrics.items()
        ),
        samples=one.samples,
        against=one.against,
        open_questions=one.open_questions,
    )


def _ranked(one: _Ranked) -> Ranked:
    plain: dict[str, Any] = {name: getattr(one, name) for name in ("rank", "user", "team", "risk", "band", "confidence",
                             "requests", "tokens", "waste_tokens", "findings", "exculpation")}  # fmt: skip
    families = {name: part or 0.0 for name, part in one.families.items()}
    return Ranked(
        **plain, cost_nanousd=_nano(one.cost_usd), waste_nanousd=_nano(one.waste_usd), families=families
    )  # fmt: skip


def _nano(dollars: float | None) -> int | None:
    return None if dollars is None else round(dollars * 1_000_000_000)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
