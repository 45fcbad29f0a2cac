from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from tokenscan.detectors.common.needless import claimed, needless_by_task, needless_by_use

Prompt = tuple[str, bool | None, int]


def log(prompts: Sequence[Prompt], steps: int = 1) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the calls of these prompts (user, used, fresh), ``steps`` each, and the prompts."""
    typed = pl.DataFrame(
        [(10 * n, user, used, fresh) for n, (user, used, fresh) in enumerate(prompts)],
        schema={"exchange": pl.UInt32, "user": pl.String, "used": pl.Boolean, "fresh": pl.Int64},
        orient="row",
    )
    rows = [(user, 10 * n + step, 10 * n) for n, (user, *_) in enumerate(prompts) for step in range(steps)]
    schema = {"user": pl.String, "row_id": pl.UInt32, "exchange": pl.UInt32}
    return pl.DataFrame(rows, schema=schema, orient="row"), typed


def shares(claims: pl.DataFrame) -> dict[int, float]:
    assert set(claims["level"]) <= {"window"}
    return dict(claims.select("row_id", "share").sort("row_id").iter_rows())


MIXED = [("ann", True, 100), ("ann", False, 100), ("ann", False, 200), ("ann", None, 50), ("bob", False, 100)]


def test_unused_answers_beyond_what_colleagues_leave_unused() -> None:
    # 100 used tokens go with 200 where half is used; 200 of the 400 marked ones are beyond: 2/3 of the 300 unused.
    people = pl.DataFrame({"user": ["ann"], "known_fresh": [400], "used_fresh": [100], "used_peers": [0.5]})
    found = shares(needless_by_use(*log(MIXED), people))
    assert found == {10: pytest.approx(2 / 3), 20: pytest.approx(2 / 3), 30: pytest.approx(1 / 2)}


def test_nobody_is_blamed_who_uses_as_much_as_colleagues() -> None:
    people = pl.DataFrame({"user": ["ann"], "known_fresh": [400], "used_fresh": [100], "used_peers": [0.25]})
    assert needless_by_use(*log(MIXED), people).is_empty()


def test_every_step_of_a_needless_prompt_is_claimed() -> None:
    people = pl.DataFrame({"user": ["bob"], "known_fresh": [100], "used_fresh": [0], "used_peers": [0.4]})
    assert shares(needless_by_use(*log(MIXED, steps=3), people)) == {40: 1.0, 41: 1.0, 42: 1.0}


@pytest.mark.parametrize(
    ("needed", "unused", "unknown"),
    [(0.8, 0.3, 0.0), (0.5, 0.75, 0.0), (1 / 3, 1.0, 0.0), (0.3, 1.0, 0.3), (0.0, 1.0, 1.0), (2.0, 0.0, 0.0)],
)
def test_prompts_beyond_the_tasks_are_taken_from_unused_answers_first(
    needed: float, unused: float, unknown: float
) -> None:
    # Of 450 tokens 100 were used, 300 lie unused, 50 are unknown.
    people = pl.DataFrame({"user": ["ann"], "needed": [needed]})
    found = shares(needless_by_task(*log(MIXED), people))
    assert found.get(10, 0.0) == pytest.approx(unused)
    assert found.get(20, 0.0) == pytest.approx(unused)
    assert found.get(30, 0.0) == pytest.approx(unknown, abs=1e-9)
    assert 0 not in found


def test_without_marks_all_prompts_share_what_is_too_much() -> None:
    people = pl.DataFrame({"user": ["ann"], "needed": [0.25]})
    found = shares(needless_by_task(*log([("ann", None, 100), ("ann", None, 300)]), people))
    assert found == {0: pytest.approx(0.75), 10: pytest.approx(0.75)}


def test_nothing_divided_by_nothing_claims_nothing() -> None:
    people = pl.DataFrame({"user": ["ann"], "known_fresh": [0], "used_fresh": [0], "used_peers": [0.0]})
    assert needless_by_use(*log([("ann", False, 0), ("ann", None, 0)]), people).is_empty()
    assert claimed(
        *log([]), pl.DataFrame(schema={"user": pl.String, "of_unused": pl.Float64, "of_unknown": pl.Float64})
    ).is_empty()
