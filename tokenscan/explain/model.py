"""What an explanation says. Shares run from 0 to 1, risks from 0 to 100; text is as the log has it, not made safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tokenscan.findings.model import Confidence, Finding
from tokenscan.report.model import Band, Ranked, RuleOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a report says, be it fresh or read from a file.

    ``source`` names that file and is empty for logs; ``as_of`` is the report's "now". ``people`` may lack those without
    risk, ``findings`` those that options left out.
    """

    source: str
    version: str
    rules_digest: str
    as_of: datetime
    timezone: str
    co2_grams_per_1k_tokens: float
    findings: tuple[Finding, ...]
    people: tuple[Ranked, ...]
    teams: tuple[Ranked, ...]
    rules: tuple[RuleOutcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrengthWorking:
    """How a strength follows from the value: ``formula`` in words, ``filled`` with numbers.

    Both are empty where the rule has a formula of its own, which its page tells. ``factor`` lowered the result for the
    reason ``why``; it is 1 where nothing did.
    """

    value: float
    formula: str = ""
    filled: str = ""
    factor: float = 1.0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One finding in the risk of its subject; ``decides``: the heaviest of its family, which is the one that counts."""

    fingerprint: str
    rule_id: str
    family: str
    weight: float
    strength: float
    confidence: Confidence
    this: bool
    decides: bool

    @property
    def contribution(self) -> float:
        """Return weight times strength."""
        return self.weight * self.strength


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskWorking:
    """How the risk of a person or team follows from all findings about them.

    ``families`` and ``solid`` are contributions, the latter without findings of low confidence; ``every`` and ``sure``
    the risks that these alone make, and ``value`` what counts: less than ``context_at_most`` points above ``sure``.
    ``without`` is the risk had this finding not been. ``reported`` is what the report says; it differs from ``value``
    where the report lacks findings.
    """

    parts: tuple[Part, ...]
    families: Mapping[str, float]
    solid: Mapping[str, float]
    every: float
    sure: float
    context_at_most: float
    value: float
    band: Band
    confidence: Confidence
    without: float
    without_band: Band
    reported: float | None

    @property
    def redone(self) -> bool:
        """Return whether the sum gives what the report says; a saved report has rounded numbers."""
        return self.reported is None or abs(self.value - self.reported) < 0.11


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamLine:
    """A parameter of the rule: its value, whose number that is, the rule's default, what it means."""

    name: str
    value: str
    origin: str
    default: str
    doc: str
    headline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage:
    """What the rule's file says. ``in_force``: the values are those of this analysis, not merely those of today."""

    id: str
    version: int
    title: str
    description: str
    rationale: str
    false_positives: tuple[str, ...]
    references: tuple[str, ...]
    params: tuple[ParamLine, ...]
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call the finding rests on; ``waste_tokens`` is what the finding claims of it (null: it claims nothing)."""

    event_id: str
    timestamp: datetime
    user: str | None
    app: str | None
    model: str | None
    input_tokens: int | None
    cache_read_tokens: int | None
    output_tokens: int | None
    session: str | None
    status: str | None
    used: bool | None
    source: str
    share: float | None
    waste_tokens: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WasteLine:
    """Claims of one kind: ``calls`` with ``tokens``, of each of which the same ``share`` is claimed.

    ``level`` is row, day or window; ``day`` is set for what a day held beyond normal.
    """

    level: str
    day: date | None
    share: float
    calls: int
    tokens: int
    waste_tokens: int
    waste_nanousd: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSample:
    """A prompt among the finding's calls, masked and without secrets, and how many of the calls sent it."""

    text: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """The commonest prompts of a finding: ``distinct`` of them in ``calls`` calls; ``common`` is what they share."""

    samples: tuple[PromptSample, ...]
    distinct: int
    calls: int
    common: str = ""
    varies: str = ""
    reason: str = ""  # why there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A parameter that was tried: with ``value`` the rule no longer makes this finding (null: with none tried)."""

    param: str
    current: str
    value: str | None
    headline: bool
    tried: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What only the logs can show. ``trials`` is null where nothing was tried, ``prompts`` where none was asked for."""

    calls: tuple[Call, ...]
    calls_in_all: int
    waste: tuple[WasteLine, ...]
    trials: tuple[Trial, ...] | None
    prompts: Prompts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One finding in full. ``looked`` is null for a saved report; ``subject`` is the ranking's entry, if it has one."""

    known: Known
    finding: Finding
    subject: Ranked | None
    strength: StrengthWorking
    risk: RiskWorking | None
    threshold_param: str
    rule: RulePage | None
    rule_note: str
    looked: Looked | None
    suppress_until: date
