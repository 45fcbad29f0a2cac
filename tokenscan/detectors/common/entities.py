"""Tell people from programs: declared services, accounts named as such, and accounts without a human rhythm.

An account that shows hardly anything but its few dominant templates is a program, whoever owns it. A person who runs a
loop still types other things on most days: that account stays a person's, and the loop stays visible.
"""

from __future__ import annotations

import polars as pl

MIN_CALLS = 200
DOMINANT_SHARE = 0.2  # a template with this share of an account's calls is dominant
RESIDUE_CALLS = 3  # other calls on a day that make it a human day
RESIDUE_DAYS = 0.1  # below this share of human days there is no person behind
FLAT_HOURS = 0.95  # entropy of the hours of day over its maximum: nobody works around the clock
NAMED = r"(?i)^(?:svc|service|bot|ci|cron|robot|automation)(?:[-_.@]|$)|[-_.](?:bot|svc|ci|service)(?:@|$)|\[bot\]"
BY_NAME = "named as a service"


def automation(calls: pl.DataFrame) -> pl.DataFrame:
    """Return users that are programs, with ``why``; the name (``BY_NAME``) is given only where nothing else tells.

    ``calls`` needs user, day, timestamp, template_id.
    """
    shown = calls.with_columns(_has_text().alias("has_text"), _dominant().alias("dominant"))
    counts = shown.group_by("user").agg(
        pl.len().alias("n"), pl.col("day").n_unique().alias("days"), pl.col("has_text").first()
    )
    # What a person types beside a loop shows when they are awake; the loop itself may run all night.
    rest = shown.filter(~(pl.col("has_text") & pl.col("dominant")))
    rhythm = counts.join(_human_days(shown), on="user", how="left").join(_hour_entropy(rest), on="user", how="left")
    enough = pl.col("n") > MIN_CALLS
    nobody = pl.col("human_days").fill_null(0) / pl.col("days") < RESIDUE_DAYS
    why = (
        pl.when(enough & pl.col("has_text") & nobody)
        .then(pl.lit("sends hardly anything but a few fixed templates"))
        .when(enough & (pl.col("days") >= 5) & (pl.col("entropy") > FLAT_HOURS))
        .then(pl.lit("active around the clock"))
        .when(pl.col("user").str.contains(NAMED))
        .then(pl.lit(BY_NAME))
    )
    return rhythm.select("user", why.alias("why")).filter(pl.col("why").is_not_null()).sort("user")


def _has_text() -> pl.Expr:
    return (pl.col("template_id").is_not_null().mean() > 0.5).over("user")


def _dominant() -> pl.Expr:
    """Return whether a call's template makes up a large part of what its user types; null without text."""
    typed = pl.col("template_id").is_not_null()
    return pl.when(typed).then(pl.len().over("user", "template_id") >= DOMINANT_SHARE * typed.sum().over("user"))


def _human_days(shown: pl.DataFrame) -> pl.DataFrame:
    residue = shown.filter(~pl.col("dominant")).group_by("user", "day").len().filter(pl.col("len") >= RESIDUE_CALLS)
    return residue.group_by("user").agg(pl.len().alias("human_days"))


def _hour_entropy(calls: pl.DataFrame) -> pl.DataFrame:
    hours = calls.group_by("user", pl.col("timestamp").dt.hour().alias("hour")).len()
    share = pl.col("len") / pl.col("len").sum().over("user")
    entropy = pl.col("share").entropy(base=24, normalize=False)
    return hours.with_columns(share.alias("share")).group_by("user").agg(entropy.alias("entropy"))
