"""What an analysis is told beside logs, context and rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tokenscan.config import BudgetEntry, SuppressEntry
from tokenscan.economics.savings_table import TierTable
from tokenscan.errors import UsageError
from tokenscan.pricing.book import PriceBook
from tokenscan.privacy.secret import Secret

LEVELS = ("person", "team")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisOptions:
    """What to analyse and how strictly.

    ``since`` and ``until`` are half-open; without a zone they are in the context's. ``max_bad_share`` is the share of
    rows (0 to 1) that may be unreadable before the report calls itself incomplete. ``as_of`` decides which suppressions
    have expired. ``series`` adds the figures by day, model and prompt that charts need. With a ``secret``, people stand
    under pseudonyms; at ``level`` "team", nobody is named or counted. ``show_text`` is how many example prompts a
    finding shows.

    Raises:
        UsageError: an unknown level, which must not silently name people; or people's prompts in a report by team.
    """

    as_of: datetime
    since: datetime | None = None
    until: datetime | None = None
    max_bad_share: float = 0.01
    strict: bool = False
    all_people: bool = False
    co2_grams_per_1000_tokens: float = 0.685
    rank_people: bool = False
    suppress: tuple[SuppressEntry, ...] = ()
    prices: PriceBook = field(default_factory=PriceBook)
    budgets: tuple[BudgetEntry, ...] = ()
    tiers: TierTable = field(default_factory=TierTable)
    rules_digest: str = ""
    notes: tuple[str, ...] = ()
    series: bool = False
    secret: Secret | None = None
    level: str = "person"
    show_text: int = 0

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise UsageError(f"level {self.level!r}", hint=f"one of {', '.join(LEVELS)}")
        if self.level == "team" and self.show_text:
            raise UsageError("a report by team shows no prompts", hint="leave level or show_text out")
