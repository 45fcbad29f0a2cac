"""People and teams in order of risk, each with what it rests on and what speaks for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from tokenscan.detectors.common.standing import standings
from tokenscan.facts import Facts
from tokenscan.findings.model import Finding, SubjectKind
from tokenscan.findings.risk import STRONG, WORTH_A_LOOK, Risk, person_risk, team_risk, unnamed_risk
from tokenscan.privacy.groups import labelled_teams
from tokenscan.report.model import Band, Ranked, Standing


def by_waste(finding: Finding) -> tuple[int, str, str]:
    """Return the place of a finding in a report: most waste first, then by rule and fingerprint."""
    return (-finding.impact.waste_tokens, finding.rule_id, finding.fingerprint)


def ranked_people(
    facts: Facts, findings: Iterable[Finding], *, all_people: bool
) -> tuple[tuple[Ranked, ...], dict[str, Risk]]:
    """Return people with risk (``all_people``: everybody) in its order, and the risk that findings give by user."""
    by_user: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.subject.kind is SubjectKind.USER and finding.subject.user is not None:
            by_user[finding.subject.user].append(finding)
    risks = {user: person_risk(found) for user, found in by_user.items()}
    usage = _usage(facts, "user")
    standing = {row["user"]: row for row in standings(facts.tables).iter_rows(named=True)}
    teams = dict(facts.tables.people.select("user", "team").iter_rows())
    cleared = _cleared(facts)
    ranked = []
    for row in usage.iter_rows(named=True):
        user, risk, unnamed = row["user"], risks.get(row["user"]), None
        if risk is None or risk.value == 0:
            unnamed = standing.get(user)
            risk = unnamed_risk(unnamed["standing"] if unnamed else 0.0)
        if all_people or risk.value > 0:
            named = row | {"team": teams.get(user) or row["team"]}
            person = _ranked(named, risk, by_user.get(user, []), cleared[user, None])
            ranked.append(replace(person, standing=_standing(unnamed)))
    return _numbered(ranked), risks


def _standing(row: dict[str, Any] | None) -> Standing | None:
    if row is None or row["standing"] == 0:
        return None
    return Standing(
        more=row["more"],
        unused=row["unused"],
        uneven=row["uneven"],
        regardless=row["regardless"],
        team=row["team_mean"],
    )


def _cleared(facts: Facts) -> defaultdict[tuple[str | None, str | None], list[str]]:
    """Return the sentences that speak for each person (user, None) and team (None, team)."""
    sentences = defaultdict(list)
    for user, team, text in facts.exculpation:
        sentences[user, team if user is None else None].append(text)
    return sentences


def ranked_teams(
    facts: Facts, findings: Iterable[Finding], risks: dict[str, Risk], *, pooled: bool
) -> tuple[Ranked, ...]:
    """Return the teams that are large enough; ``pooled``: those that are not stand together in one row."""
    own: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.subject.kind is SubjectKind.TEAM and finding.subject.team is not None:
            own[finding.subject.team].append(finding)
    labels, sizes = labelled_teams(facts.tables.people, facts.context.min_group_size, pooled=pooled)
    members = defaultdict(list)
    for user, team in facts.tables.people.select("user", "team").iter_rows():
        if user in risks and team in labels:
            members[labels[team]].append(risks[user])
    cleared = _cleared(facts)
    ranked = []
    for row in _usage(facts, "team", labels).drop_nulls("team").iter_rows(named=True):
        team = row["team"]
        risk = team_risk(own[team], members[team], sizes[team])
        ranked.append(_ranked(row | {"user": None}, risk, own[team], cleared[None, team]))
    return _numbered(ranked)


def _usage(facts: Facts, by: str, labels: Mapping[str | None, str] | None = None) -> pl.DataFrame:
    """Return requests, tokens, cost and expected waste of each person or team; teams as ``labels`` name them."""
    calls = facts.tables.calls.select("row_id", "user", "team", "tokens", "requests", "cost_nanousd")
    if labels is not None:
        others = labels.get(None)  # a team of which nobody has an active day is no team of the people table
        calls = calls.with_columns(pl.col("team").replace_strict(labels, default=others, return_dtype=pl.String))
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
        findings=tuple(finding.fingerprint for finding in sorted(findings, key=by_waste)),
        exculpation=tuple(dict.fromkeys([*cleared, *spoken])),
    )


def _numbered(ranked: list[Ranked]) -> tuple[Ranked, ...]:
    """Rank by risk, then waste, then name: a total order."""
    ordered = sorted(ranked, key=lambda item: (-item.risk, -item.waste_tokens, item.user or "", item.team or ""))
    return tuple(replace(item, rank=place) for place, item in enumerate(ordered, 1))
