"""Write calls as one plain table, Parquet or CSV."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tokenscan.simulate.live import Lives


def table(lives: Lives, *, text: bool) -> pl.DataFrame:
    """Return the log: who called what and when, nothing of the truth."""
    users = pl.Series("user", [person.user for person in lives.people])
    frame = lives.calls.with_columns(
        users.gather(lives.calls["person"]), pl.format("ev_{}", "event_id").alias("event_id")
    )
    names = ["event_id", "timestamp", "user", *lives.calls.drop("event_id", "timestamp", "person").columns]
    hidden = {"waste_tokens", "copy"} | ({"prompt"} if not text else set())
    return frame.select(name for name in names if name not in hidden)


def write_parquet(lives: Lives, folder: Path, *, text: bool) -> None:
    """Write ``logs.parquet`` with fixed options, so that the same rows give the same bytes."""
    path = folder / "logs.parquet"
    table(lives, text=text).write_parquet(path, compression="zstd", compression_level=3, row_group_size=100_000)


def write_csv(lives: Lives, folder: Path, *, text: bool) -> None:
    """Write ``logs.csv``."""
    table(lives, text=text).write_csv(folder / "logs.csv", datetime_format="%Y-%m-%dT%H:%M:%S%.3fZ")
