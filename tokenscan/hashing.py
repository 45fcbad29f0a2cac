"""Hashes that stay the same over releases and machines, for ids that are stored and compared."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray


def stable_hash(text: pl.Expr) -> pl.Expr:
    """Hash text to 64 bits (XXH3, seed 0), the same on every machine and in every release; null stays null."""
    import polars_hash

    return polars_hash.NonCryptographicHashingNameSpace(text).xxh3_64()


def hashed(texts: pl.Series) -> NDArray[np.uint64]:
    """Hash a series of texts without nulls, see `stable_hash`."""
    return texts.to_frame("text").select(stable_hash(pl.col("text"))).to_series().to_numpy()
