"""Rows of any table for the terminal, as JSON, for a spreadsheet: whatever is in them is shown, never obeyed."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import date
from decimal import Decimal
from typing import Any, Final

import polars as pl

from tokenscan.report.listing import listing_table
from tokenscan.report.spreadsheet import cell_text
from tokenscan.report.text import clean, escape_json

_CELL: Final = 2_000
_LEAST: Final = 8  # a column that is narrower than this cannot be read
_GAP: Final = 2


def rows_table(frame: pl.DataFrame, *, width: int, color: bool) -> str:
    """Return a table at most ``width`` cells wide; where columns would get too narrow, a block of lines a row."""
    names = [clean(name) for name in frame.columns]
    rows = [[_shown(value) for value in row] for row in frame.iter_rows()]
    if frame.width * (_LEAST + _GAP) <= width:
        return listing_table(names, rows, width=width, color=color)
    blocks = [
        listing_table((f"row {number}", ""), zip(names, row, strict=True), width=width, color=color, keep_first=True)
        for number, row in enumerate(rows, start=1)
    ]
    return "\n".join(blocks) if blocks else f"no rows of {', '.join(names)}\n"


def rows_json(frame: pl.DataFrame) -> str:
    """Return an array with an object a row; times are ISO 8601, what is no number is null."""
    rows = [
        {name: _plain(value) for name, value in zip(frame.columns, row, strict=True)} for row in frame.iter_rows()
    ]  # fmt: skip
    lines = ",\n".join(" " + json.dumps(row, ensure_ascii=False) for row in rows)
    return escape_json(f"[\n{lines}\n]\n" if rows else "[]\n")


def rows_csv(frame: pl.DataFrame) -> str:
    """Return rows under one header line (RFC 4180, lines end in CR LF); what is unknown is empty.

    Text that a spreadsheet would run as a formula starts with an apostrophe.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_cell(name) for name in frame.columns])
    writer.writerows([_cell(value) for value in row] for row in frame.iter_rows())
    return text.getvalue()


def _plain(value: Any) -> Any:
    match value:
        case date():
            return value.isoformat().replace("+00:00", "Z")
        case float() | Decimal():
            return float(value) if math.isfinite(value) else None
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case None | str() | bool() | int():
            return value
        case _:
            return str(value)


def _shown(value: Any) -> str:
    """Return a cell of the terminal's table."""
    plain = _plain(value)
    match plain:
        case None:
            return ""
        case bool():
            return str(plain).lower()
        case float():
            return f"{plain:,.6g}" if abs(plain) < 10**6 else f"{plain:,.0f}"
        case list() | dict():
            return clean(json.dumps(plain, ensure_ascii=False), _CELL)
        case _:
            return clean(str(plain), _CELL)


def _cell(value: Any) -> Any:
    """Return a cell of a spreadsheet; numbers stay numbers."""
    plain = _plain(value)
    if plain is None or (isinstance(plain, int | float) and not isinstance(plain, bool)):
        return plain
    text = str(plain).lower() if isinstance(plain, bool) else plain
    return cell_text(text if isinstance(text, str) else json.dumps(text, ensure_ascii=False))
