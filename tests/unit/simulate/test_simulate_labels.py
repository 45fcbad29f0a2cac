"""Labels are true because calls are marked while they are made."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.unit.simulate.populations import everybody, people_of, some
from tokenscan.simulate.kind import load_kinds
from tokenscan.simulate.write import write
from tokenscan.simulate.writing.write_context import LABELS, labels

KINDS = load_kinds()
GAMERS = sorted(name for name in KINDS.written if KINDS.at(name).label == "gamer")
HONEST = sorted(name for name in KINDS.written if KINDS.at(name).label == "honest")


def test_labels_have_the_columns_that_evaluate_reads(tmp_path: Path) -> None:
    write(everybody(people=20), tmp_path / "out")
    frame = pl.read_csv(tmp_path / "out" / "labels.csv")
    assert frame.columns == ["user", "label", "kind", "dose", "waste_tokens", "note"] == list(LABELS)
    assert set(frame["label"]) <= {"honest", "gamer", "service"}
    logged = pl.read_parquet(tmp_path / "out" / "logs" / "logs.parquet")
    assert set(logged["user"]) <= set(frame["user"])
    assert not {"waste_tokens", "copy", "person"} & set(logged.columns)


@pytest.mark.parametrize("preset", ["base", "hard"])
def test_waste_is_the_sum_over_the_calls_marked(preset: str) -> None:
    lives = everybody(preset=preset)
    marked = dict.fromkeys((person.user for person in lives.people), 0)
    for row in lives.calls.filter(~pl.col("copy")).iter_rows(named=True):
        marked[lives.people[row["person"]].user] += row["waste_tokens"]
    told = labels(lives)
    assert dict(told.select("user", "waste_tokens").iter_rows()) == marked
    # Nobody wastes more than they send, in any call.
    tokens = pl.col("input_tokens") + pl.col("output_tokens")
    assert lives.calls.filter((pl.col("waste_tokens") < 0) | (pl.col("waste_tokens") > tokens)).is_empty()


@pytest.mark.parametrize("preset", ["base", "hard"])
def test_gamers_carry_waste_and_nobody_else_does(preset: str) -> None:
    told = labels(everybody(preset=preset))
    gamers = told.filter(pl.col("label") == "gamer")
    assert gamers.filter(pl.col("waste_tokens") == 0).is_empty()
    others = told.filter(pl.col("label") != "gamer")
    assert others["waste_tokens"].sum() == 0
    assert others["dose"].sum() == 0


@pytest.mark.parametrize("kind", HONEST)
def test_no_honest_kind_wastes(kind: str) -> None:
    assert some(kind, KINDS.at(kind).group)["waste_tokens"].sum() == 0


@pytest.mark.parametrize("kind", GAMERS)
def test_half_a_dose_wastes_less(kind: str) -> None:
    count = max(6, KINDS.at(kind).group)
    full, half = (some(kind, count, dose)["waste_tokens"].sum() for dose in (1.0, 0.5))
    assert half > 0
    # A gesture is as little as can be, and a week is filled up to the target, at any dose.
    if kind not in ("token_gesture", "quota_bunching"):
        assert half < 0.85 * full


@pytest.mark.parametrize("kind", sorted(set(GAMERS) - {"inflated_outcomes", "padding", "slow_padding"}))
def test_gaming_completes_no_tasks(kind: str) -> None:
    lives = people_of(kind, 7)
    ordinary = some(kind, 7).filter((pl.col("waste_tokens") == 0) & (pl.col("status") == "ok")).height
    users = [person.user for person in lives.people if person.kind.name == "those"]
    tasks = lives.outcomes.filter(pl.col("user").is_in(users))["tasks_completed"].sum()
    assert tasks <= ordinary / 2 + 40
