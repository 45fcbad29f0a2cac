from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit import findings_factory as make
from tests.unit.calls_factory import at, call, context, log, prepared, raw
from tokenscan.config import SuppressEntry
from tokenscan.context.model import Context
from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.engine import evaluate, run
from tokenscan.errors import UsageError
from tokenscan.events.log import EventLog, SourceCoverage
from tokenscan.report.model import Report, RuleStatus, Run
from tokenscan.ruleset.effective import EffectiveRule, Override, effective
from tokenscan.ruleset.load import load_rules
from tokenscan.settings import AnalysisOptions

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RUN = Run(started_at=NOW, duration_s=0.0, argv=(), config=None, as_of=NOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    ratio: float


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> Callable[..., EffectiveRule]:
    """Make a rule whose detector is a function of the test."""

    def install(kind: str, detect: Callable[[Tables, Params], Any], **rule: Any) -> EffectiveRule:
        module = ModuleType(kind)
        module.Params, module.detect = Params, detect  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"tokenscan.detectors.{kind.replace('-', '_')}", module)
        return make.rule(**({"id": kind, "kind": kind, "title": kind.title(), "message": "{user}"} | rule))

    return install


def everybody(tables: Tables, params: Params) -> Detection:
    """Find every person, and call half of each of their calls wasted."""
    rows = tables.people.with_columns(
        pl.lit(20.0).alias("value"),
        pl.lit(params.ratio).alias("threshold"),
        pl.col("active_days").alias("n"),
        pl.lit(0.8).alias("strength"),
        pl.lit("nothing").alias("compared_with"),
    )
    claims = tables.calls.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(0.5).alias("share"))
    return detection(rows, ["active_days"], claims)


def broken(tables: Tables, params: Params) -> Detection:
    raise ZeroDivisionError("no days")


def shy(tables: Tables, params: Params) -> NotEvaluated:
    return NotEvaluated("too few days")


def analysed(
    found: EventLog, rules: list[EffectiveRule], given: Context | None = None, **options: Any
) -> Report:  # fmt: skip
    return run(found, given or Context(), rules, AnalysisOptions(as_of=NOW, **options), run_info=RUN)


ROWS = [call(user, f"2026-01-05 {hour:02}:00", session=user) for user in ("ann", "bob") for hour in (9, 10, 11)]


def test_a_rule_that_fails_fails_alone(detector: Callable[..., EffectiveRule]) -> None:
    report = analysed(log(ROWS), [detector("broken", broken), detector("everybody", everybody)])
    assert [(rule.id, rule.status, rule.reason, rule.findings) for rule in report.rules] == [
        ("broken", RuleStatus.FAILED, "ZeroDivisionError: no days", 0),
        ("everybody", RuleStatus.RAN, "", 2),
    ]
    assert report.errors == ("rule broken failed: ZeroDivisionError: no days",)
    assert report.input.complete is False
    assert [person.user for person in report.people] == ["ann", "bob"]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"message": "{users}"}, "UsageError: message: nothing is called {users} here; did you mean 'user'?"),
        ({"message": "{user:.1f}"}, "UsageError: message: {user:.1f} does not fit 'ann'"),
        ({"fingerprint": ("team",)}, "RuntimeError: vague and vague share fingerprint ts1:"),
    ],
)
def test_a_rule_whose_findings_cannot_be_told_fails_alone(
    detector: Callable[..., EffectiveRule], rule: dict[str, Any], reason: str
) -> None:
    rules = [detector("before", everybody), detector("vague", everybody, **rule), detector("after", everybody)]
    report = analysed(log(ROWS), rules)
    assert [rule.status for rule in report.rules] == [RuleStatus.RAN, RuleStatus.FAILED, RuleStatus.RAN]
    assert report.rules[1].reason.startswith(reason)
    assert report.rules[1].findings == 0
    assert len(report.errors) == 1
    assert report.input.complete is False
    assert {finding.rule_id for finding in report.findings} == {"before", "after"}
    assert report.totals.waste_tokens.expected == 3000


def test_what_became_of_rules_that_do_not_find(detector: Callable[..., EffectiveRule]) -> None:
    off = detector("off", broken, overrides=[Override(enabled=False)])
    needy = detector("needy", broken, requires=("user", "outcomes"))
    report = analysed(log(ROWS), [off, needy, detector("shy", shy)])
    assert [(rule.status, rule.reason) for rule in report.rules] == [
        (RuleStatus.DISABLED, "disabled by config"),
        (RuleStatus.NOT_EVALUATED, "needs outcomes (--outcomes FILE)"),
        (RuleStatus.NOT_EVALUATED, "too few days"),
    ]
    assert (report.errors, report.input.complete) == ((), True)


def test_a_cleared_candidate_is_no_finding_of_its_rule(detector: Callable[..., EffectiveRule]) -> None:
    def cleared(tables: Tables, params: Params) -> Detection:
        found = everybody(tables, params)
        excused = found.candidates.with_columns(
            (pl.col("user") == "ann").alias("cleared"), pl.lit(["on call"]).alias("against")
        )
        return Detection(candidates=excused, claims=found.claims)

    report = analysed(log(ROWS), [detector("mild", cleared)], all_people=True)
    assert report.rules[0].findings == 1
    assert [person.user for person in report.people] == ["bob", "ann"]
    assert report.people[1].exculpation == ("Mild: on call",)
    assert report.totals.waste_tokens.expected == 1500


def test_a_parameter_reaches_its_detector(detector: Callable[..., EffectiveRule]) -> None:
    report = analysed(log(ROWS), [detector("everybody", everybody, overrides=[make.OVERRIDE])])
    assert {finding.evidence.threshold for finding in report.findings} == {12.0}


def test_suppressed_findings_weigh_nothing(detector: Callable[..., EffectiveRule]) -> None:
    entry = SuppressEntry(rule="every*", reason="agreed", expires=NOW.date(), match={"user": "ann"})
    report = analysed(log(ROWS), [detector("everybody", everybody)], suppress=(entry,))
    assert [person.user for person in report.people] == ["bob"]
    assert (report.totals.suppressed, report.totals.waste_tokens.expected) == (1, 1500)
    assert (report.rules[0].findings, len(report.findings)) == (2, 2)
    later = analysed(log(ROWS), [detector("everybody", everybody)], suppress=(entry,)).input.notes
    assert later == ()
    gone = SuppressEntry(rule="every*", reason="agreed", expires=(NOW - timedelta(days=1)).date())
    notes = analysed(log(ROWS), [detector("everybody", everybody)], suppress=(gone,)).input.notes
    assert notes == ("suppression of every* expired on 2026-05-31: its findings are shown again",)


def test_the_formats_read_are_named_in_the_reason(detector: Callable[..., EffectiveRule]) -> None:
    coverage = SourceCoverage(format="litellm", files=1, rows=6, columns={})
    rule = detector("needy", broken, requires=("prompt",))
    found = evaluate([rule], prepared(ROWS).tables, log(ROWS, sources=(coverage,)))
    assert found.outcomes[0].reason == "needs prompt text; the litellm input has none"


HOURS = [call("ann", f"2026-01-05 {hour:02}:00") for hour in range(9, 13)]


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        (None, None, [9, 10, 11, 12]),
        (at("2026-01-05 10:00"), None, [10, 11, 12]),
        (None, at("2026-01-05 11:00"), [9, 10]),
        (at("2026-01-05 10:00"), at("2026-01-05 11:00"), [10]),
        (at("2026-01-05 10:00") + timedelta(microseconds=1), at("2026-01-05 11:00") + timedelta(microseconds=1), [11]),
        (datetime(2026, 1, 5, 12, tzinfo=timezone(timedelta(hours=2))), None, [10, 11, 12]),
        (datetime(2026, 1, 5, 12), None, [11, 12]),  # noqa: DTZ001 - Berlin, as the context says
        (at("2026-02-01"), None, []),
    ],
)
def test_since_is_inside_and_until_is_not(since: datetime | None, until: datetime | None, hours: list[int]) -> None:
    report = analysed(log(HOURS), [], context(timezone="Europe/Berlin"), since=since, until=until)
    assert report.totals.requests == len(hours)
    window = (at(f"2026-01-05 {hours[0]:02}:00"), at(f"2026-01-05 {hours[-1]:02}:00")) if hours else None
    assert report.input.window == window


NOBODY = "no call is a person's: users are missing, or all accounts are services"
SHIPPED = [effective(rule) for rule in load_rules().rules]


@pytest.mark.parametrize("rows", [[], [call(None, "2026-01-05", prompt="x")], [call("svc-x", "2026-01-05")]])
def test_a_log_in_which_nobody_is_named(rows: list[dict[str, Any]]) -> None:
    report = analysed(log(rows), SHIPPED, all_people=True)
    # A program without a declaration is listed even where there is nobody else.
    people = [rule for rule in report.rules if rule.id != "undeclared-automation"]
    assert {(rule.status, rule.reason) for rule in people} == {(RuleStatus.NOT_EVALUATED, NOBODY)}
    assert (report.people, report.teams, report.findings, report.errors) == ((), (), (), ())
    assert report.input.complete is True
    json.dumps(report.to_dict(), allow_nan=False)


def test_a_log_of_times_and_names_only_breaks_no_rule() -> None:
    bare = {"model": None, "input_tokens": None, "output_tokens": None, "status": None}
    rows = [call(f"u{n % 7}", at("2026-01-05 08:00") + timedelta(minutes=17 * n), **bare) for n in range(600)]
    report = analysed(log(rows), SHIPPED, all_people=True)
    assert report.errors == ()
    assert (report.input.users, len(report.people)) == (7, 7)


def office(days: int = 40) -> list[dict[str, Any]]:
    """Eight people for some weeks; u0 repeats one prompt, u1 has one huge day, times coincide."""
    seeded = random.Random(7)
    rows = []
    for day in range(days):
        for n in range(8):
            for turn in range(seeded.randint(2, 6)):
                moment = at("2026-01-05 09:00") + timedelta(days=day, minutes=30 * turn)
                changes = {
                    "prompt": "tell me a joke about tokens" if n == 0 else f"explain part {day} {turn} of thing {n}",
                    "input_tokens": 900_000 if (n, day) == (1, 30) else 500 + seeded.randint(0, 500),
                    "used": seeded.random() < 0.4,
                }
                rows.append(call(f"u{n}", moment, team=f"t{n % 2}", session=f"{n}-{day}", model="gpt-4o", **changes))
    return rows


OFFICE = raw(office())
PEOPLE = [{"user": f"u{n}", "function": "eng"} for n in range(8)]


@pytest.fixture(scope="module")
def expected() -> str:
    report = analysed(log(OFFICE), SHIPPED, context(PEOPLE), all_people=True)
    assert {finding.subject.user for finding in report.findings} >= {"u0", "u1"}
    assert report.errors == ()
    return json.dumps(report.to_dict(), allow_nan=False)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(seed: int, expected: str) -> None:
    shuffled = OFFICE.sample(fraction=1, shuffle=True, seed=seed)
    report = analysed(log(shuffled), SHIPPED, context(PEOPLE), all_people=True)
    assert json.dumps(report.to_dict(), allow_nan=False) == expected


def test_the_order_of_people_and_rules_changes_no_finding(expected: str) -> None:
    report = analysed(log(OFFICE), SHIPPED[::-1], context(PEOPLE[::-1]), all_people=True).to_dict()
    wanted = json.loads(expected)
    assert sorted(report.pop("rules"), key=str) == sorted(wanted.pop("rules"), key=str)
    assert json.dumps(report) == json.dumps(wanted)


def test_progress_is_told_in_order() -> None:
    told: list[tuple[str, int, int]] = []
    run(log(ROWS), Context(), [], AnalysisOptions(as_of=NOW), run_info=RUN, progress=lambda *step: told.append(step))
    assert [done for _, done, _ in told] == [0, 1, 2, 3, 4]
    assert {total for _, _, total in told} == {4}


def test_unknown_kinds_of_detector_fail_alone() -> None:
    report = analysed(log(ROWS), [make.rule(kind="no-such-detector")])
    assert report.rules[0].status is RuleStatus.FAILED
    assert report.rules[0].reason.startswith("ModuleNotFoundError")


def test_a_wrong_parameter_type_is_refused_before_anything_runs() -> None:
    with pytest.raises(UsageError):
        make.rule(overrides=[Override(params={"ratio": "many"})])


def test_the_only_person_in_a_log_has_spikes_too() -> None:
    days = [at("2026-01-05 10:00") + timedelta(days=n) for n in range(20)]
    rows = [call("ann", day, input_tokens=30_000) for day in days[:-1]] + [call("ann", days[-1], input_tokens=900_000)]
    (finding,) = analysed(log(rows), SHIPPED).findings
    assert (finding.rule_id, finding.subject.user) == ("personal-spike", "ann")
    assert finding.evidence.value == pytest.approx(900_201 / 30_201)
    assert finding.impact.waste_tokens == 870_000
