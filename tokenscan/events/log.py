"""The event log: what was read, and what became of every file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """What one file was taken for and what became of its rows."""

    name: str
    format: str
    rows: int
    bad_rows: int
    bad_reasons: Mapping[str, int] = field(default_factory=dict)
    broken: str = ""
    skipped: str = ""


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
class EventLog:
    """Calls and prompts as read, before anything is known about people.

    ``events`` has the EVENTS schema, ``prompts`` prompt_id and text. ``rows`` counts what was read, duplicates and bad
    rows included; ``broken`` says that a file ended early.
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
