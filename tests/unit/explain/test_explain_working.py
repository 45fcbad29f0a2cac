"""The arithmetic of a finding, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.unit.explain.explain_factory import known
from tests.unit.findings_factory import finding
from tokenscan.explain.working import risk_working
from tokenscan.findings.model import Confidence, State, Subject, SubjectKind, Suppression
from tokenscan.report.model import Band, Ranked

# ann: content 0.8 * 0.5 = 0.4 (and 0.3, which the heavier one hides), volume 0.5 * 0.5 = 0.25 of low confidence.
HEAVY = finding("ann", fingerprint="ts1:1", rule_id="a", family="content", weight=0.8, strength=0.5)
LIGHT = finding("ann", fingerprint="ts1:2", rule_id="b", family="content", weight=0.6, strength=0.5)
CONTEXT = finding(
    "ann", fingerprint="ts1:3", rule_id="c", family="volume", weight=0.5, strength=0.5, confidence=Confidence.LOW
)
OTHER = finding("bob", fingerprint="ts1:4", rule_id="a", family="content", weight=1.0, strength=1.0)


def test_the_risk_of_a_person_is_redone_from_all_their_findings() -> None:
    found = risk_working(HEAVY, known(HEAVY, LIGHT, CONTEXT, OTHER))
    assert found is not None
    assert [(part.fingerprint, part.this, part.decides) for part in found.parts] == [
        ("ts1:1", True, True),
        ("ts1:2", False, False),
        ("ts1:3", False, True),
    ]
    assert dict(found.families) == {"content": 0.4, "volume": 0.25}
    assert dict(found.solid) == {"content": 0.4}
    assert (found.every, found.sure) == (pytest.approx(55), pytest.approx(40))
    assert (found.value, found.band) == (50.6, Band.WORTH_A_LOOK)  # 40 and 20 * (1 - exp(-15 / 20)) of context
    # Without it 100 * (1 - 0.7 * 0.75) = 47.5, of which 17.5 are context and count 11.7.
    assert (found.without, found.without_band) == (41.7, Band.WORTH_A_LOOK)


def test_context_adds_no_more_than_its_limit() -> None:
    heavy_context = replace(CONTEXT, weight=1.0)
    found = risk_working(heavy_context, known(HEAVY, heavy_context))
    assert found is not None
    assert (found.every, found.value) == (pytest.approx(70), 55.5)  # 40 and 20 * (1 - exp(-30 / 20))
    assert found.without == 40.0


def test_context_that_only_supports_counts_beside_other_findings_alone() -> None:
    heavy_use = replace(CONTEXT, tags=("context",))
    beside, alone = (risk_working(heavy_use, known(heavy_use, *others)) for others in ([HEAVY], [OTHER]))
    assert beside is not None
    assert alone is not None
    assert (beside.value, [part.decides for part in beside.parts]) == (50.6, [True, True])
    assert (alone.value, dict(alone.families), [part.decides for part in alone.parts]) == (0.0, {}, [False])


def test_what_does_not_count_is_no_part_of_the_sum() -> None:
    hidden = replace(HEAVY, suppression=Suppression(reason="agreed", expires=date(2027, 1, 1)))
    gone = replace(HEAVY, fingerprint="ts1:9", state=State.RESOLVED)
    found = risk_working(hidden, known(hidden, gone, LIGHT))
    assert found is not None
    assert [part.fingerprint for part in found.parts] == ["ts1:2"]
    assert (found.value, found.without) == (30.0, 30.0)


def test_a_report_that_lacks_findings_is_not_said_to_be_redone() -> None:
    person = Ranked(
        rank=1, user="ann", team=None, risk=50.6, band=Band.WORTH_A_LOOK, confidence=Confidence.MEDIUM, requests=1,
        tokens=1, cost_nanousd=None, waste_tokens=0, waste_nanousd=None, families={}, findings=(), exculpation=(),
    )  # fmt: skip
    whole = risk_working(HEAVY, known(HEAVY, LIGHT, CONTEXT, people=(person,)))
    part = risk_working(HEAVY, known(HEAVY, people=(person,)))
    assert whole is not None
    assert part is not None
    assert (whole.redone, part.redone, part.reported) == (True, False, 50.6)


def test_a_team_s_risk_is_its_own_finding_and_its_members_average() -> None:
    def member(user: str) -> Ranked:
        return Ranked(
            rank=1, user=user, team="t1", risk=0.0, band=Band.NONE, confidence=Confidence.LOW, requests=1, tokens=1,
            cost_nanousd=None, waste_tokens=0, waste_nanousd=None, families={}, findings=(), exculpation=(),
        )  # fmt: skip

    team = finding(None, fingerprint="ts1:7", family="volume", weight=0.5, strength=0.6)
    people = tuple(member(name) for name in ("ann", "bob", "cy", "di"))
    found = risk_working(team, known(team, HEAVY, OTHER, people=people))
    assert found is not None
    # content: 0.4 and 1.0 of four people, the heavier left out: 0.4 / 4 = 0.1; volume: its own 0.3.
    assert dict(found.families) == {"content": 0.1, "volume": 0.3}
    assert found.value == 37.0  # 100 * (1 - 0.9 * 0.7)
    assert found.without == 10.0


@pytest.mark.parametrize("kind", [SubjectKind.ORGANISATION, SubjectKind.ACCOUNT, SubjectKind.PROMPT])
def test_what_is_about_nobody_feeds_no_risk(kind: SubjectKind) -> None:
    one = finding("svc", subject=Subject(kind=kind, user="svc"))
    assert risk_working(one, known(one)) is None
