"""What people typed, each prompt with everything that followed from it: an agent's steps belong to their prompt."""

from __future__ import annotations

import polars as pl

# Jobs on a person's own key: calls within seconds of each other, or by the clock through the day.
MACHINE_PACE = 5.0  # seconds: nobody reads an answer and types again in less
CLOCK_GAP = 300.0  # seconds: shorter steady gaps are somebody's batch, or somebody's script
CLOCK_SLACK = 0.1  # part of the usual gap
CLOCKED = 0.5  # part of the gaps that keep time
CLOCK_TIME = 6 * 3600.0  # seconds that a day's calls take at their usual gap: a job runs through the day
MIN_JOB_CALLS = 20
NEEDED = [
    "row_id", "user", "session", "day", "timestamp", "app", "model", "template_id", "prompt_id", "planned", "turn",
    "used", "fresh", "output_tokens", "words",
]  # fmt: skip


def with_exchange(calls: pl.DataFrame) -> pl.DataFrame:
    """Return answered single calls with ``exchange``: the row_id of the typed prompt they follow from in their session.

    ``calls`` are sorted by user and time. Calls before the first typed prompt of a session follow from nothing that a
    person typed and are left out.
    """
    answered = calls.lazy().filter(pl.col("ok") & pl.col("single")).select(NEEDED).collect()
    prompt = pl.when("turn").then("row_id").forward_fill().over("user", "session")
    return answered.with_columns(prompt.alias("exchange")).filter(pl.col("exchange").is_not_null())


def exchanges(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row a prompt that a person typed, of rows as ``with_exchange`` gives them.

    ``used`` is true if any answer was used, false if some are marked and none was used, else null. ``fresh`` and
    ``output_tokens`` are sums, the rest is that of the typed prompt. Prompts that a job sends (see ``_jobs``) are no
    prompts of the person and left out.
    """
    sums = rows.group_by("exchange").agg(
        pl.col("used").max(), pl.col("fresh").sum(), pl.col("output_tokens").sum(), pl.len().alias("calls")
    )
    typed = rows.filter("turn").select(
        "exchange", "user", "session", "day", "timestamp", "app", "model", "template_id", "prompt_id", "planned",
        "words",
    )  # fmt: skip
    joined = typed.join(sums, on="exchange", how="left", maintain_order="left")
    key = ["user", "app", "template_id"]
    return joined.join(_jobs(joined, key), on=key, how="anti", nulls_equal=True, maintain_order="left")


def _jobs(typed: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return streams (user, app, template) that no person types: within seconds, or by the clock all day long."""
    gap = pl.col("timestamp").diff().over([*key, "day"]).dt.total_milliseconds() / 1000
    usual = pl.col("gap").median()
    in_time = pl.col("gap").is_between((1 - CLOCK_SLACK) * usual, (1 + CLOCK_SLACK) * usual).mean()
    often = typed.filter(pl.len().over(key) >= MIN_JOB_CALLS).with_columns(gap.alias("gap"))
    daily = often.group_by([*key, "day"]).len("daily").group_by(key).agg(pl.col("daily").median())
    streams = often.group_by(key).agg(usual.alias("usual"), in_time.alias("in_time"))
    found = streams.join(daily, on=key, nulls_equal=True)
    all_day = pl.col("usual") * pl.col("daily") >= CLOCK_TIME
    clocked = (pl.col("usual") >= CLOCK_GAP) & (pl.col("in_time") >= CLOCKED) & all_day
    return found.filter(clocked | (pl.col("usual") < MACHINE_PACE)).select(key)
