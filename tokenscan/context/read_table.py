"""Read a context file as a table of text, whatever spreadsheet or database it comes from."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tokenscan.errors import UsageError
from tokenscan.sources.convert import text as as_text

ROW = "_row"
_REFUSED = (pl.exceptions.PolarsError, pl.exceptions.PanicException)  # it panics over damaged Parquet
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_table(path: Path, columns: Sequence[str], required: str) -> tuple[pl.DataFrame, list[str]]:
    """Return ``columns`` as text (null where absent or empty) with the line of each row, and notes for the reader.

    Raises:
        UsageError: the file cannot be read, lacks ``required``, or has a row longer than its header.
    """
    try:
        content = path.read_bytes()
        frame = _parquet(content) if content.startswith(b"PAR1") else _csv(content, path)
    except (OSError, EOFError, ValueError, csv.Error, *_REFUSED) as error:
        raise UsageError(f"{path}: cannot be read ({error})", hint="CSV or Parquet with a header") from error
    names = [name.split("\0")[0].strip().lower().replace(" ", "_") for name in frame.columns if name != ROW]
    twice = sorted({name for name in names if names.count(name) > 1 and name in columns})
    if twice:
        raise UsageError(f"{path}: two columns {twice[0]!r}")
    if required not in names:
        raise UsageError(f"{path}: no column {required!r} (it has: {', '.join(names)})")
    further = sorted(set(names) - set(columns) - {""})
    notes = [f"{path.name}: column{'s' if len(further) > 1 else ''} {', '.join(further)} not used"] if further else []
    places = dict(zip(names, frame.drop(ROW).columns, strict=True))
    known = [_plain(frame[places[name]]).alias(name) for name in columns if name in places]
    missing = [pl.lit(None, pl.String).alias(name) for name in columns if name not in places]
    return frame.select(ROW).with_columns(*known, *missing), notes


def _plain(values: pl.Series) -> pl.Series:
    """Return as text; a list becomes its parts with semicolons, as a CSV would have it."""
    if isinstance(values.dtype, pl.List) and values.dtype.inner == pl.String:
        values = values.list.join(";", ignore_nulls=True)
    return as_text(values)


def _parquet(content: bytes) -> pl.DataFrame:
    return pl.read_parquet(content).with_row_index(ROW, offset=1)


def _csv(content: bytes, path: Path) -> pl.DataFrame:
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    text = content.decode("utf-16" if content.startswith(_UTF16) else "utf-8-sig", "replace")
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    header: list[str] = []
    rows = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = cells
            continue
        if any(cell.strip() for cell in cells[len(header) :]):
            raise UsageError(f"{path}: row {reader.line_num}: {len(cells)} fields where the header has {len(header)}")
        rows.append([reader.line_num, *cells[: len(header)], *[""] * (len(header) - len(cells))])
    if not header:
        raise ValueError("the file is empty")
    unique = [f"{name}\0{place}" if name in header[:place] else name for place, name in enumerate(header)]
    schema = pl.Schema({ROW: pl.Int64, **dict.fromkeys(unique, pl.String)})
    return pl.DataFrame(rows, schema=schema, orient="row")
