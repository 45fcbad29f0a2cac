"""Put labels and reports together: one row a labelled account, over all draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tokenscan.errors import InputError
from tokenscan.evaluate.labels import Label
from tokenscan.evaluate.rates import Flags, Risks
from tokenscan.evaluate.reports import Judgement
from tokenscan.report.model import Band
from tokenscan.report.numbers import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A report and the labels it is held against."""

    judgement: Judgement
    labels: pl.DataFrame
    labels_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Everybody in the labels of all draws, with what the reports say of them.

    ``accounts``, sorted by draw and user: draw (from 1), user, label, kind, dose, waste_tokens (the truth, null where
    unknown; 0 for innocent accounts of which the labels do not tell), ranked (in the report), kept_out (as a service),
    risk and claimed (0 where not ranked), band, strong, banded.
    ``hits``: draw, user, rule, weight, claimed, label, kind; one row an account and rule, its label null where it has
    none. ``unlabelled``: draw, user, risk, band, claimed of ranked people without a label.
    """

    draws: tuple[Draw, ...]
    accounts: pl.DataFrame
    hits: pl.DataFrame
    unlabelled: pl.DataFrame

    @property
    def gamers(self) -> pl.DataFrame:
        """Return the accounts that game."""
        return self.accounts.filter(pl.col("label") == Label.GAMER)

    @property
    def innocent(self) -> pl.DataFrame:
        """Return the accounts that do not: honest people and services."""
        return self.accounts.filter(pl.col("label") != Label.GAMER)


def pooled(draws: Sequence[Draw]) -> Population:
    """Return all draws as one population; the same name in two draws is two accounts.

    Raises:
        InputError: a report ranks people, and the labels name none of them.
    """
    parts = [(number, draw, _accounts(draw)) for number, draw in enumerate(draws, 1)]
    labels = ["user", "label", "kind"]
    hits = [
        _once(draw.judgement.hits).join(draw.labels.select(labels), on="user", how="left").with_columns(draw=number)
        for number, draw, _ in parts
    ]
    unlabelled = [
        draw.judgement.people.join(draw.labels, on="user", how="anti").with_columns(draw=number)
        for number, draw, _ in parts
    ]
    accounts = pl.concat([frame.with_columns(draw=number) for number, _, frame in parts])
    return Population(
        draws=tuple(draws),
        accounts=accounts.sort("draw", "user"),
        hits=pl.concat(hits).sort("draw", "user", "rule"),
        unlabelled=pl.concat(unlabelled).sort("draw", "user"),
    )


def ranking(accounts: pl.DataFrame) -> tuple[Risks, Flags]:
    """Return the risk of each account, and whether it games."""
    gamers = accounts["label"] == Label.GAMER.value
    return accounts["risk"].to_numpy().astype(np.float64), gamers.to_numpy().astype(np.bool_)


def _accounts(draw: Draw) -> pl.DataFrame:
    people, kept_out = draw.judgement.people, draw.judgement.kept_out
    matched = draw.labels.join(people, on="user", how="left")
    if people.height and matched["risk"].is_null().all():
        raise InputError(
            f"nobody of {draw.labels_name} ({plural(draw.labels.height, 'account')}) is in {draw.judgement.name} "
            f"({plural(people.height, 'person', 'people')})",
            hint="do both belong together, and was the report made with --pseudonymize?",
        )
    innocent = pl.col("label") != Label.GAMER
    return matched.with_columns(
        ranked=pl.col("risk").is_not_null(),
        kept_out=pl.col("user").is_in(sorted(kept_out)),
        risk=pl.col("risk").fill_null(0.0),
        band=pl.col("band").fill_null(Band.NONE.value),
        claimed=pl.col("claimed").fill_null(0),
        waste_tokens=pl.when(innocent).then(pl.col("waste_tokens").fill_null(0)).otherwise(pl.col("waste_tokens")),
    ).with_columns(strong=pl.col("band") == Band.STRONG, banded=pl.col("band") != Band.NONE)


def _once(hits: pl.DataFrame) -> pl.DataFrame:
    """Return an account's findings by one rule as one row: its heaviest weight, all that it claims."""
    return hits.group_by("user", "rule").agg(pl.col("weight").max(), pl.col("claimed").sum())
