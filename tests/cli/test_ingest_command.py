"""``tokenscan ingest`` and reports on a store, as a nightly job meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tokenscan.cli.app import main
from tokenscan.store.lock import writing


def run(capsys: pytest.CaptureFixture[str], *args: str | Path) -> tuple[int, str, str]:
    code = main([str(arg) for arg in args])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def calls(first: int, last: int) -> str:
    lines = ({"timestamp": f"2026-03-{2 + n // 10:02}T10:00:{n % 60:02}Z", "user": "ann", "prompt": f"question {n}",
              "input_tokens": 10, "event_id": f"call-number-{n}"} for n in range(first, last))  # fmt: skip
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.jsonl").write_text(calls(0, 30))
    return folder


def test_a_night_says_what_is_new_and_what_the_store_holds(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "ingest", "logs", "--store", "usage") == (
        0,
        (
            "1 new file read, 0 files known already, 0 files skipped\n"
            "30 rows added, 0 known already, 0 unreadable\n"
            "usage holds 30 rows of 3 days\n"
        ),
        "",
    )
    (logs / "b.jsonl").write_text(calls(25, 45))
    assert run(capsys, "ingest", "logs", "--store", "usage")[1].splitlines() == [
        "1 new file read, 1 file known already, 0 files skipped",
        "15 rows added, 5 known already, 0 unreadable",
        "usage holds 45 rows of 5 days",
    ]
    assert run(capsys, "ingest", "logs", "--store", "usage", "-q") == (0, "", "")


def test_a_store_is_analysed_and_inspected_like_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, logs: Path
) -> None:
    run(capsys, "ingest", logs, "--store", tmp_path / "usage", "-q")
    reports = []
    for what in (["--store", tmp_path / "usage"], [tmp_path / "usage"], [logs]):
        code, out, _ = run(capsys, "analyze", *what, "--no-config", "-f", "json", "--as-of", "2026-04-01")
        assert code == 0
        reports.append({name: part for name, part in json.loads(out).items() if name != "run"})
    assert reports[0] == reports[1] == reports[2]
    seen = json.loads(run(capsys, "inspect", tmp_path / "usage", "--no-config", "-f", "json")[1])
    assert (seen["events"], seen["files"][0]["name"]) == (30, "a.jsonl")


def test_what_could_not_be_read_ends_with_4_and_the_rest_is_in(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, logs: Path
) -> None:
    (logs / "b.jsonl").write_text("not json\n" + calls(30, 40))
    code, out, err = run(capsys, "ingest", logs, "--store", tmp_path / "usage", "-f", "json")
    told = json.loads(out)
    assert (code, told["rows_added"], told["bad_rows"]) == (4, 40, 1)
    assert err == "tokenscan: incomplete; 1 unreadable rows\n"
    assert [file["bad_reasons"] for file in told["files"]] == [{}, {"not valid JSON": 1}]
    assert run(capsys, "ingest", logs, "--store", tmp_path / "usage")[0] == 0
    report = json.loads(run(capsys, "analyze", tmp_path / "usage", "--no-config", "-f", "json")[1])
    assert (report["input"]["complete"], report["input"]["bad_rows"]) == (False, 1)


def test_a_store_in_use_is_said_and_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path, logs: Path) -> None:
    store = tmp_path / "usage"
    run(capsys, "ingest", logs, "--store", store, "-q")
    with writing(store, 1):
        code, out, err = run(capsys, "ingest", logs, "--store", store, "--wait", "0")
    assert (code, out) == (3, "")
    assert "another tokenscan is writing to this store" in err


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--store", "usage"], 2, "nothing to ingest"),
        (["logs"], 2, "Missing option '--store'"),
        (["logs", "--store", "usage", "--keep", "soon"], 2, "--keep 180d"),
        (["logs", "--store", "usage", "--keep", "0d"], 2, "--keep 180d"),
        (["nowhere", "--store", "usage"], 3, "does not exist"),
        (["logs", "--store", "logs"], 3, "is no store, and not empty"),
        (["logs", "--store", "logs/a.jsonl"], 3, "is no store"),
    ],
)
def test_what_cannot_be_done_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch,
    args: list[str], code: int, message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    found = run(capsys, "ingest", *args)
    assert found[0] == code
    assert message in found[2]
    assert not (tmp_path / "usage").exists()


def test_days_are_forgotten_by_age(capsys: pytest.CaptureFixture[str], tmp_path: Path, logs: Path) -> None:
    # The log is of March 2026: by any clock that runs this, all of it is older than a day.
    code, out, _ = run(capsys, "ingest", logs, "--store", tmp_path / "usage", "--keep", "1d")
    assert (code, out.splitlines()[2:]) == (
        0, ["30 rows forgotten, older than is kept", f"{tmp_path / 'usage'} holds 0 rows of 0 days"]
    )  # fmt: skip
    code, _, err = run(capsys, "analyze", tmp_path / "usage", "--no-config")
    assert (code, "no usable row" in err) == (3, True)
