"""Print rows per second and peak memory of ``tokenscan analyze`` beside a bare Polars scan of the same file."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.measure import measure

# The least that any analysis has to do: read every column once and group by person and day.
SCAN = """
import sys, polars as pl
calls = pl.read_parquet(sys.argv[1])
calls.with_columns(pl.col("timestamp").dt.date().alias("day")).group_by("user", "day").agg(
    pl.len(), pl.col("input_tokens").sum(), pl.col("prompt").n_unique()
)
"""


def main() -> None:
    """Measure each size once."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    rows_wanted = parser.parse_args().rows
    print("| rows | file MB | analyze s | rows/s | peak MB | Polars scan + group-by s | peak MB |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for rows in rows_wanted:
            path = Path(folder) / f"{rows}.parquet"
            # In a process of its own: a child's peak memory is reported as at least that of its parent.
            subprocess.run([sys.executable, "-m", "bench.data", str(path), str(rows)], check=True)
            scan = measure([sys.executable, "-c", SCAN, str(path)])
            ours = measure([sys.executable, "-m", "tokenscan", "analyze", str(path), "--no-config", "-f", "json"])
            print(
                f"| {rows:,} | {path.stat().st_size / 1e6:.0f} | {ours.seconds:.1f} | {rows / ours.seconds:,.0f} "
                f"| {ours.peak_mb:,.0f} | {scan.seconds:.2f} | {scan.peak_mb:,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
