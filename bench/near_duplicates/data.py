"""Reading generated data: a file, or a folder of shards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.ahead import ahead
from tokenscan.prompts import normalised, stable_hash

_BATCH: Final = 100_000  # rows decoded at a time: a row group of the generated files


def files_of(path: Path) -> list[Path]:
    """Return the shards in their order, or the one file."""
    return sorted(path.glob("*.parquet")) if path.is_dir() else [path]


def read(path: Path, columns: list[str], rows: int | None) -> pl.DataFrame:
    """Decode columns of a file, or the first so many rows of them."""
    lazy = pl.scan_parquet(path).select(columns)
    return (lazy if rows is None else lazy.head(rows)).collect()


def read_prompts(path: Path, rows: int | None) -> pl.Series:
    """Decode the prompts of a file, or the first so many."""
    return read(path, ["prompt"], rows).to_series()


def read_batches(path: Path) -> Iterator[pl.Series]:
    """Decode the prompts of a file in parts, each while the one before is worked on."""
    lazy = pl.scan_parquet(path).select("prompt")
    total: int = lazy.select(pl.len()).collect().item()
    parts = (lazy.slice(start, _BATCH) for start in range(0, total, _BATCH))
    return (part.to_series() for part in ahead(part.collect for part in parts))


def distinct_normalised(prompts: pl.Series) -> tuple[pl.Series, NDArray[np.uint32]]:
    """Return the distinct normalised texts, and for each row the place of its own among them."""
    rows = prompts.alias("text").to_frame().with_columns(raw=stable_hash(pl.col("text")))
    raw = rows.unique("raw", maintain_order=True).with_columns(normalised(pl.col("text")))
    raw = raw.with_columns(key=stable_hash(pl.col("text")))
    texts = raw.unique("key", maintain_order=True).with_row_index("place")
    places = raw.select("raw", "key").join(texts.select("key", "place"), on="key", how="left")
    found = rows.select("raw").join(places, on="raw", how="left", maintain_order="left")
    return texts["text"], found["place"].to_numpy()
