"""Read CSV exports with pyarrow: every value a string, ragged rows named one by one."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import count, islice, pairwise
from typing import Any, NamedTuple

import polars as pl

from tokenscan.sources.base import Probe
from tokenscan.sources.lines import line_blocks
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.streams import WholeLines, blocks

# A row must fit in a block, or the slow reader takes over; Arrow holds some twenty blocks at a time.
BLOCK_BYTES = 8 << 20
ROWS = 100_000
LINES_PER_VALUE, BYTES_PER_VALUE = 10_000, 64 << 20
ROW = "_row"
_LONGER_THAN_A_BLOCK = "straddling"  # Arrow's word
_Line = tuple[int, bytes]
_Row = tuple[int, list[str]]


class _Ragged(NamedTuple):
    number: int
    fields: int
    lines: list[bytes]  # where it is of several


def read_csv(probe: Probe, columns: Sequence[str], quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    """Yield frames of strings with those of ``columns`` in the header, and ``_row`` (1 = the header)."""
    if _quotes_balance(probe):
        yield from _read_blocks(probe, columns, quarantine)
    else:
        # One quote never closes and would swallow the rest of the file.
        yield from _read_lines(probe, columns, quarantine)


def _quotes_balance(probe: Probe) -> bool:
    try:
        with probe.file.open() as stream:
            return sum(block.count(b'"') for block in blocks(stream, 1 << 24)) % 2 == 0
    except OSError:
        return True


def _read_blocks(probe: Probe, columns: Sequence[str], quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    import pyarrow as pa

    bad: list[_Ragged] = []
    row, good = probe.header_line, 0
    with probe.file.open() as raw:
        stream = WholeLines(raw)
        try:
            for batch in _arrow_reader(stream, probe, columns, bad):
                frame = pl.DataFrame(pl.from_arrow(batch)).select(pl.when(pl.all() != "").then(pl.all()))
                numbers = _numbers(row, frame.height, {each.number for each in bad})
                yield frame.with_columns(pl.Series(ROW, numbers, dtype=pl.Int64))
                row = numbers[-1] if numbers else row
                known = [each for each in bad if each.number < row]
                bad[:] = [each for each in bad if each.number > row]
                good += frame.height
                for found in _frames(_untangled(known, probe, quarantine), columns, probe):
                    good += found.height
                    yield found
        except (pa.ArrowException, ValueError) as error:
            if _LONGER_THAN_A_BLOCK in str(error):
                yield from _read_on(probe, columns, quarantine, good)
                return
            quarantine.break_off(probe.file.name, f"CSV broken after row {row}: {error}")
    yield from _frames(_untangled(bad, probe, quarantine), columns, probe)
    if stream.broken:
        quarantine.break_off(probe.file.name, f"archive broken after row {row}: {stream.broken}")


def _arrow_reader(stream: WholeLines, probe: Probe, columns: Sequence[str], bad: list[_Ragged]) -> Iterable[Any]:
    """Return a reader of Arrow batches of strings; rows of the wrong width go to ``bad``."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    def skip(row: Any) -> str:
        lines = row.text.encode().split(b"\n") if row.text and "\n" in row.text else []
        bad.append(_Ragged(row.number, row.actual_columns, lines))
        return "skip"

    reader: Iterable[Any] = pacsv.open_csv(
        pa.PythonFile(stream, mode="r"),
        # Threads would lose the row numbers of bad rows.
        read_options=pacsv.ReadOptions(
            block_size=BLOCK_BYTES, use_threads=False, column_names=list(probe.header), skip_rows=probe.header_line
        ),
        parse_options=pacsv.ParseOptions(delimiter=probe.delimiter, newlines_in_values=True, invalid_row_handler=skip),
        convert_options=pacsv.ConvertOptions(
            include_columns=list(columns), column_types=dict.fromkeys(columns, pa.string())
        ),
    )
    return reader


def _read_on(probe: Probe, columns: Sequence[str], quarantine: Quarantine, good: int) -> Iterator[pl.DataFrame]:
    """Read line by line what comes after ``good`` rows that have been read: a row there is longer than a block."""
    gate = _Gate()
    rows = _rows(_lines(probe, gate), probe, gate)
    for _ in islice(rows, good):
        pass
    gate.to = quarantine
    yield from _frames(rows, columns, probe)


@dataclass(slots=True)
class _Gate(Quarantine):
    """Passes on what it is told once ``to`` is set: what came before has been counted."""

    to: Quarantine | None = None

    def add(self, file: str, rows: Iterable[int], reason: str) -> None:
        """Pass on bad rows."""
        if self.to is not None:
            self.to.add(file, rows, reason)

    def break_off(self, file: str, reason: str) -> None:
        """Pass on how a file breaks."""
        if self.to is not None:
            self.to.break_off(file, reason)


def _numbers(last: int, rows: int, bad: AbstractSet[int]) -> list[int]:
    """Return the numbers of the good ``rows`` after row ``last``; as Arrow reads ahead, ``bad`` may hold later ones."""
    return list(islice((number for number in count(last + 1) if number not in bad), rows))


def _untangled(bad: Iterable[_Ragged], probe: Probe, quarantine: Quarantine) -> Iterator[_Row]:
    """Yield good rows that an unclosed quote has swallowed: a ragged row of many lines may hold them."""
    for row in bad:
        swallowed = Quarantine()
        good = list(_rows(((row.number, line) for line in row.lines), probe, swallowed))
        yield from good
        for (file, reason), times in swallowed.counts.items() if good else ():
            quarantine.add(file, [row.number] * times, reason)
        if not good:
            quarantine.add(probe.file.name, [row.number], _ragged(row.fields, len(probe.header)))


def _read_lines(probe: Probe, columns: Sequence[str], quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    yield from _frames(_rows(_lines(probe, quarantine), probe, quarantine), columns, probe)


def _lines(probe: Probe, quarantine: Quarantine) -> Iterator[_Line]:
    return (line for block in line_blocks(probe, quarantine) for line in block if line[0] > probe.header_line)


def _rows(lines: Iterable[_Line], probe: Probe, quarantine: Quarantine) -> Iterator[_Row]:
    """Yield the rows of the right width.

    A line with an odd number of quotes is joined with those up to the next such line. If that makes no row, one of
    its quotes was a stray one, and the lines after it stand for themselves.
    """
    ahead: deque[_Line] = deque()
    source = iter(lines)
    while line := ahead.popleft() if ahead else next(source, None):
        values = _split(line[1], probe)
        if len(values) != len(probe.header) and _odd(line):
            more = _up_to_odd(ahead, source)
            joined = _split(_joined([line, *islice(ahead, more)]), probe)
            if len(joined) == len(probe.header):
                values = joined
                ahead = deque(islice(ahead, more, None))
        if len(values) == len(probe.header):
            yield line[0], values
        elif line[1].strip():
            quarantine.add(probe.file.name, [line[0]], _ragged(len(values), len(probe.header)))


def _odd(line: _Line) -> bool:
    return line[1].count(b'"') % 2 == 1


def _up_to_odd(ahead: deque[_Line], source: Iterator[_Line]) -> int:
    """Return how many lines of ``ahead`` reach the next one with an odd number of quotes, 0 for none near enough."""
    held = 0
    for place in range(LINES_PER_VALUE):
        if place == len(ahead):
            more = next(source, None)
            if more is None:
                return 0
            ahead.append(more)
        held += len(ahead[place][1])
        if _odd(ahead[place]):
            return place + 1
        if held > BYTES_PER_VALUE:
            return 0
    return 0


def _joined(lines: Sequence[_Line]) -> bytes:
    """Join lines, those left out as blank among them."""
    text = lines[0][1]
    for (before, _), (number, line) in pairwise(lines):
        text += b"\n" * max(1, number - before) + line
    return text


def _split(text: bytes, probe: Probe) -> list[str]:
    csv.field_size_limit(2**31 - 1)  # the module's own limit is 128 KB
    try:
        clean = text.decode("utf-8", errors="replace").strip("\r").replace("\0", "")
        return next(csv.reader([clean], delimiter=probe.delimiter, strict=True), [])
    except csv.Error:
        return []


def _frames(rows: Iterable[_Row], columns: Sequence[str], probe: Probe) -> Iterator[pl.DataFrame]:
    places = [probe.header.index(name) for name in columns]
    schema = pl.Schema({ROW: pl.Int64, **dict.fromkeys(columns, pl.String)})
    source = iter(rows)
    while batch := list(islice(source, ROWS)):
        data = [(number, *(values[place] or None for place in places)) for number, values in batch]
        yield pl.DataFrame(data, schema=schema, orient="row")


def _ragged(fields: int, expected: int) -> str:
    return f"{fields} fields where the header has {expected}" if fields else "a quote is never closed"
