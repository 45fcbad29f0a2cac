from __future__ import annotations

import pytest
import report_factory as make

from tokenscan.errors import UsageError
from tokenscan.report.formats import FORMATS, render
from tokenscan.report.json_v1 import to_json
from tokenscan.report.jsonl import to_jsonl
from tokenscan.report.table import render_table


def test_each_format_by_its_name() -> None:
    report = make.report()
    assert list(FORMATS)[:3] == ["table", "json", "jsonl"]
    assert render(report) == render_table(report)
    assert report.render("json") == to_json(report)
    assert report.render("jsonl", summary_line=True) == to_jsonl(report, summary_line=True)


def test_options_of_another_format_are_ignored() -> None:
    report = make.report()
    assert render(report, "json", width=200, color=True) == to_json(report)
    assert render(report, "table", width=200, summary_line=True) == render_table(report, width=200)


def test_unknown_formats_and_options_name_those_available() -> None:
    with pytest.raises(UsageError, match="unknown format 'yaml'") as error:
        render(make.report(), "yaml")
    assert error.value.hint.startswith("available: table, json, jsonl")
    with pytest.raises(UsageError, match="unknown report option 'colour'") as error:
        render(make.report(), "table", colour=True)
    assert "color" in error.value.hint
