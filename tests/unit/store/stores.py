"""Small logs, and stores made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from tokenscan.events.count import count
from tokenscan.events.log import EventLog
from tokenscan.ingest import Ingested, IngestOptions, ingest
from tokenscan.reading import InputOptions, families, read_files
from tokenscan.store.reader import load

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATEST = datetime(2027, 1, 1, tzinfo=UTC)
WORDS = "please check the invoice totals against the order book and list what differs"


def call(number: int, **changes: Any) -> dict[str, Any]:
    """Return call ``number`` of ann, one an hour."""
    moment = START + timedelta(hours=number)
    return {
        "event_id": f"call-{number:06}-of-ann",
        "timestamp": moment.isoformat(),
        "user": "ann",
        "prompt": f"{WORDS} {number}",
        "input_tokens": 100 + number,
        "output_tokens": 10,
        "model": "gpt-5.5",
    } | changes


def write(path: Path, records: Iterable[dict[str, Any] | str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("".join(line + "\n" for line in lines))
    return path


def take(store: Path, *paths: Path, **options: Any) -> Ingested:
    """Ingest paths into a store."""
    reading = InputOptions(latest=LATEST)
    return ingest([str(path) for path in paths], store, IngestOptions(reading=reading, **options))


def stored(store: Path) -> EventLog:
    return count(load(store), families())


def raw(*paths: Path) -> EventLog:
    return read_files([str(path) for path in paths], InputOptions(latest=LATEST))


def same(one: EventLog, other: EventLog, *, places: bool = True) -> bool:
    """Say whether two logs tell the same; ``places``: of the same files too."""
    drop: Sequence[str] = () if places else ("source_file", "source_row")
    events = one.events.drop(drop).equals(other.events.drop(drop))
    files = not places or sorted(one.files, key=lambda file: file.name) == sorted(other.files, key=lambda f: f.name)
    sums = (one.duplicates, one.rows, one.bad_rows, one.broken) == (
        other.duplicates, other.rows, other.bad_rows, other.broken,
    )  # fmt: skip
    return events and one.prompts.equals(other.prompts) and files and sums


def tokens(log: EventLog) -> int:
    return int(log.events.select(pl.col("input_tokens").sum()).item())
