"""Read token counts from a vendor's ``usage`` object, as many exports keep it whole in one column."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tokenscan.sources import convert

# OpenAI's names (chat, then responses) and Anthropic's; the first that a row has counts.
_PATHS: Mapping[str, tuple[str, ...]] = {
    "input_tokens": ("$.prompt_tokens", "$.input_tokens"),
    "output_tokens": ("$.completion_tokens", "$.output_tokens"),
    "cache_read_tokens": (
        "$.prompt_tokens_details.cached_tokens",
        "$.input_tokens_details.cached_tokens",
        "$.cache_read_input_tokens",
    ),
    "cache_write_tokens": ("$.cache_creation_input_tokens",),
    "reasoning_tokens": (
        "$.completion_tokens_details.reasoning_tokens",
        "$.output_tokens_details.reasoning_tokens",
    ),
}


def usage_tokens(usage: pl.Series, columns: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
    """Return token columns, what the table's own ``columns`` leave open taken from the JSON text in ``usage``."""
    frame = usage.alias("usage").to_frame()
    found = {}
    for field, paths in _PATHS.items():
        told = frame.select(pl.coalesce(pl.col("usage").str.json_path_match(path) for path in paths)).to_series()
        counts = convert.tokens(told)
        found[field] = columns[field].fill_null(counts) if field in columns else counts
    return found
