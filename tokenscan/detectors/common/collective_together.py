"""The fourth form of collective inflation: nearly all of a team stand high among colleagues, though no member far."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.collective import ALIKE, MIN_MARKS, came_of, mix_shared, told
from tokenscan.detectors.common.collective_forms import Found, Limits, with_outcome
from tokenscan.detectors.common.standing import own_sums
from tokenscan.detectors.common.statistics import false_discovery
from tokenscan.detectors.common.team_level import LEVEL, SEED

Ints = NDArray[np.int64]

NOT_ALL = 0.25  # of the members may stand lower


@dataclass(frozen=True, slots=True, kw_only=True)
class _Team:
    """A team's members, as ``own_sums`` has them, and the chance that people dealt at random stand as high."""

    name: str
    members: pl.DataFrame
    p: float

    def times(self, own: str, others: str, rounds: int) -> tuple[float, float, float]:
        """Return the mean ratio of two logarithms over members, and its bounds; NaN where one is not known."""
        ratios = (self.members[own] - self.members[others]).drop_nulls().to_numpy()
        if len(ratios) < (1 - NOT_ALL) * len(self.members):
            return math.nan, math.nan, math.nan
        means = ratios[_picks(len(ratios), rounds)].mean(axis=1)
        low, high = np.quantile(means, [LEVEL, 1 - LEVEL])
        return math.exp(ratios.mean()), math.exp(low), math.exp(high)

    def used(self, rounds: int) -> tuple[tuple[float, float], float] | None:
        """Return the shares of answers used, own and comparable colleagues', and the upper bound of their ratio."""
        marked = self.members.filter(pl.col("used_peers") > 0)
        known, used = marked["known"].to_numpy().astype(np.float64), marked["true"].to_numpy().astype(np.float64)
        usual = known * marked["used_peers"].to_numpy()
        if known.sum() < MIN_MARKS:
            return None
        picks = _picks(len(known), rounds)
        upper = np.quantile(used[picks].sum(axis=1) / usual[picks].sum(axis=1), 1 - LEVEL)
        return (float(used.sum() / known.sum()), float(usual.sum() / known.sum())), float(upper)


def together(tables: Tables, limits: Limits, told_of: Collection[str]) -> Iterator[Found]:
    """Yield teams of which three quarters stand high, with more prompts a task and a day than colleagues elsewhere.

    Not those that another form has ``told_of``, nor those that work with other apps or models than everybody else.

    A little more of each member is within what people differ by; of all of them at once it is not (Mann and Whitney's
    rank sum against everybody else, false discoveries over teams controlled). A team that books large tasks sends no
    more prompts a day. Bounds resample members.
    """
    calls = tables.calls.filter(~pl.col("planned"))
    for team in _high(tables, limits):
        task = team.times("effort", "median", limits.resamples)
        day = team.times("daily", "median_day", limits.resamples)
        used = team.used(limits.resamples)
        more = task[0] >= limits.lower_bound and task[1] > 1 and day[1] > 1
        if team.name in told_of or used is None or not more:
            continue
        inside = pl.col("team").eq_missing(team.name)
        own = calls.filter(inside)
        if mix_shared(own, calls.filter(~inside)) < ALIKE:
            continue
        came = came_of(task[0], limits.tasks_share, None, *used)
        what = (
            f"Nearly all {len(team.members)} of {team.name} send more prompts for a task, {task[0]:.1f} times as many"
        )
        row = told(own, team.name, "together", task, came, threshold=limits.lower_bound, top=limits.top,
                   what=with_outcome(what, None, came), people=len(team.members), n=len(team.members), p=team.p,
                   compared_with="comparable colleagues in other teams")  # fmt: skip
        yield row, own


def _high(tables: Tables, limits: Limits) -> Iterator[_Team]:
    people = own_sums(tables)
    sizes = people.filter(pl.col("team").is_not_null()).group_by("team").len().sort("team")
    names = sizes.filter(pl.col("len") >= tables.context.min_group_size)["team"].to_list()
    teams = [_team(people, name) for name in names]
    q = false_discovery(pl.Series("p", [team.p for team in teams], dtype=pl.Float64))
    for team, value in zip(teams, q.to_list(), strict=True):
        quartile = team.members["own"].quantile(NOT_ALL, "linear")
        if value < limits.false_discovery and quartile is not None and quartile >= limits.together:
            yield team


def _team(people: pl.DataFrame, name: str) -> _Team:
    from scipy.stats import mannwhitneyu

    inside = pl.col("team").eq_missing(name)
    members, others = people.filter(inside), people.filter(~inside)["own"]
    if others.is_empty():
        return _Team(name=name, members=members, p=1.0)
    ranks = mannwhitneyu(members["own"].to_numpy(), others.to_numpy(), alternative="greater", method="asymptotic")
    return _Team(name=name, members=members, p=float(ranks.pvalue))


def _picks(size: int, rounds: int) -> Ints:
    return np.random.default_rng(SEED).integers(0, size, size=(rounds, size))
