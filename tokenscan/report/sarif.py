"""SARIF 2.1.0, for tools that collect findings of many scanners."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from tokenscan.findings.model import Finding, Severity, State, SubjectKind, SuppressionStatus
from tokenscan.report.json_findings import finding_dict
from tokenscan.report.json_v1 import privacy_dict
from tokenscan.report.model import Report, RuleOutcome, RuleStatus
from tokenscan.report.numbers import timestamp
from tokenscan.report.text import clean, clean_id, escape_json

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_PROSE = 4_000
_LEVEL = {
    Severity.INFO: "note",
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
_BASELINE = {
    State.NEW: "new",
    State.UNCHANGED: "unchanged",
    State.WORSE: "updated",
    State.RESOLVED: "absent",
}


def to_sarif(report: Report) -> str:
    """Return one SARIF run.

    All rules that ran stand in ``driver.rules``, with or without results, so that fixed alerts close. A log has no
    source line: results point at the first file that was read. What was not evaluated is a notification.
    """
    ran = [rule for rule in report.rules if rule.status is RuleStatus.RAN]
    known = {rule.id for rule in ran} | {finding.rule_id for finding in report.findings}
    rules = sorted((rule for rule in report.rules if rule.id in known), key=lambda rule: rule.id)
    places = {rule.id: place for place, rule in enumerate(rules)}
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "tokenscan",
                        "version": report.version,
                        "informationUri": "https://pypi.org/project/tokenscan/",
                        "rules": [_rule(rule, report) for rule in rules],
                        "properties": {"rulesDigest": report.rules_digest},
                    }
                },
                "invocations": [_invocation(report)],
                "artifacts": [{"location": {"uri": _uri(report)}}],
                "results": [_result(finding, report, places) for finding in report.findings],
                "properties": {"privacy": privacy_dict(report)},
            }
        ],
    }
    return escape_json(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)) + "\n"


def _rule(rule: RuleOutcome, report: Report) -> dict[str, Any]:
    known = next((finding for finding in report.findings if finding.rule_id == rule.id), None)
    told: dict[str, Any] = {"id": rule.id, "shortDescription": {"text": clean(rule.title)}}
    if known is not None:
        told["help"] = {"text": clean(known.remediation, _PROSE)}
        told["properties"] = {"tags": [clean_id(tag) for tag in known.tags][:10]}
    return told


def _invocation(report: Report) -> dict[str, Any]:
    missing = [rule for rule in report.rules if rule.status in (RuleStatus.NOT_EVALUATED, RuleStatus.FAILED)]
    notes = [
        {
            "level": "error" if rule.status is RuleStatus.FAILED else "note",
            "message": {"text": f"{rule.id} was not evaluated: {clean(rule.reason, _PROSE)}"},
        }
        for rule in missing
    ]
    errors = [{"level": "error", "message": {"text": clean(error, _PROSE)}} for error in report.errors]
    idle = [
        {"level": "warning", "message": {"text": f"suppression of {clean_id(one.rule)} is {one.status}: {why}"}}
        for one in report.suppressions
        if one.status in (SuppressionStatus.EXPIRED, SuppressionStatus.UNUSED)
        for why in [clean(one.decision.reason, _PROSE)]
    ]
    return {
        "executionSuccessful": report.input.complete,
        "startTimeUtc": timestamp(report.run.started_at),
        "toolExecutionNotifications": [*errors, *notes, *idle],
    }


def _result(finding: Finding, report: Report, places: dict[str, int]) -> dict[str, Any]:
    told = finding_dict(finding, report.totals.co2_grams_per_1k_tokens)
    result: dict[str, Any] = {
        "ruleId": finding.rule_id,
        "level": _LEVEL[finding.severity],
        "message": {"text": clean(finding.message, _PROSE)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": _uri(report), "index": 0}, "region": {"startLine": 1}},
                "logicalLocations": [{"name": _subject(finding), "kind": finding.subject.kind.value}],
            }
        ],
        "partialFingerprints": {"tokenscan/v1": finding.fingerprint},
        "baselineState": _BASELINE[finding.state],
        "properties": {
            "severity": finding.severity.value,
            "confidence": finding.confidence.value,
            "window": told["window"],
            "impact": told["impact"],
            "evidence": told["evidence"],
            "reply": told["reply"],
        },
    }
    if finding.rule_id in places:
        result["ruleIndex"] = places[finding.rule_id]
    if finding.suppression is not None:
        why = clean(finding.suppression.reason, _PROSE)
        until = {name: told["suppression"][name] for name in ("expires", "owner", "ticket")}
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why, "properties": until}]
    return result


def _subject(finding: Finding) -> str:
    subject = finding.subject
    named = subject.team if subject.kind is SubjectKind.TEAM else subject.user
    return clean_id(named or subject.kind.value)


def _uri(report: Report) -> str:
    """Return the first file that was read as a relative URI reference."""
    name = next((file.name for file in report.input.files if not file.skipped), "log")
    return quote(clean_id(name).replace("\\", "/").lstrip("/"), safe="/.-_~") or "log"
