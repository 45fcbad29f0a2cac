"""A spreadsheet gets one row a finding, and never a formula."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
import report_factory as make

from tokenscan.report.csv import COLUMNS, to_csv
from tokenscan.report.model import Report


def rows(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(report), newline="")))


def test_one_row_a_finding_with_its_numbers() -> None:
    report = replace(make.report(), findings=(make.finding(1), make.finding(2, message='Says "hello", twice')))
    first, second = rows(report)
    assert tuple(first) == COLUMNS
    assert first["fingerprint"] == make.fingerprint(1)
    assert (first["subject"], first["user"], first["team"]) == ("user", "mallory@example.com", "t3")
    assert first["first_seen"] == "2026-03-02T08:15:00Z"
    assert first["waste_tokens"] == str(make.finding().impact.waste_tokens)
    assert second["message"] == 'Says "hello", twice'


def test_unknown_is_empty() -> None:
    impact = replace(make.finding().impact, waste_nanousd=None)
    assert rows(replace(make.report(), findings=(make.finding(impact=impact),)))[0]["waste_usd"] == ""


@pytest.mark.parametrize(
    "text", ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1+1", " =1", "|calc", "%0A", "\uff1dcmd()", "\x1b[31m=1"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    for row in rows(make.hostile_report(text)):
        assert [cell for cell in row.values() if cell.lstrip()[:1] in tuple("=+@|%\uff1d")] == []
        assert row["message"].startswith("'") or not row["message"].startswith("-")


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "\u2028", "\x00", "u" * 100_000, "\ud800", '"', ";,"])
def test_every_finding_stays_one_row(text: str) -> None:
    report = make.hostile_report(text)
    assert len(rows(report)) == len(report.findings)
    assert to_csv(report).count("\r\n") == len(report.findings) + 1
