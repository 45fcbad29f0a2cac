"""The cost report as table, JSON, CSV and data frame."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import jsonschema
import pytest
from rich.cells import cell_len

from tests.unit.calls_factory import at, call, context
from tests.unit.costs.costs_factory import paid, report
from tokenscan.config import BudgetEntry
from tokenscan.costing.model import CostReport
from tokenscan.costing.order import SORTS, sorted_by
from tokenscan.costing.rows import in_cents, table_rows
from tokenscan.costing.schema import costs_schema
from tokenscan.errors import UsageError

HOSTILE = [
    "\x1b[31mred\x1b[0m", "[/red]", "[bold]x", "<script>alert(1)</script>", "=cmd()", "@SUM(A1)", "a|b", "a\nb",
    "\u202eevil", "-1+1", "x" * 10_000, "\x1b]0;title\x07", "", " ",
]  # fmt: skip


def some() -> CostReport:
    spent = [("02", "ann", "a", 1.005), ("03", "ann", "a", 2), ("02", "bob", "b", 0.001), ("03", "bob", "b", 3),
             ("03", None, None, 0.5)]  # fmt: skip
    calls = [call(user, f"2026-{month}-10 10:00", team=team, **paid(usd)) for month, user, team, usd in spent]
    budgets = (BudgetEntry(monthly_usd=4), BudgetEntry(monthly_usd=100, team="b"))
    calls.append(call("bob", "2026-03-11", team="b"))
    return report(calls, "team", "month", as_of=at("2026-03-31"), budgets=budgets)


def test_json_fits_the_published_schema_and_adds_up() -> None:
    found = some()
    told = json.loads(found.render("json"))
    jsonschema.validate(told, costs_schema(), cls=jsonschema.Draft202012Validator)
    assert told == found.to_dict()
    assert [(group["team"], group["month"], group["cost_usd"]) for group in told["groups"]] == [
        ("a", "2026-02", 1.005), ("a", "2026-03", 2.0), ("b", "2026-02", 0.001), ("b", "2026-03", 3.0),
        (None, "2026-03", 0.5),
    ]  # fmt: skip
    assert sum(group["cost_nanousd"] for group in told["groups"]) == told["total"]["cost_nanousd"] == 6_506_000_000
    assert told["groups"][3]["unpriced"] == {"requests": 1, "tokens": 1_000}
    assert [(budget["scope"], budget["used_usd"], budget["level"]) for budget in told["budgets"]] == [
        ({}, 5.5, "over"), ({"team": "b"}, 3.0, "ok"),
    ]  # fmt: skip
    assert told["prices"]["source"] == "genai-prices"


def test_json_of_nothing_fits_the_schema_too() -> None:
    told = report([call("ann", "2026-03-10")], "user", since=at("2027-01-01")).to_dict()
    jsonschema.validate(told, costs_schema(), cls=jsonschema.Draft202012Validator)
    assert (told["groups"], told["total"]["cost_usd"], told["total"]["share"]) == ([], 0.0, None)


def test_csv_has_groups_total_and_budgets_with_exact_amounts() -> None:
    rows = list(csv.DictReader(io.StringIO(some().render("csv"))))
    assert [row["row"] for row in rows] == ["group"] * 5 + ["total"] + ["budget"] * 2
    assert [row["cost_usd"] for row in rows[:6]] == [
        "1.005000000", "2.000000000", "0.001000000", "3.000000000", "0.500000000", "6.506000000",
    ]  # fmt: skip
    assert (rows[4]["team"], rows[4]["month"]) == ("", "2026-03")
    assert (rows[6]["budget"], rows[6]["used_usd"], rows[6]["level"]) == ("organisation", "5.500000000", "over")


def test_csv_leaves_an_unknown_cost_empty() -> None:
    row = next(csv.DictReader(io.StringIO(report([call("ann", "2026-03-10")], "user").render("csv"))))
    assert (row["cost_usd"], row["unpriced_tokens"], row["cost_per_person_usd"]) == ("", "1000", "")


def test_the_frame_has_a_row_a_line() -> None:
    frame = some().frame()
    assert frame.columns[:3] == ["team", "month", "partial"]
    assert frame["cost_nanousd"].to_list() == [1_005_000_000, 2_000_000_000, 1_000_000, 3_000_000_000, 500_000_000]


def test_the_table_names_each_first_key_once_with_its_sum() -> None:
    lines = some().render("table", width=80).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("   team"))
    shown = [line.split() for line in lines[start + 1 : start + 9]]
    assert [words[:2] for words in shown] == [
        ["a", "$3.01"], ["2026-02*", "$1.01"], ["2026-03*", "$2.00"],
        ["b", "$3.00"], ["2026-02*", "<$0.01"], ["2026-03*", "$3.00"],
        ["(no", "team)"], ["─────────", "────────"],
    ]  # fmt: skip


def test_amounts_shown_add_up_to_the_total_shown() -> None:
    # Three thirds of a cent are a cent; by themselves each would be rounded to nothing.
    third = 10_000_000 // 3 + 1
    assert in_cents([third, third, third], 1) == [1, 0, 0]
    assert in_cents([third, 2 * third, 0], 1) == [0, 1, 0]
    assert in_cents([5_000_000, 15_000_000], 2) == [1, 1]
    assert in_cents([-15_000_000, 35_000_000], 2) == [-1, 3]
    assert in_cents([], 0) == []


@pytest.mark.parametrize("top", [1, 2, 3, 4, 5, 0])
@pytest.mark.parametrize("by", [("team", "month"), ("month", "team"), ("month",), ("user",)])
def test_what_is_left_out_is_summed_up(by: tuple[str, ...], top: int) -> None:
    calls = [
        call(f"u{n % 3}", f"2026-0{1 + n % 4}-10 10:00", team=f"t{n % 2}", **paid(0.0149 * (n + 1))) for n in range(24)
    ]
    found = report(calls, *by)
    rows = table_rows(found, top)
    outer = [row for row in rows if row.names[0] != ""]
    assert sum(row.cents for row in outer) == round(found.total.nanousd / 1e7)
    assert sum(row.line.nanousd for row in outer) == found.total.nanousd
    assert sum(not row.is_sum for row in rows) == min(top or 99, len(found.lines))
    for place, row in enumerate(rows):
        if row.is_sum and not row.is_rest and len(by) > 1:
            inner = []
            for one in rows[place + 1 :]:
                if one.names[0] != "":
                    break
                inner.append(one)
            assert sum(one.cents for one in inner) == row.cents


def test_of_a_calendar_the_latest_lines_are_shown() -> None:
    found = report([call("ann", f"2026-0{month}-10", **paid(1)) for month in range(1, 6)], "month")
    assert [row.names[0] for row in table_rows(found, 2)] == ["3 earlier", "2026-04", "2026-05"]


@pytest.mark.parametrize("metric", SORTS)
def test_lines_sort_by_any_figure(metric: str) -> None:
    found = some()
    lines = sorted_by(found.lines, metric)
    assert sorted(lines, key=str) == sorted(found.lines, key=str)
    if metric == "cost":
        assert [line.nanousd for line in lines] == sorted((line.nanousd for line in lines), reverse=True)
    if metric == "name":
        assert [line.keys[0] for line in lines] == ["a", "a", "b", "b", None]
    if metric == "change":
        assert lines[0].keys == ("b", "2026-03")  # from $0.001 to $3


def test_an_unknown_sort_or_format_is_refused() -> None:
    with pytest.raises(UsageError):
        sorted_by((), "colour")
    with pytest.raises(UsageError):
        some().render("html")


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_the_table_keeps_to_its_width_and_says_all_that_is_not_known(width: int) -> None:
    text = some().render("table", width=width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    flat = " ".join(text.split())
    assert "1 call with 17% of the tokens has no known price" in flat
    assert "unheard-of-model 17% of the tokens" in flat
    assert "list prices of genai-prices" in flat
    assert "(no team)" in flat


@pytest.mark.parametrize("width", [40, 80, 200])
def test_hostile_names_come_out_harmless(width: int) -> None:
    calls = [
        call(name or None, "2026-03-10 10:00", team=name, app=name, model=name, **extra)
        for name in HOSTILE
        for extra in (paid(1), {"provider": name})
    ]
    budgets = tuple(BudgetEntry(monthly_usd=1, team=name) for name in HOSTILE)
    found = report(calls, "team", "model", budgets=budgets, context=context())
    text = found.render("table", width=width, color=False)
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert not set("\x1b\u202e\x07") & set(text)
    assert not set("\x1b\u202e\x07") & set(found.render("json"))
    json.loads(found.render("json"))
    for row in csv.reader(io.StringIO(found.render("csv"))):
        assert not any(cell.strip()[:1] in {"=", "@", "+", "|", "%"} for cell in row)
        assert not any("\n" in cell for cell in row)


@pytest.mark.parametrize("fields", [{"input_tokens": None, "output_tokens": None}, {"input_tokens": 0}, paid(0)])
def test_nothing_and_zero_are_no_traceback(fields: dict[str, Any]) -> None:
    found = report([call("ann", "2026-03-10", **fields)], "user", "day", budgets=(BudgetEntry(monthly_usd=0),))
    for format_ in ("table", "json", "csv"):
        assert found.render(format_)
