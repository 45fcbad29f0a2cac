"""One row a finding, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import Any

from tokenscan.findings.model import Finding
from tokenscan.report.json_findings import finding_dict
from tokenscan.report.model import Report
from tokenscan.report.notice import NOTICE
from tokenscan.report.spreadsheet import cell_text

COLUMNS = (
    "fingerprint", "rule_id", "rule_version", "family", "state", "severity", "confidence", "title", "message",
    "subject", "user", "team", "first_seen", "last_seen", "value", "unit", "threshold", "threshold_origin", "n",
    "compared_with", "requests", "waste_tokens", "waste_usd", "co2_kg", "against", "open_questions", "remediation",
    "samples", "suppressed_until", "suppressed_why", "suppressed_owner", "suppressed_ticket", "prompts", "reply",
    "notice",
)  # fmt: skip


def to_csv(report: Report) -> str:
    """Return findings in report order under one header line (RFC 4180, UTF-8, lines end in CR LF).

    Text is shown as one line; a cell that a spreadsheet would run as a formula starts with an apostrophe. Unknown
    values are empty. Waste of single findings does not add up: two may blame the same call. ``reply`` is for the
    person concerned to fill in; the file then goes back in with ``--replies``.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    grams = report.totals.co2_grams_per_1k_tokens
    for finding in report.findings:
        writer.writerow({name: _cell(value) for name, value in _row(finding, grams).items()})
    return text.getvalue()


def _row(finding: Finding, grams: float) -> dict[str, Any]:
    """Return a finding's cells: what the JSON has, without its levels."""
    told = finding_dict(finding, grams)
    evidence, subject, impact = told["evidence"], told["subject"], told["impact"]
    flat = told | evidence | impact | told["window"] | {"user": subject["user"], "team": subject["team"]}
    suppression = told["suppression"] or {}
    flat |= {
        "subject": subject["kind"],
        "suppressed_until": suppression.get("expires"),
        "suppressed_why": suppression.get("reason"),
        "suppressed_owner": suppression.get("owner"),
        "suppressed_ticket": suppression.get("ticket"),
        "prompts": [f"{one.calls:,} x {one.text}" for one in finding.evidence.prompts],
        "notice": NOTICE,
    }
    return {name: flat[name] for name in COLUMNS}


def _cell(value: object) -> object:
    if isinstance(value, list):
        value = "; ".join(str(item) for item in value)
    return cell_text(value) if isinstance(value, str) else value
