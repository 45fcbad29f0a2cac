"""Tell people from programs: declared services, accounts named as such, and accounts without a human rhythm.

An account that shows hardly anything but its few dominant templates, or one prompt after another many times within
seconds (sampling, an evaluation), or never rests, is a program, whoever owns it. A person who runs a loop still types
other things on most days: that account stays a person's, and the loop stays visible.
"""

from __future__ import annotations

import polars as pl

MIN_CALLS = 200
DOMINANT_SHARE = 0.2  # a template with this share of an account's calls is dominant
RESIDUE_CALLS = 3  # other calls on a day that make it a human day
RESIDUE_DAYS = 0.1  # below this share of human days there is no person behind
FLAT_HOURS = 0.95  # entropy of the hours of day over its maximum: nobody works around the clock
SAMPLES = 5  # the same prompt on one day,
SAMPLE_PACE = 10.0  # this many seconds apart: nobody reads the answers one by one
SAMPLE_TURNS = 0.3  # of them are prompts: of an agent's steps that repeat the prompt, only the first is one
MOSTLY = 0.5
CLOCK_DAYS = 5
REST = pl.duration(hours=5)
RESTS = 0.5  # a day: people sleep, and over months the hours of a traveller are flat too
NAMED = r"(?i)^(?:svc|service|bot|ci|cron|robot|automation)(?:[-_.@]|$)|[-_.](?:bot|svc|ci|service)(?:@|$)|\[bot\]"
BY_NAME = "named as a service"


def automation(calls: pl.DataFrame) -> pl.DataFrame:
    """Return users that are programs, with ``why``; the name (``BY_NAME``) is given only where nothing else tells.

    ``calls`` needs user, day, timestamp, turn, prompt_id, template_id and must be sorted by user and time.
    """
    sampled = calls.with_columns(_sampled(calls).alias("sampled"), _has_text().alias("has_text"))
    shown = sampled.with_columns((_dominant() | pl.col("sampled")).alias("dominant"))
    counts = shown.group_by("user").agg(
        pl.len().alias("n"),
        pl.col("day").n_unique().alias("days"),
        pl.col("has_text").first(),
        pl.col("sampled").mean(),
        (pl.col("timestamp").diff() >= REST).sum().alias("rests"),
    )
    # What a person types beside a loop shows when they are awake; the loop itself may run all night.
    rest = shown.filter(~(pl.col("has_text") & pl.col("dominant")))
    rhythm = counts.join(_human_days(shown), on="user", how="left").join(hour_entropy(rest), on="user", how="left")
    return rhythm.select("user", _why().alias("why")).filter(pl.col("why").is_not_null()).sort("user")


def _why() -> pl.Expr:
    enough = pl.col("n") > MIN_CALLS
    nobody = pl.col("human_days").fill_null(0) / pl.col("days") < RESIDUE_DAYS
    restless = (pl.col("entropy") > FLAT_HOURS) & (pl.col("rests") < RESTS * pl.col("days"))
    return (
        pl.when(enough & pl.col("has_text") & nobody & (pl.col("sampled") >= MOSTLY))
        .then(pl.lit("sends the same prompts many times over within seconds"))
        .when(enough & pl.col("has_text") & nobody)
        .then(pl.lit("sends hardly anything but a few fixed templates"))
        .when(enough & (pl.col("days") >= CLOCK_DAYS) & restless)
        .then(pl.lit("active around the clock"))
        .when(pl.col("user").str.contains(NAMED))
        .then(pl.lit(BY_NAME))
    )


def _has_text() -> pl.Expr:
    return (pl.col("template_id").is_not_null().mean() > 0.5).over("user")


def _dominant() -> pl.Expr:
    """Return whether a call's template makes up a large part of what its user types; null without text."""
    typed = pl.col("template_id").is_not_null()
    return pl.when(typed).then(pl.len().over("user", "template_id") >= DOMINANT_SHARE * typed.sum().over("user"))


def _sampled(calls: pl.DataFrame) -> pl.Series:
    """Return whether a call's prompt was sent over and over within seconds that day; an agent's steps are no such."""
    key = ["user", "day", "prompt_id"]
    gap = pl.col("timestamp").diff().dt.total_milliseconds() / 1000
    asked = calls.filter(pl.col("prompt_id").is_not_null()).group_by(key)
    groups = asked.agg(pl.len().alias("n"), gap.median().alias("gap"), pl.col("turn").mean())
    sampled = (pl.col("n") >= SAMPLES) & (pl.col("gap") <= SAMPLE_PACE) & (pl.col("turn") >= SAMPLE_TURNS)
    quick = groups.filter(sampled).select(*key, sampled=pl.lit(value=True))
    return calls.join(quick, on=key, how="left", maintain_order="left")["sampled"].fill_null(value=False)


def _human_days(shown: pl.DataFrame) -> pl.DataFrame:
    residue = shown.filter(~pl.col("dominant")).group_by("user", "day").len().filter(pl.col("len") >= RESIDUE_CALLS)
    return residue.group_by("user").agg(pl.len().alias("human_days"))


def hour_entropy(calls: pl.DataFrame) -> pl.DataFrame:
    """Return per user the ``entropy`` of the hours of day with calls, over its maximum: 1 is around the clock alike."""
    # In order, since the last digit of a sum depends on it.
    hours = calls.group_by("user", pl.col("timestamp").dt.hour().alias("hour")).len().sort("user", "hour")
    share = pl.col("len") / pl.col("len").sum().over("user")
    entropy = pl.col("share").entropy(base=24, normalize=False)
    return hours.with_columns(share.alias("share")).group_by("user").agg(entropy.alias("entropy"))
