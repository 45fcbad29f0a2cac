"""Write and read the Parquet files of a store."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from tokenscan.events.schema import LATER
from tokenscan.store.manifest import Manifest, Part, sync_folder
from tokenscan.store.schema import STORED

ROWS, PROMPTS, LINKS, FILES = "rows", "prompts", "links", "files"


def write_part(folder: Path, room: str, name: str, frame: pl.DataFrame, day: date | None = None) -> Part:
    """Write one table under ``room`` and make it durable; it counts once a manifest names it."""
    place = Path(room) / f"day={day.isoformat()}" / name if day else Path(room) / name
    target = (folder / place).with_suffix(".parquet")
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as stream:
        frame.write_parquet(stream, compression="zstd")
        stream.flush()
        os.fsync(stream.fileno())
    sync_folder(target.parent)
    path = target.relative_to(folder).as_posix()
    return Part(path=path, rows=frame.height, day=day.isoformat() if day else "")


def write_days(folder: Path, name: str, rows: pl.DataFrame) -> list[Part]:
    """Write rows of calls (STORED), one file a UTC day."""
    days = rows.with_columns(pl.col("timestamp").dt.date().alias("day")).partition_by(
        "day", as_dict=True, include_key=False, maintain_order=True
    )
    return [
        write_part(folder, ROWS, name, part.sort("timestamp", "row_hash", "file", "source_row"), day)
        for (day,), part in sorted(days.items())
        if isinstance(day, date)
    ]


def read_parts(folder: Path, parts: Iterable[Part], schema: pl.Schema) -> pl.DataFrame:
    """Return small tables of one schema, one after the other."""
    frames = [_read(folder / part.path, schema) for part in parts]
    return pl.concat([pl.DataFrame(schema=schema), *frames])


def _read(path: Path, schema: pl.Schema) -> pl.DataFrame:
    frame = pl.read_parquet(path, hive_partitioning=False)
    late = [name for name in schema if name in LATER and name not in frame.columns]
    return (
        frame.with_columns(pl.lit(None, schema[name]).alias(name) for name in late).select(schema.names()).cast(schema)
    )


def scan_rows(folder: Path, parts: Sequence[Part], manifest: Manifest) -> pl.LazyFrame:
    """Return the rows of calls in ``parts`` that still count."""
    if not parts:
        return pl.LazyFrame(schema=STORED)
    paths = [folder / part.path for part in parts]
    rows = pl.scan_parquet(paths, hive_partitioning=False)
    return rows.filter(~pl.col("file").is_in(list(manifest.gone))) if manifest.gone else rows


def sweep(folder: Path, manifest: Manifest) -> None:
    """Delete files that the manifest does not name: what was replaced, and what an unfinished run has left."""
    named = {part.path for parts in (manifest.rows, manifest.prompts, manifest.links, manifest.files) for part in parts}
    for room in (ROWS, PROMPTS, LINKS, FILES):
        for path in (folder / room).rglob("*.parquet"):
            if path.relative_to(folder).as_posix() not in named:
                path.unlink(missing_ok=True)
        for day in (folder / room).glob("day=*"):
            if not any(day.iterdir()):
                day.rmdir()
