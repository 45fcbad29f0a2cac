"""Cursor: daily usage data of the Admin API, one row a member and day.

It counts requests by feature and has no tokens and no money. Members who did nothing have a row of zeros.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.decoded import Fields, objects, read_decoded
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.cursor_events import APP
from tokenscan.sources.formats.repeats import stable_id
from tokenscan.sources.quarantine import Quarantine

# What a person asks for. The included and the usage-based requests are the same ones counted by who pays for them,
# and what Bugbot reviews nobody asked.
_ASKED = ("composerRequests", "chatRequests", "agentRequests", "cmdkUsages")
_COLUMNS = ("date", "day", "email", "userId", *_ASKED)
_RECORD = msgspec.json.Decoder(dict[str, Any])


class CursorDaily:
    """Daily usage data of Cursor's Admin API."""

    name = "cursor-daily"
    title = "Cursor Admin API daily usage data"
    family = "cursor"
    how_to_export = (
        "With an admin's API key, POST https://api.cursor.com/teams/daily-usage-data for at most 30 days at a time and "
        "keep the answer as JSON."
    )
    carries: Mapping[str, str] = {"person": "yes", "text": "no", "tasks": "no", "cost": "no"}
    clock = "days as Cursor cuts them, taken as UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where a member's day is found."""
        if probe.container not in (Container.JSON, Container.JSONL):
            return 0
        rows = (row for record in probe.sample for row in _rows(record)[:1])
        return 100 if any(_is_day(row) for row in rows) else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames of grain ``day``; days without any request are left out."""
        for frame in read_decoded(probe, _COLUMNS, _decode, quarantine):
            days = _days(frame)
            if days.height:
                yield raw_frame(days, self.name, probe, options, quarantine)


def _rows(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*objects(record["data"])] if "data" in record else [record]


def _is_day(row: Mapping[str, Any]) -> bool:
    return bool(row.keys() & {"date", "day"} and row.keys() & {"email", "userId"} and len(row.keys() & {*_ASKED}) >= 2)


def _decode(record: bytes) -> list[Fields]:
    return [*_rows(_RECORD.decode(record))]


def _days(frame: pl.DataFrame) -> pl.DataFrame:
    day = convert.timestamp(frame["date"]).fill_null(convert.timestamp(frame["day"]))
    counts = [convert.tokens(frame[name]).alias(f"{name}_n") for name in _ASKED]
    wide = frame.with_columns(*counts, day.dt.truncate("1d").alias("start"))
    asked = pl.sum_horizontal(f"{name}_n" for name in _ASKED)
    broken = pl.coalesce(pl.when(pl.col(f"{name}_n").is_null()).then(_text(name)) for name in _ASKED)
    user = pl.coalesce(_text("email"), _text("userId"))
    days = wide.select(
        ROW,
        pl.col("start").alias("timestamp"),
        user.alias("user"),
        stable_id("cursor-day", [user.str.to_lowercase(), pl.col("start").dt.epoch("ms")]).alias("event_id"),
        pl.coalesce(broken, asked.cast(pl.String)).alias("n_requests"),
        grain=pl.lit("day"),
        app=pl.lit(APP),
    )
    return days.filter(pl.col("n_requests") != "0")


def _text(name: str) -> pl.Expr:
    stripped = pl.col(name).str.strip_chars()
    return pl.when(stripped != "").then(stripped)
