"""The savings ledger: what is told, what it saves to the nano-dollar, and what is left out of it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at, call, context, log
from tokenscan.context.attribute import attribute
from tokenscan.detectors import premium_model_overkill
from tokenscan.detectors.base import Detection, Tables
from tokenscan.detectors.common.tables import prepare
from tokenscan.economics.savings import tier_savings
from tokenscan.economics.savings_table import TierTable, WorkRule
from tokenscan.pricing.book import PriceBook
from tokenscan.pricing.prices import price_events
from tokenscan.pricing.tiers import TIERS, model_tiers, tier_prices
from tokenscan.prompts.features import describe
from tokenscan.report.savings import Savings

# In dollars per million tokens: opus 5 in, 25 out (premium); sonnet 3, 15 (mid); haiku 1, 5 (mini).
OPUS: dict[str, Any] = {"model": "claude-opus-4-5", "provider": "anthropic"}
SONNET: dict[str, Any] = {"model": "claude-sonnet-4-5", "provider": "anthropic"}
HAIKU: dict[str, Any] = {"model": "claude-haiku-4-5", "provider": "anthropic"}
# So that haiku is the recommended model of the mini tier, and sonnet of the mid tier; steps of an agent tell no work.
IN_USE = [call("zoe", f"2026-03-02 08:0{n}", is_agent=True, **model) for n, model in enumerate((HAIKU, SONNET))]


def tables(rows: list[dict[str, Any]], table: TierTable | None = None, **given: Any) -> Tables:
    found = log([*IN_USE, *rows])
    there = context(**given)
    events = price_events(attribute(found.events, there), PriceBook())
    models = model_tiers(events, PriceBook(), (table or TierTable()).models)
    return prepare(events, describe(found.prompts), there, models)


def savings(rows: list[dict[str, Any]], table: TierTable | None = None, **given: Any) -> Savings:
    return tier_savings(tables(rows, table, **given), table)


def asked(user: str = "ann", **changes: Any) -> dict[str, Any]:
    """Return a long answer, of which nothing tells what work it was."""
    return call(user, "2026-03-02 09:00", **(OPUS | {"input_tokens": 900, "output_tokens": 900} | changes))


def one(total: Savings) -> tuple[int, int, int]:
    return total.total.low, total.total.expected, total.total.high


def test_what_cannot_be_told_saves_nothing() -> None:
    found = savings([asked()])
    assert one(found) == (0, 0, 0)
    assert (found.calls, found.unknown_calls, found.by_team, found.by_work, found.by_model) == (3, 3, (), (), ())
    assert found.unknown_cost == found.cost > 0


def test_an_empty_log_has_no_ledger() -> None:
    found = tier_savings(prepare(log([]).events, describe(log([]).prompts), context()))
    assert found == Savings(total=found.total)
    assert one(found) == (0, 0, 0)


def test_a_small_call_saves_what_the_mini_tier_costs_less() -> None:
    # 1,000 in and 40 out: at 5 and 25 dollars a million 0.006, at 1 and 5 dollars 0.0012.
    found = savings([asked(input_tokens=1000, output_tokens=40)])
    assert one(found) == (0, 4_800_000, 4_800_000)
    assert (found.total.calls, found.total.cost) == (1, 6_000_000)
    work = found.by_work[0]
    assert (work.work, work.tier, work.basis) == ("small", "mini", "shape")
    model = found.by_model[0]
    assert (model.model, model.tier, model.needed) == ("claude-opus-4-5", "premium", "mini")
    assert (model.recommended, model.in_use) == ("claude-haiku-4-5", True)


@pytest.mark.parametrize(
    "changes",
    [
        {"input_tokens": 2001, "output_tokens": 40},  # a verdict on a document
        {"input_tokens": 1000, "output_tokens": 51},
        {"input_tokens": 1000, "output_tokens": 40, "is_agent": True},  # a step of an agent, which may be hard
        {"input_tokens": 1000, "output_tokens": 40, "status": "error"},
        {"input_tokens": 1000, "output_tokens": 40, "grain": "day", "n_requests": 30},  # a sum has no shape
        {"input_tokens": None, "output_tokens": 40},
        {"input_tokens": 1000, "output_tokens": 40, "model": "our-own-model"},
        {"input_tokens": 1000, "output_tokens": 40, "model": None},
        {"input_tokens": 1000, "output_tokens": 40} | HAIKU,  # runs where it should
    ],
)
def test_what_is_not_small_or_not_dear_saves_nothing(changes: dict[str, Any]) -> None:
    assert one(savings([asked(**changes)]))[1] == 0


def test_a_question_that_needs_no_assistant_is_small_whatever_the_answer() -> None:
    trivial = asked(prompt="How many days until day 5 of the year?", prompt_scope="last_user", output_tokens=600)
    # 900 * (5 - 1) + 600 * (25 - 5) = 15,600 dollars a million.
    assert one(savings([trivial]))[1] == 15_600_000


def test_a_short_answer_to_a_person_counts_in_the_upper_figure_only() -> None:
    typed = asked(prompt="Compare these two contract clauses on liability for us", output_tokens=300)
    # 900 * 4 + 300 * 20 = 9,600 dollars a million.
    found = savings([typed])
    assert one(found) == (0, 0, 9_600_000)
    assert [(work.work, work.basis) for work in found.by_work] == [("drafting", "short")]
    thought = typed | {"reasoning_tokens": 100}
    assert one(savings([thought])) == (0, 0, 0)


def test_the_config_says_which_work_needs_which_tier() -> None:
    rules = (WorkRule(work="review", app="Code-Rev*"), WorkRule(work="drafting", app="*"))
    table = TierTable(work={"review": "mid", "drafting": "mini"}, rules=rules)
    # Held against sonnet at 3 and 15 dollars: 900 * 2 + 900 * 10 = 10,800 dollars a million.
    found = savings([asked(app="code-review")], table)
    assert one(found) == (10_800_000,) * 3
    assert [(work.work, work.tier, work.basis) for work in found.by_work] == [("review", "mid", "table")]
    # The first that fits decides; without an app neither does.
    assert one(savings([asked(app="mail")], table)) == (21_600_000,) * 3
    assert one(savings([asked()], table)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (WorkRule(work="drafting", tool="web*"), {"tool_name": "WebSearch"}),
        (WorkRule(work="drafting", task="DOC-*"), {"task_id": "doc-77"}),
        (WorkRule(work="drafting", model="claude-opus*", app="a+b (c)?"), {"app": "A+B (c)?"}),
        (WorkRule(work="drafting", team="t1"), {"team": "t1"}),
    ],
)
def test_work_is_told_by_app_tool_task_team_and_model(rule: WorkRule, changes: dict[str, Any]) -> None:
    assert savings([asked(**changes)], TierTable(rules=(rule,))).total.low == 21_600_000
    assert savings([asked()], TierTable(rules=(rule,))).total.low == 0


def test_names_of_apps_that_say_it_count_as_expected() -> None:
    # Haiku is the smallest of Anthropic's models that the log uses; what is listed below it may be smaller still.
    found = savings([asked(app="IDE autocomplete"), asked(app="intranet-search"), asked(app="deep-research")])
    assert {(work.work, work.basis) for work in found.by_work} == {("autocomplete", "name"), ("search", "name")}
    assert found.total.low == 0 < found.total.expected


def test_sums_of_a_day_save_where_the_config_names_their_work() -> None:
    table = TierTable(rules=(WorkRule(work="drafting", app="*"),))
    day = asked(app="mail", grain="day", n_requests=10, input_tokens=9000, output_tokens=9000)
    found = savings([day], table)
    assert found.total.low == 216_000_000
    assert found.total.calls == 10


def test_premium_work_stays_where_it_is() -> None:
    table = TierTable(rules=(WorkRule(work="premium", app="*"),))
    found = savings([asked(app="x", output_tokens=10)], table)
    assert one(found) == (0, 0, 0)
    assert found.fitting_calls == 1


def test_a_model_has_the_tier_that_the_config_gives_it() -> None:
    small = asked(input_tokens=1000, output_tokens=40)
    assert one(savings([small], TierTable(models={"claude-opus*": "mini"}))) == (0, 0, 0)
    # Sonnet as a mini model, named whole: it goes before the pattern, and haiku is none any more.
    table = TierTable(models={"claude-sonnet-4-5": "mini", "claude-haiku*": "lite", "claude-s*": "premium"})
    # 1,000 * 2 + 40 * 10 = 2,400 dollars a million.
    assert one(savings([small], table))[1] == 2_400_000


def test_a_call_never_saves_more_than_the_same_part_of_its_real_cost() -> None:
    # Half the list price of 0.006 dollars was charged: half of the 0.0048 is saved.
    half = asked(input_tokens=1000, output_tokens=40, cost_nanousd=3_000_000, cost_kind="charged")
    assert one(savings([half]))[1] == 2_400_000
    free = asked(input_tokens=1000, output_tokens=40, is_cache_hit=True)
    assert one(savings([free]))[1] == 0


def test_what_findings_claim_is_in_the_waste_and_not_in_the_saving() -> None:
    there = tables([asked(input_tokens=1000, output_tokens=40)] * 2)
    first, second = there.calls.filter(pl.col("user") == "ann")["row_id"]
    claimed = pl.DataFrame(
        {"row_id": [first, second], "expected_cost": [6_000_000, 1_500_000]},
        schema={"row_id": pl.UInt32, "expected_cost": pl.Int64},
    )
    # All of the first call and a quarter of the second: three quarters of one saving are left.
    found = tier_savings(there, claimed=claimed)
    assert one(found) == (0, 3_600_000, 3_600_000)
    assert found.left_out == 6_000_000


def test_small_teams_share_a_line() -> None:
    crowd = [f"u{number}" for number in range(5)]
    people = [{"user": user, "team": "t1"} for user in crowd] + [{"user": "ann", "team": "t2"}]
    small = {"input_tokens": 1000, "output_tokens": 40}
    rows = [asked(user, **small) for user in crowd] + [asked("ann", **small), asked("bob", **small)]
    found = savings(rows, people=people)
    assert [(team.team, team.saving.expected) for team in found.by_team] == [("t1", 24_000_000), (None, 9_600_000)]
    assert sum(team.saving.expected for team in found.by_team) == found.total.expected


def test_calls_of_programs_count_too() -> None:
    people = [{"user": "bot", "kind": "service"}]
    found = savings([asked("bot", input_tokens=1000, output_tokens=40)], people=people)
    assert found.total.expected == 4_800_000


def test_the_order_of_rows_makes_no_difference() -> None:
    rows = [asked(f"u{n}", input_tokens=100 * n, output_tokens=7 * n) for n in range(1, 9)]
    assert savings(rows) == savings(rows[::-1])


def test_moves_say_what_each_tier_would_cost_elsewhere() -> None:
    found = savings([asked()])
    moves = {(move.tier, move.target): move for move in found.moves}
    premium = moves["premium", "mini"]
    # 900 * 5 + 900 * 25, and 900 * 1 + 900 * 5.
    assert (premium.calls, premium.cost, premium.cost_there) == (1, 27_000_000, 5_400_000)
    assert (moves["premium", "mid"].cost_there, moves["mid", "mini"].calls) == (16_200_000, 1)
    assert all(move.cost_there <= move.cost for move in found.moves)


def test_it_agrees_with_the_rule_on_premium_models() -> None:
    # The rule looks at small calls on premium models against the mini tier, and so does the ledger by shape.
    days = range(1, 27)
    small = {"input_tokens": 1000, "output_tokens": 40}
    rows = [
        asked(**small) | {"timestamp": at(f"2026-03-{day:02} {hour:02}:00")} for day in days for hour in range(9, 15)
    ]
    there = tables(rows)
    rule = premium_model_overkill.Params(
        usd_per_month=0.01, top=1, from_tier="premium", to_tier="mini", short_answer=50, little_input=2000,
        min_calls=1, min_days=1,
    )  # fmt: skip
    found = premium_model_overkill.detect(there, rule)
    assert isinstance(found, Detection)
    told = found.candidates["metrics"].struct.field("saving_usd").item()
    assert told == round(tier_savings(there).total.expected / 1e9, 2) == 0.75


def test_tiers_of_ones_own_decide_what_is_recommended() -> None:
    events = tables([asked()]).calls.select("model", "provider", "timestamp")
    plain = model_tiers(events, PriceBook())
    assert set(plain.filter(model="claude-opus-4-5")["tier"]) == {"premium"}
    own = model_tiers(events, PriceBook(), {"CLAUDE-OPUS*": "mid"})
    assert set(own.filter(model="claude-opus-4-5")["tier"]) == {"mid"}
    assert "mid" not in set(own.filter(model="claude-opus-4-5")["target"])


def test_typical_prices_of_tiers_rise_and_lie_within_their_bounds() -> None:
    prices = tier_prices(PriceBook())
    assert list(prices) == list(TIERS)
    least = [0.0, *TIERS.values()]
    assert all(low <= price < most for low, price, most in zip(least, prices.values(), TIERS.values(), strict=False))
    half = tier_prices(PriceBook(discounts={"anthropic": 0.5, "google": 0.5, "openai": 0.5}))
    assert half == {tier: price / 2 for tier, price in prices.items()}
