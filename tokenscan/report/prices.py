"""What a report says about prices and budgets; money is integer nano-dollars (10^-9 USD)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

LEVEL: Final = 0.8  # of the intervals that forecasts have


class Level(enum.StrEnum):
    """How a budget stands."""

    OK = "ok"
    WATCH = "watch"
    OVER = "over"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSource:
    """Where list prices come from and what was put in their place.

    ``last_change`` is the latest day until "now" from which the source knows a new price. ``file`` is the name of a
    price file; ``contracts`` counts contract prices, ``discounts`` are shares (0 to 1) by provider, ``terms`` counts
    the entries that say what runs in batch or in another service tier.
    """

    name: str
    version: str
    last_change: date | None
    contracts: int = 0
    discounts: Mapping[str, float] | None = None
    terms: int = 0
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownModel:
    """A model without a price; ``share`` (0 to 1) is that of all tokens of the log."""

    model: str | None
    requests: int
    tokens: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a month comes to: expected and bounds of the interval in nano-dollars, from so many days of history."""

    expected: int
    low: int
    high: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStatus:
    """How one budget stands in the calendar month of "now".

    ``scope`` has those of team, user, app and model that the budget names; none is the organisation. ``unpriced``
    counts requests without a known price, which ``used`` leaves out. Without a ``forecast``, ``reason`` says why.
    """

    scope: Mapping[str, str]
    month: date
    monthly_nanousd: int
    used_nanousd: int
    unpriced: int
    days_left: int
    alert_at: tuple[float, ...]
    level: Level
    forecast: Forecast | None = None
    reason: str = ""

    @property
    def used_share(self) -> float | None:
        """Return the part of the budget that is used, null for a budget of nothing."""
        return self.used_nanousd / self.monthly_nanousd if self.monthly_nanousd else None

    @property
    def name(self) -> str:
        """Name the scope: "team t1, model gpt-5.5", or "organisation"."""
        return ", ".join(f"{kind} {name}" for kind, name in self.scope.items()) or "organisation"
