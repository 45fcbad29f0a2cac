"""A night after the other: what is new is told once, what is gone is told once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.paths import SAMPLES
from tokenscan.cli.app import main

LOGS = str(SAMPLES / "logs.parquet")
OPTIONS = ("--config", str(SAMPLES / "tokenscan.toml"), "--as-of", "2026-04-06", "-q")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report of a first night, and the baseline that it makes."""
    made = tmp_path_factory.mktemp("nights")
    assert main(["analyze", LOGS, *OPTIONS, "-f", "json", "-o", str(made / "report.json")]) == 0
    assert main(["baseline", "write", str(made / "report.json"), "-o", str(made / "known.json")]) == 0
    return made


def findings(capsys: pytest.CaptureFixture[str], *args: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["analyze", LOGS, *OPTIONS, "-f", "jsonl", *args]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_same_log_again_has_nothing_new(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = str(folder / "known.json")
    assert findings(capsys, "--baseline", known, "--state", "new,worse,resolved") == []
    everything = findings(capsys, "--baseline", known)
    assert {one["state"] for one in everything} == {"unchanged"}
    gate = ["analyze", LOGS, *OPTIONS, "-f", "jsonl", "--baseline", known, "--fail-on"]
    assert main([*gate, "new:info"]) == 0
    assert main([*gate, "high"]) == 1


def test_what_is_not_known_is_new_and_what_went_is_resolved(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    baseline = json.loads((folder / "known.json").read_text(encoding="utf-8"))
    forgotten = baseline["findings"].pop(0)
    gone = {**baseline["findings"][0], "fingerprint": "ts1:" + "0" * 32}
    baseline["findings"].append(gone)
    other = folder / "other.json"
    other.write_text(json.dumps(baseline), encoding="utf-8")
    changed = findings(capsys, "--baseline", str(other), "--state", "new,worse,resolved")
    assert {(one["fingerprint"], one["state"]) for one in changed} == {
        (forgotten["fingerprint"], "new"),
        (gone["fingerprint"], "resolved"),
    }
    gate = ["analyze", LOGS, *OPTIONS, "-f", "jsonl", "--baseline", str(other), "--fail-on", "new:info"]
    assert main(gate) == 1


def test_it_can_be_shown_and_pruned(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = folder / "pruned.json"
    known.write_bytes((folder / "known.json").read_bytes())
    capsys.readouterr()
    assert main(["baseline", "show", str(known), "-f", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {entry["rule_id"] for entry in listed} >= {"copied-prompt", "scripted-timing"}
    assert main(["baseline", "show", str(known)]) == 0
    assert "scripted-timing" in capsys.readouterr().out
    assert main(["baseline", "prune", str(known), "--before", "2030-01-01"]) == 0
    assert json.loads(known.read_text(encoding="utf-8"))["findings"] == []


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["analyze", LOGS, "--baseline", "nowhere.json"], "cannot be read"),
        (["analyze", LOGS, "--baseline", LOGS], "no baseline"),
        (["analyze", LOGS, "--state", "newish"], "one or more of"),
        (["baseline", "show", LOGS], "no baseline"),
        (["baseline", "prune", LOGS, "--before", "soon"], "--before"),
    ],
)
def test_mistakes_are_told(args: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) == 2
    assert part in capsys.readouterr().err
