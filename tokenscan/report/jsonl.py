"""One finding a line, each complete in itself: what a ticket script reads."""

from __future__ import annotations

import json
from typing import Any

from tokenscan.report.json_findings import finding_dict
from tokenscan.report.json_v1 import (
    SCHEMA_VERSION,
    input_dict,
    privacy_dict,
    suppressions,
    tool_dict,
    totals_dict,
)
from tokenscan.report.model import Report
from tokenscan.report.notice import NOTICE
from tokenscan.report.text import escape_json


def to_jsonl(report: Report, *, summary_line: bool = False) -> str:
    """Return findings as JSON lines in report order; suppressed ones are among them, marked as such.

    With ``summary_line`` the first line is of type "summary". The run is left out, so the same input gives the
    same bytes.
    """
    head: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "tool": tool_dict(report)}
    grams = report.totals.co2_grams_per_1k_tokens
    note = {"notice": NOTICE}
    lines = [{"type": "finding", **head, **finding_dict(finding, grams), **note} for finding in report.findings]
    if summary_line:
        lines.insert(0, {"type": "summary", **head, **_summary(report)})
    return "".join(_line(line) for line in lines)


def _summary(report: Report) -> dict[str, Any]:
    read = input_dict(report.input)
    del read["file_verdicts"]  # as long as the log has files; the json format has them
    return {
        "input": read,
        "totals": totals_dict(report.totals),
        "people": sum(1 for person in report.people if person.band != "none"),
        "errors": list(report.errors),
        "suppressions": suppressions(report),
        "privacy": privacy_dict(report),
    }


def _line(record: dict[str, Any]) -> str:
    return escape_json(json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))) + "\n"
