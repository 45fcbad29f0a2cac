"""Rows of the event table before hygiene, a few columns given and the rest null."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from tokenscan.events.schema import ROWS

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLACE = ["source_file", "source_row"]


def row(seconds: float = 0, **columns: Any) -> dict[str, Any]:
    """Return one answered call of ann, ``seconds`` into the log."""
    return {
        "timestamp": START + timedelta(seconds=seconds),
        "grain": "call",
        "n_requests": 1,
        "user": "ann",
        "session_quality": "none",
        "source_format": "table",
        "source_file": "log",
        "status": "ok",
    } | columns


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return rows as read from one file, numbered in order."""
    return pl.DataFrame([{"source_row": place} | row for place, row in enumerate(rows, 1)], schema=ROWS)


def values(events: pl.DataFrame, *names: str) -> Sequence[Any]:
    """Return one column as a list, or several as a list of rows."""
    return events[names[0]].to_list() if len(names) == 1 else events.select(names).rows()
