"""Streams of a person's account that a program sends: by the clock, at a machine's pace, in an app of their own."""

from __future__ import annotations

import polars as pl

from tokenscan.detectors.common.marks import judged_use

MIN_CALLS = 5
MACHINE_PACE = 5.0  # seconds: nobody reads an answer and asks again in less
CLOCK_CALLS = 20
CLOCK_SLACK = 0.1  # part of the usual gap
CLOCKED = 0.5  # part of the gaps that keep time
SAME_DAY = 12 * 3600.0  # seconds: what is done once a day keeps time without a clock
MARKED = 0.3  # from this share of marked answers on, their absence says something
UNMARKED = 0.1
SURE = 5.0  # -ln of the chance that all marks of a stream are missing by accident
OWN_APP = 0.9
TYPED_ELSEWHERE = 20


def without_programs(text: pl.DataFrame, base: float | None, *, apps: bool = True) -> pl.DataFrame:
    """Return ``text`` without the calls of programs, in the same order.

    A person's streams stay if their answers are known to lie unused (``base``: the usual share of answers used).
    """
    sent = with_programs(text, apps=apps)
    verdict = judged_use(sent, ["user"], pl.col("program"), base)
    unused = verdict.filter(pl.col("verdict") == "unused")["user"].implode()
    return sent.filter(~pl.col("program") | pl.col("user").is_in(unused)).drop("program")


def with_programs(text: pl.DataFrame, *, apps: bool = True) -> pl.DataFrame:
    """Add ``program``: whether the call is of a stream that a program sends.

    ``text`` needs user, app, family (see ``families``), timestamp, used. A stream is what one person sends of one
    family in one app. It is a program's if its calls follow each other within seconds, or by the clock, or bear no
    marks of use where the person's others do, or fill an app in which the person types nothing else while typing
    elsewhere. Each of these alone: none is how people work. Without ``apps`` an app of its own says nothing, as with
    an app that is there for what the stream does.
    """
    numbers = text.select(
        pl.col("user").rank("dense").cast(pl.UInt32).alias("person"),
        pl.col("app").rank("dense").cast(pl.UInt32).fill_null(0).alias("app"),
        pl.col("family").fill_null(0).alias("family"),
        pl.col("timestamp").alias("at"),
        pl.col("used").is_not_null().alias("known"),
    )
    named = numbers.with_columns(pl.struct("person", "app", "family").rank("dense").alias("stream"))
    streams = _with_apps(named.group_by("person", "app", "stream").agg(pl.len().alias("n"), pl.col("known").sum()))
    long = streams.filter(pl.col("n") >= MIN_CALLS)
    judged = long.join(_pace(named.join(long.select("stream"), on="stream", how="semi")), on="stream")
    clocked = (pl.col("n") >= CLOCK_CALLS) & (pl.col("in_time") >= CLOCKED) & (pl.col("usual") <= SAME_DAY)
    unmarked = (
        (pl.col("others_marked") >= MARKED)
        & (pl.col("known") <= UNMARKED * pl.col("n"))
        & (-(1 - pl.col("others_marked")).log() * pl.col("n") >= SURE)
    )
    found = judged.filter((pl.col("usual") <= MACHINE_PACE) | clocked | unmarked | (pl.col("own_app") & apps))
    program = named["stream"].is_in(found["stream"].implode())
    return text.with_columns(program.fill_null(value=False).alias("program"))


def _pace(calls: pl.DataFrame) -> pl.DataFrame:
    """Return the usual gap of each stream in seconds, and the part of its gaps about as long."""
    ordered = calls.sort("stream", "at")
    inside = pl.col("stream") == pl.col("stream").shift()
    gap = pl.when(inside).then(pl.col("at").diff().dt.total_milliseconds() / 1000)
    usual = ordered.with_columns(gap.alias("gap")).with_columns(pl.col("gap").median().over("stream").alias("usual"))
    in_time = pl.col("gap").is_between((1 - CLOCK_SLACK) * pl.col("usual"), (1 + CLOCK_SLACK) * pl.col("usual"))
    return usual.group_by("stream").agg(pl.col("usual").first(), in_time.mean().alias("in_time"))


def _with_apps(streams: pl.DataFrame) -> pl.DataFrame:
    """Add ``others_marked``, the share of the person's other calls with marks, and ``own_app``.

    An app is a stream's own if hardly anything else is in it and the person types other things in other apps.
    """
    typed = pl.when(pl.col("n") < MIN_CALLS).then("n").otherwise(0)
    apps = streams.group_by("person", "app").agg(
        pl.col("n").sum().alias("app_n"), typed.sum().alias("app_typed"), pl.col("known").sum().alias("app_known")
    )
    total = apps.with_columns(
        pl.col("app_n", "app_typed", "app_known").sum().over("person").name.replace("app_", "all_")
    )
    joined = streams.join(total, on=["person", "app"])
    others = (pl.col("all_known") - pl.col("known")) / (pl.col("all_n") - pl.col("n"))
    alone = pl.col("app_n") - pl.col("app_typed") >= OWN_APP * pl.col("app_n")
    elsewhere = pl.col("all_typed") - pl.col("app_typed") >= TYPED_ELSEWHERE
    return joined.with_columns(
        others.fill_nan(0.0).clip(0.0, 0.999).alias("others_marked"), (alone & elsewhere).alias("own_app")
    )
