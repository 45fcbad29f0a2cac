"""What users' own rules find: whose it is, how much of it is waste, and what becomes of rules that go wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.calls_factory import at, call, context, log
from tests.unit.custom.own_rules import analysed, text
from tokenscan.findings.model import Severity
from tokenscan.report.model import RuleStatus
from tokenscan.ruleset.custom import detect

# Every call has 800 + 200 tokens and, where it is priced, costs 2,000 nano-dollars.
PRICED = {"cost_nanousd": 2_000, "cost_kind": "logged"}
ANN = [call("ann", f"2026-01-05 {hour:02}:00", team="t1", app="chat", **PRICED) for hour in (9, 10, 11)]
BOB = [call("bob", "2026-01-06 09:00", team="t1", app="batch")]
NOBODY = [call(None, "2026-01-07 09:00", app="batch", **PRICED)]
BY_USER = "SELECT user, COUNT(*) AS value, ARRAY_AGG(row_id) AS calls FROM events GROUP BY user"


def service(name: str, count: int) -> list[dict[str, Any]]:
    return [call(name, f"2026-01-05 {hour:02}:00", app="batch", **PRICED) for hour in range(count)]


def test_a_row_with_a_user_is_about_that_person_and_claims_its_calls_once(tmp_path: Path) -> None:
    report = analysed(tmp_path, text(BY_USER, message="{user}: {value} calls since {first_seen}"), log(ANN + BOB))
    ann, bob = report.findings
    assert (ann.subject.kind, ann.subject.user, ann.subject.team) == ("user", "ann", "t1")
    assert ann.message == "ann: 3 calls since 2026-01-05 09:00 UTC"
    assert (ann.window.first_seen, ann.window.last_seen) == (at("2026-01-05 09:00"), at("2026-01-05 11:00"))
    assert (ann.impact.requests, ann.impact.waste_tokens, ann.impact.waste_nanousd) == (3, 3000, 6000)
    assert ann.evidence.samples == ("e1", "e2", "e3")
    assert (ann.family, ann.weight, ann.severity, ann.confidence) == ("custom", 0.0, "low", "medium")
    assert (bob.impact.waste_tokens, bob.impact.waste_nanousd) == (1000, None)
    assert (report.totals.waste_tokens.expected, report.totals.waste_nanousd.expected) == (4000, 6000)
    assert report.people == ()  # weight 0: nobody has a risk for it


def test_a_share_takes_part_of_each_call_and_calls_that_are_not_there_nothing(tmp_path: Path) -> None:
    query = "SELECT user, 0.25 AS share, ARRAY_AGG(row_id + 2) AS calls FROM events GROUP BY user"
    (finding,) = analysed(tmp_path, text(query, message="m"), log(ANN)).findings
    assert (finding.impact.requests, finding.impact.waste_tokens, finding.impact.waste_nanousd) == (1, 250, 500)


def test_two_rules_that_blame_a_call_count_it_once(tmp_path: Path) -> None:
    query = """
    SELECT user, 'a' AS what, ARRAY_AGG(row_id) AS calls FROM events GROUP BY user
    UNION ALL SELECT user, 'b' AS what, ARRAY_AGG(row_id) AS calls FROM events GROUP BY user"""
    report = analysed(tmp_path, text(query, fingerprint=["user", "what"], message="m"), log(ANN))
    assert [finding.impact.waste_tokens for finding in report.findings] == [3000, 3000]
    assert report.totals.waste_tokens.expected == 3000


@pytest.mark.parametrize(
    ("columns", "tokens", "nanousd"),
    [
        ("700 AS waste_tokens, 41 AS waste_nanousd", 700, 41),
        ("0.0000123 AS waste_usd", 0, 12_300),
        ("3 AS waste_usd", 0, 3_000_000_000),
        ("700 AS waste_tokens", 700, None),
        ("-5 AS waste_tokens, -0.5 AS waste_usd", 0, 0),
        ("CAST(0 AS DOUBLE) / 0 AS waste_usd", 0, None),
        ("'x' AS what", 0, None),
    ],
)
def test_stated_waste_is_shown_with_its_finding_and_part_of_no_total(
    tmp_path: Path, columns: str, tokens: int, nanousd: int | None
) -> None:
    query = f"SELECT user, COUNT(*) AS requests, {columns} FROM events GROUP BY user"
    report = analysed(tmp_path, text(query), log(ANN))
    (finding,) = report.findings
    assert (finding.impact.requests, finding.impact.waste_tokens, finding.impact.waste_nanousd) == (3, tokens, nanousd)
    assert report.totals.waste_tokens.high == 0
    assert report.totals.waste_nanousd.high == 0


def test_a_program_is_an_account_whose_waste_is_shown_but_in_no_total(tmp_path: Path) -> None:
    people = context(people=[{"user": "svc", "kind": "service"}, {"user": "ann"}])
    report = analysed(tmp_path, text(BY_USER), log(ANN + service("svc", 5)), people)
    found = {finding.subject.user: finding for finding in report.findings}
    assert (found["svc"].subject.kind, found["ann"].subject.kind) == ("account", "user")
    assert found["svc"].impact.waste_tokens == 5000
    assert report.totals.waste_tokens.expected == 3000  # totals are people's
    assert {person.user for person in report.people} <= {"ann"}


def test_calls_of_nobody_are_in_the_tables_but_nobodys_finding(tmp_path: Path) -> None:
    report = analysed(tmp_path, text(BY_USER), log(ANN + NOBODY))
    assert [finding.subject.user for finding in report.findings] == ["ann"]
    note = "rule acme-try: 1 of its results left out: calls of nobody known"
    assert note in report.input.notes
    assert report.rules[0].reason == "1 of its results left out: calls of nobody known"


def test_without_user_and_team_a_row_is_the_organisations(tmp_path: Path) -> None:
    query = "SELECT app, COUNT(*) AS value, ARRAY_AGG(row_id) AS calls FROM events GROUP BY app"
    report = analysed(tmp_path, text(query, fingerprint=["app"], message="{app}"), log(ANN + BOB + NOBODY))
    found = {finding.message: finding for finding in report.findings}
    assert {finding.subject.kind.value for finding in report.findings} == {"organisation"}
    assert found["batch"].impact.waste_tokens == 2000
    assert report.totals.waste_tokens.expected == 4000  # of calls whose people are known


def test_an_organisations_rule_runs_on_a_log_without_any_user(tmp_path: Path) -> None:
    query = "SELECT app, COUNT(*) AS value FROM events GROUP BY app"
    report = analysed(tmp_path, text(query, fingerprint=["app"]), log(NOBODY))
    assert [finding.evidence.value for finding in report.findings] == [1]
    assert analysed(tmp_path, text(BY_USER), log(NOBODY)).rules[0].status is RuleStatus.NOT_EVALUATED


def test_teams_below_the_smallest_group_are_left_out(tmp_path: Path) -> None:
    large = [call(f"p{number}", "2026-01-05 09:00", team="large") for number in range(5)]
    query = "SELECT team, COUNT(*) AS value FROM events GROUP BY team"
    report = analysed(tmp_path, text(query, fingerprint=["team"], message="{team}"), log(ANN + BOB + large))
    assert [(finding.subject.kind.value, finding.message) for finding in report.findings] == [("team", "large")]
    assert report.rules[0].reason == "1 of its results left out: teams below min_group_size"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT UPPER(user) AS user, 1 AS value FROM events", "RuntimeError: its result names 'ANN', who is not"),
        ("SELECT user, CAST(model AS BIGINT) AS value FROM events", "RefusedError: "),
        ("SELECT user, 1 AS value FROM events", "RuntimeError: acme-try and acme-try share fingerprint"),
    ],
)
def test_a_rule_that_goes_wrong_fails_and_says_so(tmp_path: Path, query: str, reason: str) -> None:
    report = analysed(tmp_path, text(query), log(ANN))
    (rule,) = report.rules
    assert (rule.status, report.findings, report.input.complete) == (RuleStatus.FAILED, (), False)
    assert rule.reason.startswith(reason)
    assert report.errors == (f"rule acme-try failed: {rule.reason}",)


def test_too_many_rows_are_cut_at_the_lightest_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detect, "MAX_ROWS", 2)
    query = "SELECT user, app, tokens AS value FROM events WHERE tokens > 0"
    calls = [call("ann", "2026-01-05", app=f"a{size}", output_tokens=size) for size in (5, 1, 9, 7)]
    for part in ("", f"[filter]\nwhere = {query[-10:]!r}\ngroup_by = ['user', 'app']\nvalue = 'tokens'"):
        more = {"kind": "filter", "query": ""} if part else {"query": query}
        report = analysed(tmp_path, text(part=part, fingerprint=["user", "app"], message="{app}", **more), log(calls))
        assert sorted(finding.message for finding in report.findings) == ["a7", "a9"]
        assert report.rules[0].reason == "truncated: only the first 2 rows of its result are findings"
        assert report.input.complete is True


@pytest.mark.parametrize(("value", "strength"), [(10, 0.5), (4, 0.5), (100, 1.0), (1000, 1.0), (31.6227766, 0.75)])
def test_strength_grows_from_the_threshold_to_ten_times_it(tmp_path: Path, value: float, strength: float) -> None:
    params = '[params.least]\ntype = "int"\ndefault = 10\ndoc = "d."\norigin = "ours"'
    query = f"SELECT user, {value} AS value, least FROM events, params GROUP BY user, least"
    (finding,) = analysed(tmp_path, text(query, more=params, value_param="least"), log(ANN)).findings
    assert finding.strength == pytest.approx(strength, abs=1e-6)
    assert (finding.evidence.threshold, finding.evidence.threshold_origin) == (10, "ours")


def test_a_rule_may_say_strength_threshold_and_times_itself(tmp_path: Path) -> None:
    query = """SELECT user, 7 AS value, 5 AS threshold, 0.9 AS strength, 12 AS n, MIN(day) AS first_seen
    FROM events GROUP BY user"""
    (finding,) = analysed(tmp_path, text(query, weight=0.5), log(ANN)).findings
    assert (finding.strength, finding.evidence.threshold, finding.evidence.n) == (0.9, 5, 12)
    assert finding.evidence.threshold_origin == "rule"
    assert (finding.window.first_seen, finding.window.last_seen) == (at("2026-01-05"), at("2026-01-05 11:00"))


def test_weight_is_what_a_rule_adds_to_a_persons_risk(tmp_path: Path) -> None:
    query = "SELECT user, 1.0 AS strength FROM events GROUP BY user"
    report = analysed(tmp_path, text(query, weight=0.5, message="m"), log(ANN))
    assert [(person.user, person.risk, dict(person.families)) for person in report.people] == [
        ("ann", 50.0, {"custom": 0.5})
    ]
    report = analysed(tmp_path, text(query, weight=0.5, message="m", family="volume", confidence="low"), log(ANN))
    # Context: 20 (1 - exp(-50 / 20)).
    assert [(person.risk, dict(person.families)) for person in report.people] == [(18.4, {"volume": 0.5})]


@pytest.mark.parametrize(
    ("usd", "days", "severity"),
    [(9.99, 1, "low"), (10, 1, "medium"), (99, 1, "medium"), (100, 1, "high"), (199, 60, "medium"), (200, 60, "high")],
)
def test_severity_grows_with_the_waste_of_thirty_days(tmp_path: Path, usd: float, days: int, severity: str) -> None:
    """A log of 60 days has half its waste in 30 of them; a log of one day is not extrapolated."""
    query = f"SELECT user, {usd} AS waste_usd FROM events GROUP BY user"
    bands = {"high": "100 usd", "medium": 10}
    calls = [call("ann", "2026-01-01 09:00"), call("ann", "2026-01-01 10:00" if days == 1 else "2026-03-01 10:00")]
    content = text(query, severity_bands=bands, message="m")
    assert analysed(tmp_path, content, log(calls)).findings[0].severity == severity
    fixed = analysed(tmp_path, content, log(calls), severity=Severity.INFO).findings[0]
    assert fixed.severity == "info"  # the user's own word goes before the bands


def test_the_message_may_name_columns_and_parameters(tmp_path: Path) -> None:
    params = '[params.models]\ntype = "list[str]"\ndefault = ["unheard-of-model", "b"]\ndoc = "d."\norigin = "o"'
    query = """SELECT user, ARRAY_AGG(DISTINCT app) AS apps, AVG(tokens) AS mean FROM events CROSS JOIN params
    WHERE array_contains(models, model) GROUP BY user"""
    message = "{user} {apps} {mean:.1f} {models}"
    (finding,) = analysed(tmp_path, text(query, more=params, message=message), log(ANN)).findings
    assert finding.message == "ann chat 1000.0 unheard-of-model, b"
    assert {metric.name: metric.value for metric in finding.evidence.metrics} == {
        "apps": "chat",
        "mean": 1000.0,
        "models": "unheard-of-model, b",
    }


def test_an_empty_result_is_silence(tmp_path: Path) -> None:
    report = analysed(tmp_path, text(BY_USER.replace(" GROUP", " WHERE tokens < 0 GROUP")), log(ANN))
    assert (report.findings, report.rules[0].status, report.errors) == ((), RuleStatus.RAN, ())
