from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit import findings_factory as make
from tests.unit.calls_factory import at, call, context, log, weekdays
from tokenscan.context.attribute import attribute
from tokenscan.context.model import Context
from tokenscan.detectors.common.tables import prepare
from tokenscan.facts import Facts
from tokenscan.findings.judge import CLAIMS
from tokenscan.findings.model import Confidence, Finding, Severity, Suppression
from tokenscan.findings.waste import settle
from tokenscan.prompts.features import describe
from tokenscan.report.model import Band, Range, Ranked, Report, RuleOutcome, RuleStatus, Run
from tokenscan.settings import AnalysisOptions
from tokenscan.summary import summarise

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RUN = Run(started_at=NOW, duration_s=0.0, argv=(), config=None, as_of=NOW)
HIDDEN = Suppression(reason="agreed", expires=date(2027, 1, 1))

# Six calls: three of ann's, of which the last has no price; two of bob's; one of a service.
SAME, OTHER = "one two three four", "five six seven eight"
SIX = [
    call("ann", "2026-01-05 09:00", input_tokens=900, output_tokens=100, cost_nanousd=1000, prompt=SAME),
    call("ann", "2026-01-05 10:00", input_tokens=1900, output_tokens=100, cost_nanousd=2000, prompt=SAME),
    call("ann", "2026-01-05 11:00", input_tokens=500, output_tokens=500, model="mystery", prompt=OTHER),
    call("bob", "2026-01-06 09:00", input_tokens=100, output_tokens=300, cost_nanousd=400, prompt="yes"),
    call("bob", "2026-01-06 10:00", input_tokens=2000, output_tokens=1000, cost_nanousd=3000, prompt=SAME.title()),
    call("svc-x", "2026-01-06 10:00", input_tokens=5000, output_tokens=1000, cost_nanousd=6000),
]
BANDS = [(0.399, "none"), (0.4, "worth_a_look"), (0.599, "worth_a_look"), (0.6, "strong")]


def summary(
    rows: list[dict[str, Any]],
    findings: Sequence[Finding] = (),
    claims: Sequence[tuple[int, int, str, float, str]] = (),
    given: Context | None = None,
    options: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    reading: dict[str, Any] | None = None,
) -> Report:
    """Summarise calls with these findings; a claim is finding, row, level, share, confidence."""
    known = given or Context()
    found = log(rows, **(reading or {}))
    events = attribute(found.events, known)
    tables = prepare(events, describe(found.prompts), known)
    table = pl.DataFrame(list(claims), schema=CLAIMS, orient="row")
    calls = tables.calls
    hidden = [number for number, item in enumerate(findings) if item.suppression]
    return summarise(
        Facts(
            log=found,
            events=events,
            context=known,
            tables=tables,
            findings=tuple(findings),
            impacts=settle(table, calls).impacts,
            ledger=settle(table.filter(~pl.col("finding").is_in(hidden)), calls),
            **({"exculpation": (), "outcomes": (), "errors": (), "notes": ()} | (facts or {})),
        ),
        AnalysisOptions(as_of=NOW, **(options or {})),
        RUN,
    )


ANN = make.finding("ann", fingerprint="ts1:a", weight=0.8, strength=0.5)
BOB = make.finding("bob", fingerprint="ts1:b", weight=0.9, strength=1.0)


def test_totals_of_six_calls_by_hand() -> None:
    totals = summary(
        SIX, [ANN], [(0, 1, "row", 1.0, "high"), (0, 2, "row", 0.5, "high"), (0, 0, "row", 1.0, "low")]
    ).totals
    assert (totals.requests, totals.tokens, totals.cost_nanousd) == (6, 13_400, 12_400)
    assert (totals.unpriced_requests, totals.unpriced_models) == (1, ("mystery",))
    assert totals.waste_tokens == Range(low=2500, expected=2500, high=3500)
    assert totals.waste_nanousd == Range(low=2000, expected=2000, high=3000)
    assert (totals.co2_grams, totals.co2_grams_per_1k_tokens) == (2, 0.685)  # 2.5 * 0.685 = 1.7
    assert totals.findings == {"info": 0, "low": 0, "medium": 1, "high": 0, "critical": 0}
    assert totals.by_state == {"new": 1, "unchanged": 0, "worse": 0, "resolved": 0}
    assert totals.suppressed == 0


def test_people_of_six_calls_by_hand() -> None:
    bob, ann = summary(SIX, [ANN, BOB], [(0, 1, "row", 0.5, "high")]).people
    assert (bob.user, bob.rank, bob.risk, bob.band) == ("bob", 1, 90.0, Band.STRONG)
    assert (ann.user, ann.rank, ann.risk, ann.band) == ("ann", 2, 40.0, Band.WORTH_A_LOOK)
    assert (bob.requests, bob.tokens, bob.cost_nanousd, bob.waste_tokens, bob.waste_nanousd) == (2, 3400, 3400, 0, 0)
    assert (ann.requests, ann.tokens, ann.cost_nanousd) == (3, 4000, 3000)
    assert (ann.waste_tokens, ann.waste_nanousd) == (1000, 1000)
    assert (bob.findings, bob.families, bob.confidence) == (("ts1:b",), {"volume": 0.9}, Confidence.MEDIUM)


def test_duplicate_share_is_that_of_peoples_own_prompts() -> None:
    # Four prompts of at least four words, of which two differ: "yes" is too short, spelling and spaces do not count.
    assert summary(SIX).totals.duplicate_share == 0.5
    assert summary([call("ann", "2026-01-05")]).totals.duplicate_share is None


def test_requests_of_sums_count_as_their_persons() -> None:
    rows = [call("ann", "2026-01-05", grain="day", n_requests=50), call(None, "2026-01-05", grain="day", n_requests=7),
            call(None, "2026-01-06")]  # fmt: skip
    report = summary(rows, options={"all_people": True})
    assert (report.totals.requests, report.totals.unpriced_requests) == (58, 58)
    assert [(person.user, person.requests, person.tokens) for person in report.people] == [("ann", 50, 1000)]
    assert (report.input.events, report.input.unattributed, report.input.users) == (3, 8, 1)


@pytest.mark.parametrize(
    ("strength", "band"), [(0.399, "none"), (0.4, "worth_a_look"), (0.599, "worth_a_look"), (0.6, "strong")]
)
def test_bands_begin_at_40_and_60(strength: float, band: str) -> None:
    (person,) = summary(SIX, [replace(ANN, weight=1.0, strength=strength)]).people
    assert person.band == band


def test_people_without_risk_are_listed_only_on_demand() -> None:
    context_only = replace(ANN, weight=0.0, strength=1.0)
    assert summary(SIX, [context_only]).people == ()
    people = summary(SIX, [context_only], options={"all_people": True}).people
    assert [(person.user, person.risk, person.band) for person in people] == [
        ("ann", 0.0, "none"),
        ("bob", 0.0, "none"),
    ]
    assert people[0].findings == ("ts1:a",)


def test_the_ranking_is_by_risk_then_waste_then_name() -> None:
    users = ["eve", "dan", "cat", "bob", "ann"]
    rows = [call(user, f"2026-01-05 09:0{n}") for n, user in enumerate(users)]
    findings = [make.finding(user, fingerprint=f"ts1:{user}", weight=0.9 if user == "eve" else 0.5) for user in users]
    report = summary(rows, findings, [(2, 2, "row", 1.0, "high"), (1, 1, "row", 0.5, "high")])
    assert [(person.rank, person.user) for person in report.people] == [
        (1, "eve"), (2, "cat"), (3, "dan"), (4, "ann"), (5, "bob"),
    ]  # fmt: skip
    assert [item.fingerprint for item in report.findings] == ["ts1:cat", "ts1:dan", "ts1:ann", "ts1:bob", "ts1:eve"]


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(6)))
def test_findings_come_in_one_order_whatever_the_rules_order(order: list[int]) -> None:
    findings = [
        make.finding("ann", fingerprint=f"ts1:{n}", rule_id=f"rule-{n % 2}", strength=0.1 * n) for n in range(6)
    ]
    report = summary(SIX, [findings[n] for n in order], [(order.index(4), 0, "row", 1.0, "high")])
    assert [item.fingerprint for item in report.findings] == ["ts1:4", "ts1:0", "ts1:2", "ts1:1", "ts1:3", "ts1:5"]
    assert report.people[0].findings == ("ts1:4", "ts1:0", "ts1:2", "ts1:1", "ts1:3", "ts1:5")


def test_an_impact_is_the_findings_own_and_does_not_add_up() -> None:
    claims = [(0, 0, "row", 1.0, "high"), (1, 0, "row", 1.0, "high"), (1, 2, "row", 1.0, "high")]
    report = summary(SIX, [ANN, replace(ANN, fingerprint="ts1:z")], claims)
    impacts = {item.fingerprint: item.impact for item in report.findings}
    assert (impacts["ts1:a"].requests, impacts["ts1:a"].waste_tokens, impacts["ts1:a"].waste_nanousd) == (1, 1000, 1000)
    assert (impacts["ts1:z"].requests, impacts["ts1:z"].waste_tokens, impacts["ts1:z"].waste_nanousd) == (2, 2000, 1000)
    assert report.totals.waste_tokens.expected == 2000
    assert impacts["ts1:a"].basis == ANN.impact.basis


def test_a_suppressed_finding_is_counted_and_shown_but_weighs_nothing() -> None:
    hidden = replace(ANN, suppression=HIDDEN, severity=Severity.HIGH)
    report = summary(SIX, [hidden, BOB], [(0, 1, "row", 1.0, "high"), (1, 4, "row", 1.0, "high")])
    assert [person.user for person in report.people] == ["bob"]
    assert report.totals.suppressed == 1
    assert report.totals.findings["high"] == 0
    assert report.totals.by_state["new"] == 1
    assert report.totals.waste_tokens.expected == 3000
    shown = next(item for item in report.findings if item.suppression)
    assert shown.impact.waste_tokens == 2000  # what it would be


def test_waste_of_unknown_cost_is_unknown_not_nothing() -> None:
    (person,) = summary(SIX, [ANN], [(0, 2, "row", 1.0, "high")]).people
    assert (person.waste_tokens, person.waste_nanousd, person.cost_nanousd) == (1000, None, 3000)
    (person,) = summary([call("ann", "2026-01-05")], [ANN]).people
    assert (person.cost_nanousd, person.waste_nanousd) == (None, None)


TEAMS = context([{"user": f"u{n}", "team": "t1" if n < 5 else "t2"} for n in range(9)], min_group_size=5)
NINE = [call(f"u{n}", f"2026-01-05 09:0{n}", cost_nanousd=10) for n in range(9)]


def test_teams_below_the_minimum_are_left_out() -> None:
    members = [
        make.finding(user, fingerprint=f"ts1:{user}", weight=0.8, strength=1.0) for user in ("u0", "u1", "u2", "u8")
    ]
    (team,) = summary(NINE, members, [(0, 0, "row", 1.0, "high")], TEAMS).teams
    # Three of five at .8 each, without the heaviest: .32.
    assert (team.team, team.user, team.risk, team.families) == ("t1", None, 32.0, {"volume": 0.32})
    assert (team.requests, team.tokens, team.cost_nanousd, team.waste_tokens) == (5, 5000, 50, 1000)
    assert team.findings == ()
    small = replace(TEAMS, min_group_size=4)
    assert [item.team for item in summary(NINE, members, given=small).teams] == ["t1", "t2"]


def test_a_teams_own_findings_are_its_and_nobody_elses() -> None:
    own = make.finding(None, team="t1", fingerprint="ts1:t", weight=0.5, strength=1.0)
    other = make.finding(None, team="t2", fingerprint="ts1:s", weight=0.5, strength=1.0)
    report = summary(NINE, [own, other], given=TEAMS)
    (team,) = report.teams
    assert (team.risk, team.findings, report.people) == (50.0, ("ts1:t",), ())


def test_teams_without_risk_are_listed_too_in_a_total_order() -> None:
    report = summary(NINE, given=replace(TEAMS, min_group_size=2))
    assert [(team.rank, team.team, team.risk) for team in report.teams] == [(1, "t1", 0.0), (2, "t2", 0.0)]


def test_somebody_who_changed_teams_has_one() -> None:
    rows = [call("ann", "2026-01-05", team="t2"), call("ann", "2026-01-06", team="t1")]
    (person,) = summary(rows, [ANN]).people
    assert person.team == "t2"


def test_what_cleared_somebody_is_told_once_and_only_for_them() -> None:
    finding = replace(ANN, evidence=replace(ANN.evidence, against=("answers were used", "tasks rose")))
    spoken = (("ann", "t1", "Big days: tasks rose"), (None, "t1", "Teams: more tasks"), ("bob", "t1", "Other: x"),
              ("ann", "t1", "Big days: tasks rose"))  # fmt: skip
    rows = [call(f"u{n}", "2026-01-05", team="t1") for n in range(4)] + [call("ann", "2026-01-05", team="t1")]
    report = summary(rows, [finding], facts={"exculpation": spoken})
    assert report.people[0].exculpation == ("Big days: tasks rose", "answers were used", "tasks rose")
    assert report.teams[0].exculpation == ("Teams: more tasks",)


def test_accounts_are_named_but_not_ranked() -> None:
    about = make.finding("svc-x", fingerprint="ts1:x")
    report = summary(SIX, [about], options={"all_people": True})
    assert report.input.service_accounts == ("svc-x (named as a service)",)
    assert [person.user for person in report.people] == ["ann", "bob"]
    assert report.input.users == 2


def test_who_the_people_file_does_not_name() -> None:
    assert summary(SIX).input.unknown_people is None
    assert summary(SIX, given=context([{"user": "ann"}])).input.unknown_people == ("bob", "svc-x")


def outcome(status: RuleStatus) -> dict[str, Any]:
    return {"outcomes": (RuleOutcome(id="r", title="t", status=status),)}


@pytest.mark.parametrize(
    ("reading", "options", "facts", "complete"),
    [
        ({}, {}, {}, True),
        ({"rows": 100, "bad_rows": 1}, {}, {}, True),
        ({"rows": 100, "bad_rows": 2}, {}, {}, False),
        ({"rows": 100, "bad_rows": 2}, {"max_bad_share": 0.02}, {}, True),
        ({"rows": 100, "bad_rows": 1}, {"strict": True}, {}, False),
        ({"rows": 100, "bad_rows": 0}, {"strict": True}, {}, True),
        ({"broken": True}, {"max_bad_share": 1.0}, {}, False),
        ({}, {}, outcome(RuleStatus.FAILED), False),
        ({}, {}, outcome(RuleStatus.NOT_EVALUATED), True),
        ({}, {}, outcome(RuleStatus.DISABLED), True),
    ],
)
def test_when_a_report_is_complete(
    reading: dict[str, Any], options: dict[str, Any], facts: dict[str, Any], complete: bool
) -> None:
    assert summary(SIX, reading=reading, options=options, facts=facts).input.complete is complete


def test_what_was_read_is_told() -> None:
    report = summary(SIX, facts={"notes": ("a note",), "errors": ("an error",)})
    assert (report.input.events, report.input.window) == (6, (at("2026-01-05 09:00"), at("2026-01-06 10:00")))
    assert (report.input.notes, report.errors, report.run) == (("a note",), ("an error",), RUN)


def test_a_log_without_calls() -> None:
    report = summary([])
    assert (report.input.events, report.input.window, report.people, report.teams) == (0, None, (), ())
    assert report.totals.waste_tokens == Range(low=0, expected=0, high=0)
    assert (report.totals.requests, report.totals.tokens, report.totals.cost_nanousd) == (0, 0, 0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 1), st.integers(0, 5)), max_size=8))
def test_the_ranking_is_a_total_order(marks: list[tuple[str, float, int]]) -> None:
    rows = [call(user, f"2026-01-05 09:0{n}") for n, user in enumerate("abcdef")]
    findings = [make.finding(user, fingerprint=f"ts1:{n}", strength=x) for n, (user, x, _) in enumerate(marks)]
    claims = [(n, row, "row", 1.0, "high") for n, (_, _, row) in enumerate(marks)]
    people = summary(rows, findings, claims, options={"all_people": True}).people

    def key(person: Ranked) -> tuple[float, int, str]:
        return (-person.risk, -person.waste_tokens, person.user or "")

    assert [key(person) for person in people] == sorted({key(person) for person in people})
    assert [person.rank for person in people] == [1, 2, 3, 4, 5, 6]


def test_people_whom_no_finding_names_are_ordered_below_one_point() -> None:
    users = ["ann", "bob", "cat", "dan", "eve", "fay", "gus"]
    days = weekdays("2026-01-05", 10)
    often = {"ann": 9, "gus": 9}
    rows = [
        call(user, at(f"{day} 09:{minute:02}"), session=user)
        for user in users
        for day in days
        for minute in range(often.get(user, 3))
    ]
    done = [{"date": day, "user": user, "tasks_completed": 1.0} for user in users for day in days]
    people = [{"user": user, "function": "sales"} for user in users]
    known = context(people, done)
    named = make.finding("gus", fingerprint="ts1:g", weight=0.1, strength=0.1)
    report = summary(rows, [named], given=known)
    # Three times the colleagues' prompts a task are 3 and more standard deviations: .9 (1 - e^(-2.25 / 2.5)) = .53.
    # A finding, however small, goes first and stands alone.
    assert [(person.user, person.risk, person.band) for person in report.people] == [
        ("gus", 1.0, Band.NONE),
        ("ann", 0.53, Band.NONE),
    ]
    ann = report.people[1]
    assert ann.findings == ()
    assert ann.standing is not None
    assert ann.standing.more is not None
    assert (ann.standing.more > 3, ann.standing.unused, report.people[0].standing) == (True, None, None)
    everybody = summary(rows, [named], given=known, options={"all_people": True}).people
    assert [person.risk for person in everybody] == [1.0, 0.53, 0.0, 0.0, 0.0, 0.0, 0.0]
