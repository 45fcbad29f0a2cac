from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.report import report_factory as make
from tokenscan.errors import UsageError
from tokenscan.privacy.replies import read_replies, with_replies
from tokenscan.report.formats import render

ONE, TWO = make.fingerprint(1), make.fingerprint(2)


def test_replies_stand_with_their_findings(tmp_path: Path) -> None:
    file = tmp_path / "replies.csv"
    text = f'fingerprint,reply,read_by\n{ONE},"A load test,\nsee OPS-7",ann\n{TWO.removeprefix("ts1:")},no\n{TWO},yes\n'
    file.write_text(text + f"{make.fingerprint(99)},late\n,nobody's\n{make.fingerprint(3)},\n", encoding="utf-8")
    replies = read_replies(file)
    report = with_replies(make.report(), replies)
    assert [one.reply for one in report.findings] == ["A load test,\nsee OPS-7", "no / yes", "", "", ""]
    assert report.input.notes[-1] == "1 reply to findings that are not in this report"


def test_a_csv_report_with_replies_filled_in_goes_back_in(tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    answered = with_replies(make.report(), {ONE: "=1+1 was a joke", TWO: "see it myself"})
    file.write_text(render(answered, "csv"), encoding="utf-8")
    assert read_replies(file) == {ONE: "=1+1 was a joke", TWO: "see it myself"}


def test_without_replies_the_report_is_as_it_was() -> None:
    assert with_replies(make.report(), {}) == make.report()


def test_a_file_without_fingerprints_is_no_file_of_replies(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("who,reply\nann,no\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no column 'fingerprint'"):
        read_replies(tmp_path / "x.csv")


def test_every_format_has_a_place_for_the_reply() -> None:
    report = with_replies(make.report(), {ONE: "It was a declared load test."})
    for name in ("table", "json", "jsonl", "csv", "markdown", "sarif", "ocsf"):
        assert "It was a declared load test." in render(report, name, **({"width": 200} if name == "table" else {}))
    assert "  - reply: _none yet_" in render(make.report(), "markdown")
