"""C02: how much of a person's prompting repeats itself."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.families import COLUMNS, with_families
from tokenscan.detectors.common.marks import USE_METRICS, judged_use, telling_marks, with_excuse
from tokenscan.detectors.common.programs import without_programs
from tokenscan.detectors.common.statistics import beta_bound, strength
from tokenscan.detectors.common.tables import used_base
from tokenscan.detectors.common.templates import standing_templates

IN_A_ROW = pl.duration(minutes=10)
LISTED = 3  # sendings that make a prompt one of a list: twice happens to everybody
WHOLE = 8  # words: "run the tests again" means something else in every conversation
# Prompts that merely open alike, or fill one wording, are weaker evidence than near duplicates: never strong.
ALIKE_AT_MOST = 0.7
# What is left of the strength where no marks tell whether the answers were used: a reason to ask, no more.
UNKNOWN = 0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/content/duplicate-share.toml``."""

    share: float
    unused_share: float
    top: float
    min_prompts: int
    claim_repeats: int
    shared_users: int
    shared_days: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Count repeats of the person's own prompts.

    Prompts a whole team uses all the time, streams of programs and prompts whose answers are wanted do not count; the
    same request several times in a row counts once, for it is a choice between answers. Prompts that say or open nearly
    the same are repeats only where the answers are known to lie unused; else only the same wording is. Whether the
    share is above the threshold is judged by the 5 % bound of its Beta(1, 30) posterior, so a few repeats on a short
    history are not enough.
    """
    base = used_base(tables.people)
    text = telling_marks(tables.calls.filter("text").select(*COLUMNS, "day"), base)
    standing = standing_templates(text, params.shared_users, params.shared_days)
    own = with_families(text.join(standing, on="template_id", how="anti", maintain_order="left"))
    sent = _judged(_once_in_a_row(without_programs(own, base)), base)
    enough = _per_person(sent).filter(pl.col("n") >= params.min_prompts)
    if enough.is_empty():
        return NotEvaluated(f"nobody sent {params.min_prompts} prompts of at least 4 words of their own")
    bound = beta_bound(enough["repeats"], enough["n"], 0.05, prior=(1, 30))
    least = pl.when(pl.col("verdict") == "unused").then(params.unused_share).otherwise(params.share)
    over = enough.with_columns(bound.alias("lower_bound"), least.alias("threshold")).filter(
        pl.col("lower_bound") >= pl.col("threshold")
    )
    repeats = sent.filter(pl.col("user").is_in(over["user"].implode()) & pl.col("unit").is_not_null())
    rows = with_excuse(tables, _graded(over, params), repeats.filter(pl.len().over("user", "unit") > 1))
    metrics = ["percent", "lower_bound", "prompts", "repeats", "close_repeats", "most_repeated", "distinct_repeated"]
    return detection(rows, [*metrics, *USE_METRICS], _claims(repeats, params.claim_repeats))


def _once_in_a_row(own: pl.DataFrame) -> pl.DataFrame:
    """Keep the first of requests that follow each other; its answer counts as used if any of theirs was."""
    place = pl.struct("user", "app").rank("dense").alias("place")
    ordered = own.with_columns(place).sort("place", "timestamp", "row_id")
    same = (pl.col("place") == pl.col("place").shift()) & (pl.col("family") == pl.col("family").shift())
    again = (same & (pl.col("timestamp").diff() <= IN_A_ROW)).fill_null(value=False)
    numbered = ordered.with_columns(again.alias("again"), (~again).cum_sum().alias("occasion"))
    kept = numbered.with_columns(pl.col("used").max().over("occasion"))
    return kept.filter(~pl.col("again"))


def _judged(sent: pl.DataFrame, base: float | None) -> pl.DataFrame:
    """Add the verdict on the person's repeats, and what is the same prompt: ``unit``, ``close`` (null = no repeat)."""
    listed = sent.with_columns((pl.len().over("kin") >= LISTED).alias("listed"))
    tools = judged_use(listed, ["user", "kin"], pl.col("listed"), base).filter(pl.col("verdict") == "wanted")
    tool = pl.col("kin").is_in(tools["kin"].implode())
    verdict = judged_use(listed, ["user"], pl.col("listed") & ~tool, base)
    named = listed.join(verdict, on="user", how="left", maintain_order="left")
    unused = (pl.col("verdict") == "unused").fill_null(value=False)
    counts = ~tool & (unused | (pl.col("words") >= WHOLE))
    return named.with_columns(
        pl.when(counts & unused & pl.col("listed")).then(name).when(counts).then("prompt_id").alias(unit)
        for name, unit in (("kin", "unit"), ("family", "close"))
    )


def _per_person(sent: pl.DataFrame) -> pl.DataFrame:
    """Return repeats and all own prompts of each person; working tools stay in the denominator."""
    totals = sent.group_by("user").agg(
        pl.col("team").drop_nulls().first(),
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
        pl.col("verdict", *USE_METRICS).first(),
    )
    close = _repeats(sent, "close").select("user", pl.col("repeats").alias("close_repeats"))
    joined = totals.join(_repeats(sent, "unit"), on="user", how="left").join(close, on="user", how="left")
    return joined.with_columns(pl.col("repeats", "close_repeats").fill_null(0))


def _repeats(sent: pl.DataFrame, unit: str) -> pl.DataFrame:
    several = sent.filter(pl.col(unit).is_not_null() & pl.struct("user", unit).is_duplicated())
    counts = several.group_by("user", unit).agg(pl.len().cast(pl.Int64).alias("k"))
    return counts.group_by("user").agg(
        (pl.col("k") - 1).sum().alias("repeats"),
        pl.col("k").max().alias("most_repeated"),
        pl.len().cast(pl.Int64).alias("distinct_repeated"),
    )


def _graded(over: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Grade those who repeat: fully where the answers lie unused, below a look where nobody knows."""
    close = beta_bound(over["close_repeats"], over["n"], 0.05, prior=(1, 30))
    alike, near = (_strength(pl.col(name), params) for name in ("lower_bound", "close_bound"))
    unused = pl.col("verdict") == "unused"
    sure = unused & (pl.col("close_bound") >= 2 * params.share)
    share = pl.col("repeats") / pl.col("n")
    return over.with_columns(close.alias("close_bound")).with_columns(
        share.alias("value"),
        (100 * share).alias("percent"),
        pl.when(unused)
        .then(pl.max_horizontal(near, alike.clip(0.0, ALIKE_AT_MOST)))
        .otherwise(UNKNOWN * alike)
        .alias("strength"),
        pl.when(sure).then(pl.lit("high")).otherwise(pl.lit("medium")).alias("confidence"),
        pl.lit("their own earlier prompts").alias("compared_with"),
        pl.col("n").alias("prompts"),
    )


def _strength(bound: pl.Expr, params: Params) -> pl.Expr:
    """Return the strength of a share: as usual from ``share`` on, 0.25 to 0.5 from ``unused_share`` to there."""
    way = (bound / params.unused_share).log() / (pl.lit(params.share) / params.unused_share).log()
    weak = pl.when(bound >= params.unused_share).then(0.25 + 0.25 * way.clip(0.0, 1.0)).otherwise(0.0)
    return pl.max_horizontal(strength(bound, params.share, params.top), weak)


def _claims(repeats: pl.DataFrame, least: int) -> pl.DataFrame:
    """Claim every repeat after the first of a prompt sent often, unless its answer was used."""
    key = ["user", "unit"]
    ordered = repeats.sort("timestamp", "row_id")
    often = pl.len().over(key) >= least
    nth = pl.int_range(pl.len()).over(key)
    claimed = ordered.filter(often & (nth > 0) & ~pl.col("used").fill_null(value=False))
    return claimed.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(1.0).alias("share"))
