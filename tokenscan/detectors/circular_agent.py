"""B04: agents that pass the same messages around in a circle."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.judged import judged_calls
from tokenscan.detectors.common.statistics import strength
from tokenscan.detectors.common.streams import in_streams, numbered
from tokenscan.detectors.common.tables import MIN_WORDS

LAGS = range(2, 7)
ABOUT_AS_WELL = 0.9
PAUSE = 600.0  # seconds: a longer one ends the exchange, however long the client keeps its session
ONE_MESSAGE = 0.8  # of what comes back: one message that comes back is a poll or "run the tests", not a circle
IN_TURN, LAPS = 0.9, 10  # of the messages come back at the same place of the circle, lap after lap
RECURRING = 0.5  # of the exchanges' messages also stand in another exchange of the person
METRICS = [
    "exchanges", "excess", "lag", "match", "chance", "calls", "laps", "messages", "recurring_percent", "agent_percent",
    "verdict", "use_known", "use_true", "use_upper", "use_expected",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/behaviour/circular-agent.toml``."""

    sessions: int
    top_sessions: int
    excess: float
    min_calls: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Compare each message of an exchange with the one L messages before, for L from 2 to 6.

    A message is what stands in the prompt, near duplicates alike; calls in a row with one message count once, since a
    gateway repeats a prompt on every step of an agent and a poll repeats itself. Two messages that return by chance do
    so as often as the square of their shares: what the best lag exceeds that by is evidence.
    """
    messages = _messages(tables.calls, params)
    if messages.is_empty():
        return NotEvaluated(f"no session passes {params.min_calls} messages to and fro")
    circles = _circles(messages).filter((pl.col("excess") >= params.excess) & (pl.col("one") <= ONE_MESSAGE))
    people = _people(circles, params)
    if people.is_empty():
        return detection(people, METRICS)
    spans = _spans(circles.join(people, on="user", how="semi"), messages)
    odd = tables.calls.join(spans, on="row_id", maintain_order="left")
    return detection(_judged(people, tables, odd, params), METRICS, _claims(odd))


def _messages(calls: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return the messages of long exchanges, in order: one row where another message begins."""
    said = pl.col("ok") & pl.col("single") & (pl.col("words") >= MIN_WORDS)
    messages = calls.lazy().filter(said).select("row_id", "user", "session", "timestamp", "cluster_id").collect()
    long = messages.filter(pl.len().over("session") >= params.min_calls)
    part = numbered(~pl.col("follows") | (pl.col("gap") > PAUSE))
    parts = in_streams(long, ["user", "session"]).with_columns(part.alias("part"))
    same = (pl.col("part") == pl.col("part").shift()) & (pl.col("cluster_id") == pl.col("cluster_id").shift())
    turned = parts.filter(~same.fill_null(value=False))
    return turned.filter(pl.len().over("part") >= params.min_calls).drop("gap", "follows")


def _circles(messages: pl.DataFrame) -> pl.DataFrame:
    """Return one row an exchange: the best lag, how often it matches, what chance would give, and their difference."""
    exchange = ["user", "part"]
    message = pl.col("cluster_id")
    lagged = messages.with_columns((message == message.shift(lag).over(exchange)).alias(f"m{lag}") for lag in LAGS)
    counts = messages.group_by(*exchange, "cluster_id").len()
    squares = (pl.col("len").cast(pl.Int64) ** 2).sum() / pl.col("len").cast(pl.Int64).sum() ** 2
    chance = counts.group_by(exchange).agg(squares.alias("chance"))
    rates = [pl.col(f"m{lag}").sum() / (pl.len() - lag) for lag in LAGS]
    found = lagged.group_by(exchange).agg(
        pl.len().cast(pl.Int64).alias("n"),
        *(rate.alias(f"r{lag}") for lag, rate in zip(LAGS, rates, strict=True)),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
    # A circle of two returns after four and six as well: the smallest lag that does about as well is its length.
    highest = pl.max_horizontal(f"r{lag}" for lag in LAGS)
    shortest = pl.coalesce(pl.when(pl.col(f"r{lag}") >= ABOUT_AS_WELL * highest).then(lag) for lag in LAGS)
    sized = found.join(chance, on=exchange).with_columns(shortest.cast(pl.Int64).alias("lag"))
    match = pl.coalesce(pl.when(pl.col("lag") == lag).then(f"r{lag}") for lag in LAGS)
    best = sized.with_columns(match.alias("match"))
    judged = best.join(_returning(lagged, best, exchange), on=exchange, how="left")
    return judged.with_columns((pl.col("match") - pl.col("chance")).alias("excess"))


def _returning(lagged: pl.DataFrame, best: pl.DataFrame, exchange: list[str]) -> pl.DataFrame:
    """Return how much of what comes back at the best lag is one message, and how many different ones come back."""
    named = lagged.join(best.select(*exchange, "lag"), on=exchange)
    matched = pl.coalesce(pl.when(pl.col("lag") == lag).then(f"m{lag}") for lag in LAGS)
    counts = named.filter(matched).group_by(*exchange, "cluster_id").len()
    return counts.group_by(exchange).agg(
        (pl.col("len").max() / pl.col("len").sum()).alias("one"), pl.col("cluster_id").alias("returning")
    )


def _people(circles: pl.DataFrame, params: Params) -> pl.DataFrame:
    people = circles.group_by("user").agg(
        pl.len().cast(pl.Int64).alias("exchanges"),
        pl.col("excess", "match", "chance").median(),
        pl.col("lag").mode().min(),
        (pl.col("n") / pl.col("lag")).median().alias("laps"),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    seen = circles.select("user", "part", "returning").explode("returning")
    again = pl.len().over("user", "returning") > 1
    recurring = seen.group_by("user").agg(pl.col("returning").n_unique().cast(pl.Int64).alias("messages"))
    shared = (
        seen.with_columns(again.alias("again"))
        .group_by("user")
        .agg((pl.col("again").mean() * 100).alias("recurring_percent"))
    )
    found = people.join(recurring, on="user").join(shared, on="user")
    return found.filter(pl.col("exchanges") >= params.sessions)


def _spans(circles: pl.DataFrame, messages: pl.DataFrame) -> pl.DataFrame:
    """Return row_id of the messages in circles, and whether they stand beyond the first lap."""
    exchange = ["user", "part"]
    inside = messages.join(circles.select(*exchange, "lag"), on=exchange, maintain_order="left")
    place = pl.int_range(pl.len()).over(exchange)
    return inside.select("row_id", (place >= pl.col("lag")).alias("later"))


def _judged(people: pl.DataFrame, tables: Tables, odd: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Weigh by what became of the answers. Without marks, parallel agents and a person's own evaluation are context.

    Parallel agents mix the prompts of their tasks, but not the same two prompts on another day. Marks of use alone do
    not clear here, though they leave no more than context: the answer to what was said twenty times before adds
    nothing that could be used each time. Work that rose on these days does clear.
    """
    agent = pl.col("is_agent").fill_null(value=False) | (pl.col("cache_read_tokens") > 0).fill_null(value=False)
    shown = odd.group_by("user").agg(
        pl.col("team").drop_nulls().first(),
        pl.len().cast(pl.Int64).alias("calls"),
        (agent.mean() * 100).alias("agent_percent"),
    )
    judged = people.join(shown, on="user").join(judged_calls(tables, odd), on="user", how="left")
    unused, wanted = ((pl.col("verdict") == name).fill_null(value=False) for name in ("unused", "wanted"))
    worked = pl.col("cleared") & (pl.col("against").list.len() > wanted.cast(pl.UInt32))
    # Two agents side by side may take turns for a while; three or more do not, lap after lap.
    in_turn = (pl.col("match") >= IN_TURN) & (pl.col("laps") >= LAPS) & (pl.col("lag") > 2)
    agents = (pl.col("agent_percent") >= 50) & ((pl.col("recurring_percent") >= 100 * RECURRING) | in_turn)
    level = pl.when(unused).then(pl.lit("high")).when(agents & ~wanted).then(pl.lit("medium"))
    value = pl.col("exchanges").cast(pl.Float64)
    return judged.with_columns(
        value.alias("value"),
        pl.lit(params.sessions).alias("threshold"),
        pl.col("calls").alias("n"),
        (strength(value, params.sessions, params.top_sessions) * pl.col("factor")).alias("strength"),
        level.otherwise(pl.lit("low")).alias("confidence"),
        worked.alias("cleared"),
        pl.col("verdict").cast(pl.String),
        pl.lit("messages that return by chance").alias("compared_with"),
    )


def _claims(odd: pl.DataFrame) -> pl.DataFrame:
    """Claim what was said after the first lap, unless its answer was used."""
    wasted = odd.filter(pl.col("later") & ~pl.col("used").fill_null(value=False))
    return wasted.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(1.0).alias("share"))
