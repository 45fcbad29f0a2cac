"""The volume rules and padded-io on input nobody would expect, and in whatever order it comes."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at, call, context, prepared
from tokenscan.context.model import Planned, Review
from tokenscan.detectors.base import Detection, NotEvaluated, Tables
from tokenscan.ruleset.effective import effective
from tokenscan.ruleset.load import load_rules, shipped_folder
from tokenscan.ruleset.params import bind

RULES = ["daily-volume-band", "padded-io", "personal-spike", "prompt-inflation-drift", "usage-step"]
every_rule = pytest.mark.parametrize("rule_id", RULES)


def run(rule_id: str, tables: Tables) -> Detection | NotEvaluated:
    file = next(shipped_folder().rglob(f"{rule_id}.toml"))
    rule = effective(load_rules([file], shipped=False).rules[0])
    module = importlib.import_module(f"tokenscan.detectors.{rule_id.replace('-', '_')}")
    found: Detection | NotEvaluated = module.detect(tables, bind(rule.values, module.Params))
    return found


def office(days: int = 70) -> Iterator[dict[str, Any]]:
    """Seven people at work; ann's prompts grow, bob's usage quadruples, cat has heavy days without results."""
    random = Random(7)
    first = at("2026-01-05 08:00")
    for number, user in enumerate(["ann", "bob", "cat", "dan", "eve", "fay", "gus"]):
        for day in range(days):
            calls = 4 + (12 if user == "bob" and day >= days // 2 else 0)
            heavy = user == "cat" and day in (30, 41, 55)
            for place in range(calls * (10 if heavy else 1)):
                size = 1000 * (1.03**day if user == "ann" else 1) * random.lognormvariate(0, 0.3)
                yield call(
                    user,
                    first + timedelta(days=day, minutes=20 * number + 5 * place),
                    session=f"{user} {day} {place // 2}",
                    app="chat",
                    team="one" if number < 4 else "two",
                    input_tokens=int(size),
                    output_tokens=200 + random.randrange(50),
                    used=False if heavy else random.random() < 0.5,
                )


@cache
def tables(*, shuffled: bool) -> Tables:
    rows = list(office())
    if shuffled:
        Random(3).shuffle(rows)
    return prepared(rows).tables


def judged(rule_id: str, *, shuffled: bool = False) -> list[dict[str, Any]]:
    found = run(rule_id, tables(shuffled=shuffled))
    assert isinstance(found, Detection)
    return found.candidates.drop("samples").to_dicts()


@pytest.mark.parametrize(
    ("rule_id", "users"),
    [("personal-spike", ["cat"]), ("prompt-inflation-drift", ["ann"]), ("usage-step", ["ann", "bob"])],
)
def test_each_finds_its_own_kind_among_the_others(rule_id: str, users: list[str]) -> None:
    assert [row["user"] for row in judged(rule_id)] == users


@every_rule
def test_the_order_of_rows_changes_nothing(rule_id: str) -> None:
    assert judged(rule_id, shuffled=True) == judged(rule_id)


def _words(random: Random, count: int) -> str:
    """Return invented words, so that no two texts are alike."""
    return " ".join(
        "".join(random.choices("bdfgklmnprst", k=1) + random.choices("aeiou", k=1)) * 3 for _ in range(count)
    )


def test_prompts_under_filler_are_found_wherever_the_filler_stands() -> None:
    random = Random(11)
    cores = [_words(random, 14) for _ in range(24)]
    padded = [f"{_words(random, 20)} {core} {_words(random, 40)}" for core in cores]
    day = at("2026-01-05 08:00")

    def calls(user: str, prompts: list[str], **changes: Any) -> Iterator[dict[str, Any]]:
        for number, prompt in enumerate(prompts):
            moment = day + timedelta(days=number % 20, hours=number // 20)
            yield call(user, moment, session=f"{user} {number}", app="chat", prompt=prompt, **changes)

    rows = [
        row for user in ("bob", "cat", "dan", "eve") for row in calls(user, [_words(random, 14) for _ in range(40)])
    ]
    rows += calls("fay", cores + [_words(random, 14) for _ in range(16)])
    rows += calls("ann", padded + [_words(random, 14) for _ in range(16)], input_tokens=2400)
    found = run("padded-io", prepared(rows).tables)
    assert isinstance(found, Detection)
    (ann,) = found.candidates.to_dicts()
    metrics = ann["metrics"]
    assert (ann["user"], metrics["evidence"], metrics["padded_prompts"]) == ("ann", "filler", 24)
    assert metrics["ratio"] == pytest.approx(3.0)  # 2,400 tokens where colleagues bring 800
    assert ann["value"] == 60.0


NOTHING = {"input_tokens": None, "output_tokens": None, "model": None, "status": None}


@every_rule
@pytest.mark.parametrize(
    "rows",
    [
        [],
        [call("ann", "2026-01-05")],
        [call("ann", "2026-01-05", **NOTHING)],
        [call(None, "2026-01-05")],
        [call(f"u{n}", "2026-01-05", input_tokens=0, output_tokens=0) for n in range(8)],
    ],
    ids=["no call", "one call", "no numbers", "nobody", "zeros"],
)
def test_next_to_nothing_is_not_judged(rule_id: str, rows: list[dict[str, Any]]) -> None:
    assert isinstance(run(rule_id, prepared(rows).tables), NotEvaluated)


def _odd(number: int) -> dict[str, Any]:
    """Return one of a thousand calls that miss this or that and hold absurd numbers."""
    random = Random(number)
    user = random.choice(["ann", "bob", "cat", "dan", "eve", "fay"])
    return call(
        user,
        at("2026-01-05") + timedelta(hours=random.randrange(24 * 90)),
        input_tokens=random.choice([None, 0, 1, 1000, 10**12]),
        cache_read_tokens=random.choice([None, 0, 500, 10**13]),
        output_tokens=random.choice([None, 0, 1, 10**9]),
        app=random.choice([None, "chat"]),
        model=random.choice([None, "m"]),
        team=random.choice([None, "one"]),
        used=random.choice([None, True, False]),
        prompt=random.choice([None, "", "Tell me what the weather in the mountains was like last week"]),
        status=random.choice([None, "ok", "error"]),
    )


@cache
def absurd() -> Tables:
    given = context(
        [{"user": "ann", "function": "legal", "start_date": date(2026, 2, 1)}, {"user": "bob"}],
        [{"date": date(2026, 1, day), "user": "ann", "tasks_completed": value}
         for day, value in ((5, float("nan")), (6, 1e12), (7, None), (8, -3.0))],
        reviews=(Review(name="Q1", day=date(2026, 2, 16), teams=frozenset({"one"})),),
        planned=(Planned(name="move", start=date(2026, 2, 2), end=date(2026, 2, 3), users=frozenset({"ann"})),),
    )  # fmt: skip
    return prepared((_odd(number) for number in range(1000)), given).tables


@every_rule
def test_absurd_numbers_and_holes_raise_nothing(rule_id: str) -> None:
    found = run(rule_id, absurd())
    if isinstance(found, Detection) and found.candidates.height:
        strength = found.candidates["strength"]
        assert strength.is_between(0, 1).all()
        assert found.claims.filter(~pl.col("share").is_between(0, 1)).is_empty()
