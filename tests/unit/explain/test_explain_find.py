"""Which finding somebody means."""

from __future__ import annotations

import pytest

from tests.unit.explain.explain_factory import known
from tests.unit.findings_factory import finding
from tokenscan.explain.find import find, not_found, shortest
from tokenscan.findings.model import Subject, SubjectKind
from tokenscan.report.model import RuleOutcome, RuleStatus

ANN = finding("ann@x.example", fingerprint="ts1:aaaa1111" + "0" * 24, rule_id="scripted-timing", weight=0.9)
ANN_TOO = finding("ann@x.example", fingerprint="ts1:aaaa2222" + "0" * 24, rule_id="copied-prompt", weight=0.5)
JOANNA = finding("joanna", fingerprint="ts1:bbbb1111" + "0" * 24, rule_id="copied-prompt")
TEAM = finding(None, team="t7", fingerprint="ts1:cccc1111" + "0" * 24, rule_id="team-above-comparable-teams")
ALL = finding(
    None, fingerprint="ts1:dddd1111" + "0" * 24, rule_id="collective-inflation",
    subject=Subject(kind=SubjectKind.ORGANISATION),
)  # fmt: skip
KNOWN = known(
    ANN, ANN_TOO, JOANNA, TEAM, ALL,
    rules=(
        RuleOutcome(id="unused-answers", title="", status=RuleStatus.NOT_EVALUATED, reason="no column used"),
        RuleOutcome(id="personal-spike", title="", status=RuleStatus.RAN),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ANN.fingerprint, [ANN]),
        (ANN.fingerprint.upper(), [ANN]),
        ("ts1:aaaa1", [ANN]),
        ("aaaa1", [ANN]),
        ("ts1:aaaa", [ANN, ANN_TOO]),  # the weightier first
        ("ts1:b", [JOANNA]),
        ("ts1:ffff", []),
        ("ann@x.example", [ANN, ANN_TOO]),
        ("ann", [ANN, ANN_TOO]),  # her whole name before the @, though joanna has it in hers
        ("joan", [JOANNA]),
        ("Joanna", [JOANNA]),
        ("t7", [TEAM]),
        ("organisation", [ALL]),
        ("scripted-timing", [ANN]),
        ("scripted", [ANN]),
        ("copied-prompt", [ANN_TOO, JOANNA]),
        ("ann copied", [ANN_TOO, JOANNA]),  # "ann" is part of both names, "copied" no whole name
        ("ann copied-prompt", [ANN_TOO]),
        ("  ann   scripted-timing ", [ANN]),
        ("bob", []),
        ("", []),
        ("   ", []),
    ],
)
def test_a_text_finds_what_a_reader_would_expect(text: str, found: list[object]) -> None:
    assert sorted(one.fingerprint for one in find(text, KNOWN)) == sorted(one.fingerprint for one in found)
    assert [one.fingerprint for one in find(text, KNOWN)][:1] == [one.fingerprint for one in found][:1]


def test_a_name_of_hex_digits_is_still_a_name() -> None:
    dede = finding("deadbeef", fingerprint="ts1:" + "9" * 32)
    assert find("deadbeef", known(dede)) == (dede,)


def test_the_short_form_finds_the_finding_again() -> None:
    for one in KNOWN.findings:
        short = shortest(one, KNOWN.findings)
        assert len(short) == len("ts1:") + 8
        assert find(short, KNOWN) == (one,)
    twin = finding("x", fingerprint="ts1:aaaa1111" + "0" * 23 + "1")
    assert shortest(twin, [*KNOWN.findings, twin]) == twin.fingerprint


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("unused-answers", "no finding of unused-answers: not_evaluated: no column used"),
        ("personal-spike", "no finding of personal-spike: ran and found nothing"),
        ("ts1:ffff", "no finding ts1:ffff"),
        ("scripted-timin", "no finding 'scripted-timin'; did you mean 'scripted-timing'?"),
    ],
)
def test_what_is_not_found_is_told_why(text: str, why: str) -> None:
    reason, hint = not_found(text, KNOWN)
    assert reason == why
    assert hint
