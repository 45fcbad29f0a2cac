"""T01: how much of a team's or of the organisation's usage follows a target rather than work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tokenscan.context.model import Review
from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection, nothing
from tokenscan.detectors.common.bunching import excess_mass
from tokenscan.detectors.common.collective import Came, group_claims, told
from tokenscan.detectors.common.collective_forms import Found, Groups, Limits, before_reviews, levels, rises
from tokenscan.detectors.common.collective_together import together
from tokenscan.detectors.common.quotas import counted, slot_amounts, with_period
from tokenscan.detectors.common.team_level import compared_teams, members
from tokenscan.detectors.common.windows import DayGrid, day_grid

SEED = 20260105
LEVEL = 0.05
MOST_DAYS = 1100  # three years: one wrong date must not stretch the grid over centuries
LEAST_SHARE = 0.01  # of the organisation's tokens
QUOTA_P = 0.01
_METRICS = [
    "form", "what", "ratio", "low", "high", "per_task_ratio", "tasks_ratio", "used_ratio", "used_percent",
    "used_percent_compared", "people", "p", "since", "quota_excess_percent",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/organisation/collective-inflation.toml``."""

    ratio: float
    top: float
    review_ratio: float
    lower_bound: float
    tasks_share: float
    together: float
    false_discovery: float
    window_days: int
    min_teams: int
    resamples: int

    @property
    def limits(self) -> Limits:
        """Return what the forms need."""
        return Limits(
            ratio=self.ratio,
            top=self.top,
            review_ratio=self.review_ratio,
            lower_bound=self.lower_bound,
            tasks_share=self.tasks_share,
            together=self.together,
            false_discovery=self.false_discovery,
            window_days=self.window_days,
            resamples=self.resamples,
        )


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Look for teams that use more than comparable ones, or than before, with nothing to show for it.

    Four forms: ``level`` (against teams of the same function and channel class, for who inflated from the start has
    no before), ``rise`` (a lasting change of a whole team that others did not share), ``review`` (the weeks before
    a review against placebo dates, for teams and for everybody) and ``together`` (nearly all members stand high among
    colleagues elsewhere, none of them far). Tasks and used answers clear. What is found is added
    up for the organisation.
    """
    days = tables.days.filter(~pl.col("planned"))
    if days.is_empty():
        return NotEvaluated("no active days")
    people = members(tables)
    teams = compared_teams(people, tables.context.min_group_size, params.min_teams)
    groups = _groups(tables, days)
    reviews = sorted({review.day for review in tables.context.reviews if _covered(groups.grid, review, params)})
    if teams.is_empty() and not groups.teams and not reviews:
        return NotEvaluated(
            f"no function has {params.min_teams + 1} comparable teams, no team has {tables.context.min_group_size} "
            "members with usage, and there is no review of everybody with usage around it"
        )
    limits = params.limits
    found = [
        *levels(tables, people, teams, limits),
        *rises(groups, limits),
        *before_reviews(groups, reviews, limits),
    ]
    found += together(tables, limits, {row["team"] for row, _ in found})
    if not found:
        return nothing()
    rows = [row for row, _ in found] + _organisation(tables, found, limits)
    claims = [group_claims(calls, row["key"], row["ratio"]) for row, calls in found if row["team"] is not None]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return detection(frame, _METRICS, pl.concat(claims) if claims else None, by="key")


def _groups(tables: Tables, days: pl.DataFrame) -> Groups:
    """Return everybody's unadjusted level, and which people belong to each team of enough."""
    middle = days["day"].sort()[len(days) // 2]
    near = days.filter((pl.col("day") - pl.lit(middle)).dt.total_days().abs() <= MOST_DAYS // 2)
    grid = day_grid(near, "level")
    team_of = dict(tables.people.select("user", "team").iter_rows())
    names = np.array([team_of.get(user) or "" for user in grid.users])
    least = tables.context.min_group_size
    teams = {name: names == name for name in sorted(set(names.tolist())) if name and (names == name).sum() >= least}
    return Groups(tables=tables, days=near, grid=grid, teams=teams)


def _covered(grid: DayGrid, review: Review, params: Params) -> bool:
    """Say whether a review of everybody has days of log around it."""
    before, after = (review.day - grid.first).days, (grid.last - review.day).days
    return not review.teams and before >= params.window_days + 7 and after >= 6


def _organisation(tables: Tables, found: Sequence[Found], limits: Limits) -> list[dict[str, Any]]:
    """Add up what was found, cleared or doubtful parts left out: the part of all tokens that follows a target.

    Each call counts once, by the largest part that a finding about it says is above what it is compared with. The
    interval resamples people (seeded).
    """
    sure = [(row, calls) for row, calls in found if not row["cleared"] and row["confidence"] != "low"]
    if not sure:
        return []
    parts = pl.concat(calls.select("row_id", pl.lit(1 - 1 / row["ratio"]).alias("part")) for row, calls in sure)
    most = parts.group_by("row_id").agg(pl.col("part").max())
    people = (
        tables.calls.join(most, on="row_id", how="left")
        .group_by("user")
        .agg(pl.col("fresh").sum().alias("all"), (pl.col("fresh") * pl.col("part").fill_null(0.0)).sum().alias("extra"))
        .sort("user")
    )
    everything, extra = (people[name].to_numpy().astype(np.float64) for name in ("all", "extra"))
    picks = np.random.default_rng(SEED).integers(0, len(people), size=(limits.resamples, len(people)))
    drawn = extra[picks].sum(axis=1) / np.maximum(everything[picks].sum(axis=1), 1.0)
    low, high = np.quantile(drawn, [LEVEL, 1 - LEVEL])
    share = extra.sum() / max(everything.sum(), 1.0)
    if share < LEAST_SHARE:
        return []
    what = (
        f"About {share:.0%} of all tokens ({low:.0%} to {high:.0%}) follow a target, in {len(sure)} groups or periods"
    )
    sizes = (1 / (1 - share), 1 / (1 - low), 1 / (1 - high))
    unused = Came(
        tasks_ratio=None, used_ratio=None, used_percent=None, used_percent_compared=None, unwanted=True, against=()
    )
    row = told(tables.calls, None, "overall", sizes, unused, threshold=1 / (1 - LEAST_SHARE), top=limits.ratio,
               what=what, people=len(people), n=len(sure),
               compared_with="the same usage without what these findings are about",
               quota_excess_percent=_quota_excess(tables, limits))  # fmt: skip
    return [row]


def _quota_excess(tables: Tables, limits: Limits) -> float | None:
    """Return the part of the periods just above a quota that a smooth curve does not explain; None if by chance."""
    found = []
    for quota in counted(tables.context.quotas):
        totals = slot_amounts(with_period(tables.calls, quota), quota).select("user", "period", "total").unique()
        excess = excess_mass(totals, limits.resamples)
        if excess.p < QUOTA_P and excess.low > 0:
            found.append(excess.excess / excess.above * 100)
    return max(found, default=None)
