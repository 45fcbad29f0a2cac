from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from tests.paths import ROOT
from tests.unit import findings_factory as make
from tests.unit.calls_factory import call, context, log
from tokenscan.config import SuppressEntry
from tokenscan.detectors.base import Detection, Tables, detection
from tokenscan.economics.gaming import gaming_notes
from tokenscan.engine import run
from tokenscan.report.economics import Economics
from tokenscan.report.economics_words import EASE
from tokenscan.report.model import Range, Run
from tokenscan.ruleset.effective import EffectiveRule
from tokenscan.settings import AnalysisOptions

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RUN = Run(started_at=NOW, duration_s=0.0, argv=(), config=None, as_of=NOW)
# Two teams of two; everybody makes one call of 1,000 tokens at 4,000 nano-dollars on each of ten days.
PEOPLE = {"ann": "t1", "bob": "t1", "cat": "t2", "dan": "t2"}
ROWS = [
    call(
        user,
        f"2026-01-{day:02} 09:00",
        team=team,
        cost_nanousd=4000,
        used=day % 2 == 0,
        prompt=f"words of {user} on {day}",
    )
    for user, team in PEOPLE.items()
    for day in range(5, 15)
]
OUTCOMES = [
    {"date": date(2026, 1, day), "user": user, "tasks_completed": 2.0} for user in PEOPLE for day in range(5, 15)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    ratio: float


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> list[EffectiveRule]:
    """Two rules that find ann and call a half and a quarter of each of her calls wasted."""

    def install(name: str, share: float) -> EffectiveRule:
        def detect(tables: Tables, params: Params) -> Detection:
            rows = tables.people.filter(user="ann").with_columns(
                pl.lit(20.0).alias("value"),
                pl.lit(params.ratio).alias("threshold"),
                pl.col("active_days").alias("n"),
                pl.lit(0.8).alias("strength"),
                pl.lit("high").alias("confidence"),
                pl.lit("nothing").alias("compared_with"),
            )
            calls = tables.calls.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(share).alias("share"))
            return detection(rows, ["active_days"], calls)

        module = ModuleType(name)
        module.Params, module.detect = Params, detect  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"tokenscan.detectors.{name}", module)
        return make.rule(id=name, kind=name, title=name, message="{user}")

    return [install("half", 0.5), install("quarter", 0.25)]


def built(rules: list[EffectiveRule], **options: Any) -> Economics:
    given = context(outcomes=OUTCOMES, min_group_size=2)
    report = run(log(ROWS), given, rules, AnalysisOptions(as_of=NOW, **options), run_info=RUN)
    assert report.economics is not None
    assert report.economics.waste.total.tokens == report.totals.waste_tokens
    return report.economics


def test_everything_is_computed_from_one_run(rules: list[EffectiveRule]) -> None:
    found = built(rules)
    assert found.waste.total.tokens == Range(low=5000, expected=5000, high=5000)
    assert [(line.name, line.waste.tokens.expected) for line in found.waste.by_rule] == [("half", 5000), ("quarter", 0)]
    assert [(line.name, line.waste.tokens.expected) for line in found.waste.by_team] == [("t1", 5000)]
    board = found.leaderboards[0]
    assert [(place.name, place.before, place.after.expected) for place in board.places] == [("t1", 1, 2), ("t2", 1, 1)]
    measures = {measure.id: measure.value.value for measure in found.measures if measure.value}
    # 40 calls of 4,000 nano-dollars for 80 tasks; of 40 answers those of even days were used: 6, 8, ... 14.
    assert measures == {"cost_per_success": pytest.approx(2000 / 1e9), "acted_on": pytest.approx(0.5)}
    assert found.savings is not None


def test_what_is_suppressed_is_in_no_figure(rules: list[EffectiveRule]) -> None:
    entry = SuppressEntry(rule="half", reason="agreed", expires=date(2027, 1, 1), match={"user": "ann"})
    found = built(rules, suppress=(entry,))
    assert [(line.name, line.waste.tokens.expected) for line in found.waste.by_rule] == [("quarter", 2500)]


def test_people_are_ranked_where_asked_and_never_where_nobody_is_named(rules: list[EffectiveRule]) -> None:
    assert {board.level for board in built(rules).leaderboards} == {"team"}
    assert {board.level for board in built(rules, rank_people=True).leaderboards} == {"team", "person"}
    hidden = built(rules, rank_people=True, level="team")
    assert {board.level for board in hidden.leaderboards} == {"team"}
    assert hidden.waste.by_person == ()


def test_metrics_are_said_to_be_shown_where_there_are_figures_of_them(rules: list[EffectiveRule]) -> None:
    shown = {note.id for note in built(rules).metrics if note.shown}
    assert shown == {
        "tokens", "requests", "cost", "prompts_per_person", "duplicate_share", "tasks_completed", "cost_per_success",
        "acted_on",
    }  # fmt: skip


def test_an_empty_log_has_nothing_to_say_and_says_so() -> None:
    report = run(log([]), context(), [], AnalysisOptions(as_of=NOW), run_info=RUN)
    assert report.economics is not None
    assert report.economics.waste.rate is None
    assert all(measure.value is None and measure.reason for measure in report.economics.measures)
    assert report.economics.leaderboards == ()


def test_the_page_on_measures_has_every_metric_as_the_report_judges_it() -> None:
    rows = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8").splitlines()
    for note in gaming_notes(frozenset()):
        assert f"| {note.name} | {EASE[note.gaming]} | {note.why} | {note.origin} |" in rows
