"""Waste by team and by rule, cost by model, and the prompts that repeat."""

from __future__ import annotations

from tokenscan.report.html.charts.bars import Bar, bar_figure
from tokenscan.report.html.charts.figure import Figure
from tokenscan.report.html.charts.scales import dollars
from tokenscan.report.html.charts.usage import priced_mostly
from tokenscan.report.html.words import dollar_cell
from tokenscan.report.model import Report
from tokenscan.report.numbers import UNKNOWN, money, percent, plural, tokens
from tokenscan.report.series import Cluster
from tokenscan.report.text import clean, clean_id, listing


def team_figure(report: Report) -> Figure | None:
    """Return the expected waste of each team that is large enough to be shown."""
    if not report.teams:
        return None
    by_money = priced_mostly(report)
    ordered = sorted(
        report.teams,
        key=lambda team: (-(team.waste_nanousd or 0) if by_money else 0, -team.waste_tokens, team.team or ""),
    )
    bars, rows = [], []
    for team in ordered:
        name = clean_id(team.team or "")
        part, whole = (team.waste_nanousd, team.cost_nanousd) if by_money else (team.waste_tokens, team.tokens)
        of_it = f" ({percent((part or 0) / whole)})" if whole else ""
        bars.append(_bar(name, part, by_money=by_money, note=of_it))
        cost, waste = dollar_cell(team.cost_nanousd), dollar_cell(team.waste_nanousd)
        rows.append((name, f"{team.requests:,}", f"{team.tokens:,}", cost, f"{team.waste_tokens:,}", waste))
    note = (
        f"Expected waste, and its share of the team's own {'spend' if by_money else 'tokens'}. Teams smaller than the "
        "smallest group, and calls without a team, do not stand here by themselves."
    )
    columns = ("team", "calls", "tokens", "cost", "waste tokens", "waste")
    return bar_figure("teams", "Waste by team", note, bars, (columns, rows))


def rule_figure(report: Report) -> Figure | None:
    """Return the expected waste that counts for each rule; the bars add up to the whole."""
    lines = report.economics.waste.by_rule if report.economics else ()
    if not any(line.waste.tokens.expected for line in lines):
        return None
    by_money = priced_mostly(report)
    bars, rows = [], []
    for line in lines:
        name = clean_id(line.name) if line.name else "(none)"
        count, cost = line.waste.tokens.expected, line.waste.nanousd.expected if line.waste.nanousd else None
        found = "" if line.findings is None else f"{line.findings:,}"
        rows.append((name, found, f"{count:,}", dollar_cell(cost)))
        if count:
            bars.append(_bar(name, cost if by_money else count, by_money=by_money))
    if not by_money:
        bars.sort(key=lambda bar: -bar.height)
    note = (
        "Expected waste, each call counted once: one that several rules blame counts for the surest of them. What a "
        "finding blames by itself stands with the finding."
    )
    return bar_figure("rules", "Waste by rule", note, bars, (("rule", "findings", "waste tokens", "waste"), rows))


def model_figure(report: Report) -> Figure | None:
    """Return the cost of each model, or its tokens where too little has a price."""
    if report.series is None or not report.series.models:
        return None
    by_money = priced_mostly(report)
    bars, rows = [], []
    for model in report.series.models:
        name = clean_id(model.model) if model.model else "(no model named)"
        part = model.cost_nanousd if by_money else model.tokens
        bars.append(_bar(name, part, by_money=by_money, wasted=False))
        cost, unpriced = dollar_cell(model.cost_nanousd), f"{model.unpriced_requests:,}"
        rows.append((name, f"{model.requests:,}", f"{model.tokens:,}", cost, unpriced))
    if not by_money:
        bars.sort(key=lambda bar: -bar.height)
    title = "Cost by model" if by_money else "Tokens by model"
    note = f"All calls, {plural(report.totals.unpriced_requests, 'call')} without a known price among them."
    columns = ("model", "calls", "tokens", "cost", "calls without a price")
    return bar_figure("models", title, note, bars, (columns, rows))


def cluster_figure(report: Report) -> Figure | None:
    """Return the groups of prompts that are the same or nearly so."""
    if report.series is None or not report.series.clusters:
        return None
    clusters = report.series.clusters
    bars = [_cluster_bar(number, cluster) for number, cluster in enumerate(clusters, 1)]
    columns = [
        "no.", "prompts", "likely waste", "waste tokens", "people", "days", "from", "to", "characters", "words",
        "senders who stand out", "id",
    ]  # fmt: skip
    columns += ["text"] if any(cluster.text for cluster in clusters) else []
    count = plural(report.series.cluster_count, "group")
    note = (
        "Prompts that are the same or nearly so: the groups with most likely waste, and those that most people sent, "
        f"of {count} in all. Shared templates are among them and are no waste as such. Only people who stand out are "
        "named."
    )
    rows = [_cluster_row(number, cluster)[: len(columns)] for number, cluster in enumerate(clusters, 1)]
    return bar_figure("clusters", "Repeated prompts", note, bars, (columns, rows))


def _cluster_bar(number: int, cluster: Cluster) -> Bar:
    name = f"{number}: {plural(cluster.senders, 'person', 'people')}, {plural(cluster.days, 'day')}"
    return Bar(name=name, height=cluster.prompts, waste=cluster.wasted, value=f"{cluster.prompts:,}")


def _cluster_row(number: int, cluster: Cluster) -> tuple[str, ...]:
    more = cluster.senders - len(cluster.named)
    named = listing(cluster.named, 20)
    senders = f"{named} and {plural(more, 'other')}" if named and more else named or plural(more, "other")
    return (
        f"{number}", f"{cluster.prompts:,}", f"{cluster.wasted:,}", f"{cluster.waste_tokens:,}", f"{cluster.senders:,}",
        f"{cluster.days:,}", cluster.first.isoformat(), cluster.last.isoformat(), f"{cluster.chars:,}",
        f"{cluster.words:,}", senders, cluster.id, clean(cluster.text or "", 2_000),
    )  # fmt: skip


def _bar(name: str, part: int | None, *, by_money: bool, note: str = "", wasted: bool = True) -> Bar:
    """Return a bar of nano-dollars or tokens; what is unknown is drawn as nothing and said."""
    height = dollars(part) if by_money else float(part or 0)
    shown = UNKNOWN if part is None else money(part) if by_money else tokens(part)
    return Bar(name=name, height=height, waste=height if wasted else 0.0, value=shown + note)
