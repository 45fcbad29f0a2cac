from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import polars as pl
import pytest

from tokenscan.context.model import Context
from tokenscan.detectors.base import CANDIDATE
from tokenscan.ruleset.cases import Expect
from tokenscan.ruleset.effective import EffectiveRule
from tokenscan.ruleset.model import Rule
from tokenscan.ruleset.selftest import RuleCaseOutcome, run_test, run_tests

MOMENT = datetime(2026, 1, 19, 9, tzinfo=UTC)
METRICS = {"day": date(2026, 1, 19), "fresh_tokens": 300_000, "ratio": 12.0}


def _candidates(*rows: dict[str, object]) -> pl.DataFrame:
    base: dict[str, object] = {
        "subject": "user", "user": "ann", "team": "t1", "value": 12.0, "threshold": 12.0, "n": 11, "strength": 0.5,
        "confidence": "high", "cleared": False, "first_seen": MOMENT, "last_seen": MOMENT,
        "compared_with": "own days", "against": [], "samples": [], "metrics": METRICS,
    }  # fmt: skip
    full = [base | {"candidate": number} | row for number, row in enumerate(rows)]
    return pl.DataFrame([{key: row[key] for key in CANDIDATE} for row in full], schema=CANDIDATE).with_columns(
        pl.Series("metrics", [row["metrics"] for row in full])
    )


def _spike(raw: pl.DataFrame, context: Context, rule: EffectiveRule) -> RuleCaseOutcome:
    """Return days at or above the ratio times the person's median day: the detector in its plainest form."""
    days = (
        raw.group_by("user", pl.col("timestamp").dt.date().alias("day"))
        .agg((pl.col("input_tokens") + pl.col("output_tokens")).sum().alias("fresh_tokens"))
        .sort("user", "day")
    )
    if days.group_by("user").len()["len"].min() < 5:
        return RuleCaseOutcome(not_evaluated="Fewer active days than needed")
    median = pl.col("fresh_tokens").median().over("user")
    days = days.with_columns(ratio=pl.col("fresh_tokens") / median, excess=(pl.col("fresh_tokens") - median).cast(int))
    hits = days.filter(pl.col("ratio") >= rule.values["ratio"]).to_dicts()
    rows = [{"user": hit["user"], "value": hit["ratio"], "metrics": hit} for hit in hits]
    return RuleCaseOutcome(
        candidates=_candidates(*rows) if rows else None,
        waste_tokens={number: hit["excess"] for number, hit in enumerate(hits)},
    )


def test_a_rule_that_does_what_its_tests_expect_passes(rule: Rule) -> None:
    results = run_tests(rule, _spike)
    assert [(result.name, result.problems) for result in results] == [(test.name, ()) for test in rule.tests]
    assert all(result.passed for result in results)


def _problems(rule: Rule, expect: list[dict[str, object]], outcome: RuleCaseOutcome) -> tuple[str, ...]:
    test = msgspec.structs.replace(rule.tests[0], expect=msgspec.convert(expect, tuple[Expect, ...]))
    return run_test(rule, test, lambda raw, context, effective: outcome).problems


def test_a_missing_finding_is_named(rule: Rule) -> None:
    assert _problems(rule, [{"user": "ann"}], RuleCaseOutcome()) == ("expected user ann, got none",)
    other = RuleCaseOutcome(candidates=_candidates({"user": "bob"}))
    assert _problems(rule, [{"user": "ann"}], other) == (
        "expected user ann, got user bob (value 12.0, strength 0.5)",
        "expected nothing else, got user bob (value 12.0, strength 0.5)",
    )


def test_an_unexpected_finding_is_named_but_a_cleared_one_is_not(rule: Rule) -> None:
    outcome = RuleCaseOutcome(candidates=_candidates({"user": "ann", "cleared": True}, {"user": "bob"}))
    assert _problems(rule, [], outcome) == ("expected nothing else, got user bob (value 12.0, strength 0.5)",)


@pytest.mark.parametrize(
    ("expected", "difference"),
    [
        ({"value": 12.0000001}, None),
        ({"value": 12.1}, "expected value 12.1, got 12.0"),
        ({"strength_at_least": 0.5}, None),
        ({"strength_at_least": 0.8}, "expected strength of at least 0.8, got 0.5"),
        ({"strength_below": 0.5}, "expected strength below 0.5, got 0.5"),
        ({"confidence": "low"}, "expected confidence low, got high"),
        ({"waste_tokens": 275_000}, None),
        ({"waste_tokens": 275_001}, "expected 275001 wasted tokens, got 275000"),
        ({"metrics": {"day": "2026-01-19", "fresh_tokens": 300_000}}, None),
        ({"metrics": {"day": "2026-01-20"}}, "expected day = 2026-01-20, got 2026-01-19"),
        ({"metrics": {"tokens": 1}}, "expected metric tokens, got day, fresh_tokens, ratio"),
    ],
)
def test_what_a_finding_says_is_compared(rule: Rule, expected: dict[str, object], difference: str | None) -> None:
    outcome = RuleCaseOutcome(candidates=_candidates({}), waste_tokens={0: 275_000})
    found = _problems(rule, [{"user": "ann", **expected}], outcome)
    assert found == (() if difference is None else (f"user ann (value 12.0, strength 0.5): {difference}",))


def test_a_cleared_finding_is_met_only_by_an_expectation_that_says_so(rule: Rule) -> None:
    outcome = RuleCaseOutcome(candidates=_candidates({"strength": 0.2, "cleared": True}))
    assert _problems(rule, [], outcome) == ()
    assert _problems(rule, [{"user": "ann", "cleared": True, "strength_below": 0.5}], outcome) == ()
    assert _problems(rule, [{"user": "ann"}], outcome) == (
        "user ann (value 12.0, strength 0.2, cleared): expected it not cleared",
    )
    guilty = RuleCaseOutcome(candidates=_candidates({}))
    assert _problems(rule, [{"user": "ann", "cleared": True}], guilty) == (
        "user ann (value 12.0, strength 0.5): expected it cleared",
    )


def test_a_team_alone_means_the_team_and_not_its_members(rule: Rule) -> None:
    member = RuleCaseOutcome(candidates=_candidates({"user": "ann", "team": "t1"}))
    team = RuleCaseOutcome(candidates=_candidates({"user": None, "subject": "team"}))
    assert _problems(rule, [{"team": "t1"}], member)[0].startswith("expected team t1, got user ann")
    assert _problems(rule, [{"team": "t1"}], team) == ()
    assert _problems(rule, [{"user": "ann", "team": "t1"}], member) == ()
    organisation = RuleCaseOutcome(candidates=_candidates({"user": None, "team": None, "subject": "organisation"}))
    assert _problems(rule, [{"subject": "organisation"}], organisation) == ()


def test_of_several_findings_about_one_person_the_best_fit_counts(rule: Rule) -> None:
    by_prompt = msgspec.structs.replace(rule, fingerprint=("user", "prompt"))
    rows = [{"value": value, "metrics": METRICS | {"prompt": f"p{value:.0f}"}} for value in (12.0, 20.0)]
    outcome = RuleCaseOutcome(candidates=_candidates(*rows))
    assert _problems(by_prompt, [{"user": "ann", "value": 20.0}, {"user": "ann", "value": 12.0}], outcome) == ()


def test_not_judging_must_be_expected_and_for_the_right_reason(rule: Rule) -> None:
    unjudged = RuleCaseOutcome(not_evaluated="3 teams, needs 5")
    assert _problems(rule, [], unjudged) == ("expected an evaluation, got not evaluated: 3 teams, needs 5",)
    test = rule.tests[2]
    assert run_test(rule, test, lambda *_: unjudged).problems == (
        "expected not evaluated with 'active days', got '3 teams, needs 5'",
    )
    assert run_test(rule, test, lambda *_: RuleCaseOutcome()).problems == (
        "expected not evaluated (active days), got 0 candidate(s)",
    )


def test_a_rule_that_raises_has_failed_its_test(rule: Rule) -> None:
    def broken(raw: pl.DataFrame, context: Context, effective: EffectiveRule) -> RuleCaseOutcome:
        raise ZeroDivisionError("division by zero")

    result = run_tests(rule, broken)[0]
    assert result.problems == ("raised ZeroDivisionError: division by zero",)
    assert isinstance(result.error, ZeroDivisionError)


def test_the_rule_runs_with_the_parameters_of_the_test(rule: Rule) -> None:
    seen: list[object] = []

    def note(raw: pl.DataFrame, context: Context, effective: EffectiveRule) -> RuleCaseOutcome:
        seen.append((effective.values["ratio"], effective.enabled))
        return RuleCaseOutcome()

    run_tests(rule, note)
    assert seen == [(12.0, True), (10.0, True), (10.0, True)]


@pytest.mark.parametrize(
    ("message", "fingerprint", "problem"),
    [
        ("{user} {days}", "user", "message: nothing is called {days} here; did you mean 'day'?"),
        ("{user:,}", "user", "message: {user:,} does not fit 'ann' (Cannot specify ',' with 's'.)"),
        ("{user}", "app", "fingerprint: candidates have no field 'app', only user, team, day, fresh_tokens, ratio"),
        ("{user}", "day", "fingerprint: day = 2026-01-19 is a measurement or a date, which cannot identify a finding"),
        ("{user}", "user", "fingerprint: two candidates share user = ann"),
    ],
)
def test_candidates_must_fit_message_and_identity(rule: Rule, message: str, fingerprint: str, problem: str) -> None:
    changed = msgspec.structs.replace(rule, message=message, fingerprint=(fingerprint,))
    outcome = RuleCaseOutcome(candidates=_candidates({}, {}))
    assert _problems(changed, [{"user": "ann"}, {"user": "ann"}], outcome) == (problem,)
