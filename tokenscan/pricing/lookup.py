"""Look up what the models of a table cost, once for each distinct name."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.pricing.book import PriceBook
from tokenscan.pricing.rates import Tariff
from tokenscan.pricing.resolve import MAX_NAME, NOT_MODELS, find_listing

MAX_NAMES = 10_000  # the most frequent names are looked up; real logs have dozens, a hostile one has millions


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Hold what the models of a table cost.

    ``names`` has a row for each known pair of model and provider: model, provider, tariff, the last being
    the place in ``tariffs``.
    """

    names: pl.DataFrame
    tariffs: list[Tariff]


def look_up(events: pl.DataFrame, book: PriceBook) -> Lookup:
    """Find the tariff of every distinct pair of model and provider in a table of events."""
    distinct = (
        events.filter(pl.col("model").str.len_bytes() <= MAX_NAME)
        .group_by("model", "provider")
        .len()
        .sort("len", "model", "provider", descending=[True, False, False])
        .head(MAX_NAMES)
    )
    places: dict[object, int] = {}
    tariffs: list[Tariff] = []
    rows: list[tuple[str, str | None, int]] = []
    for model, provider in distinct.select("model", "provider").iter_rows():
        tariff = _tariff(model, provider, book)
        if tariff is None:
            continue
        # Many names may lead to one price: dated versions, letter case, prefixes.
        key = (tariff.listing and id(tariff.listing.model), tariff.override, tariff.discount)
        if key not in places:
            places[key] = len(tariffs)
            tariffs.append(tariff)
        rows.append((model, provider, places[key]))
    schema = {"model": pl.String, "provider": pl.String, "tariff": pl.UInt32}
    return Lookup(names=pl.DataFrame(rows, schema=schema, orient="row"), tariffs=tariffs)


def _tariff(model: str, provider: str | None, book: PriceBook) -> Tariff | None:
    if model.strip().lower() in NOT_MODELS:
        return None
    listing = find_listing(provider, model)
    override = book.override_for(model)
    if listing is None and override is None:
        return None
    names = listing.discount_names if listing is not None and override is None else ()
    return Tariff(listing=listing, override=override, discount=book.discount_for(names))
