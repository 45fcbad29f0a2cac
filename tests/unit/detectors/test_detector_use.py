from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.detectors.common.use import marks_of_use, unevenness, use_verdict

SCHEMA = {
    "user": pl.String, "app": pl.String, "session": pl.String, "model": pl.String, "used": pl.Boolean,
    "fresh": pl.Int64, "output_tokens": pl.Int64,
}  # fmt: skip
Row = tuple[str, str | None, str, str | None, bool | None, int, int | None]


def typed(rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SCHEMA, orient="row")


def marks(user: str, app: str | None, true: int, known: int, size: int = 100) -> list[Row]:
    return [(user, app, "s", "m", n < true, size, 10) for n in range(known)]


def test_people_count_alike_in_what_is_usual() -> None:
    # .5, .3 and .1 are .3 on average, however many marks each has.
    rows = [*marks("ann", "chat", 5, 10), *marks("bob", "chat", 3, 10), *marks("eve", "chat", 100, 1000)]
    found = marks_of_use(typed(rows))
    assert found["expected"].to_list() == pytest.approx([0.3] * 3)
    assert found.select("known", "true").rows() == [(10, 5), (10, 3), (1000, 100)]


def test_each_app_has_its_own_usual_share() -> None:
    rows = [row for user in ("ann", "bob", "eve") for row in [*marks(user, "chat", 2, 10), *marks(user, None, 8, 10)]]
    rows += marks("ann", "chat", 0, 10)
    # In chat ann has .1 of 20, the others .2: .5 / 3 on average. Without an app: .8.
    found = marks_of_use(typed(rows)).row(by_predicate=pl.col("user") == "ann", named=True)
    assert found["expected"] == pytest.approx((20 * 0.5 / 3 + 10 * 0.8) / 30)


def test_an_app_of_two_people_tells_nothing() -> None:
    rows = [row for user in ("ann", "bob", "eve") for row in marks(user, "chat", 2, 10)]
    rows += [*marks("ann", "ide", 0, 50), *marks("bob", "ide", 50, 50), *marks("eve", "ide", 0, 4)]
    assert marks_of_use(typed(rows))["known"].to_list() == [10, 10, 10]


def test_unmarked_answers_are_unknown() -> None:
    rows = [row for user in ("ann", "bob", "eve") for row in marks(user, "chat", 2, 10)]
    rows += [("ann", "chat", "s", "m", None, 100, 10)] * 50 + [("sue", "chat", "s", "m", None, 100, 10)]
    found = marks_of_use(typed(rows))
    assert found["user"].to_list() == ["ann", "bob", "eve"]
    assert found["known"].to_list() == [10] * 3


def test_tokens_of_used_answers() -> None:
    rows = [row for user in ("bob", "eve") for row in marks(user, "chat", 5, 10)]
    rows += [*marks("ann", "chat", 5, 5, size=100), *marks("ann", "chat", 0, 5, size=900)]
    found = marks_of_use(typed(rows)).row(by_predicate=pl.col("user") == "ann", named=True)
    assert (found["known_fresh"], found["used_fresh"]) == (5000, 500)
    # Kish: 5000^2 / (5 * 100^2 + 5 * 900^2).
    assert found["weight"] == pytest.approx(5000**2 / (5 * 100**2 + 5 * 900**2))


def test_verdicts_on_use() -> None:
    # Expected is .4, so .24 and .2 count. Lower and upper 95 % bounds of 40 of 100: .32, .48; of 5: .03, .10; of 20:
    # .14, .28.
    found = pl.DataFrame({"user": list("abcd"), "known": [100, 100, 100, 49], "true": [40, 5, 20, 49]})
    told = use_verdict(found.with_columns(expected=pl.lit(0.4)), 50)
    assert told["verdict"].to_list() == ["wanted", "unused", "unknown", "unknown"]
    assert told["used_percent"].to_list() == pytest.approx([40.0, 5.0, 20.0, 100.0])
    assert use_verdict(found.with_columns(expected=pl.lit(0.0)), 50)["verdict"].unique().to_list() == ["unknown"]


def uneven_of(rows: Sequence[Row]) -> dict[str, float | None]:
    return unevenness(typed(rows)).row(0, named=True)


def test_conversations_of_two_kinds() -> None:
    # Two conversations of 10, one used throughout, one never: p = .5, excess 2 * (25 - 2.5), scale 2 * 90 * .25.
    rows: list[Row] = [("ann", "chat", f"s{n // 10}", "m", n < 10, 100, 10) for n in range(20)]
    found = uneven_of(rows)
    assert found["session"] == pytest.approx(1.0)
    assert found["session_variance"] == pytest.approx(2 / 180)
    # All have one size, one model, one app: 20 marks, 10 used, are as one should expect: -1 / 19.
    assert found["size"] == found["model"] == found["app"] == pytest.approx(-1 / 19)


def test_small_and_large_prompts_of_two_kinds() -> None:
    rows: list[Row] = [("ann", "chat", "s", "m", n % 3 > 0, 100 + n % 3, 10) for n in range(30)]
    found = uneven_of(rows)
    # Thirds of 10: never, always, always. p = 2/3: excess (10 * 2/3)^2 + 2 * (10/3)^2 - 30 * 2/9; scale 3 * 90 * 2/9.
    assert found["size"] == pytest.approx(((20 / 3) ** 2 + 2 * (10 / 3) ** 2 - 30 * 2 / 9) / (270 * 2 / 9))


@pytest.mark.parametrize("used", [True, False])
def test_marks_that_are_all_alike_tell_nothing(used: bool) -> None:
    assert uneven_of([("ann", "chat", f"s{n}", None, used, 100, None) for n in range(9)])["session"] is None


def test_conversations_of_one_mark_each_tell_nothing() -> None:
    found = uneven_of([("ann", "chat", f"s{n}", "m", n < 4, 100, 10) for n in range(9)])
    assert found["session"] is None
    assert found["model"] is not None


_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "eve"]), st.sampled_from(["chat", None]), st.sampled_from("xyz"),
        st.sampled_from(["m", None]), st.sampled_from([True, False, None]), st.integers(0, 5), st.none(),
    ),
    max_size=40,
)  # fmt: skip


@settings(deadline=None)
@given(_ROWS, st.randoms())
def test_the_order_of_prompts_does_not_matter(rows: list[Row], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for measure in (marks_of_use, unevenness):
        first, second = measure(typed(rows)), measure(typed(shuffled))
        assert first.columns == second.columns
        for name in first.columns:
            left, right = first[name].to_list(), second[name].to_list()
            assert left == right if name == "user" else left == pytest.approx(right, nan_ok=True)
