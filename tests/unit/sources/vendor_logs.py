"""Read the export files in ``fixtures``, and small ones written in a test, as a user's would be read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import strategies as st
from made_logs import log_file

from tokenscan.events.log import EventLog
from tokenscan.events.schema import RAW
from tokenscan.reading import InputOptions, read_files
from tokenscan.sources.base import ReadOptions, Source
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.registry import choose, sources
from tokenscan.sources.sniff import probe

FIXTURES = Path(__file__).parent / "fixtures"
SHARED = Path(__file__).parents[4] / "shared" / "data"
LATEST = datetime(2026, 12, 31, tzinfo=UTC)

# Whatever JSON may hold: an exporter may write any of it anywhere.
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec="utf-8"), max_size=12)
    | st.sampled_from(["2026-03-02T09:00:00Z", "1772409600", "12", "0.5", "{}", '{""a"":1}', "usd", "null", "-"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def log(*names: str) -> EventLog:
    """Read fixtures all the way to the event table."""
    return read_files([str(FIXTURES / name) for name in names], InputOptions(latest=LATEST))


def events(*names: str) -> pl.DataFrame:
    return log(*names).events


def formats(found: EventLog) -> set[str]:
    return {file.format for file in found.files}


def raw(content: bytes | str, name: str = "log") -> tuple[pl.DataFrame, Quarantine]:
    """Return what the format of a file, found by its content, reads of it."""
    probed = probe(log_file(content if isinstance(content, bytes) else content.encode(), name))
    quarantine = Quarantine()
    options = ReadOptions(latest=LATEST)
    frames = list(choose(probed, "auto", options).read(probed, options, quarantine))
    assert all(frame.schema == RAW for frame in frames)
    return pl.concat([pl.DataFrame(schema=RAW), *frames]), quarantine


def rows(content: bytes | str, name: str = "log") -> list[dict[str, Any]]:
    """Return the rows of a file none of which may be bad."""
    frame, quarantine = raw(content, name)
    assert quarantine.counts == {}
    return frame.to_dicts()


def chosen(content: bytes | str) -> str:
    probed = probe(log_file(content if isinstance(content, bytes) else content.encode()))
    return choose(probed, "auto", ReadOptions()).name


def scores(content: bytes) -> dict[str, int]:
    """Return the vendors' formats that a file fits, with their scores; a plain table may be anything."""
    probed = probe(log_file(content))
    found = {source.name: source.score(probed, ReadOptions()) for source in sources() if source.name != "table"}
    return {name: score for name, score in found.items() if score}


def told(frame: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Return the values of columns as rows, in an order of their own."""
    return sorted(frame.select(columns).rows(), key=lambda row: tuple((value is None, str(value)) for value in row))


def csv_of(records: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> bytes:
    """Return a CSV file; what is no text is written as JSON, and what a record has not is left empty."""
    names = list(columns)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for record in records:
        values = (record.get(name, "") for name in names)
        writer.writerow([value if isinstance(value, str) else json.dumps(value) for value in values])
    return out.getvalue().encode("utf-8", "replace")


def survives(source: Source, *contents: bytes) -> None:
    """Assert that a format reads these files without a traceback, and yields nothing but its schema."""
    for content in contents:
        probed = probe(log_file(content))
        assert 0 <= source.score(probed, ReadOptions()) <= 100
        for frame in source.read(probed, ReadOptions(latest=LATEST), Quarantine()):
            assert frame.schema == RAW
