"""The finding: one thing that stood out about one subject, with everything needed to defend or dismiss it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Scalar = str | int | float | bool | None


class Severity(enum.StrEnum):
    """What should happen."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Confidence(enum.StrEnum):
    """How sure the evidence is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class State(enum.StrEnum):
    """How a finding compares with the baseline."""

    NEW = "new"
    UNCHANGED = "unchanged"
    WORSE = "worse"
    RESOLVED = "resolved"


class SubjectKind(enum.StrEnum):
    """Whom or what a finding is about."""

    USER = "user"
    TEAM = "team"
    ORGANISATION = "organisation"
    ACCOUNT = "account"
    PROMPT = "prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a finding is about; ``team`` is also the team of a user."""

    kind: SubjectKind
    user: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """First and last call a finding rests on."""

    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What the flagged behaviour cost, by this finding alone.

    Two findings may blame the same call, so impacts do not add up; ``totals`` count every call once.
    ``waste_nanousd`` is null where no flagged call has a known price. ``basis`` says how waste was computed.
    """

    requests: int = 0
    waste_tokens: int = 0
    waste_nanousd: int | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number of the evidence under its plain name, e.g. ("prompts per task", 34.2, "prompts/task")."""

    name: str
    value: Scalar
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A prompt among a finding's calls, masked and without secrets, and how many of the calls sent it."""

    text: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The numbers behind a finding.

    ``value`` and ``threshold`` are in the rule's own unit; ``threshold_origin`` says whose number it is
    ("founding documents", "tokenscan", "config"). ``n`` is the number of observations behind the value and
    ``compared_with`` the group or period it was held against. ``against`` lists what speaks for the person;
    ``open_questions`` the innocent explanations that remain. ``samples`` are event ids;
    ``prompts`` are there only where the user asked for text.
    """

    value: float
    unit: str
    threshold: float
    threshold_origin: str
    n: int
    compared_with: str
    metrics: tuple[Metric, ...] = ()
    samples: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    prompts: tuple[Excerpt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Why a finding is not shown to people: a decision with a reason and an end, and perhaps an owner and a ticket."""

    reason: str
    expires: date
    owner: str = ""
    ticket: str = ""


class SuppressionStatus(enum.StrEnum):
    """What became of a decision to suppress: it hides findings, nothing fits it, its day is over, or no rule looked."""

    ACTIVE = "active"
    UNUSED = "unused"
    EXPIRED = "expired"
    NOT_LOOKED_FOR = "not_looked_for"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionUse:
    """One decision of the config, and how many findings it hides in this report."""

    rule: str
    decision: Suppression
    status: SuppressionStatus
    findings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that stood out.

    ``strength`` runs from 0 to 1: 0.5 at the rule's threshold, 1 far beyond it. ``family`` and ``weight`` say
    how it counts towards a person's risk. ``reply`` is what the person concerned answered; empty: nothing yet.
    """

    fingerprint: str
    rule_id: str
    rule_version: int
    family: str
    weight: float
    strength: float
    severity: Severity
    confidence: Confidence
    title: str
    message: str
    subject: Subject
    window: Window
    impact: Impact
    evidence: Evidence
    remediation: str
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    state: State = State.NEW
    suppression: Suppression | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    reply: str = ""
