"""What the people concerned answered, by fingerprint: a table that goes with the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tokenscan.context.read_table import read_table
from tokenscan.findings.fingerprint import PREFIX
from tokenscan.report.model import Report
from tokenscan.report.numbers import plural


def read_replies(path: str | Path | None) -> dict[str, str]:
    """Return replies by fingerprint from a table with the columns ``fingerprint`` and ``reply``; none without a file.

    A CSV report whose column ``reply`` was filled in is such a table. Several replies to one finding are put together.

    Raises:
        UsageError: the file cannot be read, or has no column ``fingerprint``.
    """
    if not path:
        return {}
    frame, _ = read_table(Path(path), ["fingerprint", "reply"], required="fingerprint")
    replies: dict[str, str] = {}
    for fingerprint, reply in frame.drop_nulls(["fingerprint", "reply"]).select("fingerprint", "reply").iter_rows():
        name = fingerprint.strip()
        key = name if name.startswith(PREFIX) else f"{PREFIX}{name}"
        replies[key] = " / ".join(filter(None, [replies.get(key), _unquoted(reply.strip())]))
    return replies


def _unquoted(reply: str) -> str:
    """Return a reply without the apostrophe that keeps a spreadsheet from running a cell."""
    return reply[1:] if reply[:1] == "'" and reply[1:2] in set("=+-@|%") else reply


def with_replies(report: Report, replies: Mapping[str, str]) -> Report:
    """Return the report with each finding's reply, and a note on replies to findings that are not in it."""
    findings = tuple(replace(one, reply=replies.get(one.fingerprint, one.reply)) for one in report.findings)
    lost = len(replies.keys() - {one.fingerprint for one in findings})
    if not lost:
        return replace(report, findings=findings)
    note = f"{plural(lost, 'reply', 'replies')} to findings that are not in this report"
    return replace(report, findings=findings, input=replace(report.input, notes=(*report.input.notes, note)))
