"""Decide what LiteLLM's token counts, costs and session ids stand for."""

from __future__ import annotations

import polars as pl

COUNTS = {
    "input": "prompt_tokens",
    "output": "completion_tokens",
    "cache_read": "cached tokens",
    "cache_write": "cache_creation tokens",
    "cache_write_1h": "ephemeral_1h tokens",
    "reasoning": "reasoning_tokens",
}
_UUID = r"^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"


def settled_tokens() -> list[pl.Expr]:
    """Return ``input_tokens``, all cache tokens inside, and ``cache_inside_input``, how the row itself counted.

    LiteLLM adds cache tokens to ``prompt_tokens``; one version adds reads only, and pass-through rows may add nothing.
    The row's own numbers tell: reads above the prompt are not inside it, and reads that fit while reads and writes
    together do not leave the writes outside. Where writes fit too, the row cannot tell, and ``cache_inside_input`` is
    null.
    """
    prompt = pl.col("input")
    read, write = pl.col("cache_read").fill_null(0), pl.col("cache_write").fill_null(0)
    outside = pl.when(read > prompt).then(read + write).when(read + write > prompt).then(write).otherwise(0)
    inside = pl.when(outside > 0).then(pl.lit(False)).when((write == 0) & prompt.is_not_null()).then(pl.lit(True))
    return [(prompt + outside).alias("input_tokens"), inside.alias("cache_inside_input")]


def settled_cost(cost: pl.Expr) -> pl.Expr:
    """Return the logged cost, null where a 0 only means that the proxy knew no price.

    A cache hit and a failed call do cost nothing.
    """
    counted = pl.sum_horizontal("input", "output") > 0
    free = pl.col("is_cache_hit") | (pl.col("status") == "error").fill_null(value=False) | ~counted
    return pl.when((cost > 0) | free).then(cost)


class Sessions:
    """Tells session ids that a client sent from those the proxy makes up, one random UUID a call.

    An id is the client's if it is no UUID, if the client's own metadata holds it, or if more than one successful call
    carries it; the proxy's own retries share an id but only one of them succeeds. Files are read in blocks, so a
    session's first call counts as synthetic if the others come in a later block.
    """

    def __init__(self) -> None:
        self._seen = pl.DataFrame(schema={"id": pl.UInt64, "call": pl.UInt64})

    def quality(self, calls: pl.DataFrame) -> pl.Series:
        """Return ``client``, ``synthetic`` or ``none`` for each row of ``session_id``, ``event_id``, ``status``."""
        session = pl.col("session_id")
        good = calls.filter(session.is_not_null() & (pl.col("status") != "error").fill_null(value=True))
        pairs = pl.concat(
            [self._seen, good.select(session.hash().alias("id"), pl.col("event_id").hash().alias("call"))]
        )
        repeated = pairs.group_by("id").agg(pl.col("call").n_unique()).filter(pl.col("call") > 1)["id"]
        # Two calls of a session are as good as all of them to know it again.
        self._seen = pairs.unique().filter(pl.int_range(pl.len()).over("id") < 2)
        client = (
            ~session.str.contains(_UUID)
            | (session == pl.col("client_session")).fill_null(value=False)
            | session.hash().is_in(repeated.implode())
        )
        quality = pl.when(session.is_null()).then(pl.lit("none")).when(client).then(pl.lit("client"))
        return calls.select(quality.otherwise(pl.lit("synthetic")).alias("session_quality")).to_series()
