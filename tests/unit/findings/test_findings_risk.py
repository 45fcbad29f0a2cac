from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit import findings_factory as make
from tokenscan.findings.model import Confidence, Finding
from tokenscan.findings.risk import Risk, person_risk, team_risk

LOW, MEDIUM, HIGH = Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH


def seen(family: str, weight: float, strength: float, confidence: Confidence = MEDIUM, tag: str = "") -> Finding:
    return make.finding(family=family, weight=weight, strength=strength, confidence=confidence, tags=(tag,))


def test_families_combine_as_a_noisy_or_of_their_strongest() -> None:
    # volume .45 * .8 = .36 beats .3 * 1; content .8 * .5 = .4; 1 - .64 * .6 = .616.
    risk = person_risk([seen("volume", 0.3, 1.0), seen("content", 0.8, 0.5), seen("volume", 0.45, 0.8)])
    assert risk.value == 61.6
    assert risk.families == {"content": 0.4, "volume": 0.36}
    assert list(risk.families) == ["content", "volume"]


def test_the_readers_own_sum_gives_the_same_risk() -> None:
    risk = person_risk([seen("volume", 0.45, 0.7), seen("content", 0.85, 0.9), seen("calendar", 0.6, 0.55)])
    spared = math.prod(1 - share for share in risk.families.values())
    assert risk.value == pytest.approx(100 * (1 - spared), abs=0.05)


def test_nothing_found_is_no_risk() -> None:
    assert person_risk([]) == Risk(value=0.0, families={}, solid={}, confidence=LOW)
    assert person_risk([seen("volume", 0.0, 1.0)]).families == {}


def test_context_of_how_much_somebody_uses_counts_only_beside_other_findings() -> None:
    heavy = seen("volume", 0.3, 0.5, LOW, "context")
    idle = seen("outcome", 0.4, 0.5, LOW, "context")
    assert person_risk([heavy, idle]) == Risk(value=0.0, families={}, solid={}, confidence=LOW)
    # A finding that would not count either does not change it.
    assert person_risk([heavy, seen("content", 0.3, 0.3, LOW)]).value == 0
    beside = person_risk([heavy, seen("content", 0.4, 0.5, LOW)])
    assert beside.families == {"content": 0.2, "volume": 0.15}
    assert person_risk([heavy, seen("content", 0.4, 1.0)]).value == person_risk(
        [seen("volume", 0.3, 0.5, LOW), seen("content", 0.4, 1.0)]
    ).value  # fmt: skip
    assert person_risk([seen("volume", 0.3, 0.5, MEDIUM, "context")]).value == 15
    assert team_risk([heavy], [], 5).value > 0


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([("volume", LOW)], LOW),
        ([("volume", LOW), ("volume", LOW)], LOW),
        ([("volume", MEDIUM)], MEDIUM),
        ([("volume", HIGH)], MEDIUM),
        ([("volume", LOW), ("content", LOW)], LOW),
        ([("volume", HIGH), ("content", LOW)], MEDIUM),
        ([("volume", HIGH), ("content", MEDIUM)], HIGH),
        ([("volume", HIGH), ("volume", HIGH)], MEDIUM),
    ],
)
def test_confidence_asks_for_a_sure_finding_and_a_second_family(
    findings: list[tuple[str, Confidence]], expected: Confidence
) -> None:
    assert person_risk([seen(family, 0.8, 0.5, confidence) for family, confidence in findings]).confidence is expected


def test_a_faint_second_family_does_not_agree() -> None:
    assert person_risk([seen("volume", 0.8, 0.5, HIGH), seen("content", 0.3, 0.6)]).confidence is MEDIUM
    assert person_risk([seen("volume", 0.8, 0.5, HIGH), seen("content", 0.4, 0.5)]).confidence is HIGH


def test_context_adds_less_than_twenty_points_and_more_of_it_is_still_more() -> None:
    # Far above peers and few tasks would make 75, but neither finding is more than context: 20 (1 - exp(-75 / 20)).
    context = [seen("volume", 0.5, 1.0, LOW), seen("outcome", 0.5, 1.0, LOW)]
    assert person_risk(context).value == 19.5
    assert person_risk([seen("volume", 0.3, 0.5, LOW)]).value == 10.6  # of 15
    # A weak finding of 10 stays weak: of the 77.5 that everything would make, 67.5 are context and count 19.3.
    assert person_risk([*context, seen("content", 0.2, 0.5, MEDIUM)]).value == 29.3
    # An honest 50 becomes 66.9: 37.5 count 16.9.
    assert person_risk([*context, seen("content", 0.5, 1.0, MEDIUM)]).value == 66.9
    # A finding of no weight is no evidence, however sure.
    assert person_risk([*context, seen("content", 0.0, 1.0, HIGH)]).value == 19.5


def test_faint_context_counts_nothing_and_faint_evidence_does() -> None:
    faint, enough = seen("volume", 0.3, 0.33, LOW), seen("volume", 0.4, 0.25, LOW)
    assert (person_risk([faint]).value, person_risk([faint]).families) == (0.0, {})
    assert person_risk([enough]).value == 7.9  # 20 (1 - exp(-10 / 20))
    assert person_risk([faint, seen("content", 0.5, 1.0)]).value == 50.0
    assert person_risk([seen("volume", 0.3, 0.3, MEDIUM)]).value == 9.0


def test_a_finding_of_no_weight_makes_nothing_surer() -> None:
    assert person_risk([seen("volume", 0.3, 0.5, LOW), seen("content", 0.0, 1.0, HIGH)]).confidence is LOW


def test_a_team_has_the_average_of_its_members_without_the_heaviest() -> None:
    # Content .8, .4 and .2 in a team of five: (.4 + .2) / 5 = .12.
    members = [person_risk([seen("content", 0.8, strength)]) for strength in (0.5, 1.0, 0.25)]
    risk = team_risk([], members, 5)
    assert (risk.value, risk.families) == (12.0, {"content": 0.12})


def test_one_member_is_no_team() -> None:
    assert team_risk([], [person_risk([seen("content", 0.8, 1.0), seen("volume", 0.4, 1.0)])], 5).value == 0


def test_the_heaviest_is_another_in_each_family() -> None:
    members = [person_risk([seen("content", 0.8, 1.0), seen("volume", 0.2, 1.0)]),
               person_risk([seen("content", 0.4, 1.0), seen("volume", 0.4, 1.0)])]  # fmt: skip
    # content .4 / 5, volume .2 / 5: 1 - .92 * .96.
    assert team_risk([], members, 5).value == 11.7


def test_a_teams_own_findings_go_before_a_lower_average() -> None:
    members = [person_risk([seen("volume", 0.5, 1.0), seen("content", 1.0, 1.0)]) for _ in range(2)]
    risk = team_risk([seen("volume", 0.4, 1.0)], members, 10)
    # volume: max(.4, .05); content: .1. 1 - .6 * .9 = .46.
    assert (risk.value, risk.families) == (46.0, {"content": 0.1, "volume": 0.4})


def test_context_about_a_team_never_lowers_what_its_members_amount_to() -> None:
    members = [person_risk([seen("content", 0.9, 1.0)]) for _ in range(5)]
    alone = team_risk([], members, 5).value
    assert alone == 72.0
    assert team_risk([seen("outcome", 0.2, 0.5, LOW)], members, 5).value > alone
    assert team_risk([seen("outcome", 0.5, 1.0, LOW)], [], 5).value == 18.4  # 20 (1 - exp(-50 / 20))


def test_a_team_without_anything() -> None:
    assert team_risk([], [], 5) == Risk(value=0.0, families={}, solid={}, confidence=LOW)


_SHARE = st.floats(0, 1)
_FAMILY = st.sampled_from(["volume", "content", "calendar"])
_SEEN = st.builds(seen, _FAMILY, _SHARE, _SHARE, st.sampled_from(Confidence), st.sampled_from(["", "context"]))


@settings(deadline=None)
@given(st.lists(_SEEN, max_size=6), _SEEN)
def test_risk_never_falls_with_a_further_finding_and_ignores_order(findings: list[Finding], more: Finding) -> None:
    risk = person_risk(findings)
    assert 0 <= risk.value <= person_risk([*findings, more]).value <= 100
    assert person_risk(list(reversed(findings))) == risk
    assert person_risk([*findings, *findings]) == risk
