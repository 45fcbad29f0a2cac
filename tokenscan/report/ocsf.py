"""OCSF Detection Findings (class 2004), for data lakes and SIEMs that speak the Open Cybersecurity Schema Framework."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tokenscan.findings.model import Confidence, Finding, Severity, State, SubjectKind
from tokenscan.report.json_findings import finding_dict
from tokenscan.report.model import Report
from tokenscan.report.notice import NOTICE
from tokenscan.report.text import clean, clean_id, escape_json

OCSF_VERSION = "1.3.0"
CATEGORY, CLASS = 2, 2004
_PROSE = 4_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEVERITY = {
    Severity.INFO: (1, "Informational"),
    Severity.LOW: (2, "Low"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.HIGH: (4, "High"),
    Severity.CRITICAL: (5, "Critical"),
}
_CONFIDENCE = {Confidence.LOW: (1, "Low"), Confidence.MEDIUM: (2, "Medium"), Confidence.HIGH: (3, "High")}
_ACTIVITY = {
    State.NEW: (1, "Create"),
    State.UNCHANGED: (2, "Update"),
    State.WORSE: (2, "Update"),
    State.RESOLVED: (3, "Close"),
}
_RESOURCE = {
    SubjectKind.USER: "User",
    SubjectKind.TEAM: "Team",
    SubjectKind.ORGANISATION: "Organization",
    SubjectKind.ACCOUNT: "Account",
    SubjectKind.PROMPT: "Prompt",
}


def to_ocsf(report: Report) -> str:
    """Return one event a line and finding; times are milliseconds since 1970, what OCSF has no name for is unmapped.

    ``time`` is when the finding was made (``--as-of``), ``start_time`` and ``end_time`` the calls it rests on.
    """
    return "".join(
        escape_json(json.dumps(_event(finding, report), ensure_ascii=False, allow_nan=False, separators=(",", ":")))
        + "\n"
        for finding in report.findings
    )


def _event(finding: Finding, report: Report) -> dict[str, Any]:
    activity, activity_name = _ACTIVITY[finding.state]
    severity, severity_name = _SEVERITY[finding.severity]
    confidence, confidence_name = _CONFIDENCE[finding.confidence]
    status, status_name = _status(finding)
    first, last = _milliseconds(finding.window.first_seen), _milliseconds(finding.window.last_seen)
    return {
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "activity_id": activity,
        "activity_name": activity_name,
        "type_uid": CLASS * 100 + activity,
        "type_name": f"Detection Finding: {activity_name}",
        "time": _milliseconds(report.run.as_of),
        "start_time": first,
        "end_time": last,
        "severity_id": severity,
        "severity": severity_name,
        "confidence_id": confidence,
        "confidence": confidence_name,
        "status_id": status,
        "status": status_name,
        "is_alert": status == 1 and finding.state in (State.NEW, State.WORSE),
        "message": clean(finding.message, _PROSE),
        "metadata": {
            "version": OCSF_VERSION,
            "product": {"name": "tokenscan", "vendor_name": "tokenscan", "version": clean_id(report.version)},
        },
        "finding_info": _info(finding, first, last),
        "resources": [_resource(finding)],
        "remediation": {
            "desc": clean(finding.remediation, _PROSE),
            "references": [clean_id(reference) for reference in finding.references],
        },
        "unmapped": _unmapped(finding, report),
    }


def _status(finding: Finding) -> tuple[int, str]:
    """Return where a finding stands: one nobody has looked at is new, however often it was seen."""
    if finding.state is State.RESOLVED:
        return 4, "Resolved"
    return (1, "New") if finding.suppression is None else (3, "Suppressed")


def _info(finding: Finding, first: int, last: int) -> dict[str, Any]:
    return {
        "uid": finding.fingerprint,
        "title": clean(finding.title),
        "desc": clean(finding.message, _PROSE),
        "types": [clean_id(finding.family)],
        "first_seen_time": first,
        "last_seen_time": last,
        "analytic": {
            "uid": clean_id(finding.rule_id),
            "name": clean_id(finding.rule_id),
            "type_id": 1,
            "type": "Rule",
            "version": str(finding.rule_version),
        },
    }


def _resource(finding: Finding) -> dict[str, Any]:
    subject = finding.subject
    named = subject.team if subject.kind is SubjectKind.TEAM else subject.user
    return {"type": _RESOURCE[subject.kind], "name": clean_id(named or subject.kind.value)}


def _unmapped(finding: Finding, report: Report) -> dict[str, Any]:
    """Return money, waste and evidence as the JSON report has them."""
    told = finding_dict(finding, report.totals.co2_grams_per_1k_tokens)
    names = ("state", "subject", "strength", "impact", "evidence", "suppression", "reply")
    return {name: told[name] for name in names} | {"notice": NOTICE}


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
