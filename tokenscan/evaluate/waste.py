"""Waste that reports claim, against what the labels say was wasted."""

from __future__ import annotations

import polars as pl

from tokenscan.evaluate.labels import Label
from tokenscan.evaluate.model import Account, Claim, WasteScore
from tokenscan.evaluate.population import Population
from tokenscan.evaluate.score import Rules, account


def waste_score(population: Population, rules: Rules) -> WasteScore:
    """Return claims against truth; an account's claim is the report's expected figure, each call counted once."""
    accounts = population.accounts
    known = accounts.filter(pl.col("waste_tokens").is_not_null())
    unknown = accounts.filter(pl.col("waste_tokens").is_null())
    games = pl.col("label") == Label.GAMER
    unlabelled = sum(population.unlabelled["claimed"])
    low, expected, high = (
        sum(figures) for figures in zip(*(draw.judgement.waste for draw in population.draws), strict=True)
    )
    return WasteScore(
        gamers=claim(known.filter(games)),
        innocent=claim(known.filter(~games)),
        unknown=(unknown.height, sum(unknown["claimed"])),
        unlabelled=unlabelled,
        low=low,
        expected=expected,
        high=high,
        comparable=not unknown.height and not population.unlabelled.height and _whole(population, expected),
        kinds=tuple(
            (kind, claim(known.filter(games, pl.col("kind") == kind)))
            for kind in known.filter(games)["kind"].unique().sort()
        ),
        people=_people(known, rules),
    )


def claim(accounts: pl.DataFrame) -> Claim:
    """Return the sums over accounts with a known truth, in Python's integers, which do not overflow."""
    pairs = list(accounts.select("waste_tokens", "claimed").iter_rows())
    return Claim(
        people=len(pairs),
        true=sum(true for true, _ in pairs),
        claimed=sum(claimed for _, claimed in pairs),
        over=sum(max(0, claimed - true) for true, claimed in pairs),
        under=sum(max(0, true - claimed) for true, claimed in pairs),
    )


def _whole(population: Population, expected: int) -> bool:
    """Return whether what the reports claim in all is what they claim of the labelled people."""
    return sum(population.accounts["claimed"]) == expected


def _people(known: pl.DataFrame, rules: Rules) -> tuple[tuple[Account, Claim], ...]:
    some = known.filter((pl.col("waste_tokens") > 0) | (pl.col("claimed") > 0))
    found = [
        (account(row, rules), claim(some[place : place + 1])) for place, row in enumerate(some.iter_rows(named=True))
    ]
    return tuple(sorted(found, key=lambda one: (-one[1].over - one[1].under, one[0].draw, one[0].user)))
