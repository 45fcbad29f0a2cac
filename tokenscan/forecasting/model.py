"""A forecast as values: where it starts, what is assumed, what follows.

Money is an exact fraction of a dollar; formats round it. ``needed`` is spend that work needs, ``waste`` what goes
beyond it; together they are the spend.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A line of working: a figure with its unit ("usd", "share", "people", …) and the formula that gives it."""

    name: str
    formula: str
    value: Fraction
    unit: str = "usd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A lower and an upper bound."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What is spent a month today.

    ``relative`` bounds the spend of a month as a multiple of itself (null: nothing is known of it). ``adoption`` is the
    share of people who use AI, ``waste_span`` a lower and an upper figure of ``waste_share``. ``origin`` is "log",
    "report" or "numbers".
    """

    origin: str
    monthly: Fraction
    waste_share: Fraction
    steps: tuple[Step, ...]
    relative: Span | None = None
    waste_span: Span | None = None
    people: Fraction | None = None
    adoption: Fraction | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """A share of people on its way from ``start`` to ``end``; ``start`` null: what the log shows."""

    start: Fraction | None
    end: Fraction
    path: str = "logistic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A share of the whole spend that moves from one tier to another."""

    tier: str
    target: str
    share: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """What a shift's work costs there, as a multiple of what it costs here, and why."""

    value: Fraction
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """What a model mix does to spend: ``factor`` on all of it, or ``saved`` off the part that work needs."""

    factor: Fraction = Fraction(1)
    saved: Fraction = Fraction(0)
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What a user assumes; null: not said, and the scenario is not computed."""

    months: int = 12
    adoption: Adoption | None = None
    multiplier: Fraction = Fraction(5, 2)
    monitored_waste: Fraction = Fraction(15, 100)
    price_growth: Fraction | None = None
    shifts: tuple[Shift, ...] = ()
    tier_prices: tuple[tuple[str, Fraction], ...] = ()
    remove: Fraction = Fraction(1, 2)
    monitoring_cost: Fraction | None = None
    ramp: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month of a scenario."""

    number: int
    needed: Fraction
    waste: Fraction
    formula: str

    @property
    def spend(self) -> Fraction:
        """Both together."""
        return self.needed + self.waste


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """Up to twelve months of a scenario; ``against_base`` is what it spends more (or less) than the base does."""

    number: int
    months: int
    spend: Fraction
    waste: Fraction
    against_base: Fraction
    formula: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One course of things: what it assumes, its months and years."""

    id: str
    title: str
    assumes: str
    months: tuple[Month, ...]
    years: tuple[Year, ...]
    steps: tuple[Step, ...] = ()

    @property
    def spend(self) -> Fraction:
        """The spend of all months."""
        return sum((month.spend for month in self.months), Fraction(0))

    @property
    def waste(self) -> Fraction:
        """The waste of all months."""
        return sum((month.waste for month in self.months), Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A scenario that was not computed, and what it needs."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What spend will be: the base, its scenarios, and what removing a share of waste would bring (``roi``).

    ``complete`` is false where more of the logs could not be read than was allowed.
    """

    version: str
    base: Base
    assumptions: Assumptions
    scenarios: tuple[Scenario, ...]
    skipped: tuple[Skipped, ...]
    roi: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    complete: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the forecast as plain JSON values."""
        from tokenscan.forecasting.json_v1 import to_dict

        return to_dict(self)

    def render(self, format: str = "table", **options: Any) -> str:  # noqa: A002 - the word users type
        """Return the forecast as text in one of the formats of ``tokenscan forecast --format``."""
        from tokenscan.forecasting.formats import render

        return render(self, format, **options)

    def frame(self) -> Any:
        """Return a data frame with one row a scenario and month, money in dollars."""
        from tokenscan.forecasting.frame import frame

        return frame(self)
