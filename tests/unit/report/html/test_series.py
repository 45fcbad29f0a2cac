"""The figures behind the charts, redone by hand, and whom they may show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import call, context, log
from tests.unit.report.report_factory import person
from tokenscan.context.attribute import attribute
from tokenscan.context.model import Context, Planned, Review
from tokenscan.detectors.common.tables import prepare
from tokenscan.facts import Facts
from tokenscan.findings.judge import CLAIMS
from tokenscan.findings.waste import settle
from tokenscan.prompts.features import describe
from tokenscan.report.model import Band
from tokenscan.report.series import MarkKind, PersonDays, Series
from tokenscan.series import build_series

SAME, OTHER = "one two three four", "five six seven eight"


def facts(
    rows: list[dict[str, Any]], claims: Sequence[tuple[int, int, str, float, str]] = (), given: Context | None = None
) -> Facts:
    """A claim is finding, row, level, share, confidence."""
    known = given or Context()
    found = log(rows)
    events = attribute(found.events, known)
    tables = prepare(events, describe(found.prompts), known)
    ledger = settle(pl.DataFrame(list(claims), schema=CLAIMS, orient="row"), tables.calls)
    return Facts(
        log=found, events=events, context=known, tables=tables, findings=(), impacts=ledger.impacts, ledger=ledger,
        exculpation=(), outcomes=(), errors=(), notes=(),
    )  # fmt: skip


def series(rows: list[dict[str, Any]], *names: str, **given: Any) -> Series:
    people = [person(number, name) for number, name in enumerate(names, 1)]
    return build_series(facts(rows, **given), people)


def only(found: Series) -> PersonDays:
    (one,) = found.people
    return one


def test_days_count_every_call_in_the_zone_of_the_report() -> None:
    rows = [
        call("ann", "2026-01-05 23:30", input_tokens=900, output_tokens=100, cost_nanousd=1_000),
        call("ann", "2026-01-05 12:00", input_tokens=100, output_tokens=0),
        call(None, "2026-01-05 12:00", input_tokens=7, output_tokens=3, cost_nanousd=50),
        call("svc-x", "2026-01-06 10:00", input_tokens=5_000, output_tokens=1_000, cost_nanousd=6_000),
    ]
    # 23:30 UTC is half past midnight in Berlin
    found = series(rows, given=replace(Context(), timezone="Europe/Berlin"), claims=[(0, 2, "row", 0.5, "high")])
    first, second = found.days
    assert (first.day, first.requests, first.tokens, first.cost_nanousd) == (date(2026, 1, 5), 2, 110, 50)
    assert (second.day, second.requests, second.tokens, second.cost_nanousd) == (date(2026, 1, 6), 2, 7_000, 7_000)
    assert (first.waste_tokens, second.waste_tokens, second.waste_nanousd) == (0, 500, 500)


def test_days_of_an_export_of_sums_stay_its_days() -> None:
    rows = [call("ann", "2026-01-05 00:00", grain="day", n_requests=40)]
    (day,) = series(rows, given=replace(Context(), timezone="America/New_York")).days
    assert (day.day, day.requests) == (date(2026, 1, 5), 40)


def test_cost_that_nobody_knows_is_null() -> None:
    found = series([call("ann", "2026-01-05 09:00")])
    assert found.days[0].cost_nanousd is None
    assert (found.models[0].cost_nanousd, found.models[0].unpriced_requests) == (None, 1)


def test_models_come_by_cost_then_tokens() -> None:
    rows = [
        call("ann", "2026-01-05 09:00", model="small", cost_nanousd=10),
        call("ann", "2026-01-05 10:00", model="large", cost_nanousd=90),
        call("ann", "2026-01-05 11:00", model="large"),
        call("ann", "2026-01-05 12:00", model="odd", input_tokens=9_000),
        call("ann", "2026-01-05 13:00", model=None),
    ]
    found = [(one.model, one.requests, one.cost_nanousd, one.unpriced_requests) for one in series(rows).models]
    assert found == [("large", 2, 90, 1), ("small", 1, 10, 0), ("odd", 1, None, 1), (None, 1, None, 1)]


def test_only_people_in_a_band_have_days() -> None:
    rows = [call("ann", "2026-01-05 09:00"), call("bob", "2026-01-05 09:00")]
    below = person(2, "bob", band=Band.NONE)
    found = build_series(facts(rows), [person(1, "ann"), below])
    assert [one.user for one in found.people] == ["ann"]
    assert build_series(facts(rows), []).people == ()


def test_a_persons_days_add_up_and_flag_what_is_blamed() -> None:
    rows = [
        call("ann", "2026-01-05 09:00", input_tokens=900, output_tokens=100, cache_read_tokens=400),
        call("ann", "2026-01-05 10:00", input_tokens=100, output_tokens=0, status="error"),
        call("ann", "2026-01-06 09:00", input_tokens=300, output_tokens=100),
        call("ann", "2026-01-07 09:00", input_tokens=300, output_tokens=100),
    ]
    claims = [(0, 0, "row", 0.25, "high"), (1, 3, "row", 1.0, "low")]
    found = only(series(rows, "ann", claims=claims)).days
    # Monday: 1,000 tokens of which 600 were no cache read, and 100 of a call that failed; a quarter of 1,000 is waste.
    assert (found[0].requests, found[0].tokens, found[0].fresh, found[0].waste_tokens) == (2, 1_100, 600, 250)
    assert [day.waste_tokens for day in found] == [250, 0, 0]
    assert [day.flagged for day in found] == [True, False, True]  # doubtful ones are marked, not counted


def test_a_steady_person_is_at_their_own_normal() -> None:
    rows = [call("ann", f"2026-01-{day:02d} 09:00") for day in range(5, 17) for _ in range(3)]
    assert [day.normal for day in only(series(rows, "ann")).days] == [3_000] * 12


def test_a_spike_does_not_move_the_normal_it_is_held_against() -> None:
    days = [f"2026-01-{day:02d}" for day in (5, 6, 7, 8, 9)]
    rows = [call("ann", f"{day} 09:00", input_tokens=90_000 if day.endswith("07") else 900) for day in days]
    normal = [day.normal for day in only(series(rows, "ann")).days]
    # one person alone: the weekday takes each day's level, drawn to the median day of 1,100 tokens
    assert all(value is not None and value <= 91_000 for value in normal)
    assert normal[0] == 1_100


def crowd(count: int) -> list[dict[str, Any]]:
    """People p1, p2, ... with 1,000, 2,000, ... tokens on each of two days."""
    return [
        call(f"p{number}@example.com", f"2026-01-0{day} 09:00", input_tokens=1_000 * number - 200, output_tokens=200)
        for number in range(1, count + 1)
        for day in (5, 6)
    ]


def test_peers_are_the_median_of_the_others() -> None:
    found = series(crowd(6), "p6@example.com", "p1@example.com")
    high, low = found.people
    assert (high.peer_group, high.peer_count) == ("all chat users", 5)
    assert [day.peers for day in high.days] == [3_000, 3_000]  # of 1 to 5 thousand
    assert [day.peers for day in low.days] == [4_000, 4_000]  # of 2 to 6 thousand


@pytest.mark.parametrize(("people", "shown"), [(5, False), (6, True)])
def test_groups_below_the_smallest_size_are_no_peers(people: int, shown: bool) -> None:
    one = only(series(crowd(people), "p1@example.com"))
    assert bool(one.peer_group) is shown
    assert all((day.peers is not None) is shown for day in one.days)


def test_peers_are_not_shown_on_days_when_too_few_of_them_worked() -> None:
    rows = [*crowd(6), *(call(f"p{number}@example.com", "2026-01-07 09:00") for number in range(1, 6))]
    assert [day.peers is not None for day in only(series(rows, "p1@example.com")).days] == [True, True, False]


def test_marks_stand_with_those_they_concern() -> None:
    given = replace(
        context(people=[{"user": "ann", "team": "red"}, {"user": "bob", "team": "blue"}]),
        reviews=(Review(name="Q1", day=date(2026, 1, 20)),),
        planned=(
            Planned(name="move", start=date(2026, 1, 5), end=date(2026, 1, 6), teams=frozenset({"red"})),
            Planned(name="test", start=date(2026, 1, 7), end=date(2026, 1, 7), users=frozenset({"bob"})),
        ),
    )
    rows = [call("ann", "2026-01-05 09:00"), call("bob", "2026-01-05 09:00")]
    found = series(rows, "ann", "bob", given=given)
    assert [(mark.name, mark.kind, mark.start) for mark in found.marks] == [
        ("Q1", MarkKind.REVIEW, date(2026, 1, 6)),  # two weeks before it
        ("move", MarkKind.PLANNED, date(2026, 1, 5)),
        ("test", MarkKind.PLANNED, date(2026, 1, 7)),
    ]
    assert found.marks[2].users == 1  # how many, not who
    ann, bob = found.people
    assert [mark.name for mark in ann.marks] == ["Q1", "move"]
    assert [mark.name for mark in bob.marks] == ["Q1", "test"]


def test_repeated_prompts_count_senders_and_name_only_who_stands_out() -> None:
    rows = [
        call("ann", "2026-01-05 09:00", prompt=SAME),
        call("bob", "2026-01-06 09:00", prompt=SAME),
        call("bob", "2026-01-06 10:00", prompt=SAME),
        call("ann", "2026-01-05 10:00", prompt=OTHER),
    ]
    found = series(rows, "ann", claims=[(0, 2, "row", 1.0, "high")])
    (one,) = found.clusters
    assert found.cluster_count == 1
    assert (one.prompts, one.senders, one.named, one.days) == (3, 2, ("ann",), 2)
    assert (one.first, one.last, one.words, one.chars) == (date(2026, 1, 5), date(2026, 1, 6), 4, len(SAME))
    assert (one.wasted, one.waste_tokens, one.text) == (1, 1_000, None)


def test_one_persons_repeats_do_not_hide_a_prompt_that_went_round() -> None:
    words = (
        "alpha",
        "bravo",
        "delta",
        "echo",
        "golf",
        "hotel",
        "india",
        "kilo",
        "lima",
        "mike",
        "oscar",
        "papa",
        "quebec",
    )
    mine = [
        call("ann", f"2026-01-05 {hour:02d}:{minute:02d}", prompt=f"{word} {word} {word} {word}")
        for minute, word in enumerate(words)
        for hour in (9, 10, 11, 12)
    ]
    ring = [call(name, "2026-01-06 09:00", prompt=SAME) for name in ("ann", "bob")]
    claims = [(0, row, "row", 1.0, "high") for row in range(len(mine) + len(ring))]
    found = series([*mine, *ring], claims=claims)
    assert found.cluster_count == len(words) + 1
    assert len(found.clusters) == 12
    assert [(one.prompts, one.senders) for one in found.clusters[-1:]] == [(2, 2)]


def test_the_text_of_a_prompt_is_there_only_for_the_asking_and_without_secrets() -> None:
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    rows = [call("ann", f"2026-01-05 {hour:02d}:00", prompt=f"use the key {key} please now") for hour in (9, 10)]
    known = facts(rows)
    assert build_series(known, []).clusters[0].text is None
    text = build_series(known, [], show_text=True).clusters[0].text
    assert text is not None
    assert text.startswith("use the key")
    assert key.lower() not in text.lower()


def test_a_log_without_calls_has_no_figures() -> None:
    assert series([]) == Series()
