"""The few periods and request sizes between which prices change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, PriceVariant

MICROSECONDS_PER_DAY = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Hold every boundary at which some price of a set of models changes, each list ascending.

    A cell is the number of boundaries passed: 0 lies before the first, k from the k-th on.
    """

    days: tuple[date, ...]
    times: tuple[time, ...]  # UTC
    sizes: tuple[int, ...]  # first input size of a tier, in tokens a request

    @classmethod
    def of(cls, models: Iterable[ModelInfo], *, variants: bool = False) -> Grid:
        """Collect the boundaries in the prices of these models; with ``variants`` in those of other terms too."""
        from genai_prices.types import StartDateConstraint, TimeOfDateConstraint

        entries = [entry for model in models for entry in _entries(model, variants=variants)]
        constraints = [entry.constraint for entry in entries]
        days = {limit.start_date for limit in constraints if isinstance(limit, StartDateConstraint)}
        daily = [limit for limit in constraints if isinstance(limit, TimeOfDateConstraint)]
        times = {_utc(at) for limit in daily for at in (limit.start_time, limit.end_time)}
        sizes = {size for entry in entries for size in _sizes(entry.prices)}
        return cls(days=tuple(sorted(days)), times=tuple(sorted(times)), sizes=tuple(sorted(sizes)))

    def day_cell(self, timestamp: pl.Expr) -> pl.Expr:
        """Give the cell of a timestamp among the change dates."""
        return _cell([_microseconds(datetime.combine(day, time(tzinfo=UTC))) for day in self.days], timestamp)

    def time_cell(self, timestamp: pl.Expr) -> pl.Expr:
        """Give the cell of a timestamp within its day."""
        starts = [_microseconds(datetime.combine(_EPOCH.date(), at, tzinfo=UTC)) for at in self.times]
        return _cell(starts, timestamp % MICROSECONDS_PER_DAY)

    def size_cell(self, request_tokens: pl.Expr) -> pl.Expr:
        """Give the cell of a request size among the tiers."""
        return _cell(list(self.sizes), request_tokens)

    def moments(self, day_cell: int | None, time_cell: int | None) -> list[datetime]:
        """List one moment in each period that a cell stands for, all periods for an unknown one."""
        days, times = [self._day_before(), *self.days], [time(), *self.times]
        if day_cell is not None:
            days = [days[day_cell]]
        if time_cell is not None:
            times = [times[time_cell]]
        return [datetime.combine(day, at, tzinfo=UTC) for day in days for at in times]

    def size(self, size_cell: int) -> int:
        """Give a request size that lies in a cell."""
        return (0, *self.sizes)[size_cell]

    def _day_before(self) -> date:
        return self.days[0] - timedelta(days=1) if self.days else _EPOCH.date()


def _cell(starts: list[int], value: pl.Expr) -> pl.Expr:
    # A null is sorted before everything, so the search would put it into the first cell.
    found = pl.lit(pl.Series(starts, dtype=pl.Int64)).search_sorted(value, side="right")
    return pl.when(value.is_not_null()).then(found)


def _entries(model: ModelInfo, *, variants: bool) -> Sequence[ConditionalPrice | PriceVariant]:
    from genai_prices.types import ConditionalPrice

    standard = model.prices if isinstance(model.prices, list) else [ConditionalPrice(prices=model.prices)]
    return [*standard, *(model.price_variants or ())] if variants else standard


def _sizes(prices: ModelPrice) -> set[int]:
    tiered = [price for price in vars(prices).values() if hasattr(price, "tiers")]
    return {tier.start + 1 for price in tiered for tier in price.tiers}


def _utc(at: time) -> time:
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return datetime.combine(_EPOCH.date(), aware).astimezone(UTC).time()


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
