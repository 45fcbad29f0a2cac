"""C03: one wording with ever new fillings, in volume, and nobody uses the answers."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.families import COLUMNS, with_families
from tokenscan.detectors.common.marks import USE_METRICS, judged_use, telling_marks, with_excuse
from tokenscan.detectors.common.programs import without_programs
from tokenscan.detectors.common.statistics import strength
from tokenscan.detectors.common.tables import MIN_WORDS, used_base
from tokenscan.detectors.common.templates import FRESH_SLOTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/content/template-mill.toml``."""

    share: float
    top: float
    min_fillings: int
    wording_prompts: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Find people whose prompts are in good part fillings of a few wordings, and nobody uses the answers.

    A wording is filled where it is sent often and nearly every time with something new in it. Filling one is how
    batches, translations and forms work too, so the rule says nothing unless marks show that the answers lie unused,
    and clears where they were used.
    """
    base = used_base(tables.people)
    if base is None:
        return NotEvaluated("too few marks of use to tell a batch from a mill")
    sent = with_families(telling_marks(_sent(tables.calls), base))
    typed = without_programs(sent.filter("text"), base)
    often = pl.len().over("kin") >= params.wording_prompts
    fresh = pl.col("prompt_id").n_unique().over("kin") >= FRESH_SLOTS * pl.len().over("kin")
    filled = typed.with_columns((often & fresh).alias("filled"))
    people = _people(filled).filter(pl.col("fillings") >= params.min_fillings)
    if people.is_empty():
        return NotEvaluated(f"nobody filled wordings {params.min_fillings} times")
    verdict = judged_use(filled, ["user"], pl.col("filled"), base).filter(pl.col("verdict") != "unknown")
    over = people.filter(pl.col("value") >= params.share).join(verdict, on="user")
    rows = with_excuse(tables, _graded(over, params), filled.filter("filled"))
    kin = filled.filter(pl.col("filled") & pl.col("user").is_in(rows["user"].implode()))["kin"].unique()
    claims = _claims(sent.filter(pl.col("kin").is_in(kin.implode())))
    return detection(rows, ["percent", "prompts", "fillings", "wordings", "largest", *USE_METRICS], claims)


def _sent(calls: pl.DataFrame) -> pl.DataFrame:
    """Return answered prompts, typed (``text``) or sent too fast for a turn; an agent's repeats of one count once."""
    fast = pl.col("ok") & pl.col("single") & ~pl.col("is_agent").fill_null(value=False)
    kept = calls.filter(pl.col("text") | (fast & (pl.col("words") >= MIN_WORDS))).select(*COLUMNS, "day", "text")
    repeat = pl.struct("session", "prompt_id").is_first_distinct()
    return kept.filter(pl.col("text") | repeat)


def _people(filled: pl.DataFrame) -> pl.DataFrame:
    wordings = filled.filter("filled").group_by("user", "kin").agg(pl.len().cast(pl.Int64).alias("sent"))
    mills = wordings.group_by("user").agg(
        pl.col("sent").sum().alias("fillings"),
        pl.len().cast(pl.Int64).alias("wordings"),
        pl.col("sent").max().alias("largest"),
    )
    totals = filled.group_by("user").agg(
        pl.col("team").drop_nulls().first(),
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("timestamp").filter("filled").min().alias("first_seen"),
        pl.col("timestamp").filter("filled").max().alias("last_seen"),
    )
    return mills.join(totals, on="user").with_columns((pl.col("fillings") / pl.col("n")).alias("value"))


def _graded(people: pl.DataFrame, params: Params) -> pl.DataFrame:
    sure = pl.col("fillings") >= 2 * params.min_fillings
    return people.with_columns(
        (100 * pl.col("value")).alias("percent"),
        pl.lit(params.share).alias("threshold"),
        strength(pl.col("value"), params.share, params.top).alias("strength"),
        pl.when(sure).then(pl.lit("high")).otherwise(pl.lit("medium")).alias("confidence"),
        pl.lit("the person's other prompts").alias("compared_with"),
        pl.col("n").alias("prompts"),
    )


def _claims(sent: pl.DataFrame) -> pl.DataFrame:
    """Claim every filling after the first of its wording, unless the answer was used."""
    ordered = sent.sort("timestamp", "row_id")
    nth = pl.int_range(pl.len()).over("kin")
    claimed = ordered.filter((nth > 0) & ~pl.col("used").fill_null(value=False))
    return claimed.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(1.0).alias("share"))
