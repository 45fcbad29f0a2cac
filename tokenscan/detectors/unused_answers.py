"""O03: answers that nobody uses, asked for more and more."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.empty_use import PROMPTS, empty_use, typed_people
from tokenscan.detectors.common.needless import needless_by_use
from tokenscan.detectors.common.statistics import strength

# A sum of two standard deviations is nothing; between it and the threshold strength rises from 0 to 0.5.
NOTHING = 2.0
NOTICED = 1.0  # standard deviations by which both first signs must stand out to be told at all
FEWER = -0.5  # standard deviations: who sends clearly fewer prompts a day than colleagues fills no count
SURE = 2.0  # standard deviations by which each part must stand out for high confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/outcome/unused-answers.toml``."""

    score: float
    top: float
    hint: float
    least: float
    least_uncounted: float
    second: float
    min_marks: int
    min_days: int
    min_peers: int


METRICS = [
    "percent", "peers_percent", "known", "effort", "counted", "per_task", "per_task_peers", "per_task_others",
    "per_task_team", "per_day", "per_day_peers", "tasks", "more", "unused", "busy", "uneven", "uneven_by", "least",
    "second", "peers",
]  # fmt: skip


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Find people who ask far more for each task than colleagues and use far fewer of the answers.

    Both together are what counts, and a third sign beside them: many more prompts a day, or used and unused answers
    that part by conversation, size or app, as if two kinds of work went on. Not for people with clearly fewer prompts
    a day than colleagues: with them it is context. See ``empty_use``.
    """
    typed = tables.typed.filter(~pl.col("planned"))
    people = empty_use(typed_people(tables, typed, params.min_days), typed, PROMPTS, params.min_marks, params.min_peers)
    if people["score"].is_null().all():
        group = f"no group of {params.min_peers + 1} people"
        return NotEvaluated(f"{group} with {params.min_marks} marked answers on {params.min_days} days")
    enough = pl.when("counted").then(params.least).otherwise(params.least_uncounted)
    told = pl.when("counted").then(min(params.least, NOTICED)).otherwise(params.least_uncounted)
    fired = people.filter((pl.col("score") >= params.hint) & (pl.col("least") >= told))
    apart = (pl.col("least") >= enough) & (pl.col("second") >= params.second)
    fewer = (pl.col("busy") < FEWER).fill_null(value=False)
    solid = (pl.col("score") >= params.score) & apart & ~fewer
    rising = 0.5 * (pl.col("score") - NOTHING) / max(params.score - NOTHING, 0.1)
    sure = solid & pl.col("counted") & (pl.min_horizontal("least", "second") >= SURE)
    found = fired.with_columns(
        pl.col("score").alias("value"),
        pl.when(solid).then(params.score).otherwise(params.hint).alias("threshold"),
        pl.col("known").alias("n"),
        pl.when(solid)
        .then(strength(pl.col("score"), params.score, params.top))
        .otherwise(rising.clip(0.0, 0.5))
        .alias("strength"),
        pl.when(sure).then(pl.lit("high")).when(solid).then(pl.lit("medium")).otherwise(pl.lit("low"))
        .alias("confidence"),
        pl.format("{} colleagues ({})", "peers", "peer_group").alias("compared_with"),
        (pl.col("used_share") * 100).alias("percent"),
        (pl.col("used_peers") * 100).alias("peers_percent"),
        _effort().alias("effort"),
    )  # fmt: skip
    return detection(found, METRICS, needless_by_use(tables.steps, typed, found.filter(solid)))


def _effort() -> pl.Expr:
    """Say how much is asked, for each task or, where nobody counts them, each day."""

    def words(unit: str, own: str, others: str) -> pl.Expr:
        return pl.format(f"{{}} prompts {unit} against {{}}", pl.col(own).round(1), pl.col(others).round(1))

    return (
        pl.when("counted")
        .then(words("for each task", "per_task", "per_task_peers"))
        .otherwise(words("a day", "per_day", "per_day_peers"))
    )
