"""Read logs of the clouds' model services, from fixtures and made up, through their own source and end to end."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import strategies as st

from tokenscan.events.log import EventLog
from tokenscan.events.schema import LINKS, RAW
from tokenscan.reading import InputOptions, read_files
from tokenscan.sources.base import ReadOptions, Source
from tokenscan.sources.files import LogFile
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.sniff import probe

FIXTURES = Path(__file__).parent / "fixtures"
LATEST = datetime(2026, 4, 1, tzinfo=UTC)

_LEAVES = (
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=12)
    | st.sampled_from(["2026-03-02T09:00:00Z", "{}", "[]", '{"messages": 1}', "12", "-1", "null", '"', "[{", "\ud800"])
)  # fmt: skip
VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def objects(names: Iterable[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with some of these keys and values of any type, nested ones under the same keys too."""
    keys = st.sampled_from(sorted(names))
    flat = st.dictionaries(keys, VALUES, max_size=6)
    return st.dictionaries(keys, VALUES | flat | st.lists(flat, max_size=3) | flat.map(json.dumps), max_size=10)


def fixture(*parts: str) -> Path:
    return FIXTURES.joinpath(*parts)


def raw(source: Source, content: Path | bytes, name: str = "log") -> tuple[pl.DataFrame, pl.DataFrame, Quarantine]:
    """Return the rows, the links and the quarantine of one file, read as this source."""
    path, text = (content, None) if isinstance(content, Path) else (Path("-"), content)
    probed = probe(LogFile(path=path, name=name, named=True, content=text))
    quarantine = Quarantine()
    frames = list(source.read(probed, ReadOptions(latest=LATEST), quarantine))
    rows = [frame for frame in frames if frame.schema == RAW]
    links = [frame for frame in frames if frame.schema == LINKS]
    assert len(rows) + len(links) == len(frames)
    return pl.concat([pl.DataFrame(schema=RAW), *rows]), pl.concat([pl.DataFrame(schema=LINKS), *links]), quarantine


def score(source: Source, content: Path | bytes) -> int:
    path, text = (content, None) if isinstance(content, Path) else (Path("-"), content)
    return source.score(probe(LogFile(path=path, name="log", named=True, content=text)), ReadOptions())


def columns(frame: pl.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    return frame.select(names).rows()


def events(*paths: Path) -> EventLog:
    """Read files as a user would, no format named."""
    return read_files([str(path) for path in paths], InputOptions(latest=LATEST))


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def table(header: Sequence[str], *rows: Sequence[Any]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


def survives(source: Source, records: list[dict[str, Any]], good: dict[str, Any]) -> None:
    """Assert that no record ends the reading: the good one after them is read; as a table they do not raise."""
    rows, _, _ = raw(source, lines(*records, good))
    assert rows["source_row"].max() == len(records) + 1
    header = sorted({name for record in (*records, good) for name in record})
    cells = [[_cell(record.get(name)) for name in header] for record in (*records, good)]
    raw(source, table(header, *cells))


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
