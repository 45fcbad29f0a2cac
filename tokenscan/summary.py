"""From everything known to the report: totals counted once, people and teams ranked, notes for the reader."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from tokenscan._version import __version__
from tokenscan.context.attribute import unknown_people
from tokenscan.context.model import Context
from tokenscan.detectors.base import Tables
from tokenscan.events.log import EventLog
from tokenscan.findings.model import Finding, Impact, Severity, State, SubjectKind
from tokenscan.findings.risk import STRONG, WORTH_A_LOOK, Risk, person_risk, team_risk
from tokenscan.findings.waste import Ledger
from tokenscan.report.model import Band, Input, Range, Ranked, Report, RuleOutcome, RuleStatus, Run, Totals
from tokenscan.settings import AnalysisOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an analysis has established. ``impacts`` and ``ledger`` are those of ``findings.waste``."""

    log: EventLog
    events: pl.DataFrame
    context: Context
    tables: Tables
    findings: tuple[Finding, ...]
    impacts: pl.DataFrame
    ledger: Ledger
    exculpation: tuple[tuple[str | None, str | None, str], ...]
    outcomes: tuple[RuleOutcome, ...]
    errors: tuple[str, ...]
    notes: tuple[str, ...]


def summarise(facts: Facts, options: AnalysisOptions, run: Run) -> Report:
    """Return the report."""
    findings = _with_impacts(facts.findings, facts.impacts)
    visible = [finding for finding in findings if finding.suppression is None]
    people, risks = _people(facts, visible, all_people=options.all_people)
    return Report(
        version=__version__,
        rules_digest=options.rules_digest,
        run=run,
        input=_input(facts, options),
        totals=_totals(facts, findings, options),
        people=people,
        teams=_teams(facts, visible, risks),
        findings=tuple(sorted(findings, key=_order)),
        rules=facts.outcomes,
        errors=facts.errors,
    )


def _order(finding: Finding) -> tuple[int, str, str]:
    return (-finding.impact.waste_tokens, finding.rule_id, finding.fingerprint)


def _with_impacts(findings: Sequence[Finding], impacts: pl.DataFrame) -> list[Finding]:
    by_number = {row["finding"]: row for row in impacts.iter_rows(named=True)}
    return [
        replace(finding, impact=_impact(finding, by_number[number])) if number in by_number else finding
        for number, finding in enumerate(findings)
    ]


def _impact(finding: Finding, row: dict[str, Any]) -> Impact:
    return replace(finding.impact, requests=row["requests"], waste_tokens=row["tokens"], waste_nanousd=row["cost"])


def _people(
    facts: Facts, findings: Iterable[Finding], *, all_people: bool
) -> tuple[tuple[Ranked, ...], dict[str, Risk]]:
    by_user: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.subject.kind is SubjectKind.USER and finding.subject.user is not None:
            by_user[finding.subject.user].append(finding)
    risks = {user: person_risk(found) for user, found in by_user.items()}
    usage = _usage(facts, "user")
    nobody = person_risk([])
    teams = dict(facts.tables.people.select("user", "team").iter_rows())
    cleared = _cleared(facts)
    ranked = []
    for row in usage.iter_rows(named=True):
        user, risk = row["user"], risks.get(row["user"], nobody)
        if all_people or risk.value > 0:
            named = row | {"team": teams.get(user) or row["team"]}
            ranked.append(_ranked(named, risk, by_user.get(user, []), cleared[user, None]))
    return _numbered(ranked), risks


def _cleared(facts: Facts) -> defaultdict[tuple[str | None, str | None], list[str]]:
    """Return the sentences that speak for each person (user, None) and team (None, team)."""
    sentences = defaultdict(list)
    for user, team, text in facts.exculpation:
        sentences[user, team if user is None else None].append(text)
    return sentences


def _teams(facts: Facts, findings: Iterable[Finding], risks: dict[str, Risk]) -> tuple[Ranked, ...]:
    own: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.subject.kind is SubjectKind.TEAM and finding.subject.team is not None:
            own[finding.subject.team].append(finding)
    people = facts.tables.people
    sizes = dict(people.filter(pl.col("team").is_not_null()).group_by("team").len().iter_rows())
    members = defaultdict(list)
    for user, team in people.select("user", "team").iter_rows():
        if user in risks:
            members[team].append(risks[user])
    cleared = _cleared(facts)
    ranked = []
    for row in _usage(facts, "team").iter_rows(named=True):
        team = row["team"]
        if team is not None and sizes.get(team, 0) >= facts.context.min_group_size:
            risk = team_risk(own[team], members[team], sizes[team])
            ranked.append(_ranked(row | {"user": None}, risk, own[team], cleared[None, team]))
    return _numbered(ranked)


def _usage(facts: Facts, by: str) -> pl.DataFrame:
    """Return requests, tokens, cost and expected waste of each person or team."""
    calls = facts.tables.calls.select("row_id", "user", "team", "tokens", "requests", "cost_nanousd")
    waste = facts.ledger.rows.select("row_id", "expected_tokens", "expected_cost")
    joined = calls.join(waste, on="row_id", how="left")
    priced = pl.col("cost_nanousd").is_not_null().any()
    claimed = pl.col("expected_cost").is_not_null().any() | ~pl.col("expected_tokens").is_not_null().any()
    return (
        joined.group_by(by)
        .agg(
            *([pl.col("team").drop_nulls().first()] if by == "user" else []),
            pl.col("requests").sum(),
            pl.col("tokens").sum(),
            pl.when(priced).then(pl.col("cost_nanousd").sum()).alias("cost"),
            pl.col("expected_tokens").sum().alias("waste_tokens"),
            pl.when(priced & claimed).then(pl.col("expected_cost").sum()).alias("waste_cost"),
        )
        .sort(by)
    )


def _ranked(row: dict[str, Any], risk: Risk, findings: list[Finding], cleared: list[str]) -> Ranked:
    spoken = [text for finding in findings for text in finding.evidence.against]
    return Ranked(
        rank=0,
        user=row["user"],
        team=row["team"],
        risk=risk.value,
        band=Band.STRONG if risk.value >= STRONG else Band.WORTH_A_LOOK if risk.value >= WORTH_A_LOOK else Band.NONE,
        confidence=risk.confidence,
        requests=row["requests"],
        tokens=row["tokens"],
        cost_nanousd=row["cost"],
        waste_tokens=row["waste_tokens"],
        waste_nanousd=row["waste_cost"],
        families=risk.families,
        findings=tuple(finding.fingerprint for finding in sorted(findings, key=_order)),
        exculpation=tuple(dict.fromkeys([*cleared, *spoken])),
    )


def _numbered(ranked: list[Ranked]) -> tuple[Ranked, ...]:
    """Rank by risk, then waste, then name: a total order."""
    ordered = sorted(ranked, key=lambda item: (-item.risk, -item.waste_tokens, item.user or "", item.team or ""))
    return tuple(replace(item, rank=place) for place, item in enumerate(ordered, 1))


def _totals(facts: Facts, findings: Sequence[Finding], options: AnalysisOptions) -> Totals:
    events, rows = facts.events, facts.ledger.rows
    unpriced = events.filter(pl.col("cost_nanousd").is_null())
    waste = {kind: int(rows[f"{kind}_tokens"].sum()) for kind in ("low", "expected", "high")}
    cost = {kind: int(rows[f"{kind}_cost"].sum()) for kind in ("low", "expected", "high")}
    visible = [finding for finding in findings if finding.suppression is None]
    severities = Counter(finding.severity.value for finding in visible)
    states = Counter(finding.state.value for finding in visible)
    grams = options.co2_grams_per_1000_tokens
    return Totals(
        requests=int(events["n_requests"].fill_null(1).sum()),
        tokens=int(events["input_tokens"].sum()) + int(events["output_tokens"].sum()),
        cost_nanousd=int(events["cost_nanousd"].sum()),
        unpriced_requests=int(unpriced["n_requests"].fill_null(1).sum()),
        unpriced_models=tuple(unpriced["model"].drop_nulls().unique().sort()),
        waste_tokens=Range(**waste),
        waste_nanousd=Range(**cost),
        co2_grams=round(waste["expected"] * grams / 1000),
        co2_grams_per_1k_tokens=grams,
        duplicate_share=_duplicate_share(facts),
        findings={severity.value: severities.get(severity.value, 0) for severity in Severity},
        suppressed=len(findings) - len(visible),
        by_state={state.value: states.get(state.value, 0) for state in State},
    )


def _duplicate_share(facts: Facts) -> float | None:
    """Return the share of people's prompts (of at least 4 words) that repeat or nearly repeat an earlier one."""
    text = facts.tables.calls.filter("text")
    return None if text.is_empty() else 1 - text["cluster_id"].n_unique() / text.height


def _input(facts: Facts, options: AnalysisOptions) -> Input:
    log, events = facts.log, facts.events
    failed = any(outcome.status is RuleStatus.FAILED for outcome in facts.outcomes)
    allowed = 0.0 if options.strict else options.max_bad_share
    complete = not failed and not log.broken and log.bad_rows <= allowed * log.rows
    bounds = (events["timestamp"].min(), events["timestamp"].max())
    accounts = facts.tables.accounts
    return Input(
        files=log.files,
        events=events.height,
        duplicates=log.duplicates,
        bad_rows=log.bad_rows,
        bad_samples=log.bad_samples,
        complete=complete,
        window=bounds if events.height else None,  # type: ignore[arg-type]
        timezone=facts.context.timezone,
        sources=log.sources,
        unattributed=int(events.filter(pl.col("user").is_null())["n_requests"].fill_null(1).sum()),
        users=facts.tables.people.height,
        unknown_people=unknown_people(events, facts.context),
        service_accounts=tuple(f"{user} ({why})" for user, why in accounts.iter_rows()),
        notes=facts.notes,
    )
