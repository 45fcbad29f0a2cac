"""The event log: what was read, and what became of every file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

DROPPED = pl.Schema({"source_file": pl.String, "reason": pl.String, "n": pl.Int64})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """What one file was taken for and what became of its rows.

    ``events``, ``duplicates`` and ``cache`` are known once the calls of all files are counted. ``gaps`` are spans of
    days (first, last) without a row that hold a workday; ``carries`` gives the share of rows (0 to 1) with a user,
    text, tokens and a cost; ``cache`` says how cached tokens are counted and how that is known.
    """

    name: str
    format: str
    rows: int
    bad_rows: int
    bad_reasons: Mapping[str, int] = field(default_factory=dict)
    broken: str = ""
    skipped: str = ""
    clock: str = ""
    events: int = 0
    duplicates: Mapping[str, int] = field(default_factory=dict)
    window: tuple[datetime, datetime] | None = None
    gaps: tuple[tuple[date, date], ...] = ()
    carries: Mapping[str, float] = field(default_factory=dict)
    cache: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCoverage:
    """What the rows of one format carry: share of rows (0 to 1) with each kind of column."""

    format: str
    files: int
    rows: int
    columns: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRowSample:
    """One quarantined row, for the reader to look up."""

    file: str
    row: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was read, before any call is counted.

    ``rows`` has the ROWS schema, ``links`` LINKS, ``prompts`` TEXTS or IMPRINTS. ``dropped`` counts rows that were
    known already and are not among ``rows`` (source_file, reason, n). ``broken``: a file ended early.
    """

    rows: pl.DataFrame
    links: pl.DataFrame
    prompts: pl.DataFrame
    files: tuple[FileVerdict, ...]
    bad_rows: int
    bad_samples: tuple[BadRowSample, ...]
    broken: bool
    dropped: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DROPPED))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLog:
    """Calls and prompts as read, before anything is known about people.

    ``events`` has the EVENTS schema, ``prompts`` TEXTS, or IMPRINTS where text is not kept. ``rows`` counts what was
    read, duplicates and bad rows included; ``broken`` says that a file ended early.
    """

    events: pl.DataFrame
    prompts: pl.DataFrame
    files: tuple[FileVerdict, ...]
    sources: tuple[SourceCoverage, ...]
    duplicates: Mapping[str, int]
    bad_rows: int
    bad_samples: tuple[BadRowSample, ...]
    rows: int
    broken: bool
    notes: tuple[str, ...] = ()
