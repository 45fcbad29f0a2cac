"""``-f html`` and ``--also html=FILE`` on a small log, and the same page from Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tokenscan
from tests.unit.report.html.html_reader import read
from tokenscan.cli.app import main

AS_OF = ("--as-of", "2026-04-06", "--no-config", "-q")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people on three days, 100 + 10 tokens a call."""
    rows = [
        f"2026-01-0{day}T{hour:02d}:00:00Z,{user},red,gpt-5,100,10"
        for day in (5, 6, 7)
        for hour in (9, 10)
        for user in ("ann@example.com", "bob@example.com")
    ]
    file = tmp_path_factory.mktemp("log") / "calls.csv"
    file.write_text("\n".join(["timestamp,user,team,model,input_tokens,output_tokens", *rows]) + "\n", encoding="utf-8")
    return file


def test_a_report_goes_to_its_file_and_nothing_to_the_screen(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "report.html"
    assert main(["analyze", str(log), *AS_OF, "-f", "html", "-o", str(target)]) == 0
    assert capsys.readouterr() == ("", "")
    root = read(target.read_text(encoding="utf-8"))
    days = root.by_id("chart-usage").rows()[1:]
    assert [row[:3] for row in days] == [[f"2026-01-0{day}", "4", "440"] for day in (5, 6, 7)]
    assert "Nobody stands out." in root.text()
    assert "ann@example.com" not in root.text()


def test_a_page_beside_another_format_has_the_same_charts(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "report.html"
    assert main(["analyze", str(log), *AS_OF, "-f", "json", "--also", f"html={target}"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert "series" not in document
    assert document["totals"]["tokens"] == 1320
    rows = read(target.read_text(encoding="utf-8")).by_id("chart-usage").rows()[1:]
    assert sum(int(row[2]) for row in rows) == 1320


def test_a_report_made_in_python_has_charts_unless_told_otherwise(log: Path) -> None:
    assert 'id="chart-usage"' in tokenscan.analyze(log).render("html")
    plain = tokenscan.analyze(log, series=False).render("html")
    assert 'id="chart-usage"' not in plain
    assert "There are no figures by day in this report." in plain


def test_a_page_goes_through_a_pipe_whole(log: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["analyze", str(log), *AS_OF, "-f", "html"]) == 0
    written, said = capsysbinary.readouterr()
    assert written.startswith(b"<!doctype html>\n")
    assert written.endswith(b"</html>\n")
    assert said == b""
