"""What an analysis is told beside logs, context and rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tokenscan.config import SuppressEntry
from tokenscan.pricing.book import PriceBook


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisOptions:
    """What to analyse and how strictly.

    ``since`` and ``until`` are half-open; without a zone they are in the context's. ``max_bad_share`` is the share of
    rows (0 to 1) that may be unreadable before the report calls itself incomplete. ``as_of`` decides which suppressions
    have expired.
    """

    as_of: datetime
    since: datetime | None = None
    until: datetime | None = None
    max_bad_share: float = 0.01
    strict: bool = False
    all_people: bool = False
    co2_grams_per_1000_tokens: float = 0.685
    suppress: tuple[SuppressEntry, ...] = ()
    prices: PriceBook = field(default_factory=PriceBook)
    rules_digest: str = ""
    notes: tuple[str, ...] = ()
