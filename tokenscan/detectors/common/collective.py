"""What came of a group's extra usage, and how a finding about the group is told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from tokenscan.detectors.common.corroborate import CLEARED, CONFIRMED, UNKNOWN
from tokenscan.detectors.common.statistics import Z95
from tokenscan.sums import ordered_sum

MIN_MARKS = 100  # of a whole group, before and since
# Times the usual share of answers used: from here on they were wanted, below that they were not.
WANTED, UNWANTED = 0.9, 0.75
ALIKE = 0.5  # of the tokens in the same apps and models as before


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of extra usage: tasks and used answers as times what they are compared with; None = unknown.

    ``unwanted``: the answers are clearly used less. ``against``: what clears the group, in words.
    """

    tasks_ratio: float | None
    used_ratio: float | None
    used_percent: float | None
    used_percent_compared: float | None
    unwanted: bool
    against: tuple[str, ...]

    @property
    def known(self) -> bool:
        """Say whether anything is known of what came of it."""
        return self.tasks_ratio is not None or self.used_ratio is not None

    @property
    def factor(self) -> float:
        """Return how much the evidence weighs."""
        return CLEARED if self.against else CONFIRMED if self.unwanted else UNKNOWN


def came_of(
    ratio: float, tasks_share: float, tasks_ratio: float | None, used: tuple[float, float] | None, upper: float
) -> Came:
    """Judge extra usage of ``ratio`` times by tasks and by shares of answers used (own, compared with).

    ``upper`` is the upper bound of the ratio of these shares. Tasks that rose by ``tasks_share`` of the extra clear,
    as do answers used about as often as usual; not where these are known to be used less.
    """
    used_ratio = used[0] / used[1] if used is not None and used[1] > 0 else None
    unwanted = used_ratio is not None and used_ratio < UNWANTED and upper < WANTED
    against = []
    if tasks_ratio is not None and tasks_ratio - 1 >= tasks_share * (ratio - 1) and not unwanted:
        against.append(f"{tasks_ratio:.1f} times the tasks")
    if used is not None and used_ratio is not None and used_ratio >= WANTED:
        against.append(f"{used[0] * 100:.0f}% of answers used, as against {used[1] * 100:.0f}%")
    return Came(
        tasks_ratio=tasks_ratio,
        used_ratio=used_ratio,
        used_percent=used[0] * 100 if used is not None else None,
        used_percent_compared=used[1] * 100 if used is not None else None,
        unwanted=unwanted,
        against=tuple(against),
    )


def before_after(days: pl.DataFrame, inside: pl.Expr, ratio: float, tasks_share: float) -> Came:
    """Judge extra usage on the days ``inside`` by what came of the same people's other days."""
    split = days.group_by(inside.alias("inside")).agg(
        pl.col("tasks").mean().alias("tasks"),
        pl.col("used_known").sum().alias("known"),
        pl.col("used_true").sum().alias("true"),
    )
    sides = {row["inside"]: row for row in split.iter_rows(named=True)}
    new, old = sides.get(True), sides.get(False)
    if new is None or old is None:
        return came_of(ratio, tasks_share, None, None, math.inf)
    tasks = (new["tasks"] + 0.1) / (old["tasks"] + 0.1) if None not in (new["tasks"], old["tasks"]) else None
    if min(new["known"], old["known"]) < MIN_MARKS or not old["true"]:
        return came_of(ratio, tasks_share, tasks, None, math.inf)
    shares = new["true"] / new["known"], old["true"] / old["known"]
    error = math.sqrt(max(shares[0] * (1 - shares[0]), 0.01) / new["known"]) / shares[1]
    return came_of(ratio, tasks_share, tasks, shares, shares[0] / shares[1] + Z95 * error)


def mix_kept(calls: pl.DataFrame, since: date) -> float:
    """Return the part of the tokens since a day that lies in apps and models where tokens were before, 0 to 1."""
    mix = (
        calls.group_by("app", "model", (pl.col("day") >= since).alias("after"))
        .agg(pl.col("fresh").sum())
        .with_columns((pl.col("fresh") / pl.col("fresh").sum().over("after")).fill_nan(0.0).alias("part"))
    )
    both = mix.filter("after").join(mix.filter(~pl.col("after")), on=["app", "model"], nulls_equal=True)
    return float(both.select(ordered_sum(pl.min_horizontal("part", "part_right"))).item())


def mix_shared(own: pl.DataFrame, others: pl.DataFrame) -> float:
    """Return the part of a group's tokens in apps and models that others use at all, 0 to 1."""
    shared = own.join(others.select("app", "model").unique(), on=["app", "model"], how="semi", nulls_equal=True)
    return int(shared["fresh"].sum()) / max(int(own["fresh"].sum()), 1)


def group_claims(calls: pl.DataFrame, key: str, ratio: float) -> pl.DataFrame:
    """Claim of answers known as unused the part by which usage is above what it is compared with."""
    unused = calls.filter(pl.col("ok") & ~pl.col("used").fill_null(value=True))
    return unused.select(
        pl.lit(key).alias("key"), "row_id", pl.lit("window").alias("level"), pl.lit(1 - 1 / ratio).alias("share")
    )


def told(
    calls: pl.DataFrame, team: str | None, form: str, size: tuple[float, float, float], came: Came, **more: Any
) -> dict[str, Any]:
    """Return a candidate's row about the group that made ``calls``; ``size`` is the ratio and its bounds.

    ``more`` holds threshold, top, what, people, n, compared_with and the metrics of one form.
    """
    ratio, low, high = size
    threshold, top = more["threshold"], more["top"]
    scale = 0.5 + 0.5 * math.log(ratio / threshold) / math.log(top / threshold) if threshold < top else 0.5
    confidence = "low" if not came.unwanted else "high" if low >= threshold else "medium"
    row = {
        "key": f"{form} {team or ''}", "form": form, "team": team,
        "subject": "organisation" if team is None else "team",
        "value": ratio, "ratio": ratio, "low": low, "high": high, "strength": min(max(scale, 0.5), 1.0) * came.factor,
        "confidence": confidence, "cleared": bool(came.against), "against": list(came.against),
        "tasks_ratio": came.tasks_ratio, "used_ratio": came.used_ratio, "used_percent": came.used_percent,
        "used_percent_compared": came.used_percent_compared, "first_seen": calls["timestamp"].min(),
        "last_seen": calls["timestamp"].max(), "per_task_ratio": None, "p": None, "since": None,
        "quota_excess_percent": None,
    }  # fmt: skip
    return row | {name: value for name, value in more.items() if name != "top"}
