"""The same seed gives the same bytes; nobody's life depends on who else is there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from tests.unit.simulate.populations import everybody
from tokenscan.errors import UsageError
from tokenscan.simulate.kind import load_kinds
from tokenscan.simulate.live import Lives, live
from tokenscan.simulate.options import Options
from tokenscan.simulate.write import FORMATS, write

OWN = """
[[kind]]
name = "chatty"
base = "plain_sales"
count = 3
rate = 2.5
"""


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def kinds_of(lives: Lives) -> Counter[str]:
    return Counter(person.kind.name for person in lives.people)


@pytest.mark.parametrize("log_format", list(FORMATS))
def test_the_same_seed_writes_the_same_bytes(log_format: str, tmp_path: Path) -> None:
    options = Options(people=14, days=21, seed=9, gamer_share=0.3)
    for name in ("one", "two"):
        write(live(options), tmp_path / name, log_format)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert {"people.csv", "outcomes.csv", "labels.csv", "tokenscan.toml"} < files_of(tmp_path / "one").keys()


def test_another_seed_is_another_draw() -> None:
    one, two = (everybody(seed=seed, people=40) for seed in (1, 2))
    assert not one.calls.equals(two.calls)
    assert {person.user for person in one.people} != {person.user for person in two.people}


def test_added_people_leave_all_others_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "kinds.toml"
    path.write_text(OWN)
    before = live(Options(people=30, days=28, seed=3))
    after = live(Options(people=30, days=28, seed=3, kinds=path))
    assert after.people[: len(before.people)] == before.people
    assert [person.kind.name for person in after.people[len(before.people) :]] == ["chatty"] * 3
    assert after.calls.filter(pl.col("person") < len(before.people)).equals(before.calls)
    known = {person.user for person in before.people}
    assert after.outcomes.filter(pl.col("user").is_in(known)).equals(before.outcomes)


def test_the_population_has_the_size_and_share_asked_for() -> None:
    lives = everybody()
    labels = Counter(person.kind.label for person in lives.people)
    assert labels["honest"] + labels["gamer"] == 200
    assert labels["gamer"] == 60
    assert labels["service"] == 7
    assert len({person.user for person in lives.people}) == len(lives.people)
    assert len({person.login for person in lives.people}) == len(lives.people)


def test_a_large_population_has_every_kind() -> None:
    kinds = load_kinds()
    shown = kinds_of(everybody()) + kinds_of(everybody(people=400, gamer_share=0.2))
    wanted = {name for name in kinds.written if (kind := kinds.at(name)).share or kind.label == "gamer"}
    assert wanted - shown.keys() == set()


def test_groups_come_whole() -> None:
    kinds = load_kinds()
    for name, count in kinds_of(everybody()).items():
        assert count % kinds.at(name).group == 0


@pytest.mark.parametrize(("preset", "doses"), [("easy", {1.0}), ("base", {0.5, 1.0}), ("hard", {0.5})])
def test_presets_decide_on_doses(preset: str, doses: set[float]) -> None:
    lives = everybody(people=60, preset=preset)
    assert {person.seat.dose for person in lives.people if person.kind.label == "gamer"} == doses
    assert {person.seat.dose for person in lives.people if person.kind.label != "gamer"} == {0.0}


def test_hard_populations_have_more_odd_honest_people() -> None:
    def plain(preset: str) -> int:
        return sum(person.kind.plain for person in everybody(preset=preset, gamer_share=0.0).people)

    assert plain("hard") < 0.75 * plain("base") < plain("easy")


@pytest.mark.parametrize(
    "wrong",
    [
        *({"people": 0}, {"days": 3}, {"days": 10_000}, {"preset": "wild"}),
        *({"gamer_share": 1.5}, {"gamer_share": float("nan")}),
    ],
)
def test_what_can_not_be_is_refused(wrong: dict) -> None:
    with pytest.raises(UsageError):
        Options(**wrong)


@pytest.mark.parametrize("people", [1, 2, 7])
def test_tiny_populations_work(people: int, tmp_path: Path) -> None:
    for share in (0.0, 0.5, 1.0):
        lives = live(Options(people=people, days=7, gamer_share=share))
        assert sum(person.kind.label != "service" for person in lives.people) >= people - 6
        write(lives, tmp_path / f"{share}")


def test_every_call_lies_within_the_period_and_has_a_size() -> None:
    calls = everybody().calls
    begin, end = pl.datetime(2026, 1, 4, 12, time_zone="UTC"), pl.datetime(2026, 4, 7, time_zone="UTC")
    assert calls.filter(~pl.col("timestamp").is_between(begin, end)).is_empty()
    ok = calls.filter(pl.col("status") == "ok")
    assert ok.filter((pl.col("input_tokens") <= 0) | (pl.col("output_tokens") <= 0)).is_empty()
    assert calls.filter(pl.col("cache_read_tokens") + pl.col("cache_write_tokens") > pl.col("input_tokens")).is_empty()
    assert calls.filter(pl.col("status") == "error")["output_tokens"].sum() == 0
