from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import report_factory as make
from jsonschema import Draft202012Validator
from rich.cells import cell_len

from tokenscan.economics.gaming import gaming_notes
from tokenscan.economics.measures import ACTED_ON, COST_PER_SUCCESS, ERROR_RATE, TASKS_PER_AI_HOUR
from tokenscan.report.economics import (
    Economics,
    Growth,
    Interval,
    Leaderboard,
    Place,
    Rate,
    Standing,
    Stretch,
    TeamBand,
    Waste,
    WasteInMoney,
    WasteLine,
)
from tokenscan.report.html.write import to_html
from tokenscan.report.json_v1 import to_dict, to_json
from tokenscan.report.markdown import to_markdown
from tokenscan.report.model import Range, Report
from tokenscan.report.savings import ModelSaving, Move, Saving, Savings, TeamSaving, WorkSaving
from tokenscan.report.schema import report_schema
from tokenscan.report.table import render_table

DOLLAR = make.DOLLAR
WIDTHS = (40, 63, 80, 120, 200)
HOSTILE = ("\x1b[31mred\x1b[0m", "[/red]", "a|b`c", "user\u202egpj\u200b", "x\ny", "u" * 10_000, "\ud800", "@all <b>")
TOKENS = Range(low=1_000_000, expected=2_000_000, high=3_000_000)
MONEY = Range(low=10 * DOLLAR, expected=20 * DOLLAR, high=30 * DOLLAR)
SAVING = Saving(calls=9, cost=9 * DOLLAR, low=0, expected=2 * DOLLAR, high=3 * DOLLAR)
MODEL = ModelSaving(
    model="big", provider=None, tier="premium", needed="lite", recommended="small", in_use=True, saving=SAVING
)
QUARTER = Rate(first=date(2026, 3, 1), last=date(2026, 5, 29), days_with_calls=64)


def line(name: str | None, **changes: Any) -> WasteLine:
    base = WasteLine(name=name, waste=Waste(tokens=TOKENS, nanousd=MONEY), tokens=9_000_000, cost_nanousd=90 * DOLLAR)
    return replace(base, **changes)


def waste(name: str = "copied-prompt", **changes: Any) -> WasteInMoney:
    base = WasteInMoney(
        rate=QUARTER,
        total=Waste(tokens=TOKENS, nanousd=MONEY),
        unpriced_tokens=0,
        co2_grams_per_1k_tokens=0.685,
        co2_source="founding documents",
        by_rule=(line(name, note=name, findings=2),),
        by_person=(line(name, note=name),),
        by_team=(line(name), line(None)),
        by_month=(line("2026-03", days=20),),
    )
    return replace(base, **changes)


def place(name: str, before: int, after: int) -> Place:
    removed = Range(low=0, expected=300, high=300)
    return Place(
        name=name, people=5, amount=1000, removed=removed, before=before, after=Range(low=1, expected=after, high=2)
    )


def growth(**changes: Any) -> Growth:
    stretch = Stretch(first=date(2026, 3, 1), last=date(2026, 3, 28), working_days=20, people=9, volume=100.0,
                      waste_low=0.0, waste_expected=10.0, waste_high=20.0)  # fmt: skip
    base = Growth(
        what="first third against last third of the log",
        metric="tokens",
        before=stretch,
        after=replace(stretch, volume=120.0),
        share=Interval(value=0.25, low=-0.5, high=1.5),
    )
    return replace(base, **changes)


def economics(name: str = "t1", **changes: Any) -> Economics:
    bands = tuple(
        TeamBand(team=f"{name}{n}", standing=standing, people=6, value=0.5, shrunk=Interval(value=0.45), weight=0.8)
        for n, standing in enumerate(Standing)
    )
    base = Economics(
        waste=waste(name),
        leaderboards=(
            Leaderboard(level="team", metric="tokens", places=(place(name, 1, 2), place("t9", 2, 1)), tau_b=0.5),
            Leaderboard(level="team", metric="cost_nanousd", places=(place(name, 1, 1),), tau_b=None),
        ),
        growth=(growth(),),
        measures=(
            replace(TASKS_PER_AI_HOUR, reason="the outcomes have no hours_ai"),
            replace(COST_PER_SUCCESS, value=Interval(value=0.0871, low=0.0622, high=0.116), teams=bands),
            replace(ERROR_RATE, value=Interval(value=0.05), without=Interval(value=0.08, low=0.06, high=0.1),
                    difference=Interval(value=-0.03, low=-0.05, high=-0.01)),
            replace(ACTED_ON, value=Interval(value=0.41, low=0.36, high=0.47), teams_reason="2 teams, needs 4"),
        ),
        metrics=gaming_notes(frozenset({"calls", "cost", "tasks"})),
        savings=Savings(
            total=SAVING,
            by_team=(TeamSaving(team=None, saving=SAVING),),
            by_work=(WorkSaving(work="search", tier="lite", basis="name", saving=SAVING),),
            by_model=(MODEL,),
            moves=(Move(tier="premium", target="lite", calls=3, cost=4, cost_there=1),),
        ),
    )  # fmt: skip
    return replace(base, **changes)


def quiet() -> Economics:
    nothing = Range(low=0, expected=0, high=0)
    none = Waste(tokens=nothing, nanousd=None)
    silent = replace(waste(), rate=None, total=none, by_rule=(), by_person=(), by_team=(), by_month=())
    unknown = growth(share=None, before=None, after=None, reason="short")
    measures = (replace(TASKS_PER_AI_HOUR, reason="needs an outcomes file"),)
    metrics = gaming_notes(frozenset())
    return Economics(waste=silent, leaderboards=(), growth=(unknown,), measures=measures, metrics=metrics)


def report(found: Economics | None = None) -> Report:
    return make.report(economics=found or economics())


def section(table: str) -> str:
    start = table.index("MONEY AND MEASURES")
    return " ".join(re.split(r"\n(?:NOT EVALUATED|WHAT WAS READ)", table[start:])[0].split())


@pytest.mark.parametrize("build", [economics, quiet, lambda: economics("x\x1b\u202e")])
def test_the_json_is_as_the_schema_says(build: Callable[[], Economics]) -> None:
    document = json.loads(to_json(report(build())))
    Draft202012Validator(report_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)


def test_a_report_without_economics_says_null() -> None:
    document = to_dict(make.report())
    assert document["economics"] is None
    Draft202012Validator(report_schema()).validate(document)
    assert "MONEY AND MEASURES" not in render_table(make.report())


def test_waste_in_json() -> None:
    found = to_dict(report())["economics"]["waste"]
    assert found["window"] == {"first": "2026-03-01", "last": "2026-05-29", "days": 90, "days_with_calls": 64}
    assert found["usd"] == {"low": 10.0, "expected": 20.0, "high": 30.0}
    # 20 dollars in 90 days: 81.111111 in 365, a twelfth of that a month.
    assert found["run_rate"]["usd_per_year"]["expected"] == 81.111111
    assert found["run_rate"]["usd_per_month"]["expected"] == 6.759259
    assert found["run_rate"]["tokens_per_year"]["expected"] == 8_111_111
    assert found["run_rate"]["short"] is False
    assert found["co2"]["kg"] == {"low": 0.685, "expected": 1.37, "high": 2.055}
    assert found["by_rule"][0]["rule_id"] == "t1"
    assert found["by_rule"][0]["usd_per_year"] == 81.111111
    assert [entry["team"] for entry in found["by_team"]] == ["t1", None]
    assert found["by_month"][0]["days_with_calls"] == 20


def test_unknown_money_is_null_in_json() -> None:
    unknown = Waste(tokens=TOKENS, nanousd=None)
    found = to_dict(report(economics(waste=waste(total=unknown, by_rule=(line("r", waste=unknown),)))))["economics"]
    assert found["waste"]["usd"] == {"low": None, "expected": None, "high": None}
    assert found["waste"]["run_rate"]["usd_per_year"] is None
    assert found["waste"]["by_rule"][0]["usd_per_year"] is None


def test_rankings_growth_and_measures_in_json() -> None:
    found = to_dict(report())["economics"]
    board = found["leaderboards"][0]
    assert (board["metric"], board["moved"], board["kendall_tau_b"]) == ("tokens", 2, 0.5)
    assert board["places"][0] == {
        "team": "t1", "people": 5, "amount": 1000, "removed": {"low": 0, "expected": 300, "high": 300},
        "share_removed": {"low": 0.0, "expected": 0.3, "high": 0.3}, "rank_before": 1,
        "rank_after": {"low": 1, "expected": 2, "high": 2},
    }  # fmt: skip
    assert found["leaderboards"][1]["metric"] == "cost_usd"
    assert found["leaderboards"][1]["places"][0]["amount"] == 1e-06
    assert found["growth"][0]["share_of_growth"] == {"value": 0.25, "low": -0.5, "high": 1.5}
    measures = {measure["id"]: measure for measure in found["measures"]}
    assert measures["tasks_per_ai_hour"]["value"] is None
    assert measures["error_rate"]["without_ai"] == {"value": 0.08, "low": 0.06, "high": 0.1}
    assert measures["error_rate"]["gaming_potential"] == "low"
    assert [band["band"] for band in measures["cost_per_success"]["teams"]] == ["below", "about", "above"]
    assert found["savings"]["total"]["saving_usd"] == {"low": 0.0, "expected": 2.0, "high": 3.0}


def test_the_founding_documents_judgement_of_metrics_is_kept() -> None:
    notes = {note["id"]: note for note in to_dict(report())["economics"]["metrics"]}
    told = {"tokens": "high", "prompts_per_person": "high", "tasks_completed": "medium", "time_saved": "high",
            "error_rate": "low"}  # fmt: skip
    for name, potential in told.items():
        assert (notes[name]["gaming_potential"], notes[name]["origin"]) == (potential, "founding documents")
    assert notes["tokens"]["shown"] is True
    assert notes["error_rate"]["shown"] is False  # this report has no figures of it
    assert notes["time_saved"]["shown"] is False


def test_the_terminal_says_what_it_comes_to() -> None:
    text = section(render_table(report(), width=200))
    assert "$6.76 a month, $81.11 a year (at least $40.56, at most $121.67 a year)" in text
    assert "waste / days * 365 over the log's 90 days (2026-03-01 to 2026-05-29)" in text
    assert "2 of 2 teams change places without the waste (tau-b 0.50)" in text
    assert "rose by 20%" in text
    assert "25% of that rise is claimed waste (none to all)" in text
    words = ("$0.087 ($0.062 to $0.116);", "above the rest: t12;", "below the rest: t10;", "like it: 1 team")
    assert all(part in text for part in words)
    assert "0.05 on days with AI, 0.08 without; difference -0.03 (-0.05 to -0.01)" in text
    assert "41% (36% to 47%)" in text
    assert "Not known: tasks per AI-assisted hour (the outcomes have no hours_ai)" in text
    assert "$2.00 less ($0.00 to $3.00) had work run on the tier of model" in text


@pytest.mark.parametrize(("days", "words"), [(6, "too few to say"), (20, "20 days are fewer than 28")])
def test_short_windows_are_said(days: int, words: str) -> None:
    short = replace(QUARTER, last=date(2026, 3, days))
    for text in (section(render_table(report(economics(waste=waste(rate=short))))),
                 to_markdown(report(economics(waste=waste(rate=short))))):  # fmt: skip
        assert words in text
        assert ("a year (at least" in text) is (days >= 7)


def test_waste_without_prices_is_told_in_tokens() -> None:
    unknown = Waste(tokens=TOKENS, nanousd=None)
    text = section(render_table(report(economics(waste=waste(total=unknown, by_rule=(line("r", waste=unknown),))))))
    assert "676k tokens a month, 8.11M tokens a year" in text
    assert "unknown" in text
    part = section(render_table(report(economics(waste=waste(unpriced_tokens=500_000)))))
    assert "500k wasted tokens have no known price and are in no sum of money" in part


def test_there_is_no_section_without_anything_to_show() -> None:
    assert "MONEY AND MEASURES" not in render_table(report(quiet()))
    assert "### Money" not in to_markdown(report(quiet()))


def test_which_numbers_can_be_gamed_is_said_of_those_shown() -> None:
    text = " ".join(render_table(report()).split())
    assert (
        "Can be gamed easily: total tokens, requests, cost, prompts per person; with some effort: completed tasks"
        in text
    )
    assert "time saved" not in text


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["t1", *HOSTILE])
def test_names_neither_break_nor_widen_the_table(name: str, width: int) -> None:
    table = render_table(report(economics(name)), width=width)
    assert max(cell_len(row) for row in table.splitlines()) <= width
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u200b" for c in table if c != "\n")
    table.encode()


def test_markdown_has_the_tables_and_names_as_code() -> None:
    text = to_markdown(report())
    assert "| `t1` | 2 | 2M | $20.00 | $81.11 |" in text
    assert "`t1` 1 \u2192 2 (30% removed)" in text
    assert "| share of answers acted on | 41% (36% to 47%) |" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_names_make_no_markup_in_markdown(name: str) -> None:
    lines = to_markdown(report(economics(name))).splitlines()
    rows = [row for row in lines if row.startswith("| AI cost per successful")]
    assert len(rows) == 1
    assert rows[0].count("|") == 5
    assert not any("\x1b" in row or "\u202e" in row for row in lines)


def test_people_appear_only_in_a_ranking_of_people() -> None:
    board = Leaderboard(level="person", metric="tokens", places=(place("ann", 1, 2), place("bob", 2, 1)), tau_b=-1.0)
    table = render_table(report(economics(leaderboards=(board,))))
    assert "2 of 2 people change places" in " ".join(table.split())
    document = to_dict(report(economics(leaderboards=(board,))))["economics"]["leaderboards"][0]
    assert [entry["person"] for entry in document["places"]] == ["ann", "bob"]


def test_the_page_has_the_section_and_names_make_no_markup() -> None:
    document = to_html(report(economics("<b>x</b>")))
    assert "To measure in place of volume" in document
    assert "above the rest: &lt;b&gt;x&lt;/b&gt;2" in document
    assert "<b>" not in document
    assert "$81.111111" in document
    assert 'id="money"' not in to_html(report(quiet()))
