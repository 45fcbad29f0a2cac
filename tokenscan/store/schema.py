"""The tables of a store."""

from __future__ import annotations

import polars as pl

from tokenscan.events.schema import ROWS
from tokenscan.hashing import stable_hash

# Rows as read, with the number of their file and a hash of all they say. The hash knows a row again that another file
# repeats.
_STORED = dict(ROWS) | {"file": pl.UInt32(), "row_hash": pl.UInt64()}
STORED = pl.Schema(_STORED)

# Every file that was ever taken in. ``digest`` knows its content again; path, size and times tell without reading it
# that it has not changed. ``skipped_by`` is the version that could make nothing of it. As JSON: ``verdict`` is what
# reading it came to, ``samples`` its first bad rows, ``repeats`` how many rows were known already, by reason.
FILES = pl.Schema(
    {
        "file": pl.UInt32,
        "name": pl.String,
        "path": pl.String,
        "size": pl.Int64,
        "mtime_ns": pl.Int64,
        "ctime_ns": pl.Int64,
        "digest": pl.String,
        "skipped_by": pl.String,
        "verdict": pl.String,
        "samples": pl.String,
        "repeats": pl.String,
    }
)

_PLACE = {"source_file", "source_row"}


def row_hash() -> pl.Expr:
    """Return the hash of all that a row says but where it stands."""
    said = [pl.col(name).cast(pl.String).fill_null("\x00") for name in ROWS if name not in _PLACE]
    return stable_hash(pl.concat_str(said, separator="\x1f"))
