"""Read any container as frames of the columns asked for, a bounded batch at a time.

JSON and CSV values arrive as strings (nested JSON as JSON text), because logs disagree on types within one file and
type inference on the first rows loses keys that come late. Parquet keeps its own types. Every frame carries ``_row``,
the 1-based line, row or element number.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Sequence

import msgspec
import polars as pl

from tokenscan.sources.base import Container, Probe
from tokenscan.sources.csv_records import read_csv
from tokenscan.sources.documents import TOO_DEEP, record_blocks, rescued
from tokenscan.sources.fields import ROW
from tokenscan.sources.parquet_records import read_parquet
from tokenscan.sources.quarantine import Quarantine

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_STRING = msgspec.json.Decoder(str)
_NULL = msgspec.Raw(b"null")
_REFUSED = (pl.exceptions.PolarsError, msgspec.MsgspecError, ValueError, RecursionError)
# The escape of one half of a pair without the other, behind an even number of backslashes.
_HALF_CHARACTER = re.compile(
    rb"(?<!\\)(?:\\\\)*\\u[dD]"
    rb"(?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD])[c-fC-F])"
)


def read_records(probe: Probe, columns: Collection[str], quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    """Yield frames with those of ``columns`` that the file has, and ``_row``."""
    wanted = [name for name in sorted(columns) if name in probe.columns or probe.container is not Container.CSV]
    if probe.container is Container.PARQUET:
        yield from read_parquet(probe, [name for name in wanted if name in probe.columns], quarantine)
    elif probe.container is Container.CSV:
        yield from read_csv(probe, wanted, quarantine)
    else:
        for block in record_blocks(probe, quarantine):
            yield from frames_of_lines(block, wanted, probe, quarantine)


def frames_of_lines(
    lines: Sequence[tuple[int, bytes]], columns: Sequence[str], probe: Probe, quarantine: Quarantine
) -> Iterator[pl.DataFrame]:
    """Yield one frame of the JSON objects in ``lines``; bad lines go to the quarantine one by one."""
    if not lines:
        return
    try:
        frame = _parse(lines, columns)
    except _REFUSED:
        good = _good_lines(lines, probe, quarantine)
        if not good:
            return
        frame = pl.concat([*_bisect(good, columns, probe, quarantine)])
    if frame.height:
        yield frame


def _parse(lines: Sequence[tuple[int, bytes]], columns: Sequence[str]) -> pl.DataFrame:
    text = b"\n".join(line.strip() for _, line in lines)
    if (b"\\ud" in text or b"\\uD" in text) and _HALF_CHARACTER.search(text):
        raise ValueError("half of a character, which Polars would misread")
    frame = pl.read_ndjson(io.BytesIO(text), schema=dict.fromkeys(columns, pl.String))
    if frame.height != len(lines):
        raise ValueError("a line holds more or less than one object")
    numbers = pl.Series(ROW, [number for number, _ in lines], dtype=pl.Int64)
    return frame.with_columns(*_nested(frame, text, lines), numbers)


def _nested(frame: pl.DataFrame, text: bytes, lines: Sequence[tuple[int, bytes]]) -> list[pl.Series]:
    """Return the columns that hold objects or arrays as their JSON text: Polars leaves its line breaks unescaped."""
    open_ = frame.select(pl.all().str.contains(r"^[\[{]").any())
    names = [name for name in open_.columns if open_[name].item() and _holds_nested(text, name)]
    if not names:
        return []
    fields = [(f"f{i}", msgspec.Raw, msgspec.field(name=name, default=_NULL)) for i, name in enumerate(names)]
    decoder = msgspec.json.Decoder(msgspec.defstruct("Nested", fields, gc=False))
    values: list[list[str | None]] = [[] for _ in names]
    for _, line in lines:
        record = decoder.decode(line)
        for place, column in enumerate(values):
            column.append(_as_text(getattr(record, f"f{place}")))
    return [pl.Series(name, column, dtype=pl.String) for name, column in zip(names, values, strict=True)]


def _holds_nested(text: bytes, name: str) -> bool:
    """Say whether a key stands before an object or array anywhere, and not only before JSON in a string."""
    key = re.escape(msgspec.json.encode(name))
    return not name.isascii() or re.search(key + rb"\s*:\s*[\[{]", text) is not None


def _as_text(raw: msgspec.Raw) -> str | None:
    start = bytes(memoryview(raw)[:1])
    if start == b"n":
        return None
    if start == b'"':
        return _STRING.decode(raw)
    return msgspec.json.format(bytes(raw), indent=-1).decode()


def _good_lines(lines: Sequence[tuple[int, bytes]], probe: Probe, quarantine: Quarantine) -> list[tuple[int, bytes]]:
    good = []
    for number, line in lines:
        try:
            _OBJECT.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            records, reason = rescued(line)
            good += [(number, record) for record in records]
            if reason:
                quarantine.add(probe.file.name, [number], reason)
        else:
            good.append((number, line))
    return good


def _bisect(
    lines: list[tuple[int, bytes]], columns: Sequence[str], probe: Probe, quarantine: Quarantine
) -> Iterator[pl.DataFrame]:
    """Parse what can be parsed: halve a block that fails until the bad lines stand alone."""
    try:
        yield _parse(lines, columns)
    except _REFUSED:
        if len(lines) == 1:
            yield _parse_alone(lines[0], columns, probe, quarantine)
        else:
            middle = len(lines) // 2
            yield from _bisect(lines[:middle], columns, probe, quarantine)
            yield from _bisect(lines[middle:], columns, probe, quarantine)


def _parse_alone(line: tuple[int, bytes], columns: Sequence[str], probe: Probe, quarantine: Quarantine) -> pl.DataFrame:
    """Parse a line that is valid JSON but beyond Polars, such as one with a number of 30 digits."""
    number, text = line
    records, reason = rescued(text)
    try:
        return _parse([(number, record) for record in records], columns)
    except _REFUSED:
        quarantine.add(probe.file.name, [number], reason or TOO_DEEP)
        return pl.DataFrame(schema={**dict.fromkeys(columns, pl.String), ROW: pl.Int64})
