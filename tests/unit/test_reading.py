"""From paths to the event log: what becomes of every file, and that no call is lost or counted twice."""

from __future__ import annotations

import gzip
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.paths import SHARED
from tokenscan.errors import InputError, UsageError
from tokenscan.events.log import EventLog, FileVerdict
from tokenscan.events.schema import EVENTS
from tokenscan.reading import InputOptions, read_files

NATIVE = SHARED / "entire" / "native_claude_code"


def line(number: int, **changes: Any) -> str:
    record = {
        "event_id": f"e{number}",
        "timestamp": f"2026-03-02T{9 + number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z",
        "user": "ann",
        "prompt": f"question number {number}",
        "input_tokens": number,
    }
    return json.dumps(record | changes) + "\n"


def lines(first: int, last: int) -> str:
    return "".join(line(number) for number in range(first, last))


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def log(*paths: Path | str, **options: Any) -> EventLog:
    return read_files([str(path) for path in paths], InputOptions(**options))


def verdicts(found: EventLog) -> dict[str, FileVerdict]:
    return {verdict.name: verdict for verdict in found.files}


def inputs(found: EventLog) -> list[int]:
    return found.events["input_tokens"].to_list()


def test_what_became_of_every_file_of_a_folder_is_said(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", lines(0, 5) + "bad\n")
    write(tmp_path / "b" / "more.json.gz", gzip.compress(lines(5, 8).encode()))
    write(tmp_path / "copy.ndjson", lines(0, 5) + "bad\n")
    write(tmp_path / "overlap.jsonl", lines(4, 9))
    write(tmp_path / "empty.csv", "")
    write(tmp_path / "prices.csv", "model,price\na,1\n")
    write(tmp_path / "junk.log", b"\x00\x01\x02")
    found = log(tmp_path)
    assert inputs(found) == list(range(9))
    assert {name: (v.format, v.rows, v.bad_rows, v.skipped, v.broken) for name, v in verdicts(found).items()} == {
        "a.jsonl": ("table", 6, 1, "", ""),
        "b/more.json.gz": ("table", 3, 0, "", ""),
        "copy.ndjson": ("", 0, 0, "same content as a.jsonl", ""),
        "empty.csv": ("", 0, 0, "the file is empty", ""),
        "junk.log": ("", 0, 0, "neither Parquet, CSV nor JSON", ""),
        "overlap.jsonl": ("table", 5, 0, "", ""),
        "prices.csv": (
            "", 0, 0, "no known format, and no column for timestamp and user (it has: model, price)", "",
        ),
    }  # fmt: skip
    assert (found.rows, found.bad_rows, found.broken) == (14, 1, False)
    assert found.duplicates == {"same response id": 4}
    assert [(bad.file, bad.row, bad.reason) for bad in found.bad_samples] == [("a.jsonl", 6, "not valid JSON")]
    assert found.events.schema == EVENTS


def test_files_are_known_by_their_content_not_their_suffix(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", lines(0, 2))
    write(tmp_path / "b.parquet", "event_id,timestamp,user,input_tokens\nx,2026-03-02T09:00:02Z,ann,2\n")
    times = pl.DataFrame({"timestamp": ["2026-03-02T09:00:03Z"], "user": ["ann"], "input_tokens": [3]})
    times.write_parquet(tmp_path / "c.jsonl")
    write(tmp_path / "d.json", gzip.compress(lines(4, 6).encode()))
    assert inputs(log(tmp_path)) == [0, 1, 2, 3, 4, 5]


def test_the_rows_of_a_format_and_what_they_carry_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", line(0, model="m") + line(1))
    write(tmp_path / "b.jsonl", line(2, cost=0.5) + line(3, user=None))
    (source,) = log(tmp_path).sources
    assert (source.format, source.files, source.rows) == ("table", 2, 4)
    carried = {name: share for name, share in source.columns.items() if share}
    assert carried == {"user": 0.75, "model": 0.25, "prompt": 1.0, "input_tokens": 1.0, "cost": 0.25}


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", b"\x00\x01", b"PAR1....", "{"])
def test_a_named_file_that_cannot_be_read_is_an_error(tmp_path: Path, content: str | bytes) -> None:
    bad = write(tmp_path / "bad.log", content)
    good = write(tmp_path / "good.jsonl", lines(0, 3))
    with pytest.raises(InputError, match=r"bad\.log"):
        log(good, bad)
    assert inputs(log(tmp_path)) == [0, 1, 2]


@pytest.mark.parametrize("content", [b"PAR1....", gzip.compress(b"x" * 90, mtime=0)[:12], b'{"timestamp":'])
def test_a_log_of_a_folder_that_is_lost_makes_the_run_incomplete(tmp_path: Path, content: bytes) -> None:
    write(tmp_path / "good.jsonl", lines(0, 3))
    write(tmp_path / "lost.log", content)
    found = log(tmp_path)
    assert found.broken
    lost = verdicts(found)["lost.log"]
    assert lost.broken
    assert lost.broken == lost.skipped


def test_a_file_that_may_not_be_opened_is_lost_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.jsonl", "b.jsonl", "c.jsonl"):
        write(tmp_path / name, line("abc".index(name[0])))
    opened = Path.open

    def refuse(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name == "b.jsonl":
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    found = log(tmp_path)
    assert inputs(found) == [0, 2]
    assert found.broken
    assert "Permission denied" in verdicts(found)["b.jsonl"].broken


def test_a_file_that_vanishes_while_it_is_read_ends_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.jsonl", lines(0, 3))
    write(tmp_path / "b.jsonl", lines(3, 6))

    def fail(*_: Any) -> Iterator[Any]:
        yield from ()
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("tokenscan.sources.formats.table.read_records", fail)
    with pytest.raises(InputError, match="no calls"):
        log(tmp_path)
    monkeypatch.undo()
    assert inputs(log(tmp_path)) == list(range(6))


def test_a_cut_archive_keeps_its_rows_and_makes_the_run_incomplete(tmp_path: Path) -> None:
    packed = gzip.compress(lines(0, 2000).encode())
    found = log(write(tmp_path / "cut.jsonl.gz", packed[: len(packed) // 2]))
    assert inputs(found) == list(range(found.events.height))
    assert found.events.height > 500
    assert found.broken
    assert "archive broken after line" in verdicts(found)["cut.jsonl.gz"].broken


def test_bad_rows_of_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path / "mon" / "log.jsonl", lines(0, 2) + "bad\n")
    write(tmp_path / "tue" / "log.jsonl", lines(2, 4) + "bad\nbad\n")
    found = verdicts(log(tmp_path / "mon", tmp_path / "tue"))
    assert {name: verdict.bad_rows for name, verdict in found.items()} == {"mon/log.jsonl": 1, "tue/log.jsonl": 2}


def test_no_usable_row_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no log files there"):
        log(tmp_path)
    write(tmp_path / "header.csv", "timestamp,user\n")
    with pytest.raises(InputError, match="the files hold no calls"):
        log(tmp_path)
    write(tmp_path / "notes.csv", "a,b\n")
    with pytest.raises(InputError, match=r"notes\.csv: no known format"):
        log(tmp_path)
    write(tmp_path / "bad.jsonl", line(1, timestamp="?") + line(2, timestamp="?"))
    with pytest.raises(InputError, match=r"2 bad rows, first bad\.jsonl:1: timestamp missing or not readable"):
        log(tmp_path)


def test_a_mapped_column_must_be_somewhere(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", line(1, user=None, who="bob"))
    write(tmp_path / "b.jsonl", line(2))
    found = log(tmp_path, mapping={"who": "user"})
    assert found.events["user"].to_list() == ["bob", "ann"]
    with pytest.raises(UsageError, match="--map wo=user: no file has a column 'wo'"):
        log(tmp_path, mapping={"wo": "user"})


def test_standard_input_and_progress() -> None:
    told: list[tuple[str, int, int]] = []
    options = InputOptions(stdin=io.BytesIO(lines(0, 3).encode()))
    found = read_files(["-"], options, lambda *step: told.append(step))
    assert inputs(found) == [0, 1, 2]
    assert told == [("reading stdin", 0, 1), ("counting every call once", 1, 1)]


def test_prompts_are_kept_once_and_no_text_is_left_in_the_events(tmp_path: Path) -> None:
    texts = ["Fix  the TEST", "fix the test", "other thing", "<command-name>/clear</command-name>", None]
    content = "".join(line(number, prompt=text) for number, text in enumerate(texts))
    found = log(write(tmp_path / "a.jsonl", content))
    assert found.prompts.height == 2
    assert set(found.prompts["text"]) == {"Fix  the TEST", "other thing"}  # the smaller of two spellings is kept
    kinds = found.events["prompt_kind"].to_list()
    assert kinds == ["human", "human", "human", "command", None]
    ids = found.events["prompt_id"].to_list()
    assert ids[0] == ids[1] != ids[2]
    assert ids[4] is None
    assert not {"prompt", "response", "text"} & set(found.events.columns)


def test_how_files_lie_does_not_change_what_is_read(tmp_path: Path) -> None:
    together = log(write(tmp_path / "one" / "all.jsonl", lines(0, 50) + lines(10, 20)))
    write(tmp_path / "many" / "b" / "z.jsonl.gz", gzip.compress(lines(25, 50).encode()))
    write(tmp_path / "many" / "a.json", "[" + ",".join(lines(0, 30).splitlines()) + "]")
    apart = log(tmp_path / "many")
    assert apart.events.drop("source_file", "source_row").equals(together.events.drop("source_file", "source_row"))
    assert apart.prompts.equals(together.prompts)
    moved = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "many", moved)
    assert log(moved).events.equals(apart.events)


@pytest.mark.skipif(not NATIVE.exists(), reason="published data is not here")
def test_real_sessions_are_counted_as_by_others() -> None:
    """The totals are those of ccusage 20.0.26 on the same files; calls of sub-agents are in them."""
    found = log(NATIVE)
    cache = [pl.col(name).sum() for name in ("cache_write_tokens", "cache_read_tokens")]
    fresh = pl.col("input_tokens").sum() - cache[0] - cache[1]
    totals = found.events.select(fresh, pl.col("output_tokens").sum(), *cache).row(0)
    assert totals == (19_824, 21_439, 1_355_876, 18_340_794)
    assert (len(found.files), found.bad_rows, found.broken) == (17, 0, False)


@pytest.mark.skipif(not NATIVE.exists(), reason="published data is not here")
def test_real_sessions_agree_call_by_call_with_the_published_table() -> None:
    events = log(NATIVE).events
    calls = pl.read_parquet(SHARED / "entire" / "calls.parquet")
    published = calls.filter(pl.col("session_id").is_in(events["session_id"].unique().implode()))
    assert published.height == 327
    fresh = pl.col("input_tokens") - pl.col("cache_read_tokens") - pl.col("cache_write_tokens")
    read = events.select(
        "session_id", "timestamp", fresh.alias("input_tokens"), "output_tokens",
        cache_creation="cache_write_tokens", cache_read="cache_read_tokens",
    )  # fmt: skip
    counts = ["input_tokens", "output_tokens", "cache_creation", "cache_read"]
    # The table has no sub-agents (12 calls): each of its calls is found with the same counts, session by session.
    ours = read.group_by("session_id", *counts).len()
    theirs = published.group_by("session_id", *counts).len()
    matched = theirs.join(ours, on=["session_id", *counts], how="left", suffix="_ours")
    assert matched.filter(pl.col("len_ours").fill_null(0) < pl.col("len")).height == 0
    assert read.height - published.height == 12


def test_outcomes_and_other_tables_of_people_and_days_are_no_calls(tmp_path: Path) -> None:
    (tmp_path / "outcomes.csv").write_text("date,user,tasks_completed,errors\n2026-03-02,ann,3,0\n")
    (tmp_path / "leave.csv").write_text("date,user\n2026-03-02,ann\n")
    (tmp_path / "calls.csv").write_text("ts,user,prompt_tokens\n2026-03-02T10:00:00Z,ann,5\n")
    log = read_files([str(tmp_path)], InputOptions())
    assert log.events.height == 1
    assert {verdict.name for verdict in log.files if verdict.skipped} == {"outcomes.csv", "leave.csv"}
    # Named itself, a table needs a time and a user only; outcomes stay outcomes.
    assert read_files([str(tmp_path / "leave.csv")], InputOptions()).events.height == 1
    with pytest.raises(InputError, match="nothing that tells of calls"):
        read_files([str(tmp_path / "outcomes.csv")], InputOptions())
