"""How fast logs are taken in, and in how much memory: each container, and each format's fixtures multiplied.

``tokenscan inspect`` reads a file, tells its format, hashes its prompts and counts every call once. Beside it stands
the least that any reader does: Polars parses the same file and counts its rows, without knowing what they mean. Every
run is a process of its own. Copies of a fixture get fresh ids, not fresh days: exports of daily sums are merged again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.ingest_data import CONTAINERS
from bench.measure import Cost, measure

# Nothing heavy is imported here: a child's peak memory is reported as at least that of its parent.
FIXTURES = Path(__file__).parents[1] / "tests" / "unit" / "sources" / "fixtures"
SCAN = """
import sys, polars as pl
kind, path = sys.argv[1:]
if kind == "parquet":
    frame = pl.read_parquet(path)
elif kind == "csv":
    frame = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True, ignore_errors=True, quote_char='"')
elif kind == "json":
    frame = pl.read_json(path, infer_schema_length=None)
elif kind == "files":
    frame = pl.scan_ndjson(path + "/**/*.json").collect()
else:
    frame = pl.scan_ndjson(path, infer_schema_length=None).collect()
print(frame.height)
"""
HEAD = (
    "| {what} | records | file MB | tokenscan s | records/s | MB/s | peak MB | Polars parse s | peak MB |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Print a table of containers and one of formats."""
    parser = argparse.ArgumentParser(prog="python -m bench.ingest", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100, help="size of each plain log")
    parser.add_argument("--fixture-megabytes", type=int, default=20, help="size of each format's log; 0: none")
    parser.add_argument("--containers", nargs="*", default=list(CONTAINERS), choices=CONTAINERS)
    parser.add_argument("--formats", nargs="*", default=[], help="formats by name; all by default")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(HEAD.format(what="container"))
        for kind in chosen.containers:
            path = Path(folder) / ("files" if kind == "files" else f"calls.{kind}")
            records = _made([kind, str(chosen.megabytes), str(path)])
            print(_row(kind, _scan_kind(kind), path, records), flush=True)
            subprocess.run(["rm", "-rf", str(path)], check=True)
        if chosen.fixture_megabytes:
            print("\n" + HEAD.format(what="format"))
            for name, fixture in _fixtures(chosen.formats):
                path = Path(folder) / fixture.name
                records = _made(["fixture", str(chosen.fixture_megabytes), str(path), str(fixture)])
                print(_row(name, _kind_of(path), path, records), flush=True)
                path.unlink()


def _made(arguments: list[str]) -> int:
    made = subprocess.run(
        [sys.executable, "-m", "bench.ingest_data", *arguments], check=True, capture_output=True, text=True
    )
    return int(made.stdout)


def _row(what: str, kind: str, path: Path, records: int) -> str:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files) / 1e6
    ours = measure([sys.executable, "-m", "tokenscan", "inspect", str(path), "--no-config", "-f", "json"])
    peer = _parsed(kind, path)
    return (
        f"| {what} | {records:,} | {size:.0f} | {ours.seconds:.1f} | {records / ours.seconds:,.0f} "
        f"| {size / ours.seconds:.0f} | {ours.peak_mb:,.0f} | "
        + (f"{peer.seconds:.1f} | {peer.peak_mb:,.0f} |" if peer else "cannot | |")
    )


def _parsed(kind: str, path: Path) -> Cost | None:
    """Measure Polars; None where it cannot parse the file at all."""
    command = [sys.executable, "-c", SCAN, kind, str(path)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return None
    return measure(command)


def _scan_kind(container: str) -> str:
    return {"pretty.json": "json"}.get(container, container)


def _kind_of(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(200).lstrip()
    if start[:1] == b"[":
        return "json"
    return "jsonl" if start[:1] == b"{" else "csv"


def _fixtures(wanted: list[str]) -> Iterator[tuple[str, Path]]:
    """Yield the largest fixture of each format."""
    for folder in sorted(path for path in FIXTURES.iterdir() if path.is_dir()):
        files = [path for path in folder.rglob("*") if path.suffix in (".jsonl", ".ndjson", ".json", ".csv", ".log")]
        if files and (not wanted or folder.name in wanted):
            yield folder.name, max(files, key=lambda path: (path.stat().st_size, path.name))


if __name__ == "__main__":
    main()
