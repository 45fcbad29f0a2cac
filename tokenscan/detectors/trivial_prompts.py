"""C07: prompts that need no assistant."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.corroborate import USED_HARDLY, USED_LIKE_OTHERS
from tokenscan.detectors.common.marks import MIN_MARKS, telling_marks
from tokenscan.detectors.common.programs import with_programs
from tokenscan.detectors.common.statistics import beta_bound, strength
from tokenscan.detectors.common.tables import used_base
from tokenscan.detectors.common.typed import settled
from tokenscan.prompts.trivial import VERSION

# Novices, and people who learn a language, look the same: without known use this is context, a third of the weight.
UNKNOWN = 1 / 3
# There is little to use in a joke or a date: marks that nearly all such answers were used, or idle ones far more often
# than people use answers, prove nothing.
ALL_MARKED = 0.9
MORE_THAN_USUAL = 1.5
PATTERNS_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/content/trivial-prompts.toml``."""

    share: float
    top: float
    idle_share: float
    learning: tuple[str, ...]
    min_prompts: int
    min_trivial: int
    free_per_day: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Count a person's prompts that fit a pattern of the lexicon, programs and the first weeks in the job left out.

    The share is judged by the 5 % bound of its Beta posterior. Confidence is medium where idle prompts alone (those no
    learner needs) are a large share, and the marks of use say that their answers lie unused.
    """
    turns = tables.calls.filter(pl.col("turn") & pl.col("trivial").is_not_null())
    if turns.is_empty():
        return NotEvaluated("no text of prompts that people typed")
    base = used_base(tables.people)
    typed = _typed(settled(telling_marks(turns, base), tables), params)
    if typed.is_empty():
        return NotEvaluated(f"nobody typed {params.min_prompts} prompts of known text after the first four weeks")
    people = _per_person(typed)
    enough = (pl.col("n") >= params.min_prompts) & (pl.col("trivial") >= params.min_trivial)
    fired = people.filter(enough & (pl.col("lower_bound") >= params.share))
    rows = _rows(_judged(fired, base, params), params).join(_patterns(typed), on="user", how="left")
    return detection(rows, METRICS, _claims(typed, rows, params))


def _typed(turns: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Add ``plain`` (fits a pattern) and ``idle`` (fits one that is not for learning), programs left out.

    Only people with such prompts are looked at closer; what is left are all prompts of people with ``min_prompts``.
    """
    plain = pl.col("trivial") != ""
    marked = turns.with_columns(
        plain.alias("plain"), (plain & ~pl.col("trivial").is_in(params.learning)).alias("idle")
    ).filter(pl.len().over("user") >= params.min_prompts)
    asked = marked.filter(pl.col("plain").sum().over("user") >= params.min_trivial)
    sent = with_programs(asked.with_columns(pl.col("template_id").alias("family")))
    programs = sent.filter("program")["row_id"].implode()
    return marked.filter(~pl.col("row_id").is_in(programs))


def _per_person(typed: pl.DataFrame) -> pl.DataFrame:
    known, true = pl.col("used").is_not_null(), pl.col("used").fill_null(value=False)
    people = typed.group_by("user").agg(
        pl.col("team").drop_nulls().first(),
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("plain").sum().cast(pl.Int64).alias("trivial"),
        pl.col("idle").sum().cast(pl.Int64).alias("idle"),
        (known & pl.col("plain")).sum().cast(pl.Int64).alias("marks"),
        (true & pl.col("plain")).sum().cast(pl.Int64).alias("used"),
        (known & pl.col("idle")).sum().cast(pl.Int64).alias("idle_marks"),
        (true & pl.col("idle")).sum().cast(pl.Int64).alias("idle_used"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
    return people.with_columns(
        beta_bound(people["trivial"], people["n"], 0.05).alias("lower_bound"),
        beta_bound(people["idle"], people["n"], 0.05).alias("idle_lower_bound"),
        beta_bound(people["used"], people["marks"], 0.05).alias("used_lower"),
        beta_bound(people["idle_used"], people["idle_marks"], 0.95).alias("idle_used_upper"),
    )


def _judged(people: pl.DataFrame, base: float | None, params: Params) -> pl.DataFrame:
    """Add ``unused`` (idle prompts are many and their answers lie unused) and ``cleared`` (the answers were wanted)."""
    usual = base or 0.0  # without it no bound is below or above anything
    lies = (pl.col("idle_marks") >= MIN_MARKS) & (pl.col("idle_used_upper") < USED_HARDLY * usual)
    wanted = (
        (pl.col("marks") >= MIN_MARKS) & (pl.col("used_lower") >= USED_LIKE_OTHERS * usual) & pl.lit(base is not None)
    )
    believed = (pl.col("used") < ALL_MARKED * pl.col("marks")) & (
        (pl.col("idle_used") <= MORE_THAN_USUAL * usual * pl.col("idle_marks")) | (pl.col("idle_marks") < MIN_MARKS)
    )
    return people.with_columns(
        pl.lit(base, pl.Float64).alias("usual_use"),
        (lies & (pl.col("idle_lower_bound") >= params.idle_share)).alias("unused"),
        (wanted & believed).alias("cleared"),
    )


METRICS = [
    "percent", "trivial", "prompts", "lower_bound", "patterns", "lexicon", "idle", "idle_lower_bound", "idle_marks",
    "idle_used", "idle_used_upper", "usual_use", "unused",
]  # fmt: skip


def _rows(people: pl.DataFrame, params: Params) -> pl.DataFrame:
    share = pl.col("trivial") / pl.col("n")
    factor = pl.when("unused").then(1.0).otherwise(UNKNOWN)
    used_text = pl.concat_list(pl.format("{} of {} such answers were used", "used", "marks"))
    return people.with_columns(
        share.alias("value"),
        (share * 100).alias("percent"),
        pl.col("n").alias("prompts"),
        pl.lit(VERSION).alias("lexicon"),
        pl.lit(params.share).alias("threshold"),
        (strength(pl.col("lower_bound"), params.share, params.top) * factor).alias("strength"),
        pl.when("unused").then(pl.lit("medium")).otherwise(pl.lit("low")).alias("confidence"),
        pl.when("cleared").then(used_text).otherwise(pl.lit([], pl.List(pl.String))).alias("against"),
        pl.lit("a lexicon of prompts that a dictionary, calculator, calendar or search answers").alias("compared_with"),
    )


def _patterns(typed: pl.DataFrame) -> pl.DataFrame:
    """Name each person's most frequent patterns, with counts."""
    counts = (
        typed.filter("plain")
        .group_by("user", "trivial")
        .len()
        .sort("user", "len", "trivial", descending=[False, True, False])
    )
    named = pl.format("{} {}", "trivial", "len").head(PATTERNS_NAMED).str.join(", ")
    return counts.group_by("user").agg(named.alias("patterns"))


def _claims(typed: pl.DataFrame, rows: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Claim idle prompts of people who let their answers lie, beyond the first of each day and those that were used."""
    convicted = rows.filter(pl.col("unused") & ~pl.col("cleared"))["user"].implode()
    idle = typed.filter(pl.col("idle") & pl.col("user").is_in(convicted)).sort("user", "timestamp", "row_id")
    nth = pl.int_range(pl.len()).over("user", "day")
    claimed = idle.filter((nth >= params.free_per_day) & ~pl.col("used").fill_null(value=False))
    return claimed.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(1.0).alias("share"))
