"""New, worse, unchanged, resolved: one finding opens one ticket, and closes it once."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.findings_factory import FIRST, LAST, finding
from tokenscan.findings.baseline import Baseline, compare, read_baseline, remember, write_baseline
from tokenscan.findings.model import Finding, Impact, State, Window


def wasted(number: int, tokens: int) -> Finding:
    return finding(fingerprint=f"ts1:{number}", impact=Impact(waste_tokens=tokens))


def states(found: tuple[Finding, ...]) -> dict[str, State]:
    return {one.fingerprint: one.state for one in found}


def test_what_was_known_is_unchanged_until_it_wastes_half_as_much_again() -> None:
    known = remember([wasted(1, 1000), wasted(2, 1000), wasted(3, 0)])
    found = compare([wasted(1, 1499), wasted(2, 1500), wasted(3, 0), wasted(4, 1)], known, {"big-days"})
    assert states(found) == {
        "ts1:1": State.UNCHANGED,
        "ts1:2": State.WORSE,
        "ts1:3": State.UNCHANGED,
        "ts1:4": State.NEW,
    }


def test_what_is_gone_is_told_once_more_and_weighs_nothing() -> None:
    (gone,) = compare([], remember([wasted(1, 1000)]), {"big-days"})
    assert (gone.state, gone.weight, gone.impact.waste_tokens) == (State.RESOLVED, 0.0, 0)
    assert (gone.subject.user, gone.rule_id, gone.title) == ("ann", "big-days", "Big days")
    assert remember([gone]).findings == ()


def test_what_could_not_be_looked_for_is_not_gone() -> None:
    assert compare([], remember([wasted(1, 1000)]), {"another-rule"}) == ()


def test_when_a_finding_was_first_seen_is_kept() -> None:
    first = remember([finding()])
    later = finding(window=Window(first_seen=FIRST + timedelta(days=30), last_seen=LAST + timedelta(days=30)))
    (entry,) = remember([later], first).findings
    assert (entry.first_seen, entry.last_seen) == (FIRST, LAST + timedelta(days=30))


@given(st.lists(st.integers(1, 40), unique=True))
def test_a_baseline_survives_being_written_in_any_order(numbers: list[int]) -> None:
    baseline = remember(wasted(number, number) for number in numbers)
    text = write_baseline(baseline)
    assert read_baseline(text.encode()) == baseline
    assert write_baseline(remember(wasted(number, number) for number in reversed(numbers))) == text
    assert set(states(compare([wasted(n, n) for n in numbers], baseline, {"big-days"})).values()) <= {State.UNCHANGED}


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'{"findings": 3}', b'{"x": 1}', b'{"findings": [{}]}'])
def test_what_is_no_baseline_is_refused(text: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        read_baseline(text)


def test_a_baseline_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"version 9\.0"):
        read_baseline(msgspec.json.encode(Baseline(schema_version="9.0")))
