"""How far a person's answers are used: against colleagues in the same apps, and from one kind of prompt to another."""

from __future__ import annotations

import polars as pl

from tokenscan.detectors.common.corroborate import USED_HARDLY, USED_LIKE_OTHERS
from tokenscan.detectors.common.statistics import beta_bound
from tokenscan.sums import ordered_mean, ordered_sum

MIN_IN_APP = 5  # marks that a person needs in an app to count there,
MIN_PEOPLE = 3  # and such people that an app needs to tell what is usual in it
PARTS = 3  # thirds of a person's prompts by size, and by length of the answer


def marks_of_use(typed: pl.DataFrame) -> pl.DataFrame:
    """Return what is known of the use of each person's answers; people without a mark that tells are left out.

    ``typed`` is as ``exchanges`` gives it. Columns: ``known`` and ``true`` marks; ``expected``, the share if answers
    were used like those of the average person in the same apps (an app in which hardly anybody's answers bear marks
    says nothing and is left out); ``known_fresh`` and ``used_fresh``, the tokens of marked and of used answers;
    ``weight``, the number of marks that tokens of such unequal sizes are worth (Kish's effective sample size).
    """
    apps = use_by_app(typed).filter(pl.col("known") > 0)
    # People count alike, however many marks they have: one heavy user is not what is usual in an app.
    counts = pl.col("known") >= MIN_IN_APP
    usual = pl.when(counts).then(pl.col("true") / pl.col("known")).pipe(ordered_mean).over("app")
    several = counts.sum().over("app") >= MIN_PEOPLE
    told = apps.sort("user", "app").with_columns((usual * pl.col("known")).alias("expected")).filter(several)
    sums = told.group_by("user").agg(pl.col("known", "true", "expected", "known_fresh", "used_fresh", "squares").sum())
    weight = pl.col("known_fresh").cast(pl.Float64) ** 2 / pl.col("squares")
    return sums.select(
        "user", "known", "true", pl.col("expected") / pl.col("known"), "known_fresh", "used_fresh",
        weight.fill_nan(None).alias("weight"),
    ).sort("user")  # fmt: skip


def use_by_app(typed: pl.DataFrame, *further: pl.Expr) -> pl.DataFrame:
    """Return one row a person and app, of prompts as ``exchanges`` gives them, with ``further`` aggregates.

    Of prompts with a mark of use: how many (``known``), how many were used (``true``), the tokens of both
    (``known_fresh``, ``used_fresh``), and ``squares``, the sum of the squared tokens.
    """
    marked, fresh = pl.col("used").is_not_null(), pl.col("fresh")
    return typed.group_by("user", "app").agg(
        *further,
        marked.sum().cast(pl.Int64).alias("known"),
        pl.col("used").sum().cast(pl.Int64).alias("true"),
        fresh.filter(marked).sum().alias("known_fresh"),
        (fresh * pl.col("used")).sum().alias("used_fresh"),
        ordered_sum(fresh.filter(marked).cast(pl.Float64) ** 2).alias("squares"),
    )


def unevenness(typed: pl.DataFrame) -> pl.DataFrame:
    """Return per person how unevenly answers are used: by conversation, size, length of the answer, model and app.

    Each value is the intraclass correlation of the marks of use (method of moments): 0 where every conversation (or
    third of sizes, ...) has the same share, more where some are used and others are not. ``<name>_variance`` is its
    sampling variance without any unevenness, 2 / (pairs of marks).
    """
    marked = typed.filter(pl.col("used").is_not_null()).with_columns(
        _third("fresh").alias("size"), _third("output_tokens").alias("length")
    )
    result = marked.select("user").unique().sort("user")
    for name in ("session", "size", "length", "model", "app"):
        result = result.join(_correlation(marked, name), on="user", how="left", maintain_order="left")
    return result


def _third(column: str) -> pl.Expr:
    rank = pl.col(column).fill_null(0).rank("average").over("user")
    return ((rank - 1) * PARTS // pl.len().over("user")).cast(pl.Int64)


def _correlation(marked: pl.DataFrame, by: str) -> pl.DataFrame:
    groups = marked.group_by("user", by).agg(
        pl.len().cast(pl.Float64).alias("n"), pl.col("used").sum().cast(pl.Float64).alias("k")
    )
    n, k = pl.col("n"), pl.col("k")
    share = (k.sum() / n.sum()).over("user")
    spread = share * (1 - share)
    excess = (k - n * share) ** 2 - n * spread
    pairs = n * (n - 1)
    sums = (
        groups.with_columns(excess.alias("excess"), (pairs * spread).alias("scale"), pairs.alias("pairs"))
        .group_by("user")
        .agg(ordered_sum(pl.col("excess", "scale", "pairs")))
    )
    value = pl.when(pl.col("scale") > 0).then(pl.col("excess") / pl.col("scale"))
    return sums.select("user", value.alias(by), (2 / pl.col("pairs")).alias(f"{by}_variance"))


def use_verdict(marks: pl.DataFrame, min_marks: int) -> pl.DataFrame:
    """Return per person of ``marks_of_use`` whether the answers were wanted: ``verdict`` and what it rests on.

    Wanted: the lower 95 % bound of the used share is at least 0.6 of what is expected in the same apps; unused: the
    upper bound is below half of it; else, or with fewer than ``min_marks`` marks, unknown. Columns beside it:
    ``known``, ``true``, ``used_percent``, ``expected_percent``.
    """
    lower = beta_bound(marks["true"], marks["known"], 0.05)
    upper = beta_bound(marks["true"], marks["known"], 0.95)
    told = (pl.col("known") >= min_marks) & (pl.col("expected") > 0)
    verdict = (
        pl.when(told & (lower >= USED_LIKE_OTHERS * marks["expected"])).then(pl.lit("wanted"))
        .when(told & (upper < USED_HARDLY * marks["expected"])).then(pl.lit("unused"))
        .otherwise(pl.lit("unknown"))
    )  # fmt: skip
    return marks.select(
        "user",
        verdict.alias("verdict"),
        "known",
        "true",
        (pl.col("true") / pl.col("known") * 100).alias("used_percent"),
        (pl.col("expected") * 100).alias("expected_percent"),
    )
