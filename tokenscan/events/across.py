"""Make one event of a call that several systems logged: the client, a gateway, tracing, the provider.

They share the provider's response id and little else: each names the person its own way, and each keeps other fields.
"""

from __future__ import annotations

import polars as pl

# An id this short is a counter that two systems may both have reached, not the provider's.
MIN_ID_CHARS = 12
# The same id after so long is another call: some systems number their calls anew.
ID_REUSE = pl.duration(hours=6)

# Fields that only make sense together. What a field says of its own worth decides whose are taken: higher is better.
_NAME, _SESSION, _COST = ("user", "user_kind"), ("session_id", "session_quality"), ("cost_nanousd", "cost_kind")
_TOKENS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens",
           "reasoning_tokens", "cache_inside_input", "tokens_quality", "model")  # fmt: skip
_PROMPT = ("prompt_id", "prompt_chars", "prompt_kind", "prompt_scope", "prompt_truncated", "context_id")
_GROUPED = {*_NAME, *_SESSION, *_COST, *_TOKENS, *_PROMPT}
_WORTH = {
    "user_kind": {"email": 5, "login": 4, "arn": 3, "key": 2, "host": 1},
    "session_quality": {"client": 2, "synthetic": 1},
    "cost_kind": {"charged": 3, "logged": 2, "priced": 1},
}


def under_one_id(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``rows`` (ROWS) with one ``event_id`` for calls that one system logs under a second id (``other_id``)."""
    second = pl.col("other_id")
    known = rows.filter((second.str.len_bytes() >= MIN_ID_CHARS) & (second != pl.col("event_id")))
    if known.is_empty():
        return rows
    first = known.group_by("other_id").agg(pl.col("event_id").min().alias("_first"))
    named = rows.join(first, left_on="event_id", right_on="other_id", how="left", maintain_order="left")
    return named.with_columns(pl.coalesce("_first", "event_id").alias("event_id")).select(rows.columns)


def merge_across_systems(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row a call, and the rows given up for it. ``rows`` (ROWS) hold no call twice within one format.

    Of fields that belong together the best group is taken whole: the name that says most of a person, the session a
    client sent, the token counts with most detail, the prompt that is not cut, the cost that was charged. All else
    comes from the fullest row that has it.
    """
    if rows["source_format"].n_unique() < 2:
        return rows, rows.clear()
    marked = rows.with_row_index("_row").with_columns(
        (pl.col("event_id").is_duplicated() & (pl.col("event_id").str.len_bytes() >= MIN_ID_CHARS)).alias("_shared")
    )
    together = _calls(marked.filter("_shared"))
    if together.is_empty():
        return rows, together.select(rows.columns)
    filled = pl.sum_horizontal(pl.col(name).is_not_null() for name in rows.columns)
    # One row a format, so that fullness and format make a total order.
    ordered = together.with_columns(filled.alias("_filled")).sort(
        "_call", "_filled", "source_format", descending=[False, True, False]
    )
    merged = ordered.group_by("_call", maintain_order=True).agg(*_best_groups(), *_singles(rows.columns))
    given_up = ordered.filter(pl.int_range(pl.len()).over("_call") > 0)
    alone = marked.join(ordered.select("_row"), on="_row", how="anti", maintain_order="left")
    return pl.concat([alone.select(rows.columns), merged.select(rows.columns)]), given_up.select(rows.columns)


def _calls(shared: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that several formats tell of one call, with ``_call``.

    Where one format has the id twice near that time, the id does not say which of its calls is meant.
    """
    ordered = shared.sort("event_id", "timestamp", "source_format")
    another = pl.col("event_id").ne_missing(pl.col("event_id").shift()) | (pl.col("timestamp").diff() > ID_REUSE)
    keyed = ordered.with_columns(another.fill_null(value=True).cum_sum().alias("_call"))
    rows_of_call = pl.len().over("_call")
    return keyed.filter((rows_of_call > 1) & (pl.col("source_format").n_unique().over("_call") == rows_of_call))


def _best_groups() -> list[pl.Expr]:
    detail = pl.sum_horizontal(pl.col(name).is_not_null() for name in _TOKENS)
    whole = pl.col("prompt_id").is_not_null().cast(pl.Int64) * 2 - pl.col("prompt_truncated").fill_null(value=False)
    guessed = (pl.col("tokens_quality") == "estimated").fill_null(value=False)
    counted = pl.col("output_tokens").is_not_null().cast(pl.Int64) * pl.when(guessed).then(100).otherwise(200) + detail
    ranks = [(_NAME, _worth("user_kind")), (_SESSION, _worth("session_quality")), (_COST, _worth("cost_kind")),
             (_TOKENS, counted), (_PROMPT, whole)]  # fmt: skip
    return [pl.col(name).sort_by(-rank, maintain_order=True).first() for names, rank in ranks for name in names]


def _worth(column: str) -> pl.Expr:
    words = pl.col(column).cast(pl.String)
    return words.replace_strict(_WORTH[column], default=0, return_dtype=pl.Int64)


def _singles(columns: list[str]) -> list[pl.Expr]:
    told = {
        "timestamp": pl.col("timestamp").min(),
        "is_agent": pl.col("is_agent").min(),  # a tracer's mark must not hide that a person typed it
        "used": pl.col("used").max(),
        "status": pl.col("status").sort(nulls_last=True).first(),  # "ok" before "error": a second try may have worked
    }
    rest = [name for name in columns if name not in _GROUPED and name not in told]
    return [*told.values(), *(pl.col(name).first(ignore_nulls=True) for name in rest)]
