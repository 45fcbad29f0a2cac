from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.findings.judge import CLAIMS
from tokenscan.findings.waste import Ledger, settle

Claim = tuple[int, int, str, float, str]
KINDS = ("low", "expected", "high")


def calls(*rows: tuple[str, int, int, int, int | None]) -> pl.DataFrame:
    """Make calls of (user, number of the day, tokens, fresh, cost); row ids count from 0."""
    named = [
        (number, user, f"team of {user}", date(2026, 1, 5) + timedelta(days=day), tokens, fresh, cost)
        for number, (user, day, tokens, fresh, cost) in enumerate(rows)
    ]
    schema = {
        "row_id": pl.UInt32, "user": pl.String, "team": pl.String, "day": pl.Date, "tokens": pl.Int64,
        "fresh": pl.Int64, "cost_nanousd": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(named, schema=schema, orient="row")


def settled(some: list[Claim], frame: pl.DataFrame) -> Ledger:
    return settle(pl.DataFrame(some, schema=CLAIMS, orient="row"), frame)


def totals(ledger: Ledger, what: str = "tokens") -> tuple[int, int, int]:
    return tuple(int(ledger.rows[f"{kind}_{what}"].sum()) for kind in KINDS)  # type: ignore[return-value]


PLAIN = calls(*[("ann", 0, 1000, 1000, 5000)] * 10)


def test_no_claims_no_waste() -> None:
    ledger = settled([], PLAIN)
    assert (ledger.rows.height, ledger.impacts.height, totals(ledger), totals(ledger, "cost")) == (
        0,
        0,
        (0,) * 3,
        (0,) * 3,
    )


def test_a_call_that_two_findings_blame_is_counted_once() -> None:
    blamed = [(0, 0, 1.0), (0, 1, 1.0), (1, 1, 1.0), (1, 2, 0.5)]
    ledger = settled([(finding, row, "row", share, "high") for finding, row, share in blamed], PLAIN)
    assert totals(ledger) == (2500, 2500, 2500)
    assert totals(ledger, "cost") == (12_500,) * 3
    # Each finding's own impact still names everything it blames: together more than was wasted.
    assert ledger.impacts.rows() == [(0, 2, 2000, 10_000), (1, 2, 1500, 7500)]
    assert ledger.rows.select("row_id", "user", "team").rows() == [(n, "ann", "team of ann") for n in range(3)]


def test_the_larger_share_wins_within_a_level() -> None:
    ledger = settled([(0, 0, "row", 0.25, "high"), (1, 0, "row", 0.75, "high")], PLAIN)
    assert totals(ledger) == (750, 750, 750)


def day_claims(finding: int, share: float, confidence: str = "medium", rows: range = range(10)) -> list[Claim]:
    return [(finding, row, "day", share, confidence) for row in rows]


def test_what_a_day_held_above_normal() -> None:
    # Ten calls of 1,000 on a day whose normal is 4,000: 6,000 too many.
    assert totals(settled(day_claims(0, 0.6), PLAIN)) == (0, 6000, 6000)


def test_single_rows_come_off_a_days_excess_not_off_its_normal_part() -> None:
    rows = [(1, row, "row", 1.0, "high") for row in range(2)]
    ledger = settled(day_claims(0, 0.6) + rows, PLAIN)
    # 2,000 are claimed by rows; of the 6,000 in excess 4,000 remain, over the other eight calls.
    assert totals(ledger) == (2000, 6000, 6000)
    by_row = dict(ledger.rows.select("row_id", "expected_tokens").iter_rows())
    assert by_row == {0: 1000, 1: 1000} | dict.fromkeys(range(2, 10), 500)


def test_rows_that_claim_more_than_the_excess_leave_nothing_of_it() -> None:
    rows = [(1, row, "row", 1.0, "high") for row in range(7)]
    assert totals(settled(day_claims(0, 0.6) + rows, PLAIN)) == (7000, 7000, 7000)


def test_a_day_is_one_persons_and_one_days() -> None:
    frame = calls(*[("ann", 0, 1000, 1000, 0)] * 2, *[("ann", 1, 1000, 1000, 0)] * 2, *[("bob", 0, 1000, 1000, 0)] * 2)
    some: list[Claim] = [*day_claims(0, 0.5, rows=range(2)), (1, 2, "row", 1.0, "high"), (1, 4, "row", 1.0, "high")]
    by_row = dict(settled(some, frame).rows.select("row_id", "expected_tokens").iter_rows())
    assert by_row == {0: 500, 1: 500, 2: 1000, 4: 1000}


def test_the_excess_is_measured_in_fresh_tokens_and_paid_in_all() -> None:
    # Two calls of equal fresh tokens, one with 9,000 of cached context: half of both is excess.
    frame = calls(("ann", 0, 10_000, 1000, 400), ("ann", 0, 1000, 1000, 300))
    ledger = settled(day_claims(0, 0.5, rows=range(2)), frame)
    assert (totals(ledger), totals(ledger, "cost")) == ((0, 5500, 5500), (0, 350, 350))


def test_a_window_takes_its_share_of_what_rows_and_days_left() -> None:
    windows: list[Claim] = [(2, row, "window", 0.5, "medium") for row in range(10)]
    rows: list[Claim] = [(1, row, "row", 1.0, "high") for row in range(2)]
    assert totals(settled(windows, PLAIN)) == (0, 5000, 5000)
    # 2,000 by rows, half of the other 8,000.
    assert totals(settled(windows + rows, PLAIN)) == (2000, 6000, 6000)
    # Rows and day together 6,000; half of the remaining 4,000.
    assert totals(settled(windows + rows + day_claims(0, 0.6), PLAIN)) == (2000, 8000, 8000)


def test_low_expected_and_high_by_confidence() -> None:
    some: list[Claim] = [(0, 0, "row", 1.0, "high"), (1, 1, "row", 1.0, "medium"), (2, 2, "row", 1.0, "low"),
                         (3, 3, "window", 1.0, "high"), (4, 4, "day", 1.0, "low")]  # fmt: skip
    assert totals(settled(some, PLAIN)) == (1000, 3000, 5000)


def test_a_doubtful_claim_never_makes_the_high_figure_smaller() -> None:
    # Half of both calls is excess: 5,500 tokens. The doubtful row claim takes the whole excess of 1,000 fresh tokens on
    # the cheap call; the dear one keeps what is expected of it.
    frame = calls(("ann", 0, 10_000, 1000, 0), ("ann", 0, 1000, 1000, 0))
    ledger = settled([*day_claims(0, 0.5, rows=range(2)), (1, 1, "row", 1.0, "low")], frame)
    assert totals(ledger) == (0, 5500, 6000)


def test_a_call_without_a_price_wastes_tokens_of_unknown_cost() -> None:
    frame = calls(("ann", 0, 1000, 1000, None), ("ann", 0, 1000, 1000, 5000))
    ledger = settled([(0, 0, "row", 1.0, "high"), (1, 0, "row", 1.0, "high"), (1, 1, "row", 1.0, "high")], frame)
    assert ledger.rows["expected_cost"].to_list() == [None, 5000]
    assert ledger.impacts.rows() == [(0, 1, 1000, None), (1, 2, 2000, 5000)]


def test_claims_on_calls_of_nobody_are_dropped() -> None:
    ledger = settled([(0, 99, "row", 1.0, "high")], PLAIN)
    assert (ledger.rows.height, ledger.impacts.height) == (0, 0)


@pytest.mark.parametrize(("share", "wasted"), [(1.5, 1000), (-0.5, 0), (float("nan"), 0), (float("inf"), 1000)])
def test_no_share_is_more_than_all_or_less_than_nothing(share: float, wasted: int) -> None:
    for level in ("row", "day", "window"):
        ledger = settled([(0, 0, level, share, "high")], PLAIN)
        assert totals(ledger)[1:] == (wasted, wasted)
        assert ledger.impacts["tokens"].to_list() == [wasted]


_COST = st.none() | st.integers(0, 10**9)
_CALL = st.tuples(st.sampled_from(["ann", "bob"]), st.integers(0, 2), st.integers(0, 3000), st.floats(0, 1), _COST)
_CLAIM = st.tuples(
    st.integers(0, 3), st.integers(0, 11), st.sampled_from(["row", "day", "window"]),
    st.floats(0, 1), st.sampled_from(["low", "medium", "high"]),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(_CALL, min_size=1, max_size=10), st.lists(_CLAIM, max_size=20), st.randoms())
def test_the_ledger_never_counts_more_than_there_is(
    rows: list[tuple[str, int, int, float, int | None]], some: list[Claim], random: object
) -> None:
    frame = calls(*((user, day, tokens, int(tokens * part), cost) for user, day, tokens, part, cost in rows))
    ledger = settled(some, frame)
    low, expected, high = totals(ledger)
    assert 0 <= low <= expected <= high <= frame["tokens"].sum()
    each = ledger.rows.join(frame.select("row_id", "tokens", "cost_nanousd"), on="row_id")
    assert len(each) == len(ledger.rows) == ledger.rows["row_id"].n_unique()
    for kind in KINDS:
        assert (each[f"{kind}_tokens"] <= each["tokens"]).all()
        assert each.filter(pl.col(f"{kind}_cost").is_null() != pl.col("cost_nanousd").is_null()).is_empty()
    shuffled = some[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = settled(shuffled, frame.reverse())
    assert again.rows.equals(ledger.rows)
    assert again.impacts.equals(ledger.impacts)


@settings(deadline=None)
@given(st.lists(_CLAIM, max_size=20))
def test_a_day_never_wastes_more_than_its_excess_or_what_rows_claim(some: list[Claim]) -> None:
    some = [claim for claim in some if claim[1] < 10 and claim[2] != "window" and claim[4] != "low"]
    shares: dict[str, dict[int, float]] = {"row": defaultdict(float), "day": defaultdict(float)}
    for _, row, level, share, _ in some:
        shares[level][row] = max(shares[level][row], share)
    taken, excess = shares["row"], {row: share for row, share in shares["day"].items() if share > 0}
    inside = sum(taken[row] for row in excess)
    expected = max(sum(excess.values()), inside) + sum(share for row, share in taken.items() if row not in excess)
    assert totals(settled(some, PLAIN))[1] == pytest.approx(1000 * expected, abs=10)
