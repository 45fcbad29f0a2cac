"""OCSF events: what the class Detection Finding (2004) requires, times in milliseconds, the fingerprint as identity."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import report_factory as make
from jsonschema import Draft202012Validator

from tokenscan.findings.model import Severity, State, SubjectKind, Suppression
from tokenscan.report.model import Report
from tokenscan.report.ocsf import to_ocsf

WORD = {"type": "string", "minLength": 1}
MOMENT = {"type": "integer", "minimum": 1_262_304_000_000, "maximum": 4_102_444_800_000}  # 2010 to 2100, milliseconds


def obj(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


# After schema.ocsf.io, class detection_finding with base event, finding, finding_info, metadata, product, analytic.
SCHEMA = obj(
    {
        "activity_id": {"enum": [1, 2, 3]},
        "category_uid": {"const": 2},
        "class_uid": {"const": 2004},
        "type_uid": {"enum": [200401, 200402, 200403]},
        "time": MOMENT,
        "severity_id": {"enum": [1, 2, 3, 4, 5]},
        "metadata": obj({"version": WORD, "product": obj({"name": WORD, "vendor_name": WORD}, {"version": WORD})}),
        "finding_info": obj(
            {"uid": {"type": "string", "pattern": "^ts1:[0-9a-f]{32}$"}, "title": WORD},
            {
                "desc": WORD,
                "types": {"type": "array", "items": WORD},
                "first_seen_time": MOMENT,
                "last_seen_time": MOMENT,
                "analytic": obj({"type_id": {"const": 1}}, {"uid": WORD, "name": WORD, "type": WORD, "version": WORD}),
            },
        ),
    },
    {
        **dict.fromkeys(("activity_name", "category_name", "class_name", "type_name", "severity"), WORD),
        **dict.fromkeys(("confidence", "status", "message"), WORD),
        **dict.fromkeys(("start_time", "end_time"), MOMENT),
        "confidence_id": {"enum": [1, 2, 3]},
        "status_id": {"enum": [1, 2, 3, 4, 5, 6]},
        "is_alert": {"type": "boolean"},
        "resources": {"type": "array", "items": obj({"name": WORD, "type": WORD})},
        "remediation": obj({"desc": WORD}, {"references": {"type": "array", "items": WORD}}),
        "unmapped": {"type": "object"},
    },
)


def events(report: Report) -> list[dict[str, Any]]:
    return [json.loads(line) for line in to_ocsf(report).splitlines()]


@pytest.mark.parametrize(
    "report",
    [make.report(), make.hostile_report("\x1b]0;x\x07\u202e<script>|=cmd()\n\ud800"), make.report(findings=())],
)
def test_every_event_is_valid_and_there_is_one_for_each_finding(report: Report) -> None:
    found = events(report)
    assert [event["finding_info"]["uid"] for event in found] == [one.fingerprint for one in report.findings]
    for event in found:
        Draft202012Validator(SCHEMA).validate(event)
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]


def test_nothing_invisible_is_written() -> None:
    text = to_ocsf(make.hostile_report("\x1b[31m\u202e\u200b"))
    assert text.isascii() or not set(text) & set("\x1b\u202e\u200b")
    assert text == to_ocsf(make.hostile_report("\x1b[31m\u202e\u200b"))


def test_times_are_milliseconds() -> None:
    event = events(make.report())[0]
    # date -u -d '2026-06-01' +%s, and the window of the factory: 2026-03-02 08:15 and 2026-05-29 17:40:12.345678
    assert event["time"] == 1_780_272_000_000
    assert (event["start_time"], event["end_time"]) == (1_772_439_300_000, 1_780_076_412_345)


@pytest.mark.parametrize(
    ("state", "activity", "status", "alert"),
    [("new", 1, 1, True), ("worse", 2, 1, True), ("unchanged", 2, 1, False), ("resolved", 3, 4, False)],
)
def test_a_state_is_an_activity(state: str, activity: int, status: int, alert: bool) -> None:
    (event,) = events(replace(make.report(), findings=(make.finding(state=State(state)),)))
    assert (event["activity_id"], event["status_id"], event["is_alert"]) == (activity, status, alert)


@pytest.mark.parametrize(("severity", "number"), [("info", 1), ("low", 2), ("medium", 3), ("high", 4), ("critical", 5)])
def test_severities(severity: str, number: int) -> None:
    (event,) = events(replace(make.report(), findings=(make.finding(severity=Severity(severity)),)))
    assert event["severity_id"] == number


def test_a_suppressed_finding_is_no_alert_and_money_is_told_as_unknown_not_as_zero() -> None:
    suppressed = make.finding(suppression=Suppression(reason="load test", expires=date(2027, 1, 31)))
    unpriced = make.finding(2, impact=replace(make.finding().impact, waste_nanousd=None))
    first, second = events(replace(make.report(), findings=(suppressed, unpriced)))
    assert (first["status_id"], first["is_alert"]) == (3, False)
    assert first["unmapped"]["suppression"]["reason"] == "load test"
    assert (first["unmapped"]["impact"]["waste_usd"], second["unmapped"]["impact"]["waste_usd"]) == (41.2, None)


def test_who_it_is_about() -> None:
    team = make.finding(subject=replace(make.finding().subject, kind=SubjectKind.TEAM))
    everybody = make.finding(2, subject=replace(team.subject, kind=SubjectKind.ORGANISATION, user=None, team=None))
    told = [event["resources"] for event in events(replace(make.report(), findings=(make.finding(3), team, everybody)))]
    assert told == [
        [{"type": "User", "name": "mallory@example.com"}],
        [{"type": "Team", "name": "t3"}],
        [{"type": "Organization", "name": "organisation"}],
    ]
