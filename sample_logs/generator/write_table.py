"""Write the chat assistant's export: one plain Parquet table, one row a call."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import polars as pl

from sample_logs.generator.dice import dice, hexadecimal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sample_logs.generator.calls import Call

SCHEMA = pl.Schema(
    {
        "event_id": pl.String(),
        "timestamp": pl.Datetime("us", "UTC"),
        "user": pl.String(),
        "session_id": pl.String(),
        "task_id": pl.String(),
        "app": pl.String(),
        "model": pl.String(),
        "provider": pl.String(),
        "prompt": pl.String(),
        "response_chars": pl.Int64(),
        "input_tokens": pl.Int64(),
        "cache_read_tokens": pl.Int64(),
        "output_tokens": pl.Int64(),
        "latency_ms": pl.Int64(),
        "status": pl.String(),
        "used": pl.Boolean(),
    }
)
CHARS_A_TOKEN = 4.2


def table(calls: Iterable[Call]) -> pl.DataFrame:
    """Return the export, ordered by time."""
    rng = dice("event ids")
    ordered = sorted(calls, key=attrgetter("at", "user", "session_id", "prompt"))
    columns: dict[str, list[object]] = {
        "event_id": [f"ev_{hexadecimal(rng, 12)}" for _ in ordered],
        "timestamp": [call.at for call in ordered],
        "provider": ["openai" if call.model.startswith("gpt") else "anthropic" for call in ordered],
        "response_chars": [round(CHARS_A_TOKEN * call.output_tokens) for call in ordered],
        "status": ["ok" if call.ok else "error" for call in ordered],
    }
    for name in SCHEMA.keys() - columns.keys():
        columns[name] = [getattr(call, name) for call in ordered]
    return pl.DataFrame({name: columns[name] for name in SCHEMA}, schema=SCHEMA)


def write_table(calls: Iterable[Call], path: Path) -> None:
    """Write the export with fixed options, so that the same rows give the same bytes."""
    table(calls).write_parquet(path, compression="zstd", compression_level=15, statistics=True, row_group_size=100_000)
