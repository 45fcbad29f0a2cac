"""Read export files of one format, as rows and as counted events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from made_logs import log_file

from tokenscan.events.log import EventLog
from tokenscan.events.schema import RAW
from tokenscan.reading import InputOptions, read_files
from tokenscan.sources.base import ReadOptions, Source
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.registry import choose
from tokenscan.sources.sniff import probe

FIXTURES = Path(__file__).parent / "fixtures"
SHARED = Path(__file__).parents[4] / "shared" / "data"
LATEST = datetime(2026, 12, 31, tzinfo=UTC)


def rows_of(file: Path | bytes, format_name: str) -> tuple[pl.DataFrame, Quarantine]:
    """Return the RAW rows of a file, which must be recognised as of that format."""
    content = file if isinstance(file, bytes) else file.read_bytes()
    probed = probe(log_file(content))
    source = choose(probed, "auto", ReadOptions())
    assert source.name == format_name
    quarantine = Quarantine()
    frames = list(source.read(probed, ReadOptions(latest=LATEST), quarantine))
    assert all(frame.schema == RAW for frame in frames)
    return pl.concat([pl.DataFrame(schema=RAW), *frames]), quarantine


def log_of(*files: Path) -> EventLog:
    return read_files([str(file) for file in files], InputOptions(latest=LATEST))


def told(frame: pl.DataFrame, *columns: str, **where: Any) -> list[tuple[Any, ...]]:
    """Return the values of ``columns``, row by row, of the rows in which ``where`` holds."""
    chosen = frame.filter(pl.col(name).eq_missing(pl.lit(value)) for name, value in where.items()) if where else frame
    return chosen.select(columns).rows()


def sums(frame: pl.DataFrame, *columns: str) -> tuple[int, ...]:
    return frame.select(pl.col(columns).sum()).row(0)


def survives(source: Source, content: bytes) -> None:
    """Check that ``content`` is read without an error, whatever it holds."""
    probed = probe(log_file(content))
    assert 0 <= source.score(probed, ReadOptions()) <= 100
    assert all(frame.schema == RAW for frame in source.read(probed, ReadOptions(latest=LATEST), Quarantine()))


def csv_of(header: Sequence[str], *records: Mapping[str, str]) -> bytes:
    def line(values: Sequence[str]) -> str:
        return ",".join('"' + value.replace('"', '""') + '"' for value in values)

    return "\n".join([line(header), *(line([record.get(name, "") for name in header]) for record in records)]).encode()
