"""Figures by day for the reports of ``report_factory``, whose sums are easy to redo by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.unit.report import report_factory as make
from tokenscan.report.economics import Economics, Waste, WasteInMoney, WasteLine
from tokenscan.report.model import Range, Report
from tokenscan.report.series import Cluster, Day, Mark, MarkKind, ModelUse, PersonDay, PersonDays, Series

MONDAY = date(2026, 3, 2)
REVIEW = Mark(kind=MarkKind.REVIEW, name="Q1 review", start=date(2026, 3, 9), end=date(2026, 3, 23))
HACKATHON = Mark(
    kind=MarkKind.PLANNED, name="hackathon", start=date(2026, 3, 5), end=date(2026, 3, 6), teams=("t3",), users=2
)


def days(count: int = 10, first: date = MONDAY) -> tuple[Day, ...]:
    return tuple(
        Day(
            day=first + timedelta(days=number),
            requests=10 + number,
            tokens=1_000_000 + number,
            cost_nanousd=2 * make.DOLLAR + number * 1_000,
            waste_tokens=100_000,
            waste_nanousd=make.DOLLAR // 2,
        )
        for number in range(count)
    )


def person_days(count: int = 10, first: date = MONDAY) -> tuple[PersonDay, ...]:
    return tuple(
        PersonDay(
            day=first + timedelta(days=number),
            requests=3,
            tokens=200_000 + number,
            fresh=150_000 + number,
            normal=40_000,
            peers=None if number == 2 else 30_000 + number,
            waste_tokens=7_000 * (number % 2),
            flagged=number % 2 == 1,
        )
        for number in range(count)
    )


def cluster(number: int = 1, **changes: Any) -> Cluster:
    base = Cluster(
        id=f"{number:016x}",
        prompts=50 - number,
        senders=7,
        named=("mallory@example.com",),
        days=4,
        first=MONDAY,
        last=date(2026, 3, 30),
        chars=812,
        words=140,
        wasted=20,
        waste_tokens=12_345,
    )
    return replace(base, **changes)


def series(names: tuple[str, ...] = ("mallory@example.com",), **changes: Any) -> Series:
    people = tuple(
        PersonDays(
            user=name, peer_group="engineering, chat", peer_count=6, marks=(REVIEW, HACKATHON), days=person_days()
        )
        for name in names
    )
    models = (
        ModelUse(model="gpt-5", requests=100, tokens=9_000_000, cost_nanousd=80 * make.DOLLAR, unpriced_requests=0),
        ModelUse(model="mystery", requests=5, tokens=1_000_045, cost_nanousd=None, unpriced_requests=5),
        ModelUse(model=None, requests=1, tokens=1, cost_nanousd=None, unpriced_requests=1),
    )
    base = Series(
        days=days(), marks=(REVIEW, HACKATHON), people=people, models=models, clusters=(cluster(1), cluster(2)),
        cluster_count=31,
    )  # fmt: skip
    return replace(base, **changes)


def blamed() -> Economics:
    """Waste by rule: two that claim, and one whose calls all count for others."""
    lines = [("scripted-timing", 2, 1_240_000, 41_200_000_000), ("copied-prompt", 1, 81_000, None), ("spike", 1, 0, 0)]
    by_rule = tuple(
        WasteLine(
            name=rule,
            findings=findings,
            waste=Waste(tokens=alike(count), nanousd=None if cost is None else alike(cost)),
        )
        for rule, findings, count, cost in lines
    )
    waste = WasteInMoney(
        rate=None, total=Waste(tokens=alike(1_321_000), nanousd=None), unpriced_tokens=81_000,
        co2_grams_per_1k_tokens=0.685, co2_source="config", by_rule=by_rule, by_person=(), by_team=(), by_month=(),
    )  # fmt: skip
    return Economics(waste=waste, leaderboards=(), growth=(), measures=(), metrics=())


def alike(figure: int) -> Range:
    return Range(low=figure, expected=figure, high=figure)


def charted(**changes: Any) -> Report:
    """The full report, with charts."""
    return make.report(**({"series": series(), "economics": blamed()} | changes))


def hostile(text: str) -> Report:
    """The hostile report, with charts in which every name is ``text``."""
    marks = (replace(REVIEW, name=text, teams=(text,)), replace(HACKATHON, name=text, teams=(text,)))
    known = series((text,))
    return replace(
        make.hostile_report(text),
        series=replace(
            known,
            marks=marks,
            people=tuple(replace(one, peer_group=text, marks=marks) for one in known.people),
            models=tuple(replace(one, model=text) for one in known.models),
            clusters=(cluster(1, id=text, named=(text, text), text=text),),
        ),
    )
