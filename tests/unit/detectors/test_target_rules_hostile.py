"""The rules on targets, the organisation and the log itself: no input breaks them, and no order of rows matters."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import call, context, prepared, weekdays
from tokenscan.context.model import Context, Planned, Quota, Review
from tokenscan.detectors.base import Detection, NotEvaluated
from tokenscan.engine import detect
from tokenscan.ruleset.effective import effective
from tokenscan.ruleset.load import load_rules

RULES = ["quota-bunching", "token-gesture", "review-window", "collective-inflation", "forged-log"]
EFFECTIVE = {rule.id: effective(rule) for rule in load_rules().rules if rule.id in RULES}
DAY = date(2026, 3, 16)
QUOTAS = (
    Quota(metric="tokens", period="week", minimum=1000),
    Quota(metric="requests", period="day", minimum=1),
    Quota(metric="cost_usd", period="month", minimum=1e-9),
    Quota(metric="active_days", period="week", minimum=3),
    Quota(metric="tokens", period="month", minimum=0),
    Quota(metric="tokens", period="day", minimum=1e300, teams=frozenset({"t1"})),
)
REVIEWS = (
    Review(name="now", day=DAY),
    Review(name="never", day=date.max),
    Review(name="once", day=date.min),
    Review(name="theirs", day=DAY + timedelta(days=7), teams=frozenset({"nobody"})),
)
PLANNED = (Planned(name="fair", start=DAY, end=DAY, teams=frozenset({"t1"})),)

every_rule = pytest.mark.parametrize("rule", RULES)


def given(**more: Any) -> Context:
    people = [{"user": f"u{n}", "team": "t1", "function": "sales"} for n in range(6)]
    return context(people, reviews=REVIEWS, quotas=QUOTAS, planned=PLANNED, **more)


def moments(count: int, first: str = "2026-01-05") -> list[datetime]:
    return [
        datetime.combine(day, datetime.min.time(), tzinfo=UTC) + timedelta(hours=9) for day in weekdays(first, count)
    ]


def crowd(people: int, days: int, **changes: Any) -> list[dict[str, Any]]:
    return [call(f"u{person}", when, **changes) for person in range(people) for when in moments(days)]


LOGS: dict[str, list[dict[str, Any]]] = {
    "one call": [call("u0", "2026-03-10 09:00")],
    "one person, one day": [call("u0", f"2026-03-10 09:{n:02}") for n in range(60)],
    "nobody known": [call(None, "2026-03-10 09:00"), call("u0", "2026-03-11 09:00")],
    "no tokens": crowd(6, 80, input_tokens=None, output_tokens=None),
    "zeros": crowd(6, 80, input_tokens=0, output_tokens=0),
    "only errors": crowd(6, 80, status="error"),
    "everybody alike": crowd(6, 80, used=True, model=None, app=None),
    "nothing used": crowd(6, 80, used=False),
    "huge numbers": crowd(6, 80, input_tokens=10**10, output_tokens=10**10, latency_ms=1),
    "zero latency": crowd(6, 80, latency_ms=0, output_tokens=5000),
    "centuries apart": [
        *crowd(6, 80),
        *(call(f"u{n}", datetime(year, 1, 2, tzinfo=UTC)) for n in range(6) for year in (1, 1970, 9999)),
    ],
    "sums of days": crowd(6, 80, grain="day", n_requests=None),
}


@every_rule
@pytest.mark.parametrize("name", LOGS)
def test_no_log_breaks_a_rule(rule: str, name: str) -> None:
    outcomes = [{"date": day, "user": "u1", "tasks_completed": 0.0} for day in weekdays("2026-01-05", 60)]
    for known in (given(), given(outcomes=outcomes), Context()):
        result = detect(EFFECTIVE[rule], prepared(LOGS[name], known).tables)
        if isinstance(result, NotEvaluated):
            assert result.reason
        else:
            assert result.candidates["strength"].is_between(0, 1).all()
            assert result.candidates["value"].is_not_nan().all()
            assert result.claims["share"].fill_null(-1).is_between(0, 1).all()


def busy(seed: int) -> list[dict[str, Any]]:
    """Return a log in which much happens: people of two teams, fillers, touches, a rise, odd entries."""
    dice = random.Random(seed)
    rows = []
    for person in range(12):
        for when in moments(70):
            size = dice.randint(100, 9000) * (4 if person < 6 else 1)
            used = dice.random() < (0.1 if person < 6 else 0.5)
            rows.append(
                call(f"u{person}", when + timedelta(minutes=dice.randint(0, 400)), input_tokens=size, used=used)
            )
    rows += [call("u11", when, input_tokens=200, output_tokens=100) for when in moments(6, "2025-03-03")]
    return [row | {"event_id": f"x{number}"} for number, row in enumerate(rows)]


def told(result: Detection | NotEvaluated) -> Any:
    if isinstance(result, NotEvaluated):
        return result.reason
    return result.candidates.to_dicts(), result.claims.sort(pl.all()).to_dicts()


@every_rule
def test_the_order_of_rows_does_not_matter(rule: str) -> None:
    people = [
        {"user": f"u{n}", "team": f"t{n // 6}", "function": "sales"} for n in range(12)
    ]  # fmt: skip
    known = context(people, reviews=REVIEWS[:1], quotas=QUOTAS[:2])
    rows = busy(1)
    expected = told(detect(EFFECTIVE[rule], prepared(rows, known).tables))
    shuffled = rows.copy()
    random.Random(2).shuffle(shuffled)
    assert told(detect(EFFECTIVE[rule], prepared(shuffled, known).tables)) == expected
