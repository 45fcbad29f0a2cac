"""C04: the same request regenerated over and over."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.families import COLUMNS, with_families
from tokenscan.detectors.common.marks import USE_METRICS, judged_use, telling_marks, with_excuse
from tokenscan.detectors.common.programs import MACHINE_PACE, with_programs
from tokenscan.detectors.common.statistics import strength
from tokenscan.detectors.common.tables import used_base
from tokenscan.detectors.common.templates import FRESH_SLOTS

_ASKED = ("family", "opening_id", "words", "template_id", "prompt_id")
# A run has several tries where a single prompt has one: to yield clearly less than single prompts do is little.
HARDLY = 0.7
TOLD = 0.5  # from this share of marks on, a run without a kept answer tells something
# What is left of the strength where no marks tell whether a run's answers were kept: choosing looks the same.
UNKNOWN = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/content/regenerated-request.toml``."""

    share: float
    top: float
    run_calls: int
    min_runs: int
    word_slack: int
    min_turns: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Find runs of consecutive prompts in a session that say the same, and ask whether anything of them was kept.

    The same template with another value in its slot is a new request, not a repeat. Retries and calls of agents are no
    turns and never form a run. Runs are judged together: one kept answer makes a run a choice, and a person whose runs
    yield something about as often as their single prompts do is choosing. Only where the runs are known to yield
    hardly anything do ever new wordings and calls at a machine's pace count.
    """
    base = used_base(tables.people)
    turns = telling_marks(tables.calls.filter("turn").select(*COLUMNS, "text", "day"), base)
    if not turns["text"].any():
        return NotEvaluated("no prompts of at least 4 words typed by people")
    marked = _in_runs(turns, params)
    runs = _judged_runs(marked, params, base)
    totals = turns.group_by("user").agg(pl.len().cast(pl.Int64).alias("turns"))
    people = runs.group_by("user").agg(
        pl.col("team").drop_nulls().first(),
        (pl.col("calls") - 1).sum().cast(pl.Int64).alias("repeats"),
        pl.len().cast(pl.Int64).alias("runs"),
        pl.col("calls").max().alias("longest_run"),
        pl.col("spacing").median().alias("seconds_between"),
        pl.col("verdict", *USE_METRICS).first(),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    share = pl.col("repeats") / pl.max_horizontal("turns", pl.lit(params.min_turns))
    people = people.join(totals, on="user").with_columns(share.alias("value"))
    over = people.filter((pl.col("value") >= params.share) & (pl.col("runs") >= params.min_runs))
    rows = with_excuse(tables, _graded(over, params), marked.join(runs.select("run"), on="run", how="semi"))
    metrics = ["percent", "repeats", "turns", "runs", "longest_run", "seconds_between", *USE_METRICS]
    return detection(rows, metrics, _claims(marked, runs))


def _in_runs(turns: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Add ``again`` (repeats the turn before it in its session), its ``run``, and how many ``calls`` that has."""
    conversation = pl.col("session").cast(pl.Categorical).to_physical().alias("conversation")
    ordered = with_programs(with_families(turns)).with_columns(conversation).sort("conversation", "timestamp", "row_id")
    before = {name: pl.col(name).shift() for name in ("conversation", "text", *_ASKED)}
    length = (pl.col("words").cast(pl.Int64) - before["words"].cast(pl.Int64)).abs() <= params.word_slack
    alike = (pl.col("family") == before["family"]) | ((pl.col("opening_id") == before["opening_id"]) & length)
    new_value = (pl.col("template_id") == before["template_id"]) & (pl.col("prompt_id") != before["prompt_id"])
    here = (pl.col("conversation") == before["conversation"]) & pl.col("text") & before["text"]
    again = (alike & ~new_value & here).fill_null(value=False)
    marked = ordered.with_columns(again.alias("again"), (~again).cum_sum().alias("run"))
    return marked.with_columns(pl.len().over("run").cast(pl.Int64).alias("calls"))


def _judged_runs(marked: pl.DataFrame, params: Params, base: float | None) -> pl.DataFrame:
    """Return long runs with the verdict on the person's runs; only those that may be held against them."""
    long = pl.col("calls") >= params.run_calls
    runs = _runs(marked.filter(long))
    told = pl.when(pl.col("known") >= TOLD * (pl.col("calls") - 1)).then("used")
    answers = pl.concat([
        runs.select("user", told.alias("used"), pl.lit(True).alias("run")),
        marked.filter(~long).select("user", "used", pl.lit(False).alias("run")),
    ])  # fmt: skip
    judged = runs.join(judged_use(answers, ["user"], pl.col("run"), base, HARDLY), on="user")
    batch = pl.col("wordings") >= FRESH_SLOTS * pl.col("calls")
    typed = ~batch & ~pl.col("program") & (pl.col("spacing") > MACHINE_PACE)
    return judged.filter((pl.col("verdict") == "unused") | typed)


def _runs(long: pl.DataFrame) -> pl.DataFrame:
    """Return one row a run; ``used`` says whether any of the answers to its repeats was, null where no mark tells.

    That the first answer was used does not speak for asking again.
    """
    repeats = pl.col("used").filter("again")
    return long.group_by("user", "run").agg(
        pl.col("team").drop_nulls().first(),
        pl.col("calls").first(),
        pl.col("prompt_id").n_unique().alias("wordings"),
        repeats.is_not_null().sum().alias("known"),
        repeats.max().alias("used"),
        pl.col("program").any(),
        (pl.col("timestamp").diff().dt.total_milliseconds() / 1000).median().alias("spacing"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )


def _graded(over: pl.DataFrame, params: Params) -> pl.DataFrame:
    unused = pl.col("verdict") == "unused"
    full = strength(pl.col("value"), params.share, params.top)
    sure = unused & (pl.col("runs") >= 2 * params.min_runs)
    return over.with_columns(
        (pl.col("value") * 100).alias("percent"),
        pl.lit(params.share).alias("threshold"),
        pl.col("turns").alias("n"),
        pl.when(unused).then(full).otherwise(UNKNOWN * full).alias("strength"),
        pl.when(sure).then(pl.lit("high")).when(unused).then(pl.lit("medium")).otherwise(pl.lit("low"))
        .alias("confidence"),
        pl.lit("the prompt before, in the same session").alias("compared_with"),
    )  # fmt: skip


def _claims(marked: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Claim every call of a run after the first unless its answer was used, where runs are known to yield nothing."""
    idle = runs.filter(pl.col("verdict") == "unused").select("run")
    claimed = marked.join(idle, on="run", how="semi").filter(pl.col("again") & ~pl.col("used").fill_null(value=False))
    return claimed.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(1.0).alias("share"))
