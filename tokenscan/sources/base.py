"""What a source is, and what it is given to read."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from tokenscan.sources.files import LogFile
from tokenscan.sources.quarantine import Quarantine


class Container(enum.Enum):
    """How records are laid out in a file, whatever they mean."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The first records of a file: enough to tell its format, never all of it.

    ``header`` holds a CSV's column names in order, made unique; ``header_line`` is the line on which they end.
    """

    file: LogFile
    container: Container
    columns: frozenset[str]
    sample: tuple[Mapping[str, Any], ...] = ()
    delimiter: str = ","
    header: tuple[str, ...] = ()
    header_line: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What the user said about the input.

    ``mapping`` gives table columns for canonical fields (``--map COLUMN=FIELD``). Rows after ``latest`` are
    quarantined: a date in the future is a broken clock or a forged line.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    latest: datetime | None = None


class Source(Protocol):
    """One export format.

    ``score`` says how well a file's first records fit: 0 is no fit, 100 a full signature of a vendor's format.
    ``read`` yields frames of ``tokenscan.events.schema.RAW``; a row it cannot read goes to the quarantine. Where a file
    tells who or what stands behind calls that other rows or files hold, it also yields frames of LINKS.

    ``family`` names the vendor's system: two formats of one family tell of the same calls, one in more detail.
    ``clock`` says what a reader must know of the times: whether the zone is written in the log, or UTC is assumed.
    """

    name: str
    title: str
    family: str
    how_to_export: str
    carries: Mapping[str, str]
    clock: str

    def score(self, probe: Probe, options: ReadOptions) -> int:
        """Return how well this format fits, 0 to 100."""
        ...

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield frames of the RAW or the LINKS schema."""
        ...
