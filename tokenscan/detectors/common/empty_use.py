"""Marks of use that comes to nothing: much for each task, few answers used, and use that falls into two kinds.

Each alone is normal for somebody: large tasks, research, careful reading, heavy use. Together they are not. Everything
is measured in robust standard deviations from comparable colleagues (see ``peers.against_peers``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.peers import against_peers
from tokenscan.detectors.common.use import marks_of_use, unevenness

MORE_TASKS = 2  # added to the tasks, so that a bad month cannot explode
MOST = 3.0  # standard deviations: beyond it nothing becomes surer
COARSE = 1.5  # times other teams' prompts a task: a team that books large tasks,
COARSE_USE = 0.8  # if its answers are used at this share of other teams' or more
# Differences that people of the same work show anyway: standard deviations of logarithms, and of correlations.
PER_DAY_FLOOR, USE_FLOOR = 0.3, 0.15
UNEVEN = {
    "session": ("conversations", 0.05),
    "size": ("prompts of some sizes", 0.02),
    "length": ("answers of some lengths", 0.02),
    "model": ("some models", 0.02),
    "app": ("some apps", 0.02),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What is counted for each task: a column of the table that ``typed_people`` returns, and its spread."""

    column: str
    used: str
    known: str
    weight: str
    floor: float


PROMPTS = Amount(column="turns", used="true", known="known", weight="known", floor=0.15)
TOKENS = Amount(column="typed_fresh", used="used_fresh", known="known_fresh", weight="weight", floor=0.25)


def typed_people(tables: Tables, typed: pl.DataFrame, min_days: int) -> pl.DataFrame:
    """Return people with ``min_days`` active days: what ``tables.people`` has, what they typed and what was used."""
    sums = typed.group_by("user").agg(
        pl.len().cast(pl.Int64).alias("turns"), pl.col("fresh").sum().alias("typed_fresh")
    )
    people = tables.people.filter(pl.col("active_days") >= min_days).drop("turns").join(sums, on="user")
    return people.join(marks_of_use(typed), on="user", how="left").sort("user")


def empty_use(
    people: pl.DataFrame, typed: pl.DataFrame, amount: Amount, min_marks: int, min_peers: int
) -> pl.DataFrame:
    """Add to ``typed_people`` how each person compares.

    * ``per_task``, what it is held against (``per_task_peers``), and what it is in other teams (``per_task_others``)
      and the own (``per_task_team``); ``used_share``, ``used_peers`` (in the same apps); ``per_day`` and
      ``per_day_peers``: prompts a day; ``peers``, ``peer_group``; ``large_tasks``; ``counted``: are the tasks known.
    * the distances ``more`` (for each task), ``unused``, ``busy`` (prompts a day) and ``uneven`` (``uneven_by``: where
      used and unused answers part most).
    * ``least``, the smaller of more and unused; ``second``, the larger of busy and uneven; ``score``: least, at most
      3, plus second, between -1 and 3. Where nobody counts the person's tasks, busy stands in for more, and second is
      uneven. Null without ``min_marks`` marks or ``min_peers`` colleagues.
    """
    judged = with_effort(with_use(people, amount, min_marks, min_peers), amount, min_peers)
    judged = _uneven(judged, typed, min_marks, min_peers)
    counted = pl.col("tasks").is_not_null()
    more = pl.when(counted).then("more").otherwise("busy")
    second = pl.max_horizontal(pl.when(counted).then("busy"), "uneven").fill_null(0.0)
    least = pl.when(more.is_not_null() & pl.col("unused").is_not_null()).then(pl.min_horizontal(more, "unused"))
    return judged.with_columns(counted.alias("counted"), least.alias("least"), second.alias("second")).with_columns(
        (pl.col("least").clip(upper_bound=MOST) + pl.col("second").clip(-1.0, MOST)).alias("score")
    )


def with_use(people: pl.DataFrame, amount: Amount, min_marks: int, min_peers: int) -> pl.DataFrame:
    """Add used_share, used_peers, used_team (the own team's use, times other teams') and unused; see ``empty_use``."""
    one = pl.col(amount.known) / pl.col("known")
    share = pl.col(amount.used) / pl.col(amount.known)
    against = (pl.col(amount.used) + one) / (pl.col(amount.known) * pl.col("expected") + one)
    enough = (pl.col("known") >= min_marks) & (pl.col("expected") > 0)
    frame = people.with_columns(
        share.alias("used_share"), pl.when(enough).then(against.log()).alias("use")
    ).with_columns(((1 - share) / (share * pl.col(amount.weight) + 1)).alias("use_variance"))
    z = against_peers(frame, "use", variance=pl.col("use_variance"), floor=USE_FLOOR, min_peers=min_peers)
    return frame.join(
        z.select(
            "user",
            (-pl.col("z")).alias("unused"),
            pl.col("median").alias("use_median"),
            (pl.col("team_median") - pl.col("median")).exp().alias("used_team"),
        ),
        on="user",
    ).with_columns((pl.col("expected") * pl.col("use_median").exp()).alias("used_peers"))


def with_effort(people: pl.DataFrame, amount: Amount, min_peers: int) -> pl.DataFrame:
    """Add what is spent on each task, and prompts a day, against colleagues (see ``empty_use``); after ``with_use``.

    Who works in a team that books large tasks is held against the team, unless its answers are known to lie unused.
    """
    frame = people.with_columns(
        (pl.col(amount.column) / (pl.col("tasks") + MORE_TASKS)).log().alias("effort"),
        (pl.col("turns") / pl.col("active_days")).log().alias("daily"),
    )
    task = against_peers(
        frame, "effort", variance=1 / (pl.col("tasks") + MORE_TASKS), floor=amount.floor, min_peers=min_peers
    )
    day = against_peers(frame, "daily", variance=pl.lit(0.0), floor=PER_DAY_FLOOR, min_peers=min_peers)
    joined = frame.join(task, on="user").join(day.select("user", "z", "median"), on="user", suffix="_day")
    large = (pl.col("team_median") - pl.col("median")).exp() >= COARSE
    coarse = (large & (pl.col("used_team") >= COARSE_USE).fill_null(value=True)).fill_null(value=False)
    of_team = pl.col("z") * (pl.col("effort") - pl.col("team_median")) / (pl.col("effort") - pl.col("median"))
    return joined.with_columns(
        pl.col("effort").exp().alias("per_task"),
        pl.when(coarse).then("team_median").otherwise("median").exp().alias("per_task_peers"),
        pl.col("median").exp().alias("per_task_others"),
        pl.col("team_median").exp().alias("per_task_team"),
        pl.when(coarse).then(pl.min_horizontal("z", of_team)).otherwise("z").alias("more"),
        coarse.alias("large_tasks"),
        pl.col("daily").exp().alias("per_day"),
        pl.col("median_day").exp().alias("per_day_peers"),
        pl.col("z_day").alias("busy"),
    )


def uneven_distances(
    people: pl.DataFrame, typed: pl.DataFrame, min_marks: int, min_peers: int, names: Iterable[str]
) -> pl.DataFrame:
    """Return (user, and ``<name>_z`` for each of these names of UNEVEN): how much more unevenly answers are used."""
    frame = people.join(unevenness(typed), on="user", how="left")
    found = frame.select("user")
    for name in names:
        enough = pl.when(pl.col("known") >= min_marks).then(name)
        z = against_peers(
            frame.with_columns(enough), name, variance=pl.col(f"{name}_variance"), floor=UNEVEN[name][1],
            min_peers=min_peers,
        )  # fmt: skip
        found = found.with_columns(z["z"].alias(f"{name}_z"))
    return found


def _uneven(people: pl.DataFrame, typed: pl.DataFrame, min_marks: int, min_peers: int) -> pl.DataFrame:
    """Add the largest distance of the five kinds of unevenness, and which it is."""
    found = uneven_distances(people, typed, min_marks, min_peers, UNEVEN)
    largest = pl.max_horizontal(f"{name}_z" for name in UNEVEN)
    words = pl.coalesce(
        pl.when(pl.col(f"{name}_z") == largest).then(pl.lit(word)) for name, (word, _) in UNEVEN.items()
    )
    return people.join(found.select("user", uneven=largest, uneven_by=words), on="user", how="left")
