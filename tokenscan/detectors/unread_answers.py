"""B03: long answers, and the next prompt before anybody could have read them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.judged import judged_calls, tells_turns
from tokenscan.detectors.common.statistics import beta_bound, median_of_others, strength
from tokenscan.detectors.common.streams import in_streams

COLUMNS = ["row_id", "user", "team", "session", "day", "timestamp", "output_tokens", "latency_ms", "prompt_id", "used"]
WORDS_PER_TOKEN = 0.75
SHORTEST_PAUSE = 3.0  # seconds: in less nobody has typed the next prompt; a copy or a program sent it
LONGEST_PAUSE = 1800.0  # after half an hour something else came between
MIN_OTHERS, TIMES_OTHERS = 3, 3.0
METRICS = [
    "percent", "unread", "judged", "lower_bound", "median_speed", "others_percent", "others", "verdict", "use_known",
    "use_true", "use_upper", "use_expected",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/behaviour/unread-answers.toml``."""

    share: float
    top: float
    words_per_minute: float
    min_output_tokens: int
    min_answers: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Hold the length of an answer against the time until the person's next prompt in the same session.

    The time runs from prompt to prompt, so it includes the wait for the answer, which people use to read along, and
    the typing of the next prompt: the speed is a lower bound. Only sessions the client names count, since prompts from
    several windows are no conversation; a prompt sent before the answer was there belongs to another window as well,
    and the same prompt once more asks for another version, whatever became of the first.
    """
    if not tells_turns(tables.calls):
        return NotEvaluated("nothing tells a person's prompts from an agent's steps: neither text nor marks of agents")
    named = pl.col("turn") & (pl.col("session_quality") == "client")
    judged = _judged(tables.calls.lazy().filter(named).select(COLUMNS).collect(), params)
    people = _people(judged, params)
    if people.is_empty():
        return NotEvaluated(f"nobody has {params.min_answers} long answers followed by another prompt in the session")
    fired = people.filter((pl.col("value") >= params.share) & (pl.col("lower_bound") >= params.share / 2))
    if fired.is_empty():
        return detection(fired, METRICS)
    odd = judged.filter(pl.col("unread")).join(fired, on="user", how="semi")
    rows = _weighed(fired, tables, odd, params)
    return detection(rows, METRICS, _claims(odd, rows))


def _judged(turns: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return long answers followed by a prompt in the session, with ``speed`` in words a minute and ``unread``."""
    ordered = in_streams(turns, ["user", "session"])
    followed = pl.col("follows").shift(-1).fill_null(value=False)
    paused = ordered.with_columns(pl.when(followed).then(pl.col("gap").shift(-1)).alias("pause"))
    answered = pl.col("pause") > pl.col("latency_ms").fill_null(0) / 1000
    again = (pl.col("prompt_id") == pl.col("prompt_id").shift(-1)).fill_null(value=False)
    long = paused.filter(
        (pl.col("output_tokens") >= params.min_output_tokens)
        & pl.col("pause").is_between(SHORTEST_PAUSE, LONGEST_PAUSE)
        & answered
        & ~again
    )
    speed = WORDS_PER_TOKEN * pl.col("output_tokens") / (pl.col("pause") / 60)
    return long.with_columns(speed.alias("speed"), (speed > params.words_per_minute).alias("unread"))


def _people(judged: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return the share of answers nobody could have read, per person and for the median of the others."""
    counts = judged.group_by("user").agg(
        pl.col("team").drop_nulls().first(),
        pl.len().cast(pl.Int64).alias("judged"),
        pl.col("unread").sum().cast(pl.Int64),
        pl.col("speed").median().alias("median_speed"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
    people = counts.filter(pl.col("judged") >= params.min_answers).sort("user")
    if people.is_empty():
        return people
    value = pl.col("unread") / pl.col("judged")
    shared = people.with_columns(
        value.alias("value"),
        beta_bound(people["unread"], people["judged"], 0.05).alias("lower_bound"),
        pl.lit(1).alias("everybody"),
    )
    return median_of_others(shared, "value", ["everybody"]).with_columns(
        (pl.col("value") * 100).alias("percent"), (pl.col("others_median") * 100).alias("others_percent")
    )


def _weighed(fired: pl.DataFrame, tables: Tables, odd: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Weigh by what became of these answers; where nothing tells, they may have been skimmed: context, no more.

    Where nothing tells and the others do not read either, this is how the log or the work is, and nothing is said.
    """
    judged = fired.join(judged_calls(tables, odd), on="user", how="left")
    unused = (pl.col("verdict") == "unused").fill_null(value=False)
    sure = unused & (pl.col("lower_bound") >= params.share)
    level = pl.when(sure).then(pl.lit("high")).when(unused).then(pl.lit("medium")).otherwise(pl.lit("low"))
    usual = pl.lit(round(params.words_per_minute))
    usual_here = (pl.col("others_n") >= MIN_OTHERS) & (pl.col("others_median") >= params.share / TIMES_OTHERS)
    return judged.filter(unused | ~usual_here.fill_null(value=False)).with_columns(
        pl.lit(params.share).alias("threshold"),
        pl.col("judged").alias("n"),
        (strength(pl.col("value"), params.share, params.top) * pl.col("factor")).alias("strength"),
        level.alias("confidence"),
        pl.col("verdict").cast(pl.String),
        pl.col("others_n").alias("others"),
        pl.format("reading {} words a minute; people read about 240", usual).alias("compared_with"),
    )


def _claims(odd: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Claim unread answers of people whose unread answers lie unused: marked ones whole, others as far as is likely."""
    idle = rows.filter(pl.col("verdict") == "unused").select("user", "use_upper")
    rest = odd.filter(~pl.col("used").fill_null(value=False)).join(idle, on="user")
    share = pl.when(pl.col("used").is_null()).then(1 - pl.col("use_upper")).otherwise(1.0)
    return rest.select("user", "row_id", pl.lit("row").alias("level"), share.alias("share"))
