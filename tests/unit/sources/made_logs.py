"""Small logs of our own making, and how to read them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from tokenscan.events.schema import RAW
from tokenscan.sources.base import ReadOptions
from tokenscan.sources.files import LogFile
from tokenscan.sources.formats.table import Table
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.sniff import probe

Record = dict[str, Any]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HEADER = "event_id,timestamp,user,prompt,input_tokens\n"


def moment(number: int) -> str:
    """Return a time ``number`` seconds into the log."""
    return (START + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def call(number: int, **changes: Any) -> Record:
    """Return one call of ann: its number is its id, its second and its input tokens."""
    return {
        "event_id": f"e{number}",
        "timestamp": moment(number),
        "user": "ann",
        "prompt": f"question {number}",
        "input_tokens": number,
    } | changes


def csv_row(number: int) -> str:
    return ",".join(str(value) for value in call(number).values()) + "\n"


def calls(first: int, last: int) -> bytes:
    """Return JSON lines of the calls from ``first`` up to, not including, ``last``."""
    return b"".join(json.dumps(call(number)).encode() + b"\n" for number in range(first, last))


def jsonl(*records: Record | bytes) -> bytes:
    return b"\n".join(record if isinstance(record, bytes) else json.dumps(record).encode() for record in records)


def zstd(content: bytes) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


def pack(content: bytes, codec: str) -> bytes:
    return gzip.compress(content, mtime=0) if codec == "gz" else zstd(content)


def log_file(content: bytes, name: str = "log") -> LogFile:
    return LogFile(path=Path("-"), name=name, named=True, content=content)


def read(
    content: bytes, mapping: Mapping[str, str] | None = None, latest: datetime | None = None
) -> tuple[pl.DataFrame, Quarantine]:
    """Read a file of this content as a plain table."""
    quarantine = Quarantine()
    options = ReadOptions(mapping=mapping or {}, latest=latest)
    frames = list(Table().read(probe(log_file(content)), options, quarantine))
    assert all(frame.schema == RAW for frame in frames)
    return pl.concat([pl.DataFrame(schema=RAW), *frames]), quarantine


def numbers(content: bytes) -> list[int]:
    """Return which calls of a file are read, by number; none may be bad or lost."""
    frame, quarantine = read(content)
    assert quarantine.total == 0
    assert quarantine.broken == {}
    return frame["input_tokens"].to_list()


def reasons(quarantine: Quarantine) -> dict[str, list[int]]:
    """Return the bad rows by reason (samples only)."""
    found: dict[str, list[int]] = {}
    for bad in quarantine.samples:
        found.setdefault(bad.reason, []).append(bad.row)
    return found
