"""Tell what a person typed from what an agent, a client or a gateway sent on their behalf.

Method: with an explicit marker, believe it. Without one, a call in an agentic session (cache reads, tool calls or
tool results) opens a new turn only at its start or after a pause of 25 s, for a gateway repeats the person's last
message on every step of an agent; where that message stands above an ever larger context, not even then.
"""

from __future__ import annotations

import polars as pl

TURN_PAUSE = pl.duration(seconds=25)
SESSION_PAUSE = pl.duration(minutes=10)
# An agent's slow steps repeat the person's words too: above a context that grows nearly every time, in a session that
# bears an agent's marks or mostly steps within moments. Somebody who asks again in a chat does neither.
MIN_REPEATS = 3
STEADY_GROWTH = 0.8
BRISK = 0.5


def with_session_key(events: pl.DataFrame) -> pl.DataFrame:
    """Add ``session_key``: the client's session, else calls of one user and app less than 10 minutes apart.

    Expects rows sorted by time. Synthetic session ids (one per call) do not count as sessions.
    """
    client = (pl.col("session_quality") == "client") & pl.col("session_id").is_not_null()
    pause = (pl.col("timestamp").diff() > SESSION_PAUSE).fill_null(True).cum_sum().over("user", "app")
    # A separator that names do not hold: "ann" + "1" is not "ann1".
    user, app = (pl.col(name).fill_null("") for name in ("user", "app"))
    gap_session = pl.concat_str(pl.lit("~"), user, app, pause.cast(pl.String), separator="\x1f")
    return events.with_columns(
        pl.when(client)
        .then(pl.concat_str(user, pl.col("session_id"), separator="\x1f"))
        .otherwise(gap_session)
        .alias("session_key")
    )


def with_human_turns(events: pl.DataFrame) -> pl.DataFrame:
    """Add ``is_human_turn``: true for calls that a person typed. Expects rows sorted by time."""
    keyed = with_session_key(events)
    session = "session_key"
    quick = (pl.col("timestamp").diff().over(session) < TURN_PAUSE).fill_null(False)
    same_prompt = (pl.col("prompt_id") == pl.col("prompt_id").shift().over(session)).fill_null(False)
    grown = (pl.col("input_tokens") > pl.col("input_tokens").shift().over(session)).fill_null(False)
    flagged = keyed.with_columns(
        quick.alias("_quick"), same_prompt.alias("_same"), (same_prompt & grown).alias("_grown")
    )
    marked_session = _marks_of_an_agent().any().over(session)
    quick_step = pl.col("_quick") & (marked_session | pl.col("_grown"))
    repeats = pl.col("_same").sum().over(session)
    steady = pl.col("_grown").sum().over(session) >= STEADY_GROWTH * repeats
    brisk = (pl.col("_same") & pl.col("_quick")).sum().over(session) >= BRISK * repeats
    slow_step = pl.col("_grown") & (repeats >= MIN_REPEATS) & steady & (marked_session | brisk)
    step = quick_step | slow_step
    typed = pl.col("prompt_kind").is_null() | pl.col("prompt_kind").is_in(["human", "command"])
    marked = pl.when(pl.col("is_agent").is_not_null()).then(~pl.col("is_agent")).otherwise(~step)
    return flagged.with_columns((typed & marked).alias("is_human_turn")).drop(session, "_quick", "_same", "_grown")


def _marks_of_an_agent() -> pl.Expr:
    marks = (
        (pl.col("cache_read_tokens") > 0) | pl.col("tool_name").is_not_null() | (pl.col("prompt_kind") == "tool_result")
    )
    return marks.fill_null(False)
