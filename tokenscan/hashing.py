"""Hashes that stay the same over releases and machines, for ids that are stored and compared."""

from __future__ import annotations

import polars as pl


def stable_hash(text: pl.Expr) -> pl.Expr:
    """Hash text to 64 bits (XXH3, seed 0), the same on every machine and in every release; null stays null."""
    import polars_hash

    return polars_hash.NonCryptographicHashingNameSpace(text).xxh3_64()
