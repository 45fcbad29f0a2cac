"""Cut a finished report down to what its readers may see: teams only, or people without teams that give them away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from tokenscan.events.log import FileVerdict
from tokenscan.findings.model import Finding, Severity, State, SubjectKind
from tokenscan.privacy.economics import shown_economics
from tokenscan.privacy.traces import hidden_argv, hidden_path
from tokenscan.report.model import Input, Ranked, Report, RuleOutcome, RuleStatus, Totals
from tokenscan.report.prices import BudgetStatus
from tokenscan.report.series import Mark, Series

Scrub = Callable[[str], str]
SOMEBODY = "(a person)"
_COUNTS_PEOPLE = re.compile(r"people|persons|members|accounts")
_ABOUT_PEOPLE = "looks at single people; what it found is not part of a report by team"


def team_only(report: Report, scrub: Scrub = str) -> Report:
    """Return the report of teams and the organisation: nobody is named, and no person can be counted out of it.

    Totals of use and waste stay. Findings about people, accounts and prompts go, and so do those that count fewer
    than ``min_group_size`` people; counts of findings are those of what is left. ``scrub`` takes names out of text.
    """
    smallest = report.privacy.min_group_size
    teams = _teams_of(report)
    about_groups = [one for one in report.findings if _of_group(one, teams)]
    kept = tuple(_without_people(one, scrub) for one in about_groups if not _counts_few(one, smallest))
    lost = sum(_of_team(one) and not _of_group(one, teams) for one in report.findings) + len(about_groups) - len(kept)
    names = {one.fingerprint for one in kept}
    return replace(
        report,
        run=replace(report.run, argv=hidden_argv(report.run.argv), config=hidden_path(report.run.config)),
        input=_input(report.input, scrub),
        totals=recounted(report.totals, kept),
        people=(),
        teams=tuple(_kept_findings(team, names) for team in report.teams),
        findings=kept,
        rules=tuple(_rule(rule, report.findings, kept, scrub) for rule in report.rules),
        errors=tuple(map(scrub, report.errors)),
        series=_series(report.series, teams, smallest) if report.series else None,
        economics=report.economics and shown_economics(report.economics, teams, by_team=True, smallest=smallest),
        budgets=tuple(one for one in report.budgets if _may_be_told(one, teams) and "user" not in one.scope),
        suppressions=tuple(
            replace(
                entry,
                decision=replace(
                    entry.decision, reason=scrub(entry.decision.reason), owner=scrub(entry.decision.owner)
                ),
                findings=sum(one.suppression == entry.decision for one in about_groups),
            )
            for entry in report.suppressions
        ),
        privacy=replace(report.privacy, left_out=lost),
    )


def without_telling_teams(report: Report) -> Report:
    """Return the report without team names that would tell who somebody is, and without findings about such teams."""
    teams = _teams_of(report)
    kept = tuple(
        replace(one, subject=replace(one.subject, team=_shown(one.subject.team, teams)))
        for one in report.findings
        if not _of_team(one) or _of_group(one, teams)
    )
    return replace(
        report,
        people=tuple(replace(one, team=_shown(one.team, teams)) for one in report.people),
        economics=report.economics and shown_economics(report.economics, teams, by_team=False),
        series=_with_shown_marks(report.series, teams) if report.series else None,
        budgets=tuple(one for one in report.budgets if _may_be_told(one, teams)),
        findings=kept,
        totals=recounted(report.totals, kept),
        privacy=replace(report.privacy, left_out=len(report.findings) - len(kept)),
    )


def recounted(totals: Totals, findings: Sequence[Finding]) -> Totals:
    """Return the totals with findings counted anew; usage and waste stay what they are."""
    visible = [one for one in findings if one.suppression is None]
    severities = Counter(one.severity for one in visible if one.state is not State.RESOLVED)
    states = Counter(one.state for one in visible)
    return replace(
        totals,
        findings={severity.value: severities.get(severity, 0) for severity in Severity},
        suppressed=len(findings) - len(visible),
        by_state={state.value: states.get(state, 0) for state in State},
    )


def _teams_of(report: Report) -> frozenset[str]:
    return frozenset(team.team for team in report.teams if team.team is not None)


def _may_be_told(budget: BudgetStatus, teams: frozenset[str]) -> bool:
    """Return whether a budget is no team's, or that of a team which is shown: else its spend is a few people's."""
    return budget.scope.get("team") is None or budget.scope["team"] in teams


def _shown(team: str | None, teams: frozenset[str]) -> str | None:
    return team if team in teams else None


def _of_team(finding: Finding) -> bool:
    return finding.subject.kind is SubjectKind.TEAM


def _of_group(finding: Finding, teams: frozenset[str]) -> bool:
    """Return whether a finding is about the organisation or a team that is shown; a resolved one was shown before."""
    if finding.subject.kind is SubjectKind.ORGANISATION:
        return True
    return _of_team(finding) and (finding.subject.team in teams or finding.state is State.RESOLVED)


def _counts_few(finding: Finding, smallest: int) -> bool:
    """Return whether a metric counts people, and counts so few that they could be told apart."""
    return any(
        isinstance(metric.value, int) and _COUNTS_PEOPLE.match(metric.name) is not None and 0 < metric.value < smallest
        for metric in finding.evidence.metrics
    )


def _without_people(finding: Finding, scrub: Scrub) -> Finding:
    hidden = finding.suppression
    return replace(
        finding,
        evidence=replace(finding.evidence, samples=(), prompts=()),
        reply=scrub(finding.reply),
        suppression=hidden and replace(hidden, reason=scrub(hidden.reason), owner=scrub(hidden.owner)),
    )


def _kept_findings(team: Ranked, names: set[str]) -> Ranked:
    return replace(team, findings=tuple(name for name in team.findings if name in names))


def _rule(rule: RuleOutcome, before: Iterable[Finding], kept: Iterable[Finding], scrub: Scrub) -> RuleOutcome:
    """Return a rule's outcome without the number of people it found something about."""
    personal = any(one.rule_id == rule.id for one in before) and not any(one.rule_id == rule.id for one in kept)
    reason = _ABOUT_PEOPLE if personal and rule.status is RuleStatus.RAN else scrub(rule.reason)
    count = sum(one.rule_id == rule.id and one.state is not State.RESOLVED for one in kept)
    return replace(rule, findings=count, reason=reason)


def _input(source: Input, scrub: Scrub) -> Input:
    """Return what was read without file names, of which there may be one a person, and without names."""
    return replace(
        source,
        files=_by_format(source.files),
        bad_samples=(),
        unknown_people=None if source.unknown_people is None else (),
        service_accounts=(),
        notes=tuple(map(scrub, source.notes)),
    )


def _by_format(files: Sequence[FileVerdict]) -> tuple[FileVerdict, ...]:
    """Return one verdict a format, that of all its files together."""
    groups: dict[tuple[str, bool], list[FileVerdict]] = {}
    for file in files:
        groups.setdefault((file.format, bool(file.broken)), []).append(file)
    return tuple(
        FileVerdict(
            name=f"{len(group)} of {form or 'no format'}",
            format=form,
            rows=sum(file.rows for file in group),
            bad_rows=sum(file.bad_rows for file in group),
            bad_reasons=dict(sum((Counter(file.bad_reasons) for file in group), Counter())),
            events=sum(file.events for file in group),
            duplicates=dict(sum((Counter(file.duplicates) for file in group), Counter())),
            broken="not read to the end" if broken else "",
            skipped="" if form or broken else "not read",
        )
        for (form, broken), group in sorted(groups.items())
    )


def _series(series: Series, teams: frozenset[str], smallest: int) -> Series:
    return replace(
        series,
        people=(),
        marks=tuple(mark for mark in _marks(series.marks, teams) if not mark.users),
        clusters=tuple(replace(one, named=()) for one in series.clusters if one.senders >= smallest),
    )


def _with_shown_marks(series: Series, teams: frozenset[str]) -> Series:
    return replace(
        series,
        marks=tuple(_marks(series.marks, teams)),
        people=tuple(replace(person, marks=tuple(_marks(person.marks, teams))) for person in series.people),
    )


def _marks(marks: Iterable[Mark], teams: frozenset[str]) -> Iterator[Mark]:
    """Yield stretches of the calendar with the teams that are shown; those of other teams only are left out."""
    for mark in marks:
        shown = tuple(team for team in mark.teams if team in teams)
        if shown or mark.users or not mark.teams:
            yield replace(mark, teams=shown)
