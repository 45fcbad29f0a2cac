"""Shuffling rows, splitting files, and reading files twice never changes a finding."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tokenscan
from tests.paths import SAMPLES

# People whose rows make every kind of evidence appear, and honest colleagues to compare them with.
_SHARE = 3


@pytest.fixture(scope="module")
def calls() -> pl.DataFrame:
    """Return the calls of some gamers and some others."""
    labels = pl.read_csv(SAMPLES / "labels.csv")
    gamers = labels.filter(pl.col("label") == "gamer")["user"].to_list()
    others = labels.filter(pl.col("label") == "honest")["user"].to_list()[::_SHARE]
    return pl.read_parquet(SAMPLES / "logs.parquet").filter(pl.col("user").is_in([*gamers, *others]))


@pytest.fixture(scope="module")
def expected(calls: pl.DataFrame) -> dict[str, Any]:
    """Return what an analysis of all calls in one file finds."""
    with tempfile.TemporaryDirectory() as folder:
        return found(write(Path(folder), [calls]))


def write(folder: Path, parts: list[pl.DataFrame]) -> Path:
    """Write one Parquet file a part."""
    for number, part in enumerate(parts):
        part.write_parquet(folder / f"part{number}.parquet")
    return folder


def found(folder: Path) -> dict[str, Any]:
    """Return everything a report says except where rows came from."""
    report = tokenscan.analyze(folder, SAMPLES / "tokenscan.toml", all_people=True).to_dict()
    assert {rule["status"] for rule in report["rules"]} <= {"ran", "not_evaluated"}
    return {name: report[name] for name in ("totals", "people", "teams", "findings", "rules")}


def test_there_is_something_to_change(expected: dict[str, Any]) -> None:
    rules = {finding["rule_id"] for finding in expected["findings"]}
    assert {"copied-prompt", "duplicate-share", "regenerated-request", "scripted-timing", "personal-spike",
            "prompts-per-task", "review-window"} <= rules  # fmt: skip


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), files=st.integers(1, 5))
def test_order_and_files_do_not_matter(seed: int, files: int, calls: pl.DataFrame, expected: dict[str, Any]) -> None:
    shuffled = calls.sample(fraction=1, shuffle=True, seed=seed)
    size = -(-calls.height // files)
    with tempfile.TemporaryDirectory() as folder:
        again = found(write(Path(folder), [shuffled.slice(n * size, size) for n in range(files)]))
    assert json.dumps(again, sort_keys=True) == json.dumps(expected, sort_keys=True)


def test_the_same_file_twice_and_overlapping_exports_count_once(
    calls: pl.DataFrame, expected: dict[str, Any], tmp_path: Path
) -> None:
    write(tmp_path, [calls, calls.head(5000), calls.tail(7000)])
    shutil.copy(tmp_path / "part0.parquet", tmp_path / "copy.parquet")
    assert json.dumps(found(tmp_path), sort_keys=True) == json.dumps(expected, sort_keys=True)


def test_a_log_without_ids_is_counted_alike(calls: pl.DataFrame, expected: dict[str, Any], tmp_path: Path) -> None:
    anonymous = calls.drop("event_id")
    write(tmp_path, [anonymous, anonymous.head(3000)])
    again = found(tmp_path)
    for report in (again, expected := json.loads(json.dumps(expected))):
        for finding in report["findings"]:
            finding["evidence"]["samples"] = []
    assert json.dumps(again, sort_keys=True) == json.dumps(expected, sort_keys=True)
