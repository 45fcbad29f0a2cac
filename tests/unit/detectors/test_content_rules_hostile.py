"""The rules on what prompts hold and what models cost: no input breaks them, and no order of rows matters."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import call, context, prepared, weekdays
from tests.unpromised import scrambled
from tokenscan.context.model import Context
from tokenscan.detectors.base import Detection, NotEvaluated, Tables
from tokenscan.engine import detect
from tokenscan.pricing.book import PriceBook
from tokenscan.pricing.tiers import model_tiers
from tokenscan.ruleset.effective import effective, parse_set
from tokenscan.ruleset.load import load_rules

RULES = ["trivial-prompts", "premium-model-overkill", "pasted-secrets", "organisation-duplicate-share"]
SHIPPED = load_rules()
# Low enough for a small log.
LOWER = parse_set(["premium-model-overkill.usd_per_month=0.5", "organisation-duplicate-share.shared_users=99"], SHIPPED)
EFFECTIVE = {rule.id: effective(rule, list(LOWER.get(rule.id, ()))) for rule in SHIPPED.rules if rule.id in RULES}
TOKEN = "glpat-" + "".join(random.Random(3).choices("abcdefghjkmnpqrstuvwxyz23456789", k=20))
PROMPTS = ["Tell me a joke", "What is 3 * 4?", f"Why is {TOKEN} refused?", "Draft the answer to the late customer"]

every_rule = pytest.mark.parametrize("rule", RULES)


def known() -> Context:
    return context([{"user": f"u{n}", "team": f"t{n % 2}", "function": "sales"} for n in range(12)])


def tables(rows: Iterable[dict[str, Any]], given: Context) -> Tables:
    case = prepared(rows, given)
    return dataclasses.replace(case.tables, models=model_tiers(case.events, PriceBook()))


def crowd(**changes: Any) -> list[dict[str, Any]]:
    days = [datetime.combine(day, datetime.min.time(), tzinfo=UTC) for day in weekdays("2026-01-05", 30)]
    rows = [
        (f"u{person}", day + timedelta(hours=9 + hour)) for person in range(12) for day in days for hour in range(4)
    ]
    return [
        call(user, when, **({"model": "claude-opus-4-5", "output_tokens": 20, "prompt": PROMPTS[n % 4]} | changes))
        for n, (user, when) in enumerate(rows)
    ]


LOGS: dict[str, list[dict[str, Any]]] = {
    "one call": [call("u0", "2026-03-10 09:00", prompt=PROMPTS[0])],
    "one person, one day": [call("u0", f"2026-03-10 09:{n:02}", prompt=PROMPTS[n % 4]) for n in range(60)],
    "nobody known": [call(None, "2026-03-10 09:00", prompt=PROMPTS[2]), call("u0", "2026-03-11 09:00")],
    "everybody": crowd(),
    "no text": crowd(prompt=None),
    "empty text": crowd(prompt=""),
    "no tokens": crowd(input_tokens=None, output_tokens=None),
    "zeros": crowd(input_tokens=0, output_tokens=0),
    "parts above the whole": crowd(cache_read_tokens=10**9, cache_write_tokens=10**9),
    "huge numbers": crowd(input_tokens=10**15, output_tokens=10**15, cost_nanousd=2**62),
    "only errors": crowd(status="error"),
    "no model": crowd(model=None),
    "all used": crowd(used=True),
    "nothing used": crowd(used=False),
    "free": crowd(cost_nanousd=0),
    "no template": crowd(prompt="\x00\u200b\U0001f511" * 50),
    "sums of days": crowd(grain="day", n_requests=None),
}


@every_rule
@pytest.mark.parametrize("name", LOGS)
def test_no_log_breaks_a_rule(rule: str, name: str) -> None:
    for given in (known(), Context()):
        result = detect(EFFECTIVE[rule], tables(LOGS[name], given))
        if isinstance(result, NotEvaluated):
            assert result.reason
        else:
            assert result.candidates["strength"].is_between(0, 1).all()
            assert result.candidates["value"].is_finite().all()
            assert result.claims["share"].fill_null(-1).is_between(0, 1).all()


def told(result: Detection | NotEvaluated) -> Any:
    if isinstance(result, NotEvaluated):
        return result.reason
    return result.candidates.to_dicts(), result.claims.sort(pl.all()).to_dicts()


@every_rule
def test_the_order_of_rows_does_not_matter(rule: str) -> None:
    dice = random.Random(1)
    rows = [
        row
        | {"event_id": f"x{number}", "used": dice.random() < 0.3, "prompt": dice.choice([*PROMPTS, f"case {number}"])}
        for number, row in enumerate(crowd())
    ]
    result = told(detect(EFFECTIVE[rule], tables(rows, known())))
    assert not isinstance(result, str)
    assert result[0]
    shuffled = rows.copy()
    dice.shuffle(shuffled)
    with scrambled(1):
        assert told(detect(EFFECTIVE[rule], tables(shuffled, known()))) == result


def test_a_call_that_cost_nothing_saves_nothing() -> None:
    assert told(detect(EFFECTIVE["premium-model-overkill"], tables(crowd(cost_nanousd=0), known()))) == ([], [])
