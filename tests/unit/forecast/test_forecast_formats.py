"""A forecast in every format: the same figures, safe text, and nothing wider than asked for."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from rich.cells import cell_len

import tokenscan
from tests.unit.calls_factory import call, log
from tokenscan.errors import UsageError
from tokenscan.forecasting.model import Forecast

HOSTILE = "a|b`c\x1b]0;x\x07 [/red] <script> \u202e@all.json"
EVERYTHING: dict[str, Any] = {
    "monthly_usd": 123_456.78, "people": 2000, "waste_share": 0.3, "adoption": "0.4:0.8", "price_growth": 0.1,
    "mix": ["premium:mini=0.3"], "months": 30, "cost_of_monitoring_usd": 100,
}  # fmt: skip


def forecast(**given: Any) -> Forecast:
    return tokenscan.forecast(**(EVERYTHING | given))


def saved() -> bytes:
    window = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-30T00:00:00Z"}
    totals = {"cost_usd": 50, "waste_usd": {"low": 5, "expected": 10, "high": 20}}
    return json.dumps({"schema_version": "1.0", "totals": totals, "input": {"window": window}}).encode()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, *, ascii_only: bool) -> None:
    text = forecast().render("table", width=width, ascii_only=ascii_only)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert text.isascii() == ascii_only
    assert "?" not in text
    for title in ("TODAY", "SCENARIOS", "YEARS", "CHART", "MONTHS", "HOW EACH LINE IS COMPUTED", "REMOVING WASTE"):
        assert title in text


def test_colour_is_asked_for() -> None:
    assert "\x1b[" not in forecast().render("table")
    assert "\x1b[" in forecast().render("table", color=True)


def test_json_and_csv_hold_the_same_months() -> None:
    found = forecast()
    told = json.loads(found.render("json"))
    rows = list(csv.DictReader(io.StringIO(found.render("csv"))))
    months = [(one["id"], month) for one in told["scenarios"] for month in one["months"]]
    assert len(rows) == len(months) == 8 * 30
    for row, (name, month) in zip(rows, months, strict=True):
        assert (row["scenario"], int(row["month"]), row["formula"]) == (name, month["month"], month["formula"])
        assert float(row["spend_usd"]) == month["spend_usd"]
        assert float(row["waste_usd"]) == month["waste_usd"]
    assert told == found.to_dict()
    assert told["schema_version"] == "1.0"
    assert told["base"]["monthly_usd"] == 123_456.78


def test_the_frame_has_a_row_a_scenario_and_month() -> None:
    rows = forecast().frame()
    assert rows.height == 240
    assert rows.filter(scenario="base")["spend_usd"].to_list() == [123_456.78] * 30
    assert rows.filter(scenario="base")["against_base_usd"].sum() == 0


def test_every_line_of_the_table_has_its_formula() -> None:
    text = forecast(months=12).render("table", width=160)
    how = text.split("HOW EACH LINE IS COMPUTED")[1].split("NOTES")[0]
    lines = [line for line in how.splitlines() if line.strip().startswith(("month", "year"))]
    assert len(lines) > 40
    assert all(" = " in line for line in lines)


def test_markdown_tables_are_whole() -> None:
    text = forecast().render("markdown")
    blocks = [block for block in text.split("\n\n") if block.startswith("|")]
    assert len(blocks) == 4 + 8
    for block in blocks:
        assert len({line.count("|") for line in block.splitlines()}) == 1


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown"])
def test_hostile_names_reach_no_terminal_and_no_markup(tmp_path: Any, format: str) -> None:  # noqa: A002
    path = tmp_path / HOSTILE.replace("/", "")
    path.write_bytes(saved())
    text = tokenscan.forecast(report=path).render(format)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    if format == "markdown":
        assert all(part.count("`") % 2 == 0 for part in text.splitlines())
        blocks = [block for block in text.split("\n\n") if block.startswith("|")]
        assert all(len({line.count("|") for line in block.splitlines()}) == 1 for block in blocks)


def test_names_of_models_make_no_markup() -> None:
    small = {"input_tokens": 1000, "output_tokens": 40, "provider": "anthropic"}
    name = "claude-opus-4-5|`<b>\x1b[31m"
    found = tokenscan.forecast(log([call("ann", "2026-01-05 10:00", model=name, **small)]), waste_share=0)
    text = found.render("markdown")
    row = next(line for line in text.splitlines() if " instead of " in line)
    assert "\x1b" not in text
    assert "\\|\\`\\<b\\>" in row
    assert "\x1b" not in found.render("table")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown format 'html'"):
        forecast().render("html")


def test_great_and_tiny_sums_are_shown() -> None:
    for sum_ in ("0.000001", 10**12):
        found = tokenscan.forecast(monthly_usd=sum_, months=120, price_growth=1, waste_share=0.5)
        for name in ("table", "json", "csv", "markdown"):
            assert found.render(name)
