"""Tell what a person typed from what an agent, a client or a gateway sent on their behalf.

Method: with an explicit marker, believe it. Without one, a call in an agentic session (cache reads, tool calls or
tool results) opens a new turn only at its start or after a pause of 25 s, for a gateway repeats the person's last
message on every step of an agent.
"""

from __future__ import annotations

import polars as pl

TURN_PAUSE = pl.duration(seconds=25)
SESSION_PAUSE = pl.duration(minutes=10)


def with_session_key(events: pl.DataFrame) -> pl.DataFrame:
    """Add ``session_key``: the client's session, else calls of one user and app less than 10 minutes apart.

    Expects rows sorted by time. Synthetic session ids (one per call) do not count as sessions.
    """
    client = (pl.col("session_quality") == "client") & pl.col("session_id").is_not_null()
    pause = (pl.col("timestamp").diff() > SESSION_PAUSE).fill_null(True).cum_sum().over("user", "app")
    gap_session = pl.concat_str(pl.lit("~"), pl.col("user"), pl.col("app"), pause.cast(pl.String), ignore_nulls=True)
    return events.with_columns(
        pl.when(client)
        .then(pl.concat_str(pl.col("user").fill_null(""), pl.lit("/"), pl.col("session_id")))
        .otherwise(gap_session)
        .alias("session_key")
    )


def with_human_turns(events: pl.DataFrame) -> pl.DataFrame:
    """Add ``is_human_turn``: true for calls that a person typed. Expects rows sorted by time."""
    keyed = with_session_key(events)
    session = "session_key"
    agentic = (
        (
            (pl.col("cache_read_tokens") > 0)
            | pl.col("tool_name").is_not_null()
            | (pl.col("prompt_kind") == "tool_result")
        )
        .fill_null(False)
        .any()
        .over(session)
    )
    quick = (pl.col("timestamp").diff().over(session) < TURN_PAUSE).fill_null(False)
    same_prompt = (pl.col("prompt_id") == pl.col("prompt_id").shift().over(session)).fill_null(False)
    grown = (pl.col("input_tokens") > pl.col("input_tokens").shift().over(session)).fill_null(False)
    step = quick & (agentic | (same_prompt & grown))
    typed = pl.col("prompt_kind").is_null() | pl.col("prompt_kind").is_in(["human", "command"])
    marked = pl.when(pl.col("is_agent").is_not_null()).then(~pl.col("is_agent")).otherwise(~step)
    return keyed.with_columns((typed & marked).alias("is_human_turn")).drop(session)
