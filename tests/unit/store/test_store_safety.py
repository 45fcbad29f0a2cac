"""A store is whole at every moment, whatever dies, and says clearly what it cannot be used for."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stores import call, raw, same, stored, take, write

from tokenscan.errors import InputError
from tokenscan.store import parts
from tokenscan.store.lock import StoreBusyError, writing
from tokenscan.store.manifest import NAME, StoreError


class KilledError(Exception):
    pass


def _count_writes(store: Path, log: Path) -> int:
    """Return how many times ingesting ``log`` makes something durable."""
    times = 0
    with pytest.MonkeyPatch.context() as patch:
        real = os.fsync

        def counted(handle: int) -> None:
            nonlocal times
            times += 1
            real(handle)

        patch.setattr(os, "fsync", counted)
        take(store, log)
    return times


def test_whatever_moment_it_dies_at_the_store_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write(tmp_path / "a.jsonl", map(call, range(30)))
    second = write(tmp_path / "b.jsonl", map(call, range(20, 60)))
    take(tmp_path / "trial", first)
    writes = _count_writes(tmp_path / "trial", second)
    assert writes > 5
    for last in range(writes):
        store = tmp_path / f"store-{last}"
        take(store, first)
        before = stored(store)
        left = last
        real = os.fsync

        def die(handle: int, real: Any = real) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise KilledError
            real(handle)

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", die)
            with pytest.raises(KilledError):
                take(store, second)
        now = stored(store)
        assert same(now, before) or same(now, raw(first, second))
        take(store, second)
        assert same(stored(store), raw(first, second))
        named = {part for part in store.rglob("*") if part.suffix in {".parquet", ".new"}}
        assert all(part.suffix == ".parquet" for part in named)


def test_a_second_writer_waits_or_is_told(tmp_path: Path) -> None:
    store, log = tmp_path / "store", write(tmp_path / "a.jsonl", [call(1)])
    take(store, log)
    with writing(store, 1), pytest.raises(StoreBusyError, match="another tokenscan is writing"):
        take(store, log, wait_s=0.0)
    assert take(store, log, wait_s=0.0).known == 1


def _ingest_in_another_process(store: Path, log: Path) -> None:
    take(store, log, wait_s=60.0)


def test_two_writers_at_once_both_get_their_rows_in(tmp_path: Path) -> None:
    store = tmp_path / "store"
    logs = [write(tmp_path / f"{n}.jsonl", map(call, range(n * 10, n * 10 + 15))) for n in range(4)]
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_ingest_in_another_process, args=(store, log)) for log in logs]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert same(stored(store), raw(*logs), places=False)


def test_a_reader_meets_a_store_that_is_being_tidied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tmp_path / "store"
    take(store, write(tmp_path / "a.jsonl", map(call, range(5))))
    real, missed = parts.scan_rows, 2

    def vanishing(*arguments: Any) -> pl.LazyFrame:
        nonlocal missed
        missed -= 1
        if missed >= 0:
            raise FileNotFoundError("rows/day=2026-03-02/00000001-0000.parquet")
        return real(*arguments)

    monkeypatch.setattr("tokenscan.store.reader.scan_rows", vanishing)
    assert stored(store).events.height == 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "damaged"),
        ("{", "damaged"),
        ('{"format": "something"}', "is no store"),
        ('{"format": "tokenscan-store", "version": 2}', "a store of version 2"),
        ('{"format": "tokenscan-store", "version": 1, "rows": 3}', "damaged"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(tmp_path: Path, text: str, message: str) -> None:
    store = tmp_path / "store"
    take(store, write(tmp_path / "a.jsonl", [call(1)]))
    (store / NAME).write_text(text)
    with pytest.raises(StoreError, match=message):
        stored(store)


def test_a_file_that_is_gone_or_damaged_is_said(tmp_path: Path) -> None:
    store = tmp_path / "store"
    take(store, write(tmp_path / "a.jsonl", [call(1)]))
    (part,) = (store / "rows").rglob("*.parquet")
    part.write_bytes(b"PAR1")
    with pytest.raises(StoreError, match="damaged"):
        stored(store)
    part.unlink()
    with pytest.raises(StoreError, match="is missing"):
        stored(store)


def test_a_folder_that_is_no_store_is_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is no store"):
        stored(tmp_path)
    file = write(tmp_path / "file", [call(1)])
    with pytest.raises(InputError, match="is no store"):
        take(file, file)


def test_the_manifest_is_plain(tmp_path: Path) -> None:
    store = tmp_path / "store"
    take(store, write(tmp_path / "a.jsonl", map(call, range(30))))
    told = json.loads((store / NAME).read_text())
    assert (told["format"], told["version"], told["keeps_text"], told["commit"]) == ("tokenscan-store", 1, True, 1)
    assert [(part["path"], part["rows"], part["day"]) for part in told["rows"]] == [
        ("rows/day=2026-03-02/00000001-0000.parquet", 15, "2026-03-02"),
        ("rows/day=2026-03-03/00000001-0000.parquet", 15, "2026-03-03"),
    ]
