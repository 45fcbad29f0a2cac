from __future__ import annotations

import math
from datetime import date
from typing import Any

import polars as pl
import pytest

from tests.unit import findings_factory as make
from tokenscan.detectors.base import nothing
from tokenscan.errors import UsageError
from tokenscan.findings.fingerprint import fingerprint
from tokenscan.findings.judge import CLAIMS, Judged, judge
from tokenscan.findings.model import Confidence, Metric, Severity, SubjectKind

EVENTS = pl.Series("event_id", ["e0", "e1", "e2", "e3"])


def judged(*candidates: dict[str, Any], rule: dict[str, Any] | None = None, **rest: Any) -> Judged:
    return judge([(make.rule(**(rule or {})), make.detection(*candidates, **rest))], EVENTS)


def test_a_finding_says_everything_about_itself() -> None:
    found = judged({"samples": [3, 0], "against": ["she was on call"], "strength": 0.61234567, "confidence": "high"})
    (finding,) = found.findings
    assert finding.fingerprint == fingerprint("big-days", {"subject": "user", "user": "ann"})
    assert (finding.rule_id, finding.rule_version, finding.family, finding.weight) == ("big-days", 3, "volume", 0.45)
    assert finding.message == "ann had 1 days of 12.5 times."
    assert (finding.strength, finding.confidence) == (0.612346, Confidence.HIGH)
    assert (finding.subject.kind, finding.subject.user, finding.subject.team) == (SubjectKind.USER, "ann", "t1")
    assert (finding.window.first_seen, finding.window.last_seen) == (make.FIRST, make.LAST)
    assert (finding.impact.waste_tokens, finding.impact.basis) == (0, "what the days held above normal")
    evidence = finding.evidence
    assert (evidence.value, evidence.threshold, evidence.unit, evidence.n) == (12.5, 10.0, "times", 30)
    assert evidence.threshold_origin == "founding documents"
    assert evidence.samples == ("e3", "e0")
    assert evidence.against == ("she was on call",)
    assert evidence.open_questions == ("a batch?",)
    assert (finding.remediation, finding.references, finding.tags) == ("Ask.", ("a book",), ("usage",))
    assert found.exculpation == ()


def test_the_configs_severity_and_threshold_are_said_to_be_the_configs() -> None:
    (finding,) = judged({}, rule={"overrides": [make.OVERRIDE]}).findings
    assert (finding.severity, finding.evidence.threshold_origin) == (Severity.HIGH, "config")


def test_metrics_become_plain_values() -> None:
    metrics = {
        "days": 2, "share": 0.25, "steady": True, "why": "x", "nothing": None, "day": date(2026, 1, 5),
        "endless": math.inf, "undefined": math.nan,
    }  # fmt: skip
    (finding,) = judged({"metrics": metrics}, metrics=list(metrics)).findings
    assert finding.evidence.metrics == (
        Metric(name="days", value=2),
        Metric(name="share", value=0.25),
        Metric(name="steady", value=True),
        Metric(name="why", value="x"),
        Metric(name="nothing", value=None),
        Metric(name="day", value="2026-01-05"),
        Metric(name="endless", value=None),
        Metric(name="undefined", value=None),
    )


def test_what_is_cleared_speaks_for_the_person_and_is_no_finding() -> None:
    found = judged(
        {"user": "ann", "cleared": True, "against": ["tasks rose", "answers were used"]},
        {"user": "bob"},
        {"subject": "team", "user": None, "team": "t2", "cleared": True, "against": ["more tasks"]},
        claims=[(0, 0, "day", 0.5), (1, 1, "row", 1.0), (1, 2, "row", 0.25)],
    )
    assert [finding.subject.user for finding in found.findings] == ["bob"]
    assert found.exculpation == (
        ("ann", "t1", "Big days: tasks rose; answers were used"),
        (None, "t2", "Big days: more tasks"),
    )
    assert found.claims.rows() == [(0, 1, "row", 1.0, "medium"), (0, 2, "row", 0.25, "medium")]


def test_claims_follow_their_finding_over_rules() -> None:
    first = make.detection({"user": "ann"}, {"user": "bob", "confidence": "high"}, claims=[(1, 3, "row", 1.0)])
    second = make.detection({"user": "ann", "confidence": "low"}, claims=[(0, 2, "window", 0.5)])
    rules = [(make.rule(), first), (make.rule(id="quiet-days"), nothing()), (make.rule(id="long-days"), second)]
    found = judge(rules, EVENTS)
    assert [(finding.rule_id, finding.subject.user) for finding in found.findings] == [
        ("big-days", "ann"), ("big-days", "bob"), ("long-days", "ann"),
    ]  # fmt: skip
    assert found.claims.sort("finding").rows() == [(1, 3, "row", 1.0, "high"), (2, 2, "window", 0.5, "low")]
    assert found.claims.schema == CLAIMS


def test_nothing_found() -> None:
    found = judge([], EVENTS)
    assert (found.findings, found.claims.height, found.exculpation) == ((), 0, ())


def test_two_findings_of_one_name_are_refused() -> None:
    with pytest.raises(RuntimeError, match="share fingerprint ts1:"):
        judged({"user": "ann"}, {"user": "bob"}, rule={"fingerprint": ("team",)})


def test_a_cleared_twin_is_no_twin() -> None:
    candidates = ({"user": "ann"}, {"user": "bob", "cleared": True, "against": ["x"]})
    assert len(judged(*candidates, rule={"fingerprint": ("team",)}).findings) == 1


def test_subjects_of_another_kind_are_other_findings() -> None:
    found = judged({"user": "ann"}, {"user": "ann", "subject": "account"})
    assert len({finding.fingerprint for finding in found.findings}) == 2


def test_a_message_that_names_what_nobody_knows_is_an_error() -> None:
    with pytest.raises(UsageError, match="nothing is called"):
        judged({}, rule={"message": "{users} did it"})
