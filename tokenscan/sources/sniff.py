"""Tell a file's container and its first records from its content; names and suffixes are not trusted."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from itertools import chain, count, islice
from typing import Any, BinaryIO

import msgspec

from tokenscan.errors import InputError
from tokenscan.sources.aside import is_text_log, why_text_aside
from tokenscan.sources.base import Container, Probe
from tokenscan.sources.documents import PADDING, WRAPPERS, document_parts, rescued
from tokenscan.sources.files import LogFile
from tokenscan.sources.lines import RECORD_BYTES, TOO_LONG
from tokenscan.sources.streams import Reader, seekable

HEAD_BYTES = 1 << 20
SAMPLE_RECORDS = 50
WRAPPED_BYTES = 32 << 20  # of a first line without an end, where an object seems to wrap an array
_ZIP = b"PK\x03\x04"
_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_DELIMITERS = ",;\t|"
_WRAPPED = re.compile(rf'\{{[^\[]*?"(?:{"|".join(map(re.escape, sorted(WRAPPERS)))})"\s*:\s*\['.encode())
_WRAPPED_WITHIN = 1 << 16
_SEPARATOR_HINT = re.compile(r"sep=(.)")  # Excel's first line


class UnreadableError(InputError):
    """A log file that is there but cannot be read: what it holds is lost, so the run is incomplete."""


def probe(file: LogFile) -> Probe:
    """Return container, column names and a few records of ``file``.

    Raises:
        UnreadableError: the file cannot be opened, or is broken before its first record.
        InputError: the file is empty, or neither Parquet, CSV nor JSON.
    """
    try:
        with file.open() as stream:
            head, broken = _read_head(stream)
    except OSError as error:
        raise _unreadable(file, error) from error
    try:
        return _told(file, head)
    except InputError as error:
        # What is left of a broken archive may be too little to know it by.
        if broken is not None and not isinstance(error, UnreadableError):
            raise _unreadable(file, broken) from broken
        raise


def _told(file: LogFile, head: bytes) -> Probe:
    if head.startswith(b"PAR1"):
        return _probe_parquet(file)
    if head.startswith(_ZIP):
        raise InputError(f"{file.name}: a zip archive that holds no log", hint="unzip it, or save a workbook as CSV")
    text = head.removeprefix(_BOM).lstrip(PADDING)
    if not text:
        raise InputError(f"{file.name}: the file is empty", hint="check the export job")
    if is_text_log(text):
        if reason := why_text_aside(text):
            raise InputError(f"{file.name}: {reason}", hint="no calls to count there; leave it out")
        raise _unknown(file)
    lines = [line for line in text.split(b"\n", 4 * SAMPLE_RECORDS)[: 4 * SAMPLE_RECORDS] if line.strip()]
    if text[:1] in b"[{":
        return _probe_json(file, text, lines)
    if any(_record(line) for line in lines):
        return _jsonl(file, lines)
    return _probe_csv(file, head.removeprefix(_BOM))


def _unknown(file: LogFile) -> InputError:
    return InputError(f"{file.name}: neither Parquet, CSV nor JSON", hint="convert it, or leave it out")


def _unreadable(file: LogFile, error: Exception) -> UnreadableError:
    return UnreadableError(f"{file.name}: cannot be read ({error})", hint="check the file and its permissions")


def _read_head(stream: BinaryIO) -> tuple[bytes, Exception | None]:
    """Read the first HEAD_BYTES, of JSON lines at least a line; of a broken archive what it yields, and how it breaks.

    A line that is too long is left out.
    """
    reader = Reader(stream)
    head = reader.read(HEAD_BYTES)
    if head.removeprefix(_BOM).lstrip(PADDING)[:1] != b"{" or b"\n" in head.lstrip(PADDING):
        return head, reader.error
    pieces = [head]
    size, enough = len(head), WRAPPED_BYTES if _WRAPPED.match(head, 0, _WRAPPED_WITHIN) else RECORD_BYTES
    while piece := reader.read(HEAD_BYTES):
        pieces.append(piece)
        size += len(piece)
        if b"\n" in piece or size >= enough:
            break
    if size < RECORD_BYTES or b"\n" in pieces[-1]:
        return b"".join(pieces), reader.error
    pieces.clear()
    while piece := reader.read(HEAD_BYTES):
        _, broken, line = piece.partition(b"\n")
        if broken:
            return line + reader.read(HEAD_BYTES), reader.error
    return b"", OSError(f"a line {TOO_LONG}")


def _probe_parquet(file: LogFile) -> Probe:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with file.open() as stream, seekable(stream) as place:
            names = pq.ParquetFile(place).schema_arrow.names
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableError(f"{file.name}: broken Parquet file ({error})", hint="export it again") from error
    return Probe(file=file, container=Container.PARQUET, columns=frozenset(names))


def _probe_json(file: LogFile, text: bytes, lines: list[bytes]) -> Probe:
    """JSONL if its lines are objects of their own, else one JSON document."""
    first = _record(lines[0])
    loose = sum(line.startswith(b"{") and _record(line) is not None for line in lines[1:])
    if first is not None and (len(lines) > 1 or not _wraps_records(first)):
        return _jsonl(file, lines)
    if text[:1] == b"[" and len(lines) > 1 and _decode(lines[1].strip().rstrip(b",")) is not None:
        listed = [_decode(line.strip().lstrip(b"[").rstrip(b",")) for line in lines[: SAMPLE_RECORDS + 1]]
        if loose < 2:  # an array has a comma after each line but the last
            return _with_sample(file, Container.JSON, listed)
    # An array of lines in a wrapper has lines that are objects too, but all of it goes on from the first line.
    if loose > (text[:1] == b"[") and not _goes_on(text):
        return _jsonl(file, lines)
    return _with_sample(file, Container.JSON, _document_records(file))


def _jsonl(file: LogFile, lines: list[bytes]) -> Probe:
    return _with_sample(file, Container.JSONL, [_record(line) for line in lines])


def _with_sample(file: LogFile, container: Container, records: Iterable[Mapping[str, Any] | None]) -> Probe:
    sample = tuple(record for record in records if record is not None)[:SAMPLE_RECORDS]
    columns = frozenset(key for record in sample for key in record)
    return Probe(file=file, container=container, columns=columns, sample=sample)


def _wraps_records(record: Mapping[str, Any]) -> bool:
    lists = (record[key] for key in WRAPPERS & record.keys() if isinstance(record[key], list))
    return any(items and isinstance(items[0], dict) for items in lists)


def _goes_on(text: bytes) -> bool:
    """Say whether the text is the beginning of one JSON document (or all of it)."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        return "truncated" in str(error)
    return True


def _document_records(file: LogFile) -> list[Mapping[str, Any] | None]:
    sample: list[tuple[int, bytes]] = []
    broken = ""
    with file.open() as stream:
        for part in document_parts(stream, HEAD_BYTES):
            sample += part.items
            broken = part.broken
            if len(sample) >= SAMPLE_RECORDS:
                break
    if broken and not sample:
        raise UnreadableError(f"{file.name}: not valid JSON ({broken})", hint="export it again, or leave it out")
    return [_record(item) for _, item in sample[:SAMPLE_RECORDS]]


def _record(line: bytes) -> Mapping[str, Any] | None:
    """Return the object on a line, also one that a strict parser refuses."""
    line = line.strip(PADDING)
    if not (line.startswith(b"{") and line.endswith(b"}")):
        return None
    return _decode(line) or next((_decode(record) for record in rescued(line)[0]), None)


def _decode(line: bytes) -> Mapping[str, Any] | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return value if isinstance(value, dict) else None


def _probe_csv(file: LogFile, head: bytes) -> Probe:
    text = head.decode("utf-8", errors="replace")
    first = next((line for line in text.splitlines() if line.strip()), "")
    hinted = _SEPARATOR_HINT.fullmatch(first)
    delimiter = hinted[1] if hinted else max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = (row for row in reader if any(name.strip() for name in row))
        names = next(islice(rows, int(hinted is not None), None), [])
    except csv.Error as error:
        raise _unknown(file) from error
    if len(names) < 2 or _CONTROL.search("".join(names)):
        raise _unknown(file)
    header = _unique(names)
    return Probe(
        file=file,
        container=Container.CSV,
        columns=frozenset(header),
        delimiter=delimiter,
        header=header,
        header_line=reader.line_num,
    )


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    """Strip header names and number the repeated and the empty ones."""
    seen: dict[str, None] = {}
    for name in (name.strip() or "column" for name in names):
        numbered = (f"{name}#{copy}" for copy in count(2))
        seen[next(free for free in chain([name], numbered) if free not in seen)] = None
    return tuple(seen)
