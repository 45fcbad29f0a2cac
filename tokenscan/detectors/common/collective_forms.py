"""The three forms of collective inflation: above comparable teams, above the team before, and before a review."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.collective import ALIKE, Came, before_after, came_of, mix_kept, told
from tokenscan.detectors.common.statistics import Floats, false_discovery
from tokenscan.detectors.common.team_level import bounds
from tokenscan.detectors.common.team_windows import Mask, Shift, change_deltas, group_shift, window_deltas
from tokenscan.detectors.common.windows import DayGrid, placebo_ends, rank_p

# A candidate's row, and the calls of the group on the days it is about.
Found = tuple[dict[str, Any], pl.DataFrame]

BEFORE, AFTER = 42, 14  # days around a review's window
MIN_DAYS = (4, 10)  # active days in the window and around it
MIN_PLACEBOS = 20
ABOVE = 0.75  # of the members: a team, not its heaviest user
OTHERS_TOO = 0.25  # of the other teams


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the rule's parameters say, see ``rules/organisation/collective-inflation.toml``."""

    ratio: float
    top: float
    review_ratio: float
    lower_bound: float
    tasks_share: float
    together: float
    false_discovery: float
    window_days: int
    resamples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Everybody's level day by day, and which rows of it belong to which team."""

    tables: Tables
    days: pl.DataFrame
    grid: DayGrid
    teams: dict[str, Mask]


def levels(tables: Tables, people: pl.DataFrame, teams: pl.DataFrame, limits: Limits) -> Iterator[Found]:
    """Yield teams above comparable ones in tokens a day and a task, nearly all members of them."""
    far = teams.filter((pl.col("volume") - pl.col("volume_others")).exp() >= limits.ratio)
    for team in far.iter_rows(named=True):
        name, rounds = team["team"], limits.resamples
        ratio = math.exp(team["volume"] - team["volume_others"])
        low, high = (math.exp(bound) for bound in bounds(people, teams, name, "volume", rounds))
        own = people.filter(pl.col("team") == name)["volume"]
        per_task = _exp_difference(team["per_task"], team["per_task_others"])
        came = _came_of_level(team, bounds(people, teams, name, "used", rounds)[1], ratio, per_task, limits)
        # Large tasks, or many small ones, explain volume; only both volume and tokens a task make it odd.
        dear = per_task is None or per_task >= limits.lower_bound
        # Without marks, tokens a task alone must be beyond doubt.
        proven = came.used_ratio is not None or _surely(people, teams, name, limits)
        if low < limits.lower_bound or (own > team["volume_others"]).mean() < ABOVE or not dear or not proven:
            continue
        what = f"{name} uses {ratio:.1f} times the tokens a day of {team['volume_n']} comparable teams"
        more = {"per_task_ratio": per_task, "people": team["members"], "n": team["person_days"]}
        alike = f"the median of {team['volume_n']} other teams ({team['function']}, {team['channel']})"
        calls = tables.calls.filter((pl.col("team") == name) & ~pl.col("planned"))
        row = told(calls, name, "level", (ratio, low, high), came, threshold=limits.ratio, top=limits.top,
                   what=with_outcome(what, per_task, came), compared_with=alike, **more)  # fmt: skip
        yield row, calls


def _exp_difference(own: float | None, others: float | None) -> float | None:
    return None if own is None or others is None else math.exp(own - others)


def _came_of_level(row: dict[str, Any], upper: float, ratio: float, per_task: float | None, limits: Limits) -> Came:
    used = (row["used"], row["used_others"])
    known = None not in used and used[1] > 0
    tasks = ratio / per_task if per_task else None
    bound = 1 + upper / used[1] if known else math.inf
    return came_of(ratio, limits.tasks_share, tasks, used if known else None, bound)


def _surely(people: pl.DataFrame, teams: pl.DataFrame, team: str, limits: Limits) -> bool:
    low, _ = bounds(people, teams, team, "per_task", limits.resamples)
    return math.isfinite(low) and math.exp(low) >= limits.ratio


def with_outcome(what: str, per_task: float | None, came: Came) -> str:
    """Add to a sentence what is known of tasks and of used answers."""
    parts = [what]
    if per_task is not None:
        parts.append(f"{per_task:.1f} times the tokens a task")
    if came.used_percent is not None:
        parts.append(f"{came.used_percent:.0f}% of its answers used as against {came.used_percent_compared:.0f}%")
    return ", ".join(parts)


def rises(groups: Groups, limits: Limits) -> Iterator[Found]:
    """Yield teams of which nearly all members rose for good at one time, with the same tools, and others did not."""
    mondays, deltas = change_deltas(groups.grid)
    shifts = {name: _clearest(deltas, inside, mondays, groups, limits) for name, inside in groups.teams.items()}
    known = {name: shift for name, shift in shifts.items() if shift is not None}
    high = {name for name, shift in known.items() if math.exp(shift.delta) >= limits.lower_bound}
    for name, shift in known.items():
        ratio, since = math.exp(shift.delta), shift.day
        too = len(high - {name}) / max(1, len(known) - 1)
        if since is None or ratio < limits.ratio or math.exp(shift.low) < limits.lower_bound or too > OTHERS_TOO:
            continue
        own = deltas[groups.teams[name], mondays.index(since)]
        calls = groups.tables.calls.filter((pl.col("team") == name) & ~pl.col("planned"))
        came = before_after(
            groups.days.filter(pl.col("team") == name), pl.col("day") >= since, ratio, limits.tasks_share
        )
        together = (own[np.isfinite(own)] >= math.log(limits.lower_bound)).mean() >= ABOVE
        if not together or not came.known or mix_kept(calls, since) < ALIKE:
            continue
        what = f"{name} uses {ratio:.1f} times the tokens since {since}, other teams taken off"
        late = calls.filter(pl.col("day") >= since)
        row = told(late, name, "rise", _size(shift), came, threshold=limits.ratio, top=limits.top,
                   what=with_outcome(what, None, came), compared_with="the team before, and what others did since",
                   people=shift.people, n=shift.people, since=since.isoformat())  # fmt: skip
        yield row, late


def _clearest(deltas: Floats, inside: Mask, mondays: list[date], groups: Groups, limits: Limits) -> Shift | None:
    """Return the Monday at which a team's rise is surest; None where too few of its people are known."""
    least = groups.tables.context.min_group_size
    some = [
        group_shift(deltas[:, n], inside, limits.resamples, adjusted=True, day=day) for n, day in enumerate(mondays)
    ]
    known = [shift for shift in some if math.isfinite(shift.delta) and shift.people >= least]
    return max(known, key=lambda shift: shift.low, default=None)


def _size(shift: Shift) -> tuple[float, float, float]:
    return math.exp(shift.delta), math.exp(shift.low), math.exp(shift.high)


def before_reviews(groups: Groups, reviews: list[date], limits: Limits) -> Iterator[Found]:
    """Yield the organisation and the teams that rose before reviews more than at dates without one.

    Ranks among placebo dates: for the organisation its own, for teams those of all teams, whose false alarms are
    controlled. Peer adjustment would delete what everybody does, so nothing is taken off the organisation.
    """
    grid = groups.grid
    placebos = placebo_ends(grid, reviews, limits.window_days, AFTER) if reviews else []
    if len(placebos) < MIN_PLACEBOS:
        return
    shape = (limits.window_days, BEFORE, AFTER, *MIN_DAYS)
    real = window_deltas(grid, reviews, shape)
    chance = [window_deltas(grid, ends, shape) for ends in placebos]
    everybody = np.ones(len(grid.users), dtype=np.bool_)
    yield from _risen(groups, {"": everybody}, real, chance, reviews, limits)
    yield from _risen(groups, groups.teams, real, chance, reviews, limits)


def _risen(
    groups: Groups, kinds: dict[str, Mask], real: Floats, chance: list[Floats], reviews: list[date], limits: Limits
) -> Iterator[Found]:
    least = groups.tables.context.min_group_size
    shifts = {name: group_shift(real, inside, limits.resamples, adjusted=bool(name)) for name, inside in kinds.items()}
    known = {name: shift for name, shift in shifts.items() if math.isfinite(shift.delta) and shift.people >= least}
    if not known:
        return
    weight = {name: math.sqrt(shift.people) for name, shift in known.items()}
    null = np.array(
        [weight[name] * _mean(deltas, kinds[name], adjusted=bool(name)) for deltas in chance for name in known]
    )
    p = rank_p(np.array([weight[name] * shift.delta for name, shift in known.items()]), null)
    q = false_discovery(pl.Series("p", p))
    for (name, shift), p_value, q_value in zip(known.items(), p.tolist(), q.to_list(), strict=True):
        if math.exp(shift.delta) >= limits.review_ratio and shift.low > 0 and q_value < limits.false_discovery:
            yield from _told_of_review(groups, name or None, shift, p_value, reviews, limits)


def _mean(deltas: Floats, inside: Mask, *, adjusted: bool) -> float:
    own, others = deltas[inside & np.isfinite(deltas)], deltas[~inside & np.isfinite(deltas)]
    if not len(own) or (adjusted and not len(others)):
        return math.nan
    return float(own.mean() - (others.mean() if adjusted else 0.0))


def _told_of_review(
    groups: Groups, team: str | None, shift: Shift, p: float, reviews: list[date], limits: Limits
) -> Iterator[Found]:
    inside = pl.lit(value=False)
    near = pl.lit(value=False)
    for day in reviews:
        start = day - timedelta(days=limits.window_days)
        inside = inside | pl.col("day").is_between(start, day, closed="left")
        near = near | pl.col("day").is_between(
            start - timedelta(days=BEFORE), day + timedelta(days=AFTER), closed="left"
        )
    days = groups.days.filter(near if team is None else near & (pl.col("team") == team))
    ratio = math.exp(shift.delta)
    came = before_after(days, inside, ratio, limits.tasks_share)
    if not came.known:
        return
    dates = ", ".join(map(str, reviews))
    what = f"{team or 'The organisation'} uses {ratio:.2f} times the tokens before the review of {dates}"
    calls = groups.tables.calls.filter(inside if team is None else inside & (pl.col("team") == team))
    row = told(calls, team, "review", _size(shift), came, threshold=limits.review_ratio, top=limits.top,
               what=with_outcome(what, None, came), people=shift.people, n=shift.people, p=p,
               compared_with="the weeks around, and the same comparison at dates without a review")  # fmt: skip
    yield row, calls
