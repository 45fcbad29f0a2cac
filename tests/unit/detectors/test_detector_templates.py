from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.unit.calls_factory import at, call, prepared
from tokenscan.detectors.common.templates import standing_templates

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
