"""Small reports to render: a full one, a quiet one, an empty one, and one whose every string is hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from tokenscan.findings.model import (
    Confidence,
    Evidence,
    Finding,
    Impact,
    Metric,
    Severity,
    State,
    Subject,
    SubjectKind,
    Suppression,
    Window,
)
from tokenscan.report.model import (
    BadRowSample,
    Band,
    FileVerdict,
    Input,
    Range,
    Ranked,
    Report,
    RuleOutcome,
    RuleStatus,
    Run,
    SourceCoverage,
    Totals,
)

DOLLAR = 1_000_000_000
FIRST = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
LAST = datetime(2026, 5, 29, 17, 40, 12, 345678, tzinfo=UTC)


def fingerprint(number: int) -> str:
    return f"ts1:{number:032x}"


def finding(number: int = 1, **changes: Any) -> Finding:
    base = Finding(
        fingerprint=fingerprint(number),
        rule_id="scripted-timing",
        rule_version=2,
        family="behaviour",
        weight=0.85,
        strength=0.9,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        title="Calls come at the even pace of a script",
        message="mallory@example.com sent 4,211 prompts in 41 streams whose gaps hardly vary, at night too.",
        subject=Subject(kind=SubjectKind.USER, user="mallory@example.com", team="t3"),
        window=Window(first_seen=FIRST, last_seen=LAST),
        impact=Impact(
            requests=4211, waste_tokens=1_240_000, waste_nanousd=41 * DOLLAR + 200_000_000, basis="rows in the streams"
        ),
        evidence=Evidence(
            value=0.3125,
            unit="SD of ln gap",
            threshold=0.5,
            threshold_origin="tokenscan",
            n=4211,
            compared_with="streams of 40 people in engineering",
            metrics=(
                Metric(name="median gap", value=12.04, unit="s"),
                Metric(name="longest stream", value=212, unit="calls"),
                Metric(name="answers used", value=0.0213),
            ),
            samples=("req_8f2", "req_901"),
            against=("41 of 4,211 answers were used",),
            open_questions=("a declared load test would look the same", "the key may be shared"),
        ),
        remediation="Ask what the script is for; move it to a service account.",
        references=("https://example.com/rules/scripted-timing",),
        tags=("automation",),
    )
    return replace(base, **changes)


def person(rank: int = 1, user: str = "mallory@example.com", **changes: Any) -> Ranked:
    base = Ranked(
        rank=rank,
        user=user,
        team="t3",
        risk=87.34,
        band=Band.STRONG,
        confidence=Confidence.HIGH,
        requests=6120,
        tokens=4_100_000,
        cost_nanousd=62 * DOLLAR + 100_000_000,
        waste_tokens=1_240_000,
        waste_nanousd=41 * DOLLAR + 200_000_000,
        families={"behaviour": 0.765, "content": 0.45},
        findings=(fingerprint(1), fingerprint(2)),
        exculpation=("completed tasks rose by 4% in the same weeks",),
    )
    return replace(base, **changes)


def totals(**changes: Any) -> Totals:
    base = Totals(
        requests=1_843_221,
        tokens=41_200_000_000,
        cost_nanousd=91_234_567_890_123,
        unpriced_requests=0,
        unpriced_models=(),
        waste_tokens=Range(low=2_000_000_000, expected=3_300_000_000, high=4_800_000_000),
        waste_nanousd=Range(low=5_100 * DOLLAR, expected=8_123_456_789_000, high=11_900 * DOLLAR),
        co2_grams=2_260_500,
        duplicate_share=0.1234567,
        findings={"high": 2, "medium": 1},
        suppressed=1,
        by_state={"new": 3, "unchanged": 1},
    )
    return replace(base, **changes)


def read(**changes: Any) -> Input:
    base = Input(
        files=(
            FileVerdict(name="logs/a.jsonl.gz", format="litellm", rows=1_843_000, bad_rows=3, bad_reasons={"json": 3}),
            FileVerdict(name="logs/b.csv", format="openai-usage", rows=736, bad_rows=0),
            FileVerdict(name="logs/notes.txt", format="", rows=0, bad_rows=0, skipped="no format fits"),
        ),
        events=1_843_221,
        duplicates={"same response id": 500, "same row twice": 12},
        bad_rows=3,
        bad_samples=(
            BadRowSample(file="logs/a.jsonl.gz", row=17, reason="not JSON: unexpected end"),
            BadRowSample(file="logs/a.jsonl.gz", row=90211, reason="timestamp missing"),
        ),
        complete=True,
        window=(FIRST, LAST),
        timezone="Europe/Berlin",
        sources=(
            SourceCoverage(format="openai-usage", files=1, rows=736, columns={"timestamp": 1.0}),
            SourceCoverage(format="litellm", files=1, rows=1_843_000, columns={"prompt": 2 / 3, "cost": 1.0}),
        ),
        unattributed=310,
        users=330,
        unknown_people=("ghost@example.com",),
        service_accounts=("ci-bot", "etl-nightly"),
        notes=("two files overlap by 12 rows",),
    )
    return replace(base, **changes)


RULES = (
    RuleOutcome(id="scripted-timing", title="Scripted timing", status=RuleStatus.RAN, findings=1),
    RuleOutcome(id="copied-prompt", title="Copied prompt", status=RuleStatus.RAN, findings=1),
    RuleOutcome(id="duplicate-share", title="Duplicates", status=RuleStatus.RAN, findings=1),
    RuleOutcome(id="daily-volume-band", title="Volume band", status=RuleStatus.DISABLED, reason="by the config"),
    RuleOutcome(id="prompts-per-task", title="Prompts per task", status=RuleStatus.NOT_EVALUATED, reason="no outcomes"),
    RuleOutcome(id="unused-answers", title="Unused", status=RuleStatus.NOT_EVALUATED, reason="no outcomes"),
    RuleOutcome(
        id="review-window",
        title="Review window",
        status=RuleStatus.NOT_EVALUATED,
        reason="needs the date of a review; none given",
    ),
)


def report(**changes: Any) -> Report:
    people = (
        person(),
        person(
            2,
            "trudy.with-a-rather-long-name@subsidiary.example.com",
            risk=41.5,
            band=Band.WORTH_A_LOOK,
            team="data-platform",
            findings=(fingerprint(3),),
            families={"content": 0.415},
            exculpation=(),
            confidence=Confidence.MEDIUM,
            waste_nanousd=None,
            cost_nanousd=None,
            waste_tokens=81_000,
        ),
        person(3, "alice@example.com", risk=12.0, band=Band.NONE, findings=(), families={}, exculpation=()),
        person(4, "bob@example.com", risk=3.0, band=Band.NONE, findings=(), families={}, exculpation=()),
    )
    ring = {
        "rule_id": "copied-prompt",
        "family": "content",
        "severity": Severity.MEDIUM,
        "confidence": Confidence.MEDIUM,
        "title": "The same prompt from many people on one day",
        "strength": 0.5,
    }
    findings = (
        finding(1),
        finding(
            2, **ring, message="mallory@example.com and 11 others sent one prompt on 9 days.", state=State.UNCHANGED
        ),
        finding(
            3,
            **ring,
            message="12 people sent one prompt on 9 days; in other weeks 1 does.",
            subject=Subject(kind=SubjectKind.USER, user=people[1].user, team="data-platform"),
            impact=Impact(requests=90, waste_tokens=81_000, waste_nanousd=None, basis="matched rows"),
        ),
        finding(
            4,
            rule_id="organisation-duplicate-share",
            title="More than one prompt in seven repeats an earlier one",
            message="12.3% of 901,222 prompts are duplicates.",
            severity=Severity.LOW,
            subject=Subject(kind=SubjectKind.ORGANISATION),
            family="content",
        ),
        finding(
            5,
            subject=Subject(kind=SubjectKind.USER, user="alice@example.com"),
            suppression=Suppression(reason="load test, see OPS-12", expires=date(2027, 1, 31)),
        ),
    )
    base = Report(
        version="0.1.0",
        rules_digest="b2:9c1e44aa0d2f",
        run=Run(
            started_at=datetime(2026, 6, 1, 2, 0, 3, tzinfo=UTC),
            duration_s=12.3456,
            argv=("analyze", "logs/"),
            config=None,
            as_of=datetime(2026, 6, 1, tzinfo=UTC),
        ),
        input=read(),
        totals=totals(),
        people=people,
        teams=(person(1, user=None, team="t3", risk=61.0, findings=(), exculpation=(), families={"content": 0.61}),),
        findings=findings,
        rules=RULES,
        errors=(),
    )
    return replace(base, **changes)


def quiet_report() -> Report:
    return report(
        people=(),
        teams=(),
        findings=(),
        rules=tuple(replace(rule, findings=0) for rule in RULES),
        totals=totals(
            waste_tokens=Range(low=0, expected=0, high=0),
            waste_nanousd=Range(low=0, expected=0, high=0),
            co2_grams=0,
            findings={},
            suppressed=0,
            by_state={},
        ),
    )


def empty_report() -> Report:
    nothing = Range(low=0, expected=0, high=0)
    return report(
        people=(),
        teams=(),
        findings=(),
        rules=(),
        totals=totals(
            requests=0,
            tokens=0,
            cost_nanousd=0,
            waste_tokens=nothing,
            waste_nanousd=nothing,
            co2_grams=0,
            duplicate_share=None,
            findings={},
            suppressed=0,
            by_state={},
        ),
        input=read(
            files=(),
            events=0,
            duplicates={},
            bad_rows=0,
            bad_samples=(),
            window=None,
            sources=(),
            unattributed=0,
            users=0,
            unknown_people=None,
            service_accounts=(),
            notes=(),
        ),
    )


def hostile_report(text: str) -> Report:
    """A report in which every string that could come from a log, a rule or a config is ``text``."""
    evil = finding(
        1,
        rule_id=text,
        family=text,
        title=text,
        message=text,
        subject=Subject(kind=SubjectKind.USER, user=text, team=text),
        impact=Impact(requests=1, waste_tokens=2, waste_nanousd=3, basis=text),
        evidence=Evidence(
            value=1.0,
            unit=text,
            threshold=2.0,
            threshold_origin=text,
            n=3,
            compared_with=text,
            metrics=(Metric(name=text, value=text, unit=text), Metric(name=text, value=4)),
            samples=(text,),
            against=(text,),
            open_questions=(text,),
        ),
        remediation=text,
        references=(text,),
        tags=(text,),
        labels={text: text},
    )
    findings = (
        evil,
        replace(evil, fingerprint=fingerprint(2), subject=Subject(kind=SubjectKind.ACCOUNT, user=text, team=text)),
        replace(evil, fingerprint=fingerprint(3), suppression=Suppression(reason=text, expires=date(2027, 1, 31))),
    )
    rules = tuple(RuleOutcome(id=f"{text}{i}", title=text, status=s, reason=text) for i, s in enumerate(RuleStatus))
    return report(
        version=text,
        rules_digest=text,
        people=(person(1, text, team=text, families={text: 0.5}, findings=(fingerprint(1),), exculpation=(text,)),),
        teams=(person(1, user=None, team=text, findings=(), exculpation=(text,)),),
        findings=findings,
        rules=rules,
        errors=(text,),
        totals=totals(unpriced_requests=5, unpriced_models=(text,)),
        input=read(
            files=(FileVerdict(name=text, format=text, rows=1, bad_rows=1, bad_reasons={text: 1}, broken=text),),
            bad_samples=(BadRowSample(file=text, row=1, reason=text),),
            duplicates={text: 1},
            timezone=text,
            sources=(SourceCoverage(format=text, files=1, rows=1, columns={text: 0.5}),),
            unknown_people=(text,),
            service_accounts=(text,),
            notes=(text,),
        ),
    )
