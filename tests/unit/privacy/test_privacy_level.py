from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from tests.unit.report import report_factory as make
from tests.unit.report.html import series_factory as charts
from tokenscan.findings.model import (
    Finding,
    Metric,
    State,
    Subject,
    SubjectKind,
    Suppression,
    SuppressionStatus,
    SuppressionUse,
)
from tokenscan.privacy.economics import shown_economics
from tokenscan.privacy.groups import OTHERS
from tokenscan.privacy.level import SOMEBODY, team_only, without_telling_teams
from tokenscan.privacy.scrub import Scrubber
from tokenscan.report.economics import Economics, Gaming, Leaderboard, Measure, Place, Waste, WasteInMoney, WasteLine
from tokenscan.report.formats import FORMATS, render
from tokenscan.report.model import FileVerdict, Privacy, Range, Report
from tokenscan.report.prices import BudgetStatus, Level

ANN = "ann@acme.example"
RANGE = Range(low=0, expected=0, high=0)
NOBODY = Scrubber({ANN: SOMEBODY})


def about(number: int, kind: SubjectKind, team: str | None = None, user: str | None = None, **rest: object) -> Finding:
    subject = Subject(kind=kind, user=user, team=team)
    return make.finding(number, subject=subject, message=f"{team or user or 'all'}.", **rest)


def counting(finding: Finding, name: str, value: int) -> Finding:
    return replace(finding, evidence=replace(finding.evidence, metrics=(Metric(name=name, value=value),)))


def given(*findings: Finding, **changes: object) -> Report:
    teams = tuple(
        make.person(place, user=None, team=team, findings=(make.fingerprint(2),), exculpation=())
        for place, team in enumerate(("t1", OTHERS), 1)
    )
    base = make.report(findings=findings, teams=teams, privacy=Privacy(level="team", min_group_size=5))
    return replace(base, **changes)


def test_only_what_concerns_shown_teams_and_the_organisation_stays() -> None:
    report = team_only(
        given(
            about(1, SubjectKind.USER, "t1", ANN),
            about(2, SubjectKind.TEAM, "t1"),
            about(3, SubjectKind.TEAM, "t-small"),
            about(4, SubjectKind.ORGANISATION),
            about(5, SubjectKind.ACCOUNT, user="etl"),
            about(6, SubjectKind.PROMPT),
            about(7, SubjectKind.TEAM, "t-gone", state=State.RESOLVED),
            about(8, SubjectKind.USER, "t1", ANN, state=State.RESOLVED),
        )
    )
    assert [one.fingerprint for one in report.findings] == [make.fingerprint(n) for n in (2, 4, 7)]
    assert report.people == ()
    assert report.privacy.left_out == 1  # of t-small; what concerns people is told of as a whole
    assert report.teams[0].findings == (make.fingerprint(2),)


def test_use_and_waste_stay_in_total_and_findings_are_counted_anew() -> None:
    before = given(about(1, SubjectKind.USER, "t1", ANN), about(2, SubjectKind.TEAM, "t1"))
    report = team_only(before)
    assert report.totals.tokens == before.totals.tokens
    assert report.totals.waste_nanousd == before.totals.waste_nanousd
    assert {name: n for name, n in report.totals.findings.items() if n} == {"high": 1}
    assert report.totals.by_state["new"] == 1
    assert report.totals.suppressed == 0
    timing = next(rule for rule in report.rules if rule.id == "scripted-timing")
    assert timing.findings == 1


def test_a_rule_on_people_does_not_tell_how_many_it_found() -> None:
    report = team_only(given(about(1, SubjectKind.USER, "t1", ANN), about(3, SubjectKind.USER, "t1", "bob")))
    timing = next(rule for rule in report.rules if rule.id == "scripted-timing")
    assert (timing.findings, timing.reason[:23]) == (0, "looks at single people;")


def test_counts_of_a_few_people_are_left_out_and_counts_of_many_stay() -> None:
    few = counting(about(1, SubjectKind.ORGANISATION), "people_with_such_days", 4)
    nobody = counting(about(2, SubjectKind.ORGANISATION), "people_mostly", 0)
    many = counting(about(3, SubjectKind.ORGANISATION), "accounts", 5)
    calls = counting(about(4, SubjectKind.ORGANISATION), "calls", 3)
    report = team_only(given(few, nobody, many, calls))
    assert [one.fingerprint for one in report.findings] == [make.fingerprint(n) for n in (2, 3, 4)]
    assert report.privacy.left_out == 1


def test_names_in_what_people_wrote_and_where_they_ran_it_go() -> None:
    decision = Suppression(reason=f"{ANN} tests", expires=date(2027, 1, 1), owner=ANN)
    hidden = about(2, SubjectKind.TEAM, "t1", suppression=decision, reply=f"{ANN} was on leave")
    uses = (SuppressionUse(rule="x", decision=decision, status=SuppressionStatus.ACTIVE, findings=3),)
    run = replace(make.report().run, argv=("analyze", "/home/ann"), config="/home/ann/x.toml")
    files = tuple(FileVerdict(name=f"/home/{who}/log.jsonl", format="litellm", rows=2, bad_rows=0) for who in "ab")
    read = make.read(files=files, notes=(f"{ANN} has two clocks",))
    report = team_only(given(hidden, suppressions=uses, run=run, input=read, errors=(f"{ANN}!",)), NOBODY)
    text = json.dumps(report.to_dict())
    for gone in ("ann@", "/home", "ci-bot", "ghost@", "log.jsonl"):
        assert gone not in text
    assert report.input.files[0].rows == 4
    assert report.suppressions[0].findings == 1  # 3 before; one about the team
    assert report.findings[0].evidence.samples == ()


def test_no_format_names_anybody() -> None:
    report = team_only(make.report(privacy=Privacy(level="team")))
    for name in FORMATS:
        text = render(report, name)
        for person in ("mallory", "trudy", "alice", "bob@", "ghost"):
            assert person not in text, name
        assert "Nobody stands out" not in text, name


def test_under_pseudonyms_a_team_too_small_is_not_told() -> None:
    report = without_telling_teams(
        given(
            about(1, SubjectKind.USER, "t1", ANN),
            about(2, SubjectKind.USER, "t-small", "bob"),
            about(3, SubjectKind.TEAM, "t-small"),
        )
    )
    assert [(one.subject.user, one.subject.team) for one in report.findings] == [(ANN, "t1"), ("bob", None)]
    assert {person.team for person in report.people} == {None}  # t3 and data-platform are not shown
    assert report.privacy.left_out == 1
    assert report.totals.findings["high"] == 2


def test_planned_events_do_not_name_a_team_that_is_too_small() -> None:
    own = replace(charts.HACKATHON, teams=("t-small",), users=0)
    shared = replace(charts.HACKATHON, teams=("t1", "t-small"), users=0)
    some = replace(charts.HACKATHON, teams=("t-small",), users=2)
    series = replace(charts.series(), marks=(charts.REVIEW, own, shared, some))
    series = replace(series, people=tuple(replace(one, marks=(own, shared)) for one in series.people))
    report = given(about(1, SubjectKind.USER, "t1", ANN), series=series)
    veiled, by_team = without_telling_teams(report).series, team_only(report, NOBODY).series
    assert veiled is not None
    assert by_team is not None
    assert [mark.teams for mark in veiled.marks] == [(), ("t1",), ()]
    assert {tuple(mark.teams for mark in person.marks) for person in veiled.people} == {(("t1",),)}
    assert [mark.teams for mark in by_team.marks] == [(), ("t1",)]  # an event of two people is theirs


def test_a_report_of_nothing_is_cut_down_to_nothing() -> None:
    empty = make.empty_report()
    assert team_only(empty).findings == ()
    assert without_telling_teams(empty).findings == ()


def budget(**scope: str) -> BudgetStatus:
    return BudgetStatus(
        scope=scope,
        month=date(2026, 5, 1),
        monthly_nanousd=1,
        used_nanousd=1,
        unpriced=0,
        days_left=3,
        alert_at=(0.8,),
        level=Level.OK,
    )


def test_budgets_of_people_and_of_teams_that_are_not_shown_are_not_told() -> None:
    budgets = (budget(), budget(team="t1"), budget(team="t-small"), budget(user=ANN), budget(app="ide"))
    told = team_only(given(budgets=budgets)).budgets
    assert [dict(one.scope) for one in told] == [{}, {"team": "t1"}, {"app": "ide"}]
    marked = without_telling_teams(given(budgets=budgets)).budgets
    assert [dict(one.scope) for one in marked] == [{}, {"team": "t1"}, {"user": ANN}, {"app": "ide"}]


def line(name: str | None, tokens: int, note: str = "") -> WasteLine:
    amount = Range(low=0, expected=tokens, high=tokens)
    return WasteLine(name=name, note=note, waste=Waste(tokens=amount, nanousd=None), tokens=10 * tokens, findings=2)


def money(*boards: Leaderboard) -> Economics:
    waste = WasteInMoney(
        rate=None,
        total=line(None, 15).waste,
        unpriced_tokens=15,
        co2_grams_per_1k_tokens=0.685,
        co2_source="x",
        by_rule=(line("scripted-timing", 15),),
        by_person=(line(ANN, 15, note="t-small"), line("bob", 0, note="t1")),
        by_team=(line("t1", 8), line("t2", 4), line("t-small", 2), line(None, 1)),
        by_month=(),
    )
    return Economics(waste=waste, leaderboards=boards, growth=(), measures=(), metrics=())


def board(level: str, *names: str) -> Leaderboard:
    places = tuple(
        Place(name=name, people=6, amount=1, removed=RANGE, before=1, after=RANGE) for name in names
    )  # fmt: skip
    return Leaderboard(level=level, metric="tokens", places=places, tau_b=None)


def measure(reason: str) -> Measure:
    return Measure(id="m", name="m", unit="", better="", definition="", gaming=Gaming.LOW, reason=reason)


def test_money_is_told_of_the_teams_that_are_shown_and_of_all_others_together() -> None:
    given_money = money(board("team", "t1", "t2"), board("team", "t1"), board("user", ANN))
    found = shown_economics(given_money, {"t1", "t2"}, by_team=True)
    assert [(one.name, one.waste.tokens.expected, one.tokens) for one in found.waste.by_team] == [
        ("t1", 8, 80),
        ("t2", 4, 40),
        (None, 3, 30),  # 2 of the small team and 1 of nobody's
    ]
    assert found.waste.by_person == ()
    assert [one.findings for one in found.waste.by_rule] == [None]
    assert found.leaderboards == given_money.leaderboards[:2]
    few = replace(given_money, measures=(measure("4 people with both, needs 5"), measure("12 people have none")))
    told = [one.reason for one in shown_economics(few, {"t1"}, by_team=True, smallest=5).measures]
    assert told == ["fewer than 5 people with both, needs 5", "12 people have none"]
    marked = shown_economics(given_money, {"t1"}, by_team=False)
    assert [one.note for one in marked.waste.by_person] == ["", "t1"]
    assert marked.waste.by_rule == given_money.waste.by_rule
    assert marked.leaderboards == given_money.leaderboards[1:]
