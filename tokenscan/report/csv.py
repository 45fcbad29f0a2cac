"""One row a finding, for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from tokenscan.findings.model import Finding
from tokenscan.report.json_findings import finding_dict
from tokenscan.report.model import Report
from tokenscan.report.text import clean

# A cell that starts so is a formula to a spreadsheet, whatever its type (CWE-1236); blanks before do not help.
_FORMULA = re.compile(r"^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]")
_PROSE = 2_000

COLUMNS = (
    "fingerprint", "rule_id", "rule_version", "family", "state", "severity", "confidence", "title", "message",
    "subject", "user", "team", "first_seen", "last_seen", "value", "unit", "threshold", "threshold_origin", "n",
    "compared_with", "requests", "waste_tokens", "waste_usd", "co2_kg", "against", "open_questions", "remediation",
    "samples", "suppressed_until", "suppressed_why",
)  # fmt: skip


def to_csv(report: Report) -> str:
    """Return findings in report order under one header line (RFC 4180, UTF-8, lines end in CR LF).

    Text is shown as one line; a cell that a spreadsheet would run as a formula starts with an apostrophe. Unknown
    values are empty. Waste of single findings does not add up: two may blame the same call.
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
    }
    return {name: flat[name] for name in COLUMNS}


def _cell(value: object) -> object:
    if isinstance(value, list):
        value = "; ".join(str(item) for item in value)
    if not isinstance(value, str):
        return value
    shown = clean(value, _PROSE)
    return f"'{shown}" if _FORMULA.match(shown) else shown
