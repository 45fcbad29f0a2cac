"""Print what a nightly run on a store costs: the first night with everything, a night with one part in a hundred new.

Beside it stands what the first night would cost if nothing had to be checked: Polars writing the same rows by day.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

from bench.measure import Cost, measure

NIGHTS = 100
WRITE = """
import sys, polars as pl
calls = pl.concat([pl.read_parquet(path) for path in sorted(sys.argv[2:])])
calls = calls.with_columns(pl.col("timestamp").dt.date().alias("day"))
calls.write_parquet(pl.PartitionBy(sys.argv[1], key="day"), mkdir=True)
"""


def main() -> None:
    """Measure each size once, with text and without."""
    parser = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--split", type=Path, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.split:
        _split(*given.split)
        return
    print("| rows | text | first night s | peak MB | nothing new s | 1 % new s | peak MB | Polars, rows by day s |")
    print("|---|---|---|---|---|---|---|---|")
    for rows in given.rows:
        for kept in (True, False):
            with tempfile.TemporaryDirectory() as folder:
                _measure(Path(folder), rows, kept=kept)


def _measure(folder: Path, rows: int, *, kept: bool) -> None:
    whole, logs, store = folder / "all.parquet", folder / "logs", folder / "store"
    # In processes of their own: a child's peak memory is reported as at least that of its parent.
    subprocess.run([sys.executable, "-m", "bench.data", str(whole), str(rows)], check=True)
    subprocess.run([sys.executable, "-m", "bench.store", "--split", str(whole), str(logs)], check=True)
    nights = sorted(logs.iterdir())
    nights[-1].rename(folder / nights[-1].name)
    first = _ingest(logs, store, kept=kept)
    again = _ingest(logs, store, kept=kept)
    (folder / nights[-1].name).rename(nights[-1])
    more = _ingest(logs, store, kept=kept)
    bare = measure([sys.executable, "-c", WRITE, str(folder / "bare"), *map(str, nights)])
    print(
        f"| {rows:,} | {'kept' if kept else 'not kept'} | {first.seconds:.2f} | {first.peak_mb:,.0f} "
        f"| {again.seconds:.2f} | {more.seconds:.2f} | {more.peak_mb:,.0f} | {bare.seconds:.2f} |",
        flush=True,
    )


def _split(whole: Path, folder: Path) -> None:
    """Write the log as an export a night, in order of time."""
    folder.mkdir()
    calls = pl.read_parquet(whole).sort("timestamp", maintain_order=True)
    size = -(-calls.height // NIGHTS)
    for night in range(NIGHTS):
        calls.slice(night * size, size).write_parquet(folder / f"night-{night:03}.parquet")


def _ingest(logs: Path, store: Path, *, kept: bool) -> Cost:
    options = [] if kept else ["--no-text"]
    return measure([sys.executable, "-m", "tokenscan", "ingest", str(logs), "--store", str(store), "-q", *options])


if __name__ == "__main__":
    main()
