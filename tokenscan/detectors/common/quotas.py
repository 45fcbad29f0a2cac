"""What people used in each period of a published target, and what their days would add up to if dealt anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from tokenscan.context.model import Quota
from tokenscan.detectors.common.statistics import Floats
from tokenscan.sums import ordered_sum

SEED = 20260105
# A period with less than this part of the target was hardly one of work; it says nothing about how it was filled.
MIN_PART = 0.04
_PERIODS = {"day": "1d", "week": "1w", "month": "1mo"}
_METRICS = {
    "tokens": pl.col("tokens"),
    "requests": pl.col("requests"),
    "cost_usd": pl.col("cost_nanousd").fill_null(0) / 1e9,
}
_UNITS = {"tokens": "tokens", "requests": "requests", "cost_usd": "dollars"}


def counted(quotas: Sequence[Quota]) -> list[Quota]:
    """Return the quotas on amounts: what is counted in active days cannot be filled to the token."""
    return [quota for quota in quotas if quota.metric in _METRICS and quota.minimum > 0]


def quota_text(quota: Quota) -> str:
    """Return a quota in words, such as "50,000 tokens a week"."""
    return f"{quota.minimum:,.10g} {_UNITS[quota.metric]} a {quota.period}"


def with_period(calls: pl.DataFrame, quota: Quota) -> pl.DataFrame:
    """Add ``period`` (its first day), ``slot`` (day within it, or hour of a day) and ``amount`` to whom it applies.

    Calls that failed count as well, as they do on a vendor's page.
    """
    theirs = calls.filter(pl.col("team").is_in(sorted(quota.teams))) if quota.teams else calls
    day = pl.col("day")
    slots = {"day": pl.col("timestamp").dt.hour(), "week": day.dt.weekday(), "month": day.dt.day()}
    return theirs.with_columns(
        day.dt.truncate(_PERIODS[quota.period]).alias("period"),
        slots[quota.period].cast(pl.Int64).alias("slot"),
        _METRICS[quota.metric].cast(pl.Float64).alias("amount"),
    )


def slot_amounts(placed: pl.DataFrame, quota: Quota) -> pl.DataFrame:
    """Return one row a person, period and slot (user, period, slot, amount, total), periods of hardly any use left out.

    ``placed`` is what ``with_period`` returns; amounts are parts of the target: 1 is the target met.
    """
    slots = placed.group_by("user", "period", "slot").agg(
        (ordered_sum(pl.col("amount")) / quota.minimum).alias("amount")
    )
    totals = slots.with_columns(ordered_sum(pl.col("amount")).over("user", "period").alias("total"))
    return totals.filter((pl.col("total") >= MIN_PART) & (pl.col("amount") > 0)).sort("user", "period", "slot")


def reshuffled_totals(slots: pl.DataFrame, rounds: int) -> Floats:
    """Deal one person's days (or hours) to other periods and return the totals, shape (rounds, periods).

    Every day keeps its place in the week, so that what is shuffled is only which days came together. Somebody whose
    days are alike gets the same totals again; somebody who makes up on Friday what Monday lacked does not.
    """
    rows = (slots["period"].rank("dense") - 1).to_numpy()
    columns = (slots["slot"].rank("dense") - 1).to_numpy()
    amounts = np.zeros((int(rows.max()) + 1, int(columns.max()) + 1))
    amounts[rows, columns] = slots["amount"].to_numpy()
    random = np.random.default_rng(SEED)
    totals = np.zeros((rounds, len(amounts)))
    for column in amounts.T:
        totals += column[np.argsort(random.random(totals.shape), axis=1)]
    return totals
