"""Add rows to a store, each call once; what was added counts all at once when it is committed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec
import polars as pl

from tokenscan.events.hygiene import tells_apart
from tokenscan.events.log import DROPPED
from tokenscan.events.schema import LINKS
from tokenscan.store.manifest import Manifest, Part, write_manifest
from tokenscan.store.parts import FILES, PROMPTS, scan_rows, write_days, write_part
from tokenscan.store.parts import LINKS as LINKS_ROOM
from tokenscan.store.schema import FILES as FILES_SCHEMA
from tokenscan.store.schema import STORED, row_hash

BEFORE_KEPT = "before the days that are kept"


class Writer:
    """One change of a store, in the making. Use it under the store's lock."""

    def __init__(self, folder: Path, manifest: Manifest, numbers: Mapping[str, int], gone: frozenset[int]) -> None:
        """``numbers`` gives the new files' numbers by name; ``gone`` are files that these replace."""
        self._folder = folder
        self._manifest = manifest
        self._numbers = pl.DataFrame(
            {"source_file": list(numbers), "file": list(numbers.values())},
            schema={"source_file": pl.String, "file": pl.UInt32},
        )
        self._after = msgspec.structs.replace(manifest, gone=tuple(sorted({*manifest.gone, *gone})))
        self._known = _KnownRows(folder, self._after)
        self._rows: list[Part] = []
        self._prompts: list[Part] = []
        self._dropped = [pl.DataFrame(schema=DROPPED)]

    def add(self, rows: pl.DataFrame, prompts: pl.DataFrame) -> None:
        """Write rows (ROWS) that the store does not have yet, and the prompts (one row an id) that these need."""
        stored = rows.join(self._numbers, on="source_file", how="left", maintain_order="left")
        stored = self._in_time(stored.with_columns(row_hash().alias("row_hash")))
        new = self._known.new(stored)
        again = pl.when(pl.col("event_id").is_not_null()).then(pl.lit("same response id"))
        self._drop(stored.filter(~new), again.otherwise(pl.lit("identical row")))
        kept = stored.filter(new).select(pl.col(name).cast(dtype) for name, dtype in STORED.items())
        if kept.is_empty():
            return
        name = f"{self._manifest.commit + 1:08}-{len(self._prompts):04}"
        self._rows += write_days(self._folder, name, kept)
        needed = prompts.join(kept.select("prompt_id").unique(), on="prompt_id", how="semi", maintain_order="left")
        self._prompts.append(write_part(self._folder, PROMPTS, name, needed))

    def repeats(self) -> pl.DataFrame:
        """Return how many rows of each file were not added, by reason (source_file, reason, n)."""
        return pl.concat(self._dropped).group_by("source_file", "reason").agg(pl.col("n").sum()).sort(pl.all())

    def commit(self, files: pl.DataFrame, links: pl.DataFrame) -> Manifest:
        """Make everything that was added count, with the record of its files (FILES) and links (LINKS)."""
        before = self._after
        name = f"{before.commit + 1:08}"
        recorded = files.select(pl.col(column).cast(dtype) for column, dtype in FILES_SCHEMA.items())
        told = links.select(LINKS.names()).unique(maintain_order=True)
        after = msgspec.structs.replace(
            before,
            commit=before.commit + 1,
            next_file=before.next_file + files.height,
            rows=(*before.rows, *self._rows),
            prompts=(*before.prompts, *(part for part in self._prompts if part.rows)),
            links=(*before.links, *([write_part(self._folder, LINKS_ROOM, name, told)] if told.height else [])),
            files=(*before.files, write_part(self._folder, FILES, name, recorded)),
        )
        write_manifest(self._folder, after)
        return after

    def _in_time(self, rows: pl.DataFrame) -> pl.DataFrame:
        if not self._manifest.first_day:
            return rows
        late = pl.col("timestamp").dt.date() >= date.fromisoformat(self._manifest.first_day)
        self._drop(rows.filter(~late), pl.lit(BEFORE_KEPT))
        return rows.filter(late)

    def _drop(self, rows: pl.DataFrame, reason: pl.Expr) -> None:
        counts = rows.group_by("source_file", reason.alias("reason")).agg(pl.len().cast(pl.Int64).alias("n"))
        self._dropped.append(counts.select(DROPPED.names()))


class _KnownRows:
    """The rows a store has, by their hashes; of each day they are read when first asked for."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest
        self._days: set[str] = set()
        self._hashes = pl.DataFrame(schema={"row_hash": pl.UInt64})

    def new(self, rows: pl.DataFrame) -> pl.Series:
        """Mark the rows that are not known, and know them from now on.

        Rows without an id that two real calls might share are always new.
        """
        self._load({day.isoformat() for day in rows["timestamp"].dt.date().unique()})
        known = rows.select(pl.col("row_hash").is_in(self._hashes["row_hash"].implode())).to_series()
        first = rows["row_hash"].is_first_distinct()
        telling = rows.select(pl.col("event_id").is_not_null() | tells_apart()).to_series()
        new = (first & ~known) | ~telling
        self._hashes = pl.concat([self._hashes, rows.filter(new).select("row_hash")])
        return new

    def _load(self, days: set[str]) -> None:
        parts = [part for part in self._manifest.rows if part.day in days - self._days]
        self._days |= days
        found = scan_rows(self._folder, parts, self._manifest).select("row_hash").collect()
        self._hashes = pl.concat([self._hashes, found])
