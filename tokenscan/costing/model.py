"""What a cost report says, and nothing of how it was computed.

Money is integer nano-dollars (10^-9 USD). Calls without a known price are in ``unknown`` and in no amount of money.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from tokenscan.report.prices import BudgetStatus, PriceSource, UnknownModel


class Key(enum.StrEnum):
    """What costs can be broken down by."""

    USER = "user"
    TEAM = "team"
    MODEL = "model"
    APP = "app"
    PROVIDER = "provider"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


PERIODS: Final = (Key.DAY, Key.WEEK, Key.MONTH)  # the finest first
KINDS: Final = ("charged", "logged", "priced")


class Basis(enum.StrEnum):
    """What the change of a line compares."""

    PREVIOUS_BUCKET = "previous_bucket"
    PREVIOUS_WINDOW = "previous_window"
    HALVES = "halves"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days of a calendar, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is compared with what; the spans are null where each line has a period of its own.

    ``reason`` says why nothing is compared.
    """

    basis: Basis
    current: Span | None = None
    previous: Span | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens by how they are paid for; ``reasoning`` is part of ``output``."""

    fresh_input: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0
    reasoning: int = 0

    @property
    def total(self) -> int:
        """Return all tokens, each once."""
        return self.fresh_input + self.cache_read + self.cache_write_5m + self.cache_write_1h + self.output


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Requests, their tokens and what they cost."""

    requests: int = 0
    tokens: int = 0
    nanousd: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One group, or the total.

    ``keys`` are in the order asked for, null where the log does not say. ``kinds`` splits the cost by where it is known
    from; ``known`` is false where no call of the line has a price. ``people`` are distinct accounts that the people
    file does not call services, ``people_nanousd`` what theirs cost. ``current`` and ``previous`` are what the
    comparison compares, null where it cannot. ``partial``: the log covers the line's period in part.
    """

    keys: tuple[str | None, ...]
    requests: int
    tokens: Tokens
    nanousd: int
    known: bool
    kinds: Mapping[str, Amount]
    unknown: Amount
    people: int
    people_nanousd: int
    current: int | None = None
    previous: int | None = None
    partial: bool = False

    @property
    def per_person(self) -> int | None:
        """Return what an active person's calls cost on average, null where there is nobody or no price."""
        return round(self.people_nanousd / self.people) if self.people and self.known else None

    @property
    def change(self) -> float | None:
        """Return the relative change, null where there is nothing to compare with."""
        if self.current is None or not self.previous:
            return None
        return self.current / self.previous - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was read, and how much of it counts; as in a report's input."""

    files: int
    events: int
    duplicates: int
    bad_rows: int
    complete: bool
    broken: tuple[str, ...]
    window: tuple[datetime, datetime] | None
    timezone: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """Costs by group. The numbers of ``lines`` add up to those of ``total``, save ``people``, who may be in several."""

    version: str
    as_of: datetime
    by: tuple[Key, ...]
    input: Source
    prices: PriceSource
    comparison: Comparison
    total: Line
    lines: tuple[Line, ...]
    unknown_models: tuple[UnknownModel, ...]
    budgets: tuple[BudgetStatus, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as ``tokenscan schema costs`` describes it."""
        from tokenscan.costing.json_v1 import to_dict

        return to_dict(self)

    def render(self, format: str = "table", **options: Any) -> str:  # noqa: A002 - the word users type
        """Return the report as text in one of the formats of ``tokenscan costs --format``."""
        from tokenscan.costing.formats import render

        return render(self, format, **options)

    def frame(self) -> Any:
        """Return one row a line, as a Polars data frame with exact amounts."""
        from tokenscan.costing.frames import lines_frame

        return lines_frame(self)
