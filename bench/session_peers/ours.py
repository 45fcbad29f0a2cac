"""Read a home folder's sessions as tokenscan does and print the tokens of each day and model as JSON.

Every call is counted once and every prompt is hashed, as for an analysis; the rules are not run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl

from tokenscan.reading import InputOptions, read_files

_CLIENTS = {"claude-code": "claude", "codex": "codex"}


def main() -> None:
    """Print rows of client, day, model, input without cache, cache read, cache write, output."""
    home = Path(sys.argv[1])
    folders = [folder for folder in (home / ".claude" / "projects", home / ".codex") if folder.exists()]
    events = read_files([str(folder) for folder in folders], InputOptions()).events
    read, write = pl.col("cache_read_tokens").fill_null(0), pl.col("cache_write_tokens").fill_null(0)
    sums = events.group_by(
        pl.col("app").replace_strict(_CLIENTS).alias("client"),
        pl.col("timestamp").dt.date().cast(pl.String).alias("day"),
        "model",
    ).agg(
        (pl.col("input_tokens").fill_null(0) - read - write).sum().alias("input"),
        read.sum(),
        write.sum(),
        pl.col("output_tokens").sum(),
    )
    json.dump(sums.sort("client", "day", "model", nulls_last=True).rows(), sys.stdout)


if __name__ == "__main__":
    main()
