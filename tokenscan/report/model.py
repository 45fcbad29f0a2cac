"""The report that every output format sees, and nothing else.

Money is integer nano-dollars (10^-9 USD) inside; null means that no price is known, never 0.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tokenscan.events.log import BadRowSample, FileVerdict, SourceCoverage
from tokenscan.findings.model import Confidence, Finding, SuppressionUse
from tokenscan.report.prices import BudgetStatus, PriceSource, UnknownModel
from tokenscan.report.series import Series

__all__ = [
    "BadRowSample",
    "Band",
    "FileVerdict",
    "Input",
    "Privacy",
    "Range",
    "Ranked",
    "Report",
    "RuleOutcome",
    "RuleStatus",
    "Run",
    "SourceCoverage",
    "Standing",
    "Totals",
]

if TYPE_CHECKING:
    import polars as pl

    from tokenscan.report.economics import Economics


class Band(enum.StrEnum):
    """How much a reader should make of a risk: strong from 60, worth_a_look from 40."""

    STRONG = "strong"
    WORTH_A_LOOK = "worth_a_look"
    NONE = "none"


class RuleStatus(enum.StrEnum):
    """What became of a rule in this run."""

    RAN = "ran"
    NOT_EVALUATED = "not_evaluated"
    FAILED = "failed"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: the only part of a report that differs between two runs on the same input."""

    started_at: datetime
    duration_s: float
    argv: tuple[str, ...]
    config: str | None
    as_of: datetime
    engine: str = ""  # what compared the prompts: "compiled", or "numpy" where there is no compiled kernel


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What was read, and how much of it counts.

    ``duplicates`` gives dropped rows by reason; ``window`` the first and last call (null without events);
    ``unattributed`` calls without a user; ``unknown_people`` users that the people file does not name (null:
    there is no people file); ``notes`` are sentences for the reader.
    """

    files: tuple[FileVerdict, ...]
    events: int
    duplicates: Mapping[str, int]
    bad_rows: int
    bad_samples: tuple[BadRowSample, ...]
    complete: bool
    window: tuple[datetime, datetime] | None
    timezone: str
    sources: tuple[SourceCoverage, ...]
    unattributed: int
    users: int
    unknown_people: tuple[str, ...] | None
    service_accounts: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A low, an expected and a high figure."""

    low: int
    expected: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The whole log in figures; waste counts every call once across findings.

    ``cost_nanousd`` covers the calls with a known price; ``unpriced_requests`` says how many have none and
    ``unpriced_models`` which models they named, ``unknown_models`` with how many tokens. ``co2_grams`` is that of the
    expected waste, at ``co2_grams_per_1k_tokens``. ``duplicate_share`` is null without prompt text.
    """

    requests: int
    tokens: int
    cost_nanousd: int
    unpriced_requests: int
    unpriced_models: tuple[str, ...]
    waste_tokens: Range
    waste_nanousd: Range
    co2_grams: int
    duplicate_share: float | None
    findings: Mapping[str, int]
    suppressed: int
    by_state: Mapping[str, int]
    co2_grams_per_1k_tokens: float = 0.685
    unpriced_tokens: int = 0
    unknown_models: tuple[UnknownModel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where somebody stands among comparable colleagues, in robust standard deviations; null: not known.

    ``more`` is that of prompts for each finished task, ``unused`` that of answers left unused, ``uneven`` that of use
    that differs between conversations and lengths, ``regardless`` that of prompts sent regardless of the work there is;
    ``team`` is how the others in the team stand, on average.
    """

    more: float | None
    unused: float | None
    uneven: float | None
    regardless: float | None
    team: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A person or a team in the ranking.

    ``families`` gives each family of evidence its contribution to the risk (0 to 1); ``findings`` are
    fingerprints; ``exculpation`` is what spoke for them. ``standing`` is all that a risk below one point rests on:
    the order of those about whom nothing was found that counts.
    """

    rank: int
    user: str | None
    team: str | None
    risk: float
    band: Band
    confidence: Confidence
    requests: int
    tokens: int
    cost_nanousd: int | None
    waste_tokens: int
    waste_nanousd: int | None
    families: Mapping[str, float]
    findings: tuple[str, ...]
    exculpation: tuple[str, ...]
    standing: Standing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOutcome:
    """What became of one rule, and why where it did not run."""

    id: str
    title: str
    status: RuleStatus
    reason: str = ""
    findings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What a report keeps back of people.

    ``level`` is "person", or "team" where nobody is named or counted; ``key_id`` tells which key the pseudonyms are
    from, and is empty where names stand as they are. ``left_out`` findings about teams or counts of fewer than
    ``min_group_size`` people were left out.
    """

    level: str = "person"
    key_id: str = ""
    min_group_size: int = 5
    left_out: int = 0

    @property
    def by_team(self) -> bool:
        """Return whether the report is about teams and the organisation only."""
        return self.level == "team"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything an analysis found, ranked and explained.

    ``findings`` are sorted by waste, rule and fingerprint; suppressed ones are among them. ``teams`` holds
    groups of at least ``min_group_size`` people. ``series`` is for charts and not part of the JSON.
    """

    version: str
    rules_digest: str
    run: Run
    input: Input
    totals: Totals
    people: tuple[Ranked, ...]
    teams: tuple[Ranked, ...]
    findings: tuple[Finding, ...]
    rules: tuple[RuleOutcome, ...]
    errors: tuple[str, ...]
    series: Series | None = None
    suppressions: tuple[SuppressionUse, ...] = ()
    privacy: Privacy = Privacy()
    economics: Economics | None = None
    prices: PriceSource | None = None
    budgets: tuple[BudgetStatus, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON schema version 1 describes it."""
        from tokenscan.report.json_v1 import to_dict

        return to_dict(self)

    def render(self, format: str = "table", **options: Any) -> str:  # noqa: A002 - the word users type
        """Return the report as text in one of the formats of ``tokenscan analyze --format``."""
        from tokenscan.report.formats import render

        return render(self, format, **options)

    def findings_frame(self) -> pl.DataFrame:
        """Return one row a finding."""
        from tokenscan.report.frames import findings_frame

        return findings_frame(self)

    def people_frame(self) -> pl.DataFrame:
        """Return one row a person in the ranking."""
        from tokenscan.report.frames import people_frame

        return people_frame(self)
