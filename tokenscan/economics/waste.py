"""Waste in tokens and money: in total, by rule, person, team and month, and what it comes to in a year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from tokenscan.economics.attribution import rule_of_calls
from tokenscan.economics.basis import KINDS, Basis, Days
from tokenscan.findings.model import SubjectKind
from tokenscan.report.economics import Rate, Waste, WasteInMoney, WasteLine
from tokenscan.report.model import Range

FOUNDING_GRAMS = 0.685
FOUNDING = "founding documents, by which 10 million tokens a day are about 2.5 t a year"

_SUMS = [pl.col(f"{kind}_{part}").sum() for kind in KINDS for part in ("tokens", "cost")]
_PRICED = pl.col("high_cost").is_not_null().any().alias("priced")
_USED = (
    pl.col("tokens").sum(),
    pl.when(pl.col("cost").is_not_null().any()).then(pl.col("cost").sum()).alias("cost"),
)


def waste_in_money(basis: Basis, days: Days) -> WasteInMoney:
    """Return waste counted once a call; every kind of line adds up to the total."""
    waste = days.waste
    total = waste.select(*_SUMS, _PRICED).row(0, named=True)
    priced = total["priced"] or (waste.is_empty() and days.volume["cost"].is_not_null().any())
    unpriced = waste.filter(pl.col("expected_cost").is_null())["expected_tokens"].sum()
    return WasteInMoney(
        rate=_rate(days),
        total=_waste(total | {"priced": priced}),
        unpriced_tokens=int(unpriced),
        co2_grams_per_1k_tokens=basis.grams,
        co2_source=FOUNDING if basis.grams == FOUNDING_GRAMS else "config",
        by_rule=_by_rule(basis, waste),
        by_person=() if basis.teams_only else _by_person(basis, days),
        by_team=_by_team(days),
        by_month=_by_month(days),
    )


def _rate(days: Days) -> Rate | None:
    span = days.span
    if span is None:
        return None
    return Rate(first=span[0], last=span[1], days_with_calls=days.volume["day"].n_unique())


def _by_rule(basis: Basis, waste: pl.DataFrame) -> tuple[WasteLine, ...]:
    """One line a rule with claims, those whose calls all count for other rules among them."""
    claiming = basis.claims["finding"].unique().sort().to_list()
    found: dict[str, int] = {}
    for number in claiming:
        rule = basis.findings[number].rule_id
        found[rule] = found.get(rule, 0) + 1
    titles = {finding.rule_id: finding.title for finding in basis.findings}
    rules = rule_of_calls(basis.claims, basis.findings)
    sums = _sums(waste.join(rules, on="row_id", how="left"), "rule_id")
    nothing = {f"{kind}_{part}": 0 for kind in KINDS for part in ("tokens", "cost")} | {"priced": True}
    lines = [
        WasteLine(name=rule, note=titles[rule], findings=count, waste=_waste(sums.get(rule, nothing)))
        for rule, count in found.items()
    ]
    return _ordered([*lines, *(WasteLine(name=None, waste=_waste(row)) for rule, row in sums.items() if rule is None)])


def _by_person(basis: Basis, days: Days) -> tuple[WasteLine, ...]:
    """One line a person whom a finding is about.

    What findings about teams or the organisation claim on anybody else's calls shares a line: no name stands beside
    waste without a finding that explains it.
    """
    teams = dict(basis.tables.people.select("user", "team").iter_rows())
    about = {one.subject.user for one in basis.findings if one.subject.kind is SubjectKind.USER and not one.suppression}
    named = pl.when(pl.col("user").is_in(sorted(name for name in about if name))).then(pl.col("user")).alias("user")
    claimed = days.calls.join(days.waste.select("user").unique(), on="user", how="semi")
    used = _rows(claimed.with_columns(named).group_by("user").agg(_USED))
    lines = [
        WasteLine(
            name=user,
            note=(teams.get(user) or "") if user else "",
            waste=_waste(row),
            tokens=used[user]["tokens"],
            cost_nanousd=used[user]["cost"],
        )
        for user, row in _sums(days.waste.with_columns(named), "user").items()
    ]
    return _ordered(lines)


def _by_team(days: Days) -> tuple[WasteLine, ...]:
    """One line a team of the minimum size; the rest (smaller teams, people without one) shares a line."""
    shown = pl.when(pl.col("team").is_in(list(days.teams))).then(pl.col("team")).alias("team")
    sums = _sums(days.waste.with_columns(shown), "team")
    used = _rows(days.calls.with_columns(shown).group_by("team").agg(_USED))
    lines = [
        WasteLine(name=team, waste=_waste(row), tokens=used[team]["tokens"], cost_nanousd=used[team]["cost"])
        for team, row in sums.items()
    ]
    return _ordered(lines)


def _by_month(days: Days) -> tuple[WasteLine, ...]:
    """One line a calendar month with calls, in order; what was used is everybody's, services included."""
    month = pl.col("day").dt.truncate("1mo")
    used = days.volume.group_by(month.alias("month")).agg(*_USED, pl.col("day").n_unique().alias("days")).sort("month")
    sums = _sums(days.waste.with_columns(month.alias("month")), "month")
    lines = []
    for row in used.iter_rows(named=True):
        none = {f"{kind}_{part}": 0 for kind in KINDS for part in ("tokens", "cost")} | {
            "priced": row["cost"] is not None
        }
        line = WasteLine(
            name=row["month"].strftime("%Y-%m"),
            waste=_waste(sums.get(row["month"], none)),
            tokens=row["tokens"],
            cost_nanousd=row["cost"],
            days=row["days"],
        )
        lines.append(line)
    return tuple(lines)


def _sums(waste: pl.DataFrame, by: str) -> dict[str | None, dict[str, Any]]:
    return _rows(waste.group_by(by).agg(*_SUMS, _PRICED).sort(by))


def _rows(frame: pl.DataFrame) -> dict[str | None, dict[str, Any]]:
    """Return rows by their first column."""
    key = frame.columns[0]
    return {row[key]: row for row in frame.iter_rows(named=True)}


def _waste(row: Mapping[str, Any]) -> Waste:
    tokens, cost = (Range(**{kind: int(row[f"{kind}_{part}"]) for kind in KINDS}) for part in ("tokens", "cost"))
    return Waste(tokens=tokens, nanousd=cost if row["priced"] else None)


def _ordered(lines: Iterable[WasteLine]) -> tuple[WasteLine, ...]:
    """Most expected waste first (money, then tokens), then by name: a total order; what belongs to none comes last."""

    def place(line: WasteLine) -> tuple[bool, int, int, int, str]:
        waste = line.waste
        return (
            line.name is None,
            -(waste.nanousd.expected if waste.nanousd else 0),
            -waste.tokens.expected,
            -waste.tokens.high,
            line.name or "",
        )

    return tuple(sorted(lines, key=place))
