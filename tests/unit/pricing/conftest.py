from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from tokenscan.events.schema import EVENTS

Table = Callable[..., pl.DataFrame]

CALL: dict[str, Any] = {
    "timestamp": datetime(2026, 1, 15, 12, tzinfo=UTC),
    "grain": "call",
    "n_requests": 1,
    "model": "gpt-4o",
    "provider": "openai",
    "input_tokens": 1000,
    "output_tokens": 100,
    "status": "ok",
}


@pytest.fixture
def table() -> Table:
    """Build a table of events from one dict of differences a row."""

    def build(*rows: dict[str, Any]) -> pl.DataFrame:
        return pl.DataFrame([CALL | row for row in rows], schema=EVENTS)

    return build
