"""Circles that share passages: what speaks for them, and what is no circle of people."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import polars as pl

from tests.unit.calls_factory import at, call, prepared
from tokenscan.detectors.base import Detection
from tokenscan.engine import detect
from tokenscan.ruleset.effective import effective
from tokenscan.ruleset.load import load_rules

Rows = list[dict[str, Any]]
RULE = next(effective(rule) for rule in load_rules().rules if rule.id == "copied-prompt")
RING = ["rae", "sid", "tom", "uma"]
DAYS = [0, 1, 2, 7, 8, 9, 14, 15, 16]
SYLLABLES = ("ba", "co", "di", "fu", "ga", "hel", "jo", "ki", "lu", "mer", "no", "pa", "ri", "sto", "tu", "ven")


def words(rng: random.Random, count: int) -> str:
    return " ".join("".join(rng.choices(SYLLABLES, k=3)) for _ in range(count))


def everybody(*, marked: bool = True) -> Rows:
    """Sixteen people with two prompts of their own a day, of which every other is used."""
    users = [*RING, *(f"p{n:02d}" for n in range(12))]
    return [
        call(user, at("2026-01-05") + timedelta(days=day, hours=8 + place, minutes=(7 * day) % 50), app="chat",
             prompt=words(random.Random(f"{user} {day} {place}"), 14), used=bool((day + place) % 2) if marked else None)
        for user in users
        for day in range(18)
        for place in range(2)
    ]  # fmt: skip


def passed_on(used: bool | None, app: str = "chat", own: int = 8, same: bool = False) -> Rows:
    """One sentence a day for all four, among ``own`` words before and after it; always the ``same`` ones, or others."""
    rows = []
    for user in RING:
        for day in DAYS:
            rng = random.Random(f"{user} {0 if same else day}")
            text = f"{words(rng, own)}. {words(random.Random(day), 8)}. {words(rng, own)}"
            rows.append(call(user, at("2026-01-05 14:10") + timedelta(days=day), app=app, prompt=text, used=used))
    return rows


def found(rows: Rows) -> pl.DataFrame:
    result = detect(RULE, prepared(rows).tables)
    assert isinstance(result, Detection)
    return result.candidates.sort("user")


def test_a_circle_whose_answers_are_known_to_lie_unused_is_evidence() -> None:
    candidates = found(everybody() + passed_on(used=False))
    assert candidates["user"].to_list() == RING
    assert set(candidates["confidence"]) == {"medium"}
    first = candidates["metrics"].to_list()[0]
    assert (first["burst_days"], first["partners"], first["pair_days"], first["people_at_most"]) == (9, 3, 9, 4)
    # All nine calls of each of the four.
    assert (first["used_known"], first["used_true"]) == (36, 0)
    assert 0 < first["pair_by_chance"] < 1e-9


def test_answers_that_are_used_clear_a_circle() -> None:
    assert found(everybody() + passed_on(used=True)).is_empty()


def test_jobs_that_several_people_set_up_alike_are_no_circle() -> None:
    jobs = passed_on(used=None, app="nightly job", own=30, same=True)
    assert found(everybody(marked=False) + jobs).is_empty()
    # The same wording, typed where the person types everything else; nothing is known of the answers.
    typed = found(everybody(marked=False) + passed_on(used=None, own=30, same=True))
    assert typed.select("user", "confidence").rows() == [(user, "low") for user in RING]


def test_a_course_of_a_friday_and_a_monday_is_not_of_two_weeks() -> None:
    exercises = [(RING, day, 4 * day + n) for day in (4, 7) for n in range(4)]
    by_chance = [(RING[:2], 21, 50), (RING[2:], 23, 51)]
    rows = [
        call(user, at("2026-01-05 14:10") + timedelta(days=day, minutes=n), app="chat",
             prompt=words(random.Random(n), 12), used=False)
        for users, day, n in [*exercises, *by_chance]
        for user in users
    ]  # fmt: skip
    assert found(everybody() + rows).is_empty()
    # The same exercises on two Fridays, and the others' words once more: that goes on.
    later = [row | {"timestamp": row["timestamp"] + timedelta(days=4)} for row in rows if row["timestamp"].day == 12]
    others = [row for row in rows if row["timestamp"].day != 12]
    assert found(everybody() + others + later)["user"].to_list() == RING
