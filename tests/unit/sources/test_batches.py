"""Many small files read together say the same as file by file."""

from __future__ import annotations

import json
import random
import uuid
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest

from tokenscan.events.log import EventLog
from tokenscan.reading import InputOptions, read_files
from tokenscan.sources.base import ReadOptions
from tokenscan.sources.batches import Batch, Twin, batches
from tokenscan.sources.files import LogFile

START = 1_772_442_000.0  # 2026-03-02T09:00:00Z


def payload(number: int, **changes: Any) -> dict[str, Any]:
    """Return a call as LiteLLM's S3 logger writes it."""
    return {
        "id": f"chatcmpl-{number}",
        "trace_id": str(uuid.UUID(int=number)),
        "call_type": "acompletion",
        "status": "success",
        "model": "gpt-5-mini",
        "startTime": START + number,
        "endTime": START + number + 1.5,
        "response_cost": 0.001,
        "prompt_tokens": 100 + number,
        "completion_tokens": 10,
        "metadata": {"user_api_key_user_email": "ann@example.com"},
        "messages": [{"role": "user", "content": f"question {number}"}],
        "model_map_information": {"model_map_key": "gpt-5-mini"},
    } | changes


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def read(path: Path, *, alone: bool = False) -> EventLog:
    with patch("tokenscan.sources.batches.JOINED", frozenset() if alone else frozenset({"litellm", "table"})):
        return read_files([str(path)], InputOptions())


def mixed(folder: Path) -> Path:
    """Return a folder of small files with everything that may be wrong with them."""
    table = {"timestamp": "2026-03-02T09:00:00Z", "user": "bob", "prompt": "hi", "input_tokens": 5}
    files = {f"day/{number:03}.json": json.dumps(payload(number)) for number in range(40)}
    files |= {
        "day/pretty.json": json.dumps(payload(50), indent=2),
        "day/no-time.json": json.dumps(payload(51, startTime=None)),
        "day/bad-count.json": json.dumps(payload(52, prompt_tokens="many")),
        "day/extra-key.json": json.dumps(payload(53, response_time=1.0)),
        "day/copy.json": json.dumps(payload(7)),
        "day/cut.json": json.dumps(payload(54))[:-20],
        "day/nan.json": json.dumps(payload(55, response_cost=float("nan"))),
        "day/lines.jsonl": "\n\n".join(json.dumps(payload(number, startTime=None)) for number in (60, 61)),
        "day/two.jsonl": json.dumps(payload(62)) + "\n" + json.dumps(payload(63, prompt_tokens=-1)) + "\n",
        "day/wrapped.json": json.dumps({"data": [payload(64), payload(65)]}),
        "day/audit.json": json.dumps({"table_name": "x", "changed_by": "y", "id": "1"}),
        "table/a.json": json.dumps(table),
        "table/b.json": json.dumps(table | {"user": "cy"}),
        "table/late.json": json.dumps(table | {"user": "di", "timestamp": "2031-01-01"}),
        "table/text.json": json.dumps({"timestamp": "2026-03-02", "user": "ed", "input": "how many?"}),
        "table/count.json": json.dumps({"timestamp": "2026-03-02", "user": "ed", "input": "7"}),
        "empty.json": "",
        "notes.csv": "a,b\n1,2\n",
    }
    return write(folder, files)


def test_the_report_is_the_same_as_file_by_file(tmp_path: Path) -> None:
    folder = mixed(tmp_path)
    together, alone = read(folder), read(folder, alone=True)
    assert together.files == alone.files
    assert together.events.equals(alone.events)
    assert together.prompts.equals(alone.prompts)
    assert (together.rows, together.bad_rows, together.broken) == (alone.rows, alone.bad_rows, alone.broken)
    assert sorted(map(repr, together.bad_samples)) == sorted(map(repr, alone.bad_samples))
    verdicts = {verdict.name: verdict for verdict in together.files}
    assert verdicts["day/003.json"].rows == 1
    assert verdicts["day/copy.json"].skipped == "same content as day/007.json"
    assert verdicts["day/lines.jsonl"].bad_reasons == {"timestamp missing or not readable": 2}
    assert {(bad.row, bad.file) for bad in together.bad_samples} >= {(1, "day/lines.jsonl"), (3, "day/lines.jsonl")}


def test_files_are_gathered_by_shape_and_every_file_comes_once(tmp_path: Path) -> None:
    mixed(tmp_path)
    files = [LogFile(path=path, name=path.name, named=False) for path in sorted(tmp_path.rglob("*")) if path.is_file()]
    random.Random(4).shuffle(files)
    found = list(batches(files, "auto", ReadOptions()))
    joined = [file.name for batch in found if isinstance(batch, Batch) for file in batch.files]
    others = [item.file.name if isinstance(item, Twin) else item.name for item in found if not isinstance(item, Batch)]
    assert sorted([*joined, *others]) == sorted(file.name for file in files)
    assert max(len(batch.files) for batch in found if isinstance(batch, Batch)) >= 40
    assert {"cut.json", "nan.json", "wrapped.json", "text.json", "count.json", "notes.csv"} <= set(others)


def test_batches_stay_small(tmp_path: Path) -> None:
    write(tmp_path, {f"{number:03}.json": json.dumps(payload(number)) for number in range(200)})
    with patch("tokenscan.sources.batches.BATCH_BYTES", 5000):
        log = read(tmp_path)
    assert log.events["input_tokens"].to_list() == [100 + number for number in range(200)]


def test_a_session_spread_over_files_is_known_as_one(tmp_path: Path) -> None:
    session = str(uuid.UUID(int=10**9))
    write(tmp_path, {f"{n}.json": json.dumps(payload(n, trace_id=session)) for n in range(3)})
    write(tmp_path, {"4.json": json.dumps(payload(4))})
    events = read(tmp_path).events.select("session_id", pl.col("session_quality").cast(pl.String))
    assert events.rows() == [(session, "client")] * 3 + [(str(uuid.UUID(int=4)), "synthetic")]


def test_a_small_file_that_cannot_be_read_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {f"{n}.json": json.dumps(payload(n)) for n in range(3)})
    opened = Path.open

    def refuse(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name == "1.json":
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    log = read(tmp_path)
    assert log.events.height == 2
    assert log.broken
    assert "Permission denied" in log.files[1].broken
