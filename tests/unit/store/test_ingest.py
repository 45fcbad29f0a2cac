"""A store tells the same as the files it was made of, however and however often they came in."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores import WORDS, call, raw, same, stored, take, tokens, write

import tokenscan
from tokenscan.errors import InputError
from tokenscan.ingest import _take
from tokenscan.store.manifest import read_manifest

SAMPLES = Path(__file__).parents[3] / "sample_logs"


def test_the_report_is_that_of_the_files(tmp_path: Path) -> None:
    store = tmp_path / "store"
    nights = [SAMPLES / "claude_code", SAMPLES / "litellm", SAMPLES / "logs.parquet", SAMPLES]
    for night in nights:
        take(store, night)
    config = SAMPLES / "tokenscan.toml"
    of_files, of_store = (
        tokenscan.analyze([str(path) for path in paths], config, all_people=True).to_dict()
        for paths in (nights[:3], [store])
    )
    for report in (of_files, of_store):
        del report["run"]
        for verdict in report["input"]["file_verdicts"]:
            verdict["name"] = Path(verdict["name"]).name
        report["input"]["file_verdicts"].sort(key=lambda verdict: verdict["name"])
    # The last night looked at all of the folder: what is no log was skipped, which the other report cannot know.
    of_store["input"]["file_verdicts"] = [v for v in of_store["input"]["file_verdicts"] if not v["skipped"]]
    of_store["input"]["files"] = of_files["input"]["files"]
    assert of_store == of_files


def test_a_file_is_read_once(tmp_path: Path) -> None:
    log, store = write(tmp_path / "a.jsonl", map(call, range(5))), tmp_path / "store"
    assert take(store, log).rows_added == 5
    before = read_manifest(store)
    again = take(store, log)
    assert (again.known, again.files, again.rows_added, again.rows) == (1, (), 0, 5)
    write(tmp_path / "copy.jsonl", map(call, range(5)))
    assert take(store, tmp_path / "copy.jsonl").known == 1
    os.utime(log, (1, 1))
    assert take(store, log).known == 1
    assert read_manifest(store) == before


def test_overlapping_exports_add_only_what_is_new(tmp_path: Path) -> None:
    store = tmp_path / "store"
    take(store, write(tmp_path / "monday.jsonl", map(call, range(30))))
    done = take(store, write(tmp_path / "tuesday.jsonl", map(call, range(20, 50))))
    assert (done.rows_added, done.rows_known, done.rows) == (20, 10, 50)
    found = stored(store)
    assert same(found, raw(tmp_path / "monday.jsonl", tmp_path / "tuesday.jsonl"))
    assert (found.events.height, found.duplicates) == (50, {"same response id": 10})


def test_how_a_file_counts_its_cache_is_said_though_all_its_calls_were_known(tmp_path: Path) -> None:
    calls = [path for path in sorted((SAMPLES / "claude_code").rglob("*.jsonl")) if "subagents" not in path.parts][:1]
    copied = write(
        tmp_path / "resumed.jsonl", [*calls[0].read_text().splitlines(), '{"type": "summary", "leafUuid": "x"}']
    )
    for log in (calls[0], copied):
        take(tmp_path / "store", log)
    found = stored(tmp_path / "store")
    assert [file.cache for file in found.files] == ["as the format defines it"] * 2
    assert same(found, raw(calls[0], copied))


def test_late_rows_find_their_day(tmp_path: Path) -> None:
    store = tmp_path / "store"
    take(store, write(tmp_path / "b.jsonl", map(call, range(48, 60))))
    take(store, write(tmp_path / "a.jsonl", map(call, range(12))))
    assert same(stored(store), raw(tmp_path / "a.jsonl", tmp_path / "b.jsonl"))
    assert sorted({part.day for part in read_manifest(store).rows}) == ["2026-03-02", "2026-03-04"]


def test_a_file_that_grows_replaces_itself(tmp_path: Path) -> None:
    # A session id is told from a made-up one by what comes later, so the first rows read differently now.
    store, log = tmp_path / "store", tmp_path / "session.jsonl"
    for end in (3, 3, 8, 20):
        take(store, write(log, map(call, range(end))))
    found = stored(store)
    assert same(found, raw(log))
    assert (found.duplicates, found.rows, len(found.files)) == ({}, 20, 1)


def test_members_of_an_archive_do_not_replace_each_other(tmp_path: Path) -> None:
    # One member begins with all of another, as an export of Monday and one of the week may.
    store, archive = tmp_path / "store", tmp_path / "logs.zip"
    lines = [json.dumps(call(number, event_id=None)) + "\n" for number in range(9)]
    for members in (["monday"], ["monday", "week"]):
        with zipfile.ZipFile(archive, "w") as made:
            for name in members:
                made.writestr(f"{name}.jsonl", "".join(lines[:3] if name == "monday" else lines))
        take(store, archive)
    assert same(stored(store), raw(archive))


def test_what_is_in_the_store_is_not_held_in_memory_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenscan.ingest.GROUP_FILES", 1)
    held = []
    monkeypatch.setattr("tokenscan.ingest._take", lambda *given, of=_take: held.append(of(*given)) or held[-1])
    logs = [write(tmp_path / f"{n}.jsonl", map(call, range(n * 5, n * 5 + 5))) for n in range(3)]
    assert take(tmp_path / "store", *logs).rows == 15
    assert [(gathered.rows.height, gathered.prompts.height) for gathered, _ in held] == [(0, 0)] * 3


def test_a_name_used_again_is_another_file(tmp_path: Path) -> None:
    store, log = tmp_path / "store", tmp_path / "export.jsonl"
    take(store, write(log, map(call, range(5))))
    take(store, write(log, map(call, range(5, 9))))
    found = stored(store)
    assert tokens(found) == sum(100 + number for number in range(9))
    first, second = (file.name for file in found.files)
    assert (first, second[:13]) == ("export.jsonl", "export.jsonl@")


def test_machines_with_files_of_one_name_do_not_mix(tmp_path: Path) -> None:
    store = tmp_path / "store"
    for name, first in (("anns", 0), ("bobs", 5)):
        take(store, write(tmp_path / name / "log.jsonl", map(call, range(first, first + 5))).parent)
    assert tokens(stored(store)) == sum(100 + number for number in range(10))


def test_calls_that_nothing_tells_apart_are_all_kept(tmp_path: Path) -> None:
    plain = {"timestamp": "2026-03-02T09:00:00Z", "user": "ann", "input_tokens": 5}
    log = write(tmp_path / "a.jsonl", [plain, plain, plain])
    take(tmp_path / "store", log)
    assert same(stored(tmp_path / "store"), raw(log))
    assert stored(tmp_path / "store").events.height == 3


def test_what_was_unreadable_stays_said(tmp_path: Path) -> None:
    store = tmp_path / "store"
    whole = gzip.compress("".join(f"{line}\n" for line in map(str, range(9))).encode(), mtime=0)
    write(tmp_path / "logs" / "a.jsonl", [call(1), "not json", call(2)])
    (tmp_path / "logs" / "cut.jsonl.gz").write_bytes(whole[:-9])
    (tmp_path / "logs" / "notes.csv").write_text("a,b\n1,2\n")
    done = take(store, tmp_path / "logs")
    assert (done.broken, done.bad_rows, done.rows_added) == (True, 1, 2)
    assert same(stored(store), raw(tmp_path / "logs"))


def test_a_broken_file_that_is_mended_makes_the_store_whole(tmp_path: Path) -> None:
    store, log = tmp_path / "store", tmp_path / "logs" / "a.jsonl.gz"
    log.parent.mkdir()
    lines = [json.dumps(call(n)) + "\n" for n in range(400)]
    content = gzip.compress("".join(lines).encode(), mtime=0)
    log.write_bytes(content[: len(content) // 2])
    assert take(store, log.parent).broken
    assert stored(store).broken
    log.write_bytes(content)
    take(store, log.parent)
    found = stored(store)
    assert (found.broken, found.events.height) == (False, 400)


def test_files_no_version_could_read_are_tried_again_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    write(tmp_path / "logs" / "a.jsonl", [call(1)])
    (tmp_path / "logs" / "b.csv").write_text("a,b\n1,2\n")
    assert len(take(store, tmp_path / "logs").files) == 2
    assert take(store, tmp_path / "logs").known == 2
    monkeypatch.setattr("tokenscan.ingest.__version__", "99")
    assert [file.name for file in take(store, tmp_path / "logs").files] == ["b.csv"]


def test_days_beyond_those_kept_are_forgotten_text_and_all(tmp_path: Path) -> None:
    store = tmp_path / "store"
    secret = "the merger with northwind closes on friday, draft the note to staff"
    old = write(tmp_path / "old.jsonl", [call(1, prompt=secret), call(2)])
    new = write(tmp_path / "new.jsonl", [call(100), call(101, prompt=f"{WORDS} 2")])
    take(store, old, new)
    done = take(store, new, first_day=date(2026, 3, 5))
    assert (done.rows_forgotten, done.rows) == (2, 2)
    assert sorted(stored(store).prompts["text"]) == [f"{WORDS} 100", f"{WORDS} 2"]
    for part in (store / "prompts").rglob("*.parquet"):
        assert secret not in pl.read_parquet(part)["text"].to_list()
    # Neither the old file nor another that repeats its rows brings them back.
    again = take(store, old, write(tmp_path / "again.jsonl", [call(2), call(102)]))
    assert (again.rows_added, again.rows_known) == (1, 1)
    assert stored(store).events["timestamp"].dt.date().min() == date(2026, 3, 6)


def test_many_nights_leave_few_files(tmp_path: Path) -> None:
    store = tmp_path / "store"
    for night in range(40):
        take(store, write(tmp_path / f"{night:02}.jsonl", [call(night % 12, event_id=f"call-of-night-{night}")]))
    manifest = read_manifest(store)
    assert max(len(manifest.rows), len(manifest.files), len(manifest.prompts)) <= 17
    on_disk = {path.relative_to(store).as_posix() for path in store.rglob("*.parquet")}
    assert on_disk == {part.path for part in (*manifest.rows, *manifest.files, *manifest.prompts)}
    assert same(stored(store), raw(*sorted(tmp_path.glob("*.jsonl"))))


def test_a_store_and_new_files_are_analysed_together(tmp_path: Path) -> None:
    take(tmp_path / "store", write(tmp_path / "a.jsonl", map(call, range(9))))
    new = write(tmp_path / "b.jsonl", map(call, range(6, 12)))
    together = tokenscan.read_logs([new], stores=[tmp_path / "store"])
    assert together.events.height == 12
    assert together.duplicates == {"same response id": 3}
    assert [file.name for file in together.files] == ["b.jsonl", "store/a.jsonl"]


@pytest.mark.parametrize("content", [{}, {"notes.txt": "hello"}])
def test_only_an_empty_folder_becomes_a_store(tmp_path: Path, content: dict[str, str]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, text in content.items():
        (folder / name).write_text(text)
    log = write(tmp_path / "a.jsonl", [call(1)])
    if content:
        with pytest.raises(InputError, match="is no store, and not empty"):
            take(folder, log)
    else:
        assert take(folder, log).rows == 1


ROWS = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([{}, {"user": "bob"}, {"event_id": None}, {"output_tokens": 99}])),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, nights=st.lists(st.integers(0, 3), min_size=25, max_size=25))
def test_nights_do_not_matter(tmp_path: Path, rows: list[tuple[int, dict[str, Any]]], nights: list[int]) -> None:
    place = tmp_path / f"{abs(hash((repr(rows), tuple(nights))))}"
    files = {night: place / f"{night}.jsonl" for night in nights[: len(rows)]}
    for night, path in files.items():
        write(path, [call(n, **change) for (n, change), on in zip(rows, nights, strict=False) if on == night])
    for night in sorted(files, reverse=True):
        take(place / "store", files[night])
    assert same(stored(place / "store"), raw(*files.values()), places=False)
