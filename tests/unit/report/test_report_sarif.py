"""SARIF for collectors of findings: every rule that ran, every result with its identity and state."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import report_factory as make

from tokenscan.findings.model import Severity, State
from tokenscan.report.model import Report, RuleOutcome, RuleStatus
from tokenscan.report.sarif import to_sarif


def run(report: Report) -> dict[str, Any]:
    document = json.loads(to_sarif(report))
    assert document["version"] == "2.1.0"
    (only,) = document["runs"]
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize(
    ("severity", "level"),
    [("info", "note"), ("low", "note"), ("medium", "warning"), ("high", "error"), ("critical", "error")],
)
def test_levels(severity: str, level: str) -> None:
    report = replace(make.report(), findings=(make.finding(severity=Severity(severity)),))
    assert run(report)["results"][0]["level"] == level


@pytest.mark.parametrize(
    ("state", "told"), [("new", "new"), ("unchanged", "unchanged"), ("worse", "updated"), ("resolved", "absent")]
)
def test_states(state: str, told: str) -> None:
    report = replace(make.report(), findings=(make.finding(state=State(state)),))
    assert run(report)["results"][0]["baselineState"] == told


def test_a_result_points_at_its_rule_and_carries_its_fingerprint() -> None:
    outcome = RuleOutcome(id="scripted-timing", title="Scripts", status=RuleStatus.RAN)
    found = run(replace(make.report(), rules=(outcome,), findings=(make.finding(1), make.finding(2))))
    rules = found["tool"]["driver"]["rules"]
    for result in found["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["partialFingerprints"]["tokenscan/v1"].startswith("ts1:")


def test_rules_that_ran_without_a_finding_are_told_so_that_alerts_close() -> None:
    outcomes = (
        RuleOutcome(id="quiet-rule", title="Quiet", status=RuleStatus.RAN),
        RuleOutcome(id="blind-rule", title="Blind", status=RuleStatus.NOT_EVALUATED, reason="needs prompt text"),
    )
    found = run(replace(make.report(), rules=outcomes, findings=()))
    assert [rule["id"] for rule in found["tool"]["driver"]["rules"]] == ["quiet-rule"]
    (note,) = [
        note for note in found["invocations"][0]["toolExecutionNotifications"] if "blind" in note["message"]["text"]
    ]
    assert note["level"] == "note"
    assert "needs prompt text" in note["message"]["text"]


def test_an_incomplete_run_is_no_success() -> None:
    report = make.report()
    broken = replace(report, input=replace(report.input, complete=False), errors=("rule x failed: why",))
    (invocation,) = run(broken)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0] == {"level": "error", "message": {"text": "rule x failed: why"}}


@pytest.mark.parametrize("text", ["\x1b[31m", "\u202e", "\ud800", "a\nb", "u" * 10_000, "../../etc", "a b?#%"])
def test_hostile_text_is_cleaned(text: str) -> None:
    written = to_sarif(make.hostile_report(text))
    found = json.loads(written)["runs"][0]
    assert not set(written) & {"\x1b", "\u202e", "\ud800"}
    uri = found["artifacts"][0]["location"]["uri"]
    assert not set(uri) & set(" ?#\n\x1b")
