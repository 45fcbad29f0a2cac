"""Time and score every pipeline on generated prompts; see `pipelines` and `peers` for what they do.

Each run is a process of its own, one at a time, repetitions interleaved, each after `measure.warm_memory`. Wall time
goes from opening the Parquet file to one label a row, imports not counted; the median of the repetitions is given.
Peak memory is that of the whole process, the most of the repetitions. Precision, recall and F1 count each distinct
normalised prompt once.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata, util
from pathlib import Path
from typing import Final

from bench.measure import measure, warm_memory

# This process stays small: the peak memory that the system reports for a child is at least that of its parent.
# So nothing heavy is imported here; generating and scoring are processes of their own too.

OURS: Final = ("ours", "floor")
PEERS: Final = {"rensa_flat": "rensa", "datasketch_bulk": "datasketch", "datasketch_rows": "datasketch"}
PEER_ROWS: Final = 200_000  # peers, and the engine without a compiler, are left out of larger sizes
SHARD_ROWS: Final = 1_000_000
_PACKAGES: Final = ("polars", "numpy", "datasketch", "rensa", "xxhash")
_HEAD: Final = (
    "| rows | pipeline | median s | times ours | peak MB | precision | recall | F1 |\n|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A pipeline on a file or folder of so many rows; with `part`, on the first rows of it only."""

    pipeline: str
    data: Path
    rows: int
    part: int | None = None
    seconds: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def main() -> None:
    """Generate, measure, print."""
    options = _options()
    print(_environment(), flush=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for rows in options.rows:
            data = Path(folder) / f"{rows}.parquet"
            _python("bench.near_duplicates.generate", str(rows), str(data))
            _table(_jobs(options, data, rows), options.repeat, Path(folder))
            data.unlink()
        if options.million:
            shards = Path(folder) / "shards"
            _python("bench.near_duplicates.generate", str(SHARD_ROWS), str(shards), "--shards", str(options.million))
            rows = SHARD_ROWS * options.million
            jobs = [Job(pipeline=name, data=shards, rows=rows) for name in ("ours_streaming", "floor")]
            _table(jobs, options.repeat, Path(folder))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.near_duplicates",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, nargs="*", default=[PEER_ROWS, 1_000_000])
    parser.add_argument(
        "--peers", nargs="*", choices=PEERS, default=list(PEERS), help=f"run up to {PEER_ROWS:,} rows only"
    )
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--naive-rows", type=int, help="run datasketch_rows on the first rows only, and extrapolate")
    parser.add_argument("--million", type=int, default=0, metavar="N", help="N shards of a million rows, streamed")
    parser.add_argument("--folder", type=Path, help="where the data goes (0.5 GB a million rows)")
    return parser.parse_args()


def _environment() -> str:
    versions = []
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            versions.append(f"no {package}")
    return f"Python {platform.python_version()}, {', '.join(versions)}; {os.cpu_count()} processors.\n"


def _jobs(options: argparse.Namespace, data: Path, rows: int) -> list[Job]:
    """Choose what to run on a size, and say what cannot be run."""
    names = (*OURS, "ours_numpy", *options.peers) if rows <= PEER_ROWS else OURS
    part = options.naive_rows if options.naive_rows and options.naive_rows < rows else None
    return [
        Job(pipeline=name, data=data, rows=rows, part=part if name == "datasketch_rows" else None)
        for name in names
        if _available(name)
    ]


def _available(pipeline: str) -> bool:
    if pipeline not in PEERS or util.find_spec(PEERS[pipeline]):
        return True
    print(f"{pipeline} is left out: {PEERS[pipeline]} is not installed.\n", flush=True)
    return False


def _table(jobs: list[Job], repeat: int, folder: Path) -> None:
    scores = {}
    for turn in range(repeat):
        for job in jobs:
            labels = folder / "labels.npy"
            part = ["--rows", str(job.part)] if job.part else []
            command = [sys.executable, "-m", "bench.near_duplicates.run", job.pipeline, str(job.data), str(labels)]
            warm_memory()
            job.peaks.append(measure(command + part).peak_mb)
            job.seconds.append(float(labels.with_suffix(".seconds").read_text()))
            if turn == 0 and job.pipeline != "floor":
                scores[job.pipeline] = _python("bench.near_duplicates.quality", str(labels), str(job.data), *part)
    print(_HEAD)
    ours = jobs[0].median
    for job in jobs:
        print("\n".join(_lines(job, ours, scores.get(job.pipeline))))
    print(flush=True)


def _lines(job: Job, ours: float, score: str | None) -> Iterator[str]:
    quality = [json.loads(score)[name] for name in ("precision", "recall", "f1")] if score else []
    shares = " | ".join(f"{share:.4f}" for share in quality) or "- | - | -"
    measured = f"{job.median:.2f} | {{times}} | {max(job.peaks):,.0f} | {shares} |"
    if not job.part:
        yield f"| {job.rows:,} | {job.pipeline} | {measured.format(times=f'{job.median / ours:.1f}')}"
        return
    yield f"| {job.part:,} | {job.pipeline}, the first rows only | {measured.format(times='-')}"
    guess = job.median * job.rows / job.part
    yield (
        f"| {job.rows:,} | {job.pipeline}, NOT MEASURED: linear extrapolation of the line above "
        f"| {guess:.0f} | {guess / ours:.0f} | - | - | - | - |"
    )


def _python(module: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


if __name__ == "__main__":
    main()
