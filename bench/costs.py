"""Print what adding up costs takes, beside the bare Polars grouping of the same columns.

(a) The sums by themselves: an event table that is priced and in memory, by team and month. Bare is ``group_by`` with
the sums of the same columns; ours also splits costs by kind, counts people and finds what is compared with what.
(b) From end to end: ``tokenscan costs`` on a Parquet export and on a store, beside Polars reading the same columns of
the export and grouping them. There, what is ours is also to count every call once, to clean and to price.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from bench.measure import Cost, measure

COLUMNS = ("n_requests", "input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens",
           "output_tokens", "reasoning_tokens", "cost_nanousd")  # fmt: skip
OPTIONS = ["--no-config", "--by", "team", "--by", "month", "-f", "json", "--as-of", "2026-06-01"]
BARE = """
import sys, polars as pl
month = pl.col("timestamp").dt.truncate("1mo")
sums = pl.scan_parquet(sys.argv[1]).group_by("team", month).agg(pl.col("input_tokens", "output_tokens").sum())
print(sums.collect(engine="streaming").height)
"""


def main() -> None:
    """Measure both; each figure is the best of some runs, as other programs only ever make a run slower."""
    parser = argparse.ArgumentParser(prog="python -m bench.costs", description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--sums-only", action="store_true", help="leave out (b)")
    given = parser.parse_args()
    _sums(given.rows, given.repeat)
    if not given.sums_only:
        _whole(given.rows)


def _sums(rows: int, repeat: int) -> None:
    from tokenscan.context.model import Context
    from tokenscan.costing.aggregate import cells, rolled_up
    from tokenscan.costing.model import Key

    events = _events(rows)
    by = (Key.TEAM, Key.MONTH)
    services = Context().people["user"]
    bare = events.lazy().group_by("team", pl.col("timestamp").dt.truncate("1mo")).agg(pl.col(COLUMNS).sum())
    cut = [datetime(2026, 2, 20, tzinfo=UTC)]
    runs: dict[str, Callable[[], pl.DataFrame]] = {
        "bare group_by": bare.collect,
        "ours, UTC": lambda: rolled_up(cells(events, by, "UTC", cut), by, services),
        "ours, Europe/Berlin": lambda: rolled_up(cells(events, by, "Europe/Berlin", cut), by, services),
    }
    local = pl.col("timestamp").dt.convert_time_zone("Europe/Berlin").dt.truncate("1mo")
    in_zone = events.lazy().group_by("team", local).agg(pl.col(COLUMNS).sum())
    runs["bare group_by, Europe/Berlin"] = in_zone.collect
    best: dict[str, float] = {}
    for _ in range(repeat):
        for name, run in runs.items():
            best[name] = min(best.get(name, float("inf")), _seconds(run))
    print(f"(a) {rows:,} priced events in memory, best of {repeat}\n\n| what | s | of bare |\n|---|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {seconds:.3f} | {seconds / best['bare group_by']:.2f} |", flush=True)


def _seconds(run: Callable[[], pl.DataFrame]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _events(rows: int) -> pl.DataFrame:
    """Return priced events of half a million calls, repeated: what a grouping does depends on its groups only."""
    from tokenscan.api import read_logs
    from tokenscan.pricing.book import PriceBook
    from tokenscan.pricing.prices import price_events

    part = min(rows, 500_000)
    with tempfile.TemporaryDirectory() as folder:
        _made(Path(folder) / "log.parquet", part)
        events = price_events(read_logs(Path(folder) / "log.parquet").events, PriceBook())
    few = events.select("timestamp", "grain", "user", "team", "cost_kind", *COLUMNS)
    return pl.concat([few] * -(-rows // part), rechunk=True).head(rows)


def _whole(rows: int) -> None:
    print(f"\n(b) {rows:,} rows from end to end, with prompts\n\n| what | s | peak MB |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        log, store = Path(name) / "log.parquet", Path(name) / "store"
        _made(log, rows)
        _row("Polars, read and group", measure([sys.executable, "-c", BARE, str(log)]))
        tokenscan = [sys.executable, "-m", "tokenscan"]
        _row("costs, Parquet export", measure([*tokenscan, "costs", str(log), *OPTIONS]))
        _row("ingest, once", measure([*tokenscan, "ingest", str(log), "--store", str(store), "--no-text", "-q"]))
        _row("costs, store", measure([*tokenscan, "costs", "--store", str(store), *OPTIONS]))


def _made(path: Path, rows: int) -> None:
    # In a process of its own: a child's peak memory is reported as at least that of its parent.
    subprocess.run([sys.executable, "-m", "bench.data", str(path), str(rows)], check=True)


def _row(what: str, cost: Cost) -> None:
    print(f"| {what} | {cost.seconds:.2f} | {cost.peak_mb:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
