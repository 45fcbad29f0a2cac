"""Score a population: ranking, bands, kinds, and who was accused or missed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import polars as pl

from tokenscan.evaluate.labels import Label
from tokenscan.evaluate.model import Absent, Account, Bands, BandScore, KindScore, Scores
from tokenscan.evaluate.population import Population, ranking
from tokenscan.evaluate.rates import average_precision, projected, rate, roc_auc

COLUMN = {Bands.STRONG: "strong", Bands.BANDED: "banded"}
Rules = Mapping[tuple[int, str], tuple[str, ...]]


def scores(accounts: pl.DataFrame) -> Scores:
    """Return the figures over accounts as ``Population`` has them."""
    risks, gamers = ranking(accounts)
    return Scores(
        counts={label: accounts.filter(pl.col("label") == label).height for label in Label},
        pr_auc=average_precision(risks, gamers),
        roc_auc=roc_auc(risks, gamers),
        bands={bands: _band(accounts, COLUMN[bands]) for bands in Bands},
    )


def _band(accounts: pl.DataFrame, column: str) -> BandScore:
    held = {label: accounts.filter(pl.col(column), pl.col("label") == label).height for label in Label}
    gamers = accounts.filter(pl.col("label") == Label.GAMER).height
    wrong = held[Label.HONEST] + held[Label.SERVICE]
    recall = rate(held[Label.GAMER], gamers)
    false_share = rate(wrong, accounts.height - gamers)
    return BandScore(
        gamers=held[Label.GAMER],
        honest=held[Label.HONEST],
        services=held[Label.SERVICE],
        precision=rate(held[Label.GAMER], held[Label.GAMER] + wrong),
        recall=recall,
        false_share=false_share,
        at_prevalence=projected(recall, false_share),
    )


def kind_scores(population: Population) -> tuple[KindScore, ...]:
    """Return each kind, and within it each dose where the labels tell one: gamers first, then by name."""
    accounts = population.accounts
    kinds = accounts.select("label", "kind").unique()
    found = []
    for label, kind in kinds.iter_rows():
        of_kind = accounts.filter(pl.col("label") == label, pl.col("kind") == kind)
        found.append(_kind(population, of_kind, Label(label), kind, None))
        found += [
            _kind(population, of_kind.filter(pl.col("dose") == dose), Label(label), kind, dose)
            for dose in of_kind["dose"].drop_nulls().unique()
        ]
    order = list(Label)
    return tuple(sorted(found, key=lambda one: (order.index(one.label), one.kind, one.dose is not None, one.dose)))


def dose_scores(population: Population) -> tuple[KindScore, ...]:
    """Return each dose over all kinds of gamers."""
    gamers = population.gamers
    return tuple(
        _kind(population, gamers.filter(pl.col("dose") == dose), Label.GAMER, "", dose)
        for dose in gamers["dose"].drop_nulls().unique().sort()
    )


def _kind(population: Population, some: pl.DataFrame, label: Label, kind: str, dose: str | None) -> KindScore:
    against = pl.concat([some, population.innocent]) if label is Label.GAMER else None
    return KindScore(
        label=label,
        kind=kind,
        dose=dose,
        bands={bands: rate(int(some[COLUMN[bands]].sum()), some.height) for bands in Bands},
        average_precision=None if against is None else average_precision(*ranking(against)),
    )


def weighing_rules(population: Population) -> Rules:
    """Return the rules that weigh in the risk of each (draw, user), the heaviest first."""
    rules: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    weighing = population.hits.filter(pl.col("weight") > 0)
    ordered = weighing.sort("weight", "rule", descending=[True, False])
    for draw, user, rule in ordered.select("draw", "user", "rule").iter_rows():
        rules[draw, user].append(rule)
    return {who: tuple(names) for who, names in rules.items()}


def listed(accounts: pl.DataFrame, rules: Rules) -> tuple[Account, ...]:
    """Return accounts by falling risk, then by draw and name."""
    ordered = accounts.sort("risk", "draw", "user", descending=[True, False, False])
    return tuple(account(row, rules) for row in ordered.iter_rows(named=True))


def account(row: Mapping[str, object], rules: Rules) -> Account:
    """Return one row of a population's accounts or unlabelled people."""
    draw, user, label = int(str(row["draw"])), str(row["user"]), row.get("label")
    dose = row.get("dose")
    return Account(
        draw=draw,
        user=user,
        label=None if label is None else Label(str(label)),
        kind=str(row.get("kind") or ""),
        dose=None if dose is None else str(dose),
        risk=float(str(row["risk"])),
        band=str(row["band"]),
        rules=rules.get((draw, user), ()),
    )


def absent(population: Population) -> tuple[Absent, ...]:
    """Return the labelled accounts that no ranking names, in the order of draws and names."""
    rows = population.accounts.filter(~pl.col("ranked")).select("draw", "user", "label", "kind", "kept_out")
    return tuple(
        Absent(draw=draw, user=user, label=Label(label), kind=kind, kept_out=kept_out)
        for draw, user, label, kind, kept_out in rows.iter_rows()
    )
