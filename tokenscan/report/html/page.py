"""What the templates show: the report sorted into the parts of the page, and its charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tokenscan.report.html import audit
from tokenscan.report.html.budgets import budget_table
from tokenscan.report.html.charts.comparisons import cluster_figure, model_figure, rule_figure, team_figure
from tokenscan.report.html.charts.figure import Figure, Legend
from tokenscan.report.html.charts.person import person_figure, timeline_legend
from tokenscan.report.html.charts.usage import usage_figure
from tokenscan.report.html.economics import Money, MoneyTable, money
from tokenscan.report.html.findings import Findings, sorted_out
from tokenscan.report.html.headline import Headline, headline
from tokenscan.report.html.ranking import Entry, Ranking, current, finding_anchors, ranking
from tokenscan.report.kept_back import decision_words, privacy_words
from tokenscan.report.model import Band, Report
from tokenscan.report.notice import NOTICE, PURPOSE
from tokenscan.report.series import PersonDays

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The parts of the page, in its order.

    ``anchors`` gives each fingerprint its id; ``legend`` is that of the timelines; ``people_below`` counts people with
    findings who are in no band.
    """

    headline: Headline
    notice: str
    purpose: str
    kept_back: str
    people: Ranking
    people_below: int
    teams: Ranking
    usage: Figure | None
    legend: Legend
    comparisons: tuple[Figure, ...]
    money: Money | None
    budgets: MoneyTable | None
    findings: Findings
    anchors: Mapping[str, str]
    not_evaluated: tuple[tuple[str, list[str]], ...]
    errors: tuple[str, ...]
    read: Pairs
    coverage: tuple[tuple[str, str, str, str], ...]
    decisions: tuple[str, ...]
    prices: Pairs
    gaming: str
    versions: Pairs

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return the people and the teams that are told in detail."""
        return (*self.people.entries, *self.teams.entries)

    @property
    def timelines(self) -> tuple[Entry, ...]:
        """Return the people whose days are drawn."""
        return tuple(entry for entry in self.people.entries if entry.figure is not None)


def page(report: Report, top: int) -> Page:
    """Return what the page of a report shows; ``top`` people and teams at most, 0 for all."""
    known = current(report)
    people = _with_timelines(report, ranking(report.people, known, top, "person"))
    teams = ranking(report.teams, known, top, "team")
    comparisons = (team_figure(report), rule_figure(report), model_figure(report), cluster_figure(report))
    return Page(
        headline=headline(report),
        notice=NOTICE,
        purpose=PURPOSE,
        kept_back=privacy_words(report.privacy),
        people=people,
        people_below=sum(one.band is Band.NONE and bool(one.findings) for one in report.people),
        teams=teams,
        usage=usage_figure(report),
        legend=timeline_legend(report.series.people if report.series else ()),
        comparisons=tuple(figure for figure in comparisons if figure is not None),
        money=money(report),
        budgets=budget_table(report),
        findings=sorted_out(report, (*people.entries, *teams.entries)),
        anchors=finding_anchors(report.findings),
        not_evaluated=tuple(audit.not_evaluated(report)),
        errors=tuple(audit.open_errors(report)),
        read=tuple(audit.what_was_read(report)),
        coverage=tuple(audit.coverage(report)),
        decisions=tuple(map(decision_words, report.suppressions)),
        prices=tuple(audit.prices(report)),
        gaming=audit.gaming(report),
        versions=tuple(audit.versions(report)),
    )


def _with_timelines(report: Report, people: Ranking) -> Ranking:
    """Return the ranking with each person's timeline, all over the same days."""
    series = report.series
    if series is None or not series.days:
        return people
    known: Mapping[str, PersonDays] = {person.user: person for person in series.people}
    first, last = series.days[0].day, series.days[-1].day

    def timeline(number: int, entry: Entry) -> Entry:
        days = known.get(entry.ranked.user or "")
        return replace(entry, figure=person_figure(days, first, last, number)) if days else entry

    entries = tuple(timeline(number, entry) for number, entry in enumerate(people.entries, 1))
    return replace(people, entries=entries)
