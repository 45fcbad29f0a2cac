"""What a report says about money: waste and what it comes to in a year, what to measure in place of volume.

Tokens are counts, money is integer nano-dollars (10^-9 USD); null means unknown, never 0.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tokenscan.report.model import Range

if TYPE_CHECKING:
    from tokenscan.report.savings import Savings

SHORTEST_FOR_A_YEAR = 28  # days; a rate from fewer is said to be one
SHORTEST = 7  # days; a rate from less than a week is no rate: weekdays and weekends differ


class Gaming(enum.StrEnum):
    """How easily people can raise a number without doing better work."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Standing(enum.StrEnum):
    """Where a team stands against the rest of the organisation; "about" unless the data tell them apart."""

    BELOW = "below"
    ABOUT = "about"
    ABOVE = "above"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate and its 95 % interval; the bounds are null where the data give none."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waste:
    """Waste counted once a call; ``nanousd`` is null where no wasted call has a known price."""

    tokens: Range
    nanousd: Range | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WasteLine:
    """The waste of one rule, person, team or month, beside what they used in all (null for rules).

    ``name`` is null for what belongs to none, to a team too small to be shown, or to people whom no finding is about.
    ``note`` is the title of a rule or the team of a person; ``days`` the days with calls of a month; ``findings`` those
    of a rule.
    """

    name: str | None
    waste: Waste
    note: str = ""
    tokens: int | None = None
    cost_nanousd: int | None = None
    days: int | None = None
    findings: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The window that figures a month and a year are from: first and last day of the log, both counted.

    ``days_with_calls`` are those on which anybody made one.
    """

    first: date
    last: date
    days_with_calls: int

    @property
    def days(self) -> int:
        """Calendar days of the window."""
        return (self.last - self.first).days + 1

    @property
    def short(self) -> bool:
        """Whether a year from this window deserves a warning."""
        return self.days < SHORTEST_FOR_A_YEAR

    def yearly(self, amount: int | None) -> int | None:
        """Return an amount of the window in 365 days; null below a week."""
        return self._scaled(amount, 365, 1)

    def monthly(self, amount: int | None) -> int | None:
        """Return a twelfth of the yearly amount; null below a week."""
        return self._scaled(amount, 365, 12)

    def _scaled(self, amount: int | None, times: int, parts: int) -> int | None:
        if amount is None or self.days < SHORTEST:
            return None
        whole = self.days * parts
        return (2 * amount * times + whole) // (2 * whole)  # to the nearest, in integers


@dataclass(frozen=True, slots=True, kw_only=True)
class WasteInMoney:
    """Waste in total and by rule, person, team and month; each kind of line adds up to the total.

    ``unpriced_tokens`` of the expected waste have no known price and are in no sum of money.
    """

    rate: Rate | None
    total: Waste
    unpriced_tokens: int
    co2_grams_per_1k_tokens: float
    co2_source: str
    by_rule: tuple[WasteLine, ...]
    by_person: tuple[WasteLine, ...]
    by_team: tuple[WasteLine, ...]
    by_month: tuple[WasteLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A team (or person) in the ranking by volume, as it is and with low, expected and high waste taken out."""

    name: str
    people: int
    amount: int
    removed: Range
    before: int
    after: Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """The ranking by one kind of volume (tokens, requests, cost_nanousd) with and without claimed waste.

    ``tau_b`` is Kendall's rank correlation between volume and volume without the expected waste, null where all are
    equal.
    """

    level: str
    metric: str
    places: tuple[Place, ...]
    tau_b: float | None

    @property
    def moved(self) -> int:
        """How many change places once the expected waste is removed."""
        return sum(place.before != place.after.expected for place in self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One side of a comparison in time; volumes and waste are per working day (of tokens, or nano-dollars)."""

    first: date
    last: date
    working_days: int
    people: int
    volume: float
    waste_low: float
    waste_expected: float
    waste_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How much volume grew from one stretch to another, and which share of that is growth of claimed waste.

    ``share`` is null, with a ``reason``, where nothing grew or the window is too short. Its bounds are the least and
    the largest share of the three kinds of waste.
    """

    what: str
    metric: str
    before: Stretch | None
    after: Stretch | None
    share: Interval | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamBand:
    """A team's measure, shrunk towards the rest of the organisation by how little is known of it.

    ``weight`` is how much the team's own data count (0 to 1).
    """

    team: str
    standing: Standing
    people: int
    value: float
    shrunk: Interval
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure of outcomes, for the organisation and, as bands, for its teams.

    ``value`` is null, with a ``reason``, where the data do not allow it. Where days with and without AI are compared,
    ``value`` is that of days with AI, ``without`` that of the others, and ``difference`` the first minus the second.
    ``people`` and ``days`` (with AI, without) are what it rests on. ``compared`` says whether there is a comparison.
    """

    id: str
    name: str
    unit: str
    better: str
    definition: str
    gaming: Gaming
    compared: bool = False
    value: Interval | None = None
    without: Interval | None = None
    difference: Interval | None = None
    people: int = 0
    days: int = 0
    days_without: int = 0
    reason: str = ""
    teams: tuple[TeamBand, ...] = ()
    teams_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GamingNote:
    """How easily one metric can be gamed, why, and whose judgement that is; ``shown``: the report has figures of it."""

    id: str
    name: str
    gaming: Gaming
    why: str
    origin: str
    shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Economics:
    """Everything about money and measures; ``savings`` is the ledger of model tiers, which is no waste."""

    waste: WasteInMoney
    leaderboards: tuple[Leaderboard, ...]
    growth: tuple[Growth, ...]
    measures: tuple[Measure, ...]
    metrics: tuple[GamingNote, ...]
    savings: Savings | None = None
