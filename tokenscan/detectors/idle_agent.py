"""B07: agents kept busy with work that nobody wants."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.corroborate import USED_HARDLY, USED_LIKE_OTHERS
from tokenscan.detectors.common.empty_use import TOKENS, typed_people, with_effort, with_use
from tokenscan.detectors.common.needless import needless_by_use
from tokenscan.detectors.common.statistics import beta_bound, strength
from tokenscan.detectors.common.use import MIN_IN_APP, MIN_PEOPLE, use_by_app

IN_DOUBT = 0.7  # of the strength, where nobody counts the person's tasks
METRICS = [
    "app", "runs", "steps", "percent_of_tokens", "known", "true", "upper_percent", "usual_percent", "others",
    "known_elsewhere", "true_elsewhere", "lower_elsewhere_percent", "usual_elsewhere_percent", "more", "counted",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/behaviour/idle-agent.toml``."""

    share: float
    top: float
    steps: float
    more: float
    min_marks: int
    min_days: int
    min_peers: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Find an agent's app whose runs a person hardly ever uses, while their other answers are used like colleagues'.

    A run is a prompt with the agent's steps that follow from it. The person is compared with themselves and with the
    others who let agents run in the same app, so neither an app whose runs are seldom marked nor a person who seldom
    marks anything stands out. More tokens for each task than colleagues spend have to go with it.
    """
    typed = tables.typed.filter(~pl.col("planned"))
    apps = _apps(typed)
    agents = apps.filter((pl.col("steps") >= params.steps) & (pl.col("others") >= MIN_PEOPLE))
    if agents.is_empty():
        return NotEvaluated(f"no app in which {MIN_PEOPLE + 1} people let agents run and marks tell what was used")
    idle = _idle(agents, params)
    people = with_use(typed_people(tables, typed, params.min_days), TOKENS, params.min_marks, params.min_peers)
    effort = with_effort(people, TOKENS, params.min_peers).select(
        "user", "team", "more", pl.col("tasks").is_not_null().alias("counted"), "first_seen", "last_seen"
    )
    found = _described(idle.join(effort, on="user"), params)
    convicted = found.filter(pl.col("confidence") != "low")
    own = typed.join(convicted.select("user", "app"), on=["user", "app"], how="semi")
    return detection(found, METRICS, needless_by_use(tables.steps, own, convicted))


def _apps(typed: pl.DataFrame) -> pl.DataFrame:
    """Return one row a person and app: runs, steps a run, tokens, marks, and what is usual for the others in the app.

    ``elsewhere`` columns sum up the person's other apps.
    """
    apps = use_by_app(
        typed,
        pl.len().cast(pl.Int64).alias("runs"),
        pl.col("day").n_unique().cast(pl.Int64).alias("days"),
        pl.col("calls").mean().alias("steps"),
        pl.col("fresh").sum(),
    )
    # People count alike, however many marks they have, and nobody is compared with themselves.
    counts = pl.col("known") >= MIN_IN_APP
    share = pl.when(counts).then(pl.col("true") / pl.col("known"))
    others = (counts.sum().over("app") - counts.cast(pl.Int64)).cast(pl.Int64)
    usual = (share.sum().over("app") - share.fill_null(0.0)) / others
    told = apps.sort("user", "app").with_columns(others.alias("others"), usual.fill_nan(None).alias("usual"))
    whole = ("known", "true", "fresh")
    expected = told.with_columns((pl.col("usual") * pl.col("known")).fill_null(0.0).alias("expected"))
    return expected.with_columns(
        *((pl.col(name).sum().over("user") - pl.col(name)).alias(f"{name}_elsewhere") for name in whole),
        (pl.col("expected").sum().over("user") - pl.col("expected")).alias("expected_elsewhere"),
    )


def _idle(agents: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Keep the app of each person, the one with most tokens, whose runs are unused while other answers are used."""
    upper = beta_bound(agents["true"], agents["known"], 0.95)
    lower = beta_bound(agents["true_elsewhere"], agents["known_elsewhere"], 0.05)
    usual_elsewhere = pl.col("expected_elsewhere") / pl.col("known_elsewhere")
    part = pl.col("fresh") / (pl.col("fresh") + pl.col("fresh_elsewhere"))
    bounds = agents.with_columns(
        upper.alias("upper"), lower.alias("lower"), usual_elsewhere.alias("usual_elsewhere"), part.alias("part")
    )
    unused = (pl.col("known") >= params.min_marks) & (pl.col("upper") < USED_HARDLY * pl.col("usual"))
    used_elsewhere = (pl.col("known_elsewhere") >= params.min_marks) & (
        pl.col("lower") >= USED_LIKE_OTHERS * pl.col("usual_elsewhere")
    )
    lasting = (pl.col("days") >= params.min_days) & (pl.col("part") >= params.share)
    kept = bounds.filter(unused & used_elsewhere & lasting)
    return kept.sort("user", "fresh", "app", descending=[False, True, False]).unique("user", maintain_order=True)


def _described(idle: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Add what a finding says. Whose tasks keep up with the tokens is only told: the work came to something."""
    costly = (pl.col("more") >= params.more) & pl.col("counted")
    unknown = ~pl.col("counted") | pl.col("more").is_null()
    level = strength(pl.col("part"), params.share, params.top) * pl.when(unknown).then(IN_DOUBT).otherwise(1.0)
    percent = {"upper": "upper_percent", "usual": "usual_percent", "lower": "lower_elsewhere_percent",
               "usual_elsewhere": "usual_elsewhere_percent", "part": "percent_of_tokens"}  # fmt: skip
    return idle.with_columns(
        pl.col("part").alias("value"),
        pl.lit(params.share).alias("threshold"),
        pl.col("known").alias("n"),
        level.alias("strength"),
        pl.when(costly | unknown).then(pl.lit("medium")).otherwise(pl.lit("low")).alias("confidence"),
        pl.format("{} others in the same app, and the person's own other apps", "others").alias("compared_with"),
        pl.col("usual").alias("used_peers"),
        *((pl.col(name) * 100).alias(column) for name, column in percent.items()),
    )
