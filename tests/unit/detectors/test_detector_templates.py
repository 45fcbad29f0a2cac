from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.calls_factory import Case, at, call, prepared
from tokenscan.detectors.common.templates import batch_templates, standing_templates

Rows = list[dict[str, Any]]
SHARED = "summarise the stand-up notes of the team"


def shared(users: int, days: int, used: Sequence[bool | None] = (None,)) -> Rows:
    return [
        call(f"u{n}", at("2026-01-05 09:00") + timedelta(days=day, minutes=n), prompt=SHARED, used=used[n % len(used)])
        for n in range(users)
        for day in range(days)
    ]


def standing(rows: Rows, users: int = 6, days: int = 8) -> int:
    return standing_templates(prepared(rows).tables.calls.filter("text"), users, days).height


def test_what_many_people_use_on_many_days_is_a_standing_template() -> None:
    assert standing(shared(6, 8)) == 1
    assert standing(shared(5, 8)) == 0
    assert standing(shared(6, 7)) == 0


def test_a_shared_template_whose_answers_nobody_uses_is_none() -> None:
    assert standing(shared(6, 8, [True, False, False, False, False, False])) == 0  # a sixth of them
    assert standing(shared(10, 8, [True, False, False, False, False])) == 1  # a fifth


def batch(user: str, count: int, used: Sequence[bool | None] = (None,), wordings: int = 10**6) -> Rows:
    start = at("2026-01-05 09:00")
    prompts = [f"read the total of invoice {n % wordings}" for n in range(count)]
    return [
        call(user, start + timedelta(minutes=11 * n), prompt=prompt, used=used[n % len(used)])
        for n, prompt in enumerate(prompts)
    ]


def honest(case: Case) -> list[str]:
    text = case.tables.calls.filter("text")
    return sorted(set(batch_templates(text, case.tables.has, case.tables.people)["user"]))


USUAL: Rows = [call("bob", at("2026-01-05") + timedelta(hours=n), used=n % 2 == 0) for n in range(40)]


def test_a_fresh_value_each_time_is_honest_work_where_nothing_says_otherwise() -> None:
    assert honest(prepared(batch("ann", 10))) == ["ann"]
    assert honest(prepared(batch("ann", 9))) == []


@pytest.mark.parametrize(("wordings", "found"), [(8, ["ann"]), (7, [])])
def test_four_fifths_of_the_wordings_must_be_fresh(wordings: int, found: list[str]) -> None:
    assert honest(prepared(batch("ann", 10, wordings=wordings))) == found


def test_fresh_values_whose_answers_lie_unused_are_no_honest_work() -> None:
    assert honest(prepared(batch("ann", 40, [False]) + USUAL)) == []


def test_a_repeated_prompt_whose_answers_are_used_is_honest_work() -> None:
    assert honest(prepared(batch("ann", 40, [True, False], wordings=1))) == ["ann"]
    assert honest(prepared(batch("ann", 40, [True, False, False], wordings=1) + USUAL)) == []


def test_each_persons_batch_is_judged_by_itself() -> None:
    assert honest(prepared(batch("ann", 40, [True]) + batch("eve", 40, [False]) + USUAL)) == ["ann"]
