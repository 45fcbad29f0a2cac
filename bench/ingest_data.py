"""Logs of any size for ``bench.ingest``: plain calls in every container, and the formats' own fixtures multiplied.

Run as ``python -m bench.ingest_data KIND MEGABYTES TARGET [FIXTURE]``; prints how many records were written.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SEED = 11
CONTAINERS = ("jsonl", "jsonl.gz", "jsonl.zst", "json", "pretty.json", "csv", "parquet", "files")
_MEGABYTE = 1_000_000
_AT_ONCE = 2000
_ID_KEY = re.compile(r"(?:^|[._ -])(?:u?u?id|ulid)$|[a-z]Id$", re.IGNORECASE)
_ID = re.compile(r"[\w.:-]{8,80}")


def calls() -> Iterator[dict[str, Any]]:
    """Yield plain calls without end: 300 people, prompts of 50 to 300 made-up words, half of them repeats."""
    rng = random.Random(SEED)
    words = ["".join(rng.choices("abcdefghijklmnoprstuvwy", k=rng.randint(2, 9))) for _ in range(3000)]
    texts = [" ".join(rng.choices(words, k=rng.randint(50, 300))) for _ in range(500)]
    number = 0
    while True:
        day, second = 1 + number // 80_000 % 28, number % 80_000
        yield {
            "event_id": f"call-{number}",
            "timestamp": f"2026-03-{day:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z",
            "user": f"user{rng.randrange(300)}@example.com",
            "model": "gpt-5-mini",
            "prompt": f"{number // 2} {texts[number // 2 % 500]}",
            "input_tokens": 300 + number % 50,
            "output_tokens": 30,
        }
        number += 1


def write_container(kind: str, size: int, target: Path) -> int:
    """Write about ``size`` bytes of plain calls and return how many calls these are."""
    if kind == "files":
        return _write_files(size, target)
    if kind == "parquet":
        return _write_parquet(size, target)
    source, written, count = calls(), 0, 0
    between = {"json": ",", "pretty.json": ",\n"}.get(kind, "\n")
    with _opened(kind, target) as stream:
        stream.write({"json": b"[", "pretty.json": b"[\n", "csv": _csv_line(list(next(calls())))}.get(kind, b""))
        while written < size:
            texts = [_text(kind, next(source)) for _ in range(_AT_ONCE)]
            block = ("" if not count else between) + between.join(texts)
            stream.write(block.encode())
            written, count = written + len(block), count + _AT_ONCE
        stream.write(b"]" if kind in ("json", "pretty.json") else b"\n")
    return count


def _text(kind: str, call: dict[str, Any]) -> str:
    if kind == "csv":
        return _csv_line(list(call.values())).decode().rstrip("\r\n")
    return json.dumps(call, indent=1 if kind == "pretty.json" else None)


def _csv_line(values: list[Any]) -> bytes:
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerow(values)
    return target.getvalue().encode()


def _opened(kind: str, target: Path) -> Any:
    if kind.endswith(".gz"):
        return gzip.open(target, "wb", compresslevel=6)
    if kind.endswith(".zst"):
        import pyarrow as pa

        return pa.CompressedOutputStream(str(target), "zstd")
    return target.open("wb")


def _write_parquet(size: int, target: Path) -> int:
    import polars as pl

    source = calls()
    frames, held = [], 0
    while held < size:
        rows = [next(source) for _ in range(_AT_ONCE)]
        held += sum(len(row["prompt"]) + 80 for row in rows)
        frames.append(pl.DataFrame(rows))
    whole = pl.concat(frames)
    whole.write_parquet(target, row_group_size=50_000)
    return whole.height


def _write_files(size: int, target: Path) -> int:
    """Write one call a file, a thousand files a folder."""
    written = 0
    for count, call in enumerate(calls()):
        if written >= size:
            return count
        folder = target / f"{count // 1000:05}"
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(call)
        (folder / f"{count:08}.json").write_text(text)
        written += len(text)
    return 0


def multiply(fixture: Path, size: int, target: Path) -> int:
    """Write a fixture's records again and again, with fresh ids, up to ``size`` bytes; return how many records."""
    text = fixture.read_text(encoding="utf-8-sig")
    head, records, between, tail = _parts(text)
    body = between.join(records)
    ids = sorted(_ids(text), key=lambda word: (-len(word), word))
    pattern = re.compile("|".join(map(re.escape, ids))) if ids else None
    written = copies = 0
    with target.open("w", encoding="utf-8") as stream:
        stream.write(head)
        while written < size:
            fresh = f"{copies:06x}"
            copy = pattern.sub(lambda match, fresh=fresh: match[0][:-6] + fresh, body) if pattern and copies else body
            stream.write(between * bool(copies) + copy)
            written, copies = written + len(copy.encode()), copies + 1
        stream.write(tail)
    return copies * len(records)


def _parts(text: str) -> tuple[str, list[str], str, str]:
    """Return what stands before the records of a log, the records, what parts them, and what stands behind them."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not text.lstrip().startswith(("{", "[")):
        return lines[0] + "\n", lines[1:], "\n", "\n"
    try:
        document = json.loads(text)
    except ValueError:
        return "", lines, "\n", "\n"
    if isinstance(document, list):
        return "[", [json.dumps(item) for item in document], ",", "]"
    wrapped = next((key for key, value in document.items() if isinstance(value, list) and value), None)
    if wrapped is None or not isinstance(document[wrapped][0], dict):
        return "", [json.dumps(document)], "\n", "\n"
    marked = json.dumps(document | {wrapped: "\x00"})
    head, _, tail = marked.partition(json.dumps("\x00"))
    return f"{head}[", [json.dumps(item) for item in document[wrapped]], ",", f"]{tail}"


def _ids(text: str) -> set[str]:
    """Return the values that stand under a name of an id, in JSON or in a CSV."""
    found = set(re.findall(r'"(?:\w*[._])?(?:\w*[iI]d|uuid)\\?"\s*:\s*\\?"([\w.:-]{8,80})\\?"', text))
    if not text.lstrip().startswith(("{", "[")):
        rows = list(csv.reader(io.StringIO(text)))
        places = [place for place, name in enumerate(rows[0]) if _ID_KEY.search(name.strip())]
        found |= {row[place] for row in rows[1:] for place in places if place < len(row)}
    return {word for word in found if _ID.fullmatch(word)}


def main() -> None:
    """Write one log and print its number of records."""
    kind, megabytes, target = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    if kind == "fixture":
        count = multiply(Path(sys.argv[4]), megabytes * _MEGABYTE, target)
    else:
        count = write_container(kind, megabytes * _MEGABYTE, target)
    print(count)


if __name__ == "__main__":
    main()
