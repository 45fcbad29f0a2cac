"""The rules on repetition: what their in-file tests cannot show, hostile logs, and any order of rows."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at, call, prepared
from tokenscan.detectors.base import Detection, NotEvaluated
from tokenscan.engine import detect
from tokenscan.ruleset.effective import effective
from tokenscan.ruleset.load import load_rules

Rows = list[dict[str, Any]]
RULES = ["duplicate-share", "regenerated-request", "template-mill", "discarded-document"]
EFFECTIVE = {rule.id: effective(rule) for rule in load_rules().rules if rule.id in RULES}
WORDS = (
    "harbour", "violin", "granite", "orchard", "lantern", "compass", "meadow", "saddle", "copper", "glacier", "tunnel",
    "bakery", "falcon", "cotton", "marble", "willow", "anchor", "pepper", "canyon", "thunder", "velvet", "beacon",
)  # fmt: skip
OPENING = "Write me a long and thorough text about"

every_rule = pytest.mark.parametrize("rule", RULES)


def words(rng: random.Random, count: int) -> str:
    return " ".join(rng.choice(WORDS) + rng.choice("aeiou") + rng.choice(WORDS) for _ in range(count))


def asked(user: str, prompts: list[str], used: list[bool | None], hour: int = 9, **more: Any) -> Rows:
    """One prompt after the other, four a day, at uneven times."""
    start = at("2026-01-05") + timedelta(hours=hour)
    return [
        call(
            user,
            start + timedelta(days=n // 4, minutes=50 * (n % 4) + (n * n) % 23),
            prompt=prompt,
            used=used[n % len(used)],
            session=f"{user} {hour} {n}",
            **more,
        )
        for n, prompt in enumerate(prompts)
    ]


def normal(user: str, seed: int, count: int = 80) -> Rows:
    rng = random.Random(seed)
    return asked(user, [words(rng, 12) for _ in range(count)], [True, False])


def found(rule: str, rows: Rows) -> pl.DataFrame:
    result = detect(EFFECTIVE[rule], prepared(rows).tables)
    assert isinstance(result, Detection), result
    return result.candidates


def test_prompts_that_only_open_alike_never_make_a_duplicate_finding_strong() -> None:
    rng = random.Random(7)
    tails = [f"{OPENING} {words(rng, 9)}" for _ in range(160)]
    rows = asked("ann", tails, [False], hour=13) + normal("ann", 1, 60) + normal("bob", 2)
    row = found("duplicate-share", rows).row(0, named=True)
    assert (row["user"], row["strength"], row["confidence"]) == ("ann", 0.7, "medium")
    assert row["metrics"]["repeats"] == 159
    assert row["metrics"]["close_repeats"] < 20


def test_prompts_padded_with_other_sentences_are_near_duplicates() -> None:
    rng = random.Random(7)
    core = "Describe how a cathedral was built in the middle ages and who paid for the stone and the glass"
    padded = [f"{core}. {words(rng, 3)}" if n % 2 else f"{words(rng, 3)}. {core}" for n in range(80)]
    rows = asked("ann", [core, *padded], [False], hour=13) + normal("ann", 1, 60) + normal("bob", 2)
    row = found("duplicate-share", rows).row(0, named=True)
    assert row["strength"] > 0.7
    assert row["metrics"]["close_repeats"] == 80


def test_a_request_in_slightly_other_words_goes_on_with_the_run() -> None:
    request = "Draw up a list of twelve good reasons for moving our warehouse from the harbour to the airport"
    variants = [request, request.replace("good", "strong"), request.replace("our", "the whole"), request + " now"]
    start = at("2026-01-05 15:00")
    runs = [
        call(
            "ann",
            start + timedelta(days=day, seconds=47 * n + 13 * (n % 2)),
            prompt=text,
            used=False,
            session=f"r{day}",
        )
        for day in range(14)
        for n, text in enumerate(variants)
    ]
    row = found("regenerated-request", runs + normal("ann", 1, 60) + normal("bob", 2)).row(0, named=True)
    assert (row["user"], row["confidence"], row["metrics"]["runs"]) == ("ann", "high", 14)


def crowd(**changes: Any) -> Rows:
    return [
        call(f"u{n}", at("2026-01-05 09:00") + timedelta(days=day, minutes=7 * k), **({"prompt": "go on"} | changes))
        for n in range(6)
        for day in range(20)
        for k in range(4)
    ]


LONG = "the same long document again and again " * 400
LOGS: dict[str, Rows] = {
    "one call": [call("u0", "2026-03-10 09:00", prompt="why is this so slow today")],
    "one day": [call("u0", f"2026-03-10 09:{n:02}", prompt="why is this so slow today") for n in range(60)],
    "one moment": [call("u0", "2026-03-10 09:00", prompt="why is this so slow today", used=False) for _ in range(200)],
    "nobody known": [call(None, "2026-03-10 09:00", prompt="why is this so slow today")],
    "no prompts": crowd(prompt=None),
    "short prompts": crowd(),
    "empty prompts": crowd(prompt=""),
    "no tokens": crowd(prompt=LONG, input_tokens=None, output_tokens=None, used=False),
    "zeros": crowd(prompt=LONG, input_tokens=0, output_tokens=0, status=None),
    "only errors": crowd(prompt=LONG, status="error"),
    "everything used": crowd(prompt=LONG, used=True),
    "nothing used": crowd(prompt=LONG, used=False, app="chat"),
    "half used": [*crowd(prompt=LONG, used=False), *crowd(prompt="why is this so slow today", used=True)],
    "huge": crowd(prompt=LONG, input_tokens=10**12, output_tokens=10**12, used=False),
    "sums of days": crowd(grain="day", n_requests=None, prompt=None),
    "centuries apart": [
        call("u0", datetime(year, 1, 2, tzinfo=UTC), prompt=LONG, used=False) for year in (1, 1970, 2026, 9999)
    ],
}


@every_rule
@pytest.mark.parametrize("name", LOGS)
def test_no_log_breaks_a_rule(rule: str, name: str) -> None:
    result = detect(EFFECTIVE[rule], prepared(LOGS[name]).tables)
    assert isinstance(result, Detection | NotEvaluated)
    if isinstance(result, Detection):
        numbers = result.candidates.select("value", "threshold", "strength").to_numpy()
        assert ((numbers >= 0) & (numbers < float("inf"))).all()


def everything() -> Rows:
    rng = random.Random(3)
    fillings = [
        f"Write a greeting to customer {n} in {rng.choice(WORDS)} about the {rng.choice(WORDS)}" for n in range(160)
    ]
    wishes = [words(rng, 12) for _ in range(5)]
    document = words(rng, 900)
    return [
        *asked("ann", fillings, [False], hour=13),
        *asked("cat", [rng.choice(wishes) for _ in range(120)], [False], hour=13),
        *asked("dan", [f"{words(rng, 4)}\n{document}" for _ in range(40)], [False], hour=13, input_tokens=9000),
        *(row for n, user in enumerate(("ann", "bob", "cat", "dan")) for row in normal(user, n)),
    ]


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [row | {"event_id": f"x{n}"} for n, row in enumerate(everything())]
    tables = prepared(rows).tables
    turned = prepared(random.Random(5).sample(rows, len(rows))).tables
    for rule in RULES:
        first, second = detect(EFFECTIVE[rule], tables), detect(EFFECTIVE[rule], turned)
        if isinstance(first, NotEvaluated) or isinstance(second, NotEvaluated):
            assert first == second
            continue
        assert first.candidates.equals(second.candidates)
        assert first.claims.equals(second.claims)


def test_each_kind_is_found_by_its_rule() -> None:
    tables = prepared(everything()).tables
    results = {rule: detect(EFFECTIVE[rule], tables) for rule in RULES}
    users = {rule: set(result.candidates["user"]) for rule, result in results.items() if isinstance(result, Detection)}
    assert {"ann"} == users["template-mill"]
    assert {"dan"} == users["discarded-document"]
    assert {"ann", "cat"} <= users["duplicate-share"]
