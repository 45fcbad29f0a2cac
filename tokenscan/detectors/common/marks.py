"""Whether answers were wanted: marks of use on the calls in question against the person's own on all others."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.corroborate import USED_HARDLY, USED_LIKE_OTHERS, corroborate
from tokenscan.detectors.common.statistics import beta_bound

MIN_MARKS = 5
OWN_MARKS = 10  # marks of the person's own that weigh as much as what others do
BLIND = 0.25  # of what is usual: below it an app does not see what is used
BLIND_MARKS, BLIND_USERS = 50, 3
# More volume is explained by tasks that rose too, by a good part of it, over enough days to tell.
MORE_VOLUME, MORE_WORK, OF_VOLUME, MIN_DAYS = 2.0, 1.5, 0.4, 10
VERDICT = pl.Enum(["unused", "unknown", "wanted"])
USE_METRICS = ("use_known", "use_true", "use_upper", "use_expected")


def telling_marks(calls: pl.DataFrame, base: float | None) -> pl.DataFrame:
    """Return calls without the marks of apps in which hardly anybody's answers are ever marked as used.

    Such an app does not see what becomes of its answers: "not used" means nothing there.
    """
    marked = calls.filter(pl.col("used").is_not_null() & pl.col("app").is_not_null())
    apps = marked.group_by("app").agg(
        pl.len().alias("marks"), pl.col("user").n_unique().alias("users"), pl.col("used").mean()
    )
    seldom = (pl.col("used") < BLIND * (base or 0.0)) & (pl.col("marks") >= BLIND_MARKS)
    blind = apps.filter(seldom & (pl.col("users") >= BLIND_USERS))["app"].implode()
    return calls.with_columns(pl.when(~pl.col("app").is_in(blind).fill_null(value=False)).then("used").alias("used"))


def judged_use(
    rows: pl.DataFrame, by: Sequence[str], judged: pl.Expr, base: float | None, hardly: float = USED_HARDLY
) -> pl.DataFrame:
    """Return whether the answers to ``judged`` rows were used, one row a group of ``by`` (which holds user).

    Columns: ``verdict``, ``use_known`` and ``use_true`` (marks on the judged rows), ``use_expected``, and the bounds
    ``use_lower`` and ``use_upper``. Expected is the person's own share on all rows not judged, drawn towards half of
    the usual share ``base`` and never above it: who seldom uses answers is not accused of it. Unused: the upper 95 %
    bound is below ``hardly`` (half) of what is expected. Wanted: the lower bound is at least 0.6 of it. Else, and
    without ``base`` or with hardly a mark, unknown.
    """
    known, true = pl.col("used").is_not_null(), pl.col("used").fill_null(value=False)
    others = rows.group_by("user").agg(
        (known & ~judged).sum().cast(pl.Int64).alias("other_known"), (true & ~judged).sum().alias("other_true")
    )
    groups = rows.filter(judged).group_by(by).agg(
        known.sum().cast(pl.Int64).alias("use_known"), true.sum().cast(pl.Int64).alias("use_true")
    )  # fmt: skip
    usual = base or 0.0
    own = (pl.col("other_true") + OWN_MARKS * usual / 2) / (pl.col("other_known") + OWN_MARKS)
    bounded = groups.with_columns(
        beta_bound(groups["use_true"], groups["use_known"], 0.05).alias("use_lower"),
        beta_bound(groups["use_true"], groups["use_known"], 0.95).alias("use_upper"),
    )
    joined = bounded.join(others, on="user", how="left")
    expected = joined.with_columns(pl.min_horizontal(own, pl.lit(usual)).alias("use_expected"))
    told = (pl.col("use_known") >= MIN_MARKS) & pl.lit(base is not None)
    unused = told & (pl.col("use_upper") < hardly * pl.col("use_expected"))
    wanted = told & (pl.col("use_lower") >= USED_LIKE_OTHERS * pl.col("use_expected"))
    verdict = pl.when(unused).then(pl.lit("unused")).when(wanted).then(pl.lit("wanted")).otherwise(pl.lit("unknown"))
    return expected.with_columns(verdict.cast(VERDICT).alias("verdict")).drop("other_known", "other_true")


def with_excuse(tables: Tables, people: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Add ``cleared`` and ``against`` to judged people: answers that were wanted, or work that rose with the volume.

    ``people`` comes from ``judged_use``; ``days`` (user, day) are those on which what they are judged by shows.
    """
    shown = days.select("user", "day").unique()
    work = corroborate(tables, shown).select("user", "tasks_ratio", "volume_ratio")
    counted = shown.group_by("user").agg(pl.len().cast(pl.Int64).alias("on")).join(
        tables.people.select("user", "active_days"), on="user"
    )  # fmt: skip
    joined = people.join(work, on="user", how="left").join(counted, on="user", how="left")
    wanted = pl.col("verdict") == "wanted"
    enough = (pl.col("on") >= MIN_DAYS) & (pl.col("active_days") - pl.col("on") >= MIN_DAYS)
    more = (pl.col("volume_ratio") >= MORE_VOLUME) & (pl.col("tasks_ratio") >= MORE_WORK)
    rose = enough & more & (pl.col("tasks_ratio") > OF_VOLUME * pl.col("volume_ratio"))
    worked = rose.fill_null(value=False)
    used_text = pl.format("{} of {} such answers were used", "use_true", "use_known")
    work_text = pl.format("tasks completed on such days were {} times usual", pl.col("tasks_ratio").round(1))
    against = pl.concat_list(pl.when(wanted).then(used_text), pl.when(worked).then(work_text)).list.drop_nulls()
    return joined.with_columns((wanted | worked).alias("cleared"), against.alias("against"))
