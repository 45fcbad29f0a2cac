"""Helpers of the tests of session files: fixtures, and reading one as events or as rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from tokenscan.events.log import EventLog
from tokenscan.events.schema import RAW
from tokenscan.reading import InputOptions, read_files
from tokenscan.sources.base import ReadOptions, Source
from tokenscan.sources.files import LogFile
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.sniff import probe

Record = dict[str, Any]
FIXTURES = Path(__file__).parent / "fixtures"
LATEST = datetime(2026, 12, 31, tzinfo=UTC)


def log_of(*paths: Path) -> EventLog:
    """Read files as the program does: formats told from content, every call counted once."""
    return read_files([str(path) for path in paths], InputOptions(latest=LATEST))


def rows_of(source: Source, file: LogFile) -> tuple[pl.DataFrame, Quarantine]:
    """Read one file's rows, uncounted."""
    quarantine, options = Quarantine(), ReadOptions(latest=LATEST)
    frames = list(source.read(probe(file), options, quarantine))
    assert all(frame.schema == RAW for frame in frames)
    return pl.concat([pl.DataFrame(schema=RAW), *frames]), quarantine


def file_of(records: Sequence[Record | str | bytes], name: str = "session.jsonl") -> LogFile:
    lines = (line if isinstance(line, str | bytes) else json.dumps(line) for line in records)
    content = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    return LogFile(path=Path("-"), name=name, named=True, content=content)


def sums(events: pl.DataFrame, *names: str) -> tuple[int, ...]:
    return events.select(pl.col(names).sum()).row(0)
