"""V05: prompts that bring along more and more, while answers and results stay as they were."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.marks import judged_use
from tokenscan.detectors.common.statistics import median_of_others, strength
from tokenscan.detectors.common.tables import used_base
from tokenscan.detectors.common.trend import rising, slopes
from tokenscan.detectors.common.typed import settled, typed_prompts, with_padded

PLACE = ["user", "app", "model"]
MIN_IN_PLACE = 8  # prompts in an app and model, for its usual size
EVERYBODY = 4  # others needed before their week says anything
TEAM_SHRINKAGE = 4.0
PLAIN = 0.5  # what growth alone counts: learning to give context looks the same
MIN_TURNS = 20
WEEK = 7 * 86_400.0
METRICS = ["growth", "growth_low", "q", "answers_growth", "tasks_per_prompt_growth", "filler_percent",
           "filler_percent_early", "answers_marked", "answers_used", "first_weeks_tokens", "last_weeks_tokens",
           "weeks", "prompts"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/volume/prompt-inflation-drift.toml``."""

    growth: float
    top: float
    false_discovery: float
    false_discovery_filler: float
    filler_share: float
    min_weeks: int
    week_prompts: int
    result_exponent: float


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Follow the uncached input of prompts that open a session, within each app and model, over the weeks.

    Openers carry no conversation's history; values within (person, app, model) break at every switch of model or tool.
    What everybody else's prompts did in the same week is taken off. Kendall's test decides whether there is growth,
    Theil and Sen's slope how much. Growth of answers or of tasks per prompt by ``result_exponent`` of it, on a log
    scale, clears.
    """
    typed = settled(typed_prompts(tables.calls), tables)
    series = _series(typed, tables, params)
    if series.is_empty():
        return NotEvaluated(
            f"nobody has {params.min_weeks} weeks of {params.week_prompts} sessions opened in apps and models they keep"
        )
    tests = rising(series.select("user", "week", y="own_size"))
    filler = _filler(tables, series)
    shown = (pl.col("filler") >= params.filler_share).fill_null(value=False)
    limit = pl.when(shown).then(params.false_discovery_filler).otherwise(params.false_discovery)
    likely = tests.join(filler, on="user", how="left").with_columns(shown.alias("shown")).filter(pl.col("q") < limit)
    if likely.is_empty():
        return detection(likely, [])
    grown = _grown(series.join(likely, on="user", how="semi"), likely).filter(pl.col("growth") >= params.growth)
    rows = _judged(grown.join(_results(tables, series), on="user", how="left"), tables, series, params)
    return detection(rows, METRICS, _claims(typed, series, rows))


def _series(typed: pl.DataFrame, tables: Tables, params: Params) -> pl.DataFrame:
    """Return openers of people with enough weeks: user, row_id, week (of the log, with fractions), own_size, ..."""
    kept = typed.filter("opener").filter(pl.len().over(PLACE) >= MIN_IN_PLACE)
    calls = tables.calls["timestamp"]
    week = (pl.col("timestamp") - pl.lit(calls.min(), calls.dtype)).dt.total_seconds() / WEEK
    usual = [(pl.col(name) - pl.col(name).median().over(PLACE)).alias(f"own_{name}") for name in ("size", "answer")]
    placed = kept.with_columns(*usual, week.alias("week")).with_columns(
        pl.col("week").floor().cast(pl.Int64).alias("number")
    )
    full = placed.filter(pl.len().over("user", "number") >= params.week_prompts)
    enough = full.filter(pl.col("number").n_unique().over("user") >= params.min_weeks)
    everyone = _common(placed)
    joined = enough.join(everyone, on=["user", "number"], how="left")
    return joined.with_columns(pl.col("own_size") - pl.col("common").fill_null(0.0)).sort("user", "timestamp", "row_id")


def _common(placed: pl.DataFrame) -> pl.DataFrame:
    """Return what the others' prompts did in each person's weeks, their team's drawn towards everybody's."""
    weeks = placed.group_by("user", "number").agg(pl.col("team").drop_nulls().first(), pl.col("own_size").median())
    all_of = median_of_others(weeks.sort("user", "number"), "own_size", ["number"])
    everybody = pl.when(pl.col("others_n") >= EVERYBODY).then("others_median").otherwise(0.0)
    first = all_of.with_columns(everybody.alias("everybody")).drop("others_median", "others_n")
    team = median_of_others(first, "own_size", ["team", "number"])
    weight = pl.col("others_n") / (pl.col("others_n") + TEAM_SHRINKAGE)
    moved = pl.col("everybody") + weight * (pl.col("others_median") - pl.col("everybody"))
    drawn = pl.when(pl.col("team").is_not_null()).then(moved).fill_null(pl.col("everybody"))
    return team.select("user", "number", drawn.alias("common"))


def _filler(tables: Tables, series: pl.DataFrame) -> pl.DataFrame:
    """Return the share of prompts that are another prompt under filler: ``filler`` in the last third, ``early``."""
    ends = series.group_by("user").agg(pl.col("timestamp").min().alias("a"), pl.col("timestamp").max().alias("b"))
    text = with_padded(tables.calls).join(ends, on="user")
    third = (pl.col("b") - pl.col("a")) / 3
    late, early = pl.col("timestamp") >= pl.col("b") - third, pl.col("timestamp") < pl.col("a") + third
    share = pl.col("padded")
    return text.group_by("user").agg(
        pl.when(late.sum() >= MIN_TURNS).then(share.filter(late).mean()).alias("filler"),
        pl.when(early.sum() >= MIN_TURNS).then(share.filter(early).mean()).alias("early"),
    )


def _grown(series: pl.DataFrame, likely: pl.DataFrame) -> pl.DataFrame:
    """Add ``growth`` over the person's weeks, with its bounds, and that of the answers."""
    size = slopes(series.select("user", "week", y="own_size"))
    answer = slopes(series.select("user", "week", y="own_answer")).select("user", answer_slope="slope")
    number = pl.col("number")
    last, first = number >= number.max() - 1, number <= number.min() + 1
    facts = series.group_by("user").agg(
        pl.col("team").drop_nulls().first(),
        (pl.col("week").max() - pl.col("week").min()).alias("span"),
        pl.col("number").n_unique().cast(pl.Int64).alias("weeks"),
        pl.len().cast(pl.Int64).alias("prompts"),
        pl.col("uncached").filter(first).median().round().cast(pl.Int64).alias("first_weeks_tokens"),
        pl.col("uncached").filter(last).median().round().cast(pl.Int64).alias("last_weeks_tokens"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
    both = likely.join(size, on="user").join(answer, on="user", how="left").join(facts, on="user")
    rates = {"growth": "slope", "growth_low": "slope_low", "answers_growth": "answer_slope"}
    # The bounds of a series of ties are not defined.
    over = [(pl.col(rate).fill_nan(None) * pl.col("span")).exp().alias(name) for name, rate in rates.items()]
    return both.with_columns(over)


def _results(tables: Tables, series: pl.DataFrame) -> pl.DataFrame:
    """Return how tasks per prompt changed from the first to the last third of the person's time; null if unknown.

    Two tasks in eight prompts are added to both: the middle of what is normal, so that a few prompts decide nothing.
    """
    ends = series.group_by("user").agg(pl.col("day").min().alias("a"), pl.col("day").max().alias("b"))
    days = tables.days.filter(pl.col("tasks").is_not_null()).join(ends, on="user")
    third = (pl.col("b") - pl.col("a")) / 3
    late, early = pl.col("day") >= pl.col("b") - third, pl.col("day") < pl.col("a") + third

    def rate(when: pl.Expr) -> pl.Expr:
        return (pl.col("tasks").filter(when).sum() + 2) / (pl.col("turns").filter(when).sum() + 8)

    return days.group_by("user").agg((rate(late) / rate(early)).alias("tasks_per_prompt_growth"))


def _judged(grown: pl.DataFrame, tables: Tables, series: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Say how much the growth counts: what clears it, and what makes it more than a habit of giving context."""
    late = pl.col("week") > pl.col("week").median().over("user")
    use = judged_use(series.with_columns(late.alias("late")), ["user"], pl.col("late"), used_base(tables.people))
    known = grown.join(use.select("user", "verdict", "use_known", "use_true"), on="user", how="left")
    needed = pl.col("growth") ** params.result_exponent
    longer = (pl.col("answers_growth") >= needed).fill_null(value=False)
    worked = (pl.col("tasks_per_prompt_growth") >= needed).fill_null(value=False)
    unused = (pl.col("verdict") == "unused").fill_null(value=False)
    evident = pl.col("shown") | unused
    large = (pl.col("growth_low") >= params.growth).fill_null(value=False)
    flat = pl.col("answers_growth").is_not_null() & pl.col("tasks_per_prompt_growth").is_not_null()
    texts = [
        pl.when(longer).then(pl.format("answers grew {} times, too", pl.col("answers_growth").round(1))),
        pl.when(worked).then(pl.format("{} times the tasks per prompt", pl.col("tasks_per_prompt_growth").round(1))),
        pl.when(pl.col("verdict") == "wanted").then(
            pl.format("{} of {} answers to later prompts were used", "use_true", "use_known")
        ),
    ]
    sure, likely = pl.col("shown") & large, evident | (large & flat)
    confidence = pl.when(sure).then(pl.lit("high")).when(likely).then(pl.lit("medium")).otherwise(pl.lit("low"))
    counts = pl.when(evident).then(1.0).otherwise(PLAIN)
    return known.with_columns(
        pl.col("growth").alias("value"),
        pl.lit(params.growth).alias("threshold"),
        pl.col("prompts").alias("n"),
        (strength(pl.col("growth"), params.growth, params.top) * counts).alias("strength"),
        (longer | worked).alias("cleared"),
        pl.concat_list(texts).list.drop_nulls().alias("against"),
        confidence.alias("confidence"),
        pl.lit("the person's own earlier prompts in the same app and model").alias("compared_with"),
        pl.col("use_known").alias("answers_marked"),
        pl.col("use_true").cast(pl.Int64).alias("answers_used"),
        (100 * pl.col("filler")).alias("filler_percent"),
        (100 * pl.col("early")).alias("filler_percent_early"),
    )


def _claims(typed: pl.DataFrame, series: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Claim of each prompt's uncached input what it would not have held at the rate of the first week."""
    start = series.group_by("user").agg(pl.col("timestamp").min().alias("start"))
    prompts = typed.join(rows.select("user", "slope").join(start, on="user"), on="user")
    weeks = (pl.col("timestamp") - pl.col("start")).dt.total_seconds() / WEEK
    grown = 1 - (-pl.col("slope") * weeks).exp()
    share = grown * pl.col("uncached") / pl.max_horizontal(pl.col("tokens"), pl.lit(1))
    claimed = prompts.select("user", "row_id", pl.lit("window").alias("level"), share.clip(0, 1).alias("share"))
    return claimed.filter(pl.col("share") > 0)
