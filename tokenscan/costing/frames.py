"""The cost report as a data frame."""

from __future__ import annotations

from typing import Any

import polars as pl

from tokenscan.costing.model import KINDS, CostReport, Line

_COUNTS = ("requests", "tokens", "fresh_input_tokens", "cache_read_tokens", "cache_write_5m_tokens",
           "cache_write_1h_tokens", "output_tokens", "reasoning_tokens", "cost_nanousd",
           *(f"{kind}_nanousd" for kind in KINDS), "unpriced_requests", "unpriced_tokens", "people",
           "current_nanousd", "previous_nanousd")  # fmt: skip


def lines_frame(report: CostReport) -> pl.DataFrame:
    """Return one row a line in report order: the keys, counts and exact amounts in nano-dollars."""
    keys = [key.value for key in report.by]
    schema = dict.fromkeys(keys, pl.String()) | {"partial": pl.Boolean()} | dict.fromkeys(_COUNTS, pl.Int64())
    rows = [(*line.keys, line.partial, *_counts(line)) for line in report.lines]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _counts(line: Line) -> tuple[Any, ...]:
    tokens = line.tokens
    return (
        line.requests, tokens.total, tokens.fresh_input, tokens.cache_read, tokens.cache_write_5m,
        tokens.cache_write_1h, tokens.output, tokens.reasoning, line.nanousd,
        *(line.kinds[kind].nanousd for kind in KINDS), line.unknown.requests, line.unknown.tokens, line.people,
        line.current, line.previous,
    )  # fmt: skip
