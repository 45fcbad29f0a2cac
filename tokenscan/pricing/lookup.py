"""Look up what the models of a table cost, once for each distinct name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from tokenscan.pricing.book import PriceBook
from tokenscan.pricing.rates import Tariff
from tokenscan.pricing.resolve import MAX_NAME, NOT_MODELS, Listing, find_listing
from tokenscan.pricing.terms import TERMS, context_of

MAX_NAMES = 10_000  # the most frequent names are looked up; real logs have dozens, a hostile one has millions


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Hold what the models of a table cost.

    ``names`` has a row for each known pair of model and provider: model, provider, tariff, the last being
    the place in ``tariffs``. Where the events say under which terms they ran, it has a row for each of these too.
    """

    names: pl.DataFrame
    tariffs: list[Tariff]


def look_up(events: pl.DataFrame, book: PriceBook) -> Lookup:
    """Find the tariff of every distinct pair of model and provider in a table of events."""
    key = ["model", "provider", *([TERMS] if TERMS in events.columns else [])]
    distinct = (
        events.filter(pl.col("model").str.len_bytes() <= MAX_NAME)
        .group_by(key)
        .len()
        .sort("len", *key, descending=[True, *(False for _ in key)])
        .head(MAX_NAMES)
    )
    places: dict[object, int] = {}
    tariffs: list[Tariff] = []
    rows: list[tuple[str | int | None, ...]] = []
    for model, provider, *terms in distinct.select(key).iter_rows():
        tariff = _tariff(model, provider, book, terms[0] if terms else None)
        if tariff is None:
            continue
        # Many names may lead to one price: dated versions, letter case, prefixes.
        context = tuple(sorted((tariff.context or {}).items()))
        same = (tariff.listing and id(tariff.listing.model), tariff.override, tariff.discount, context)
        if same not in places:
            places[same] = len(tariffs)
            tariffs.append(tariff)
        rows.append((model, provider, *terms, places[same]))
    schema = {name: events.schema[name] for name in key} | {"tariff": pl.UInt32()}
    return Lookup(names=pl.DataFrame(rows, schema=schema, orient="row"), tariffs=tariffs)


def _tariff(model: str, provider: str | None, book: PriceBook, terms: int | None) -> Tariff | None:
    if model.strip().lower() in NOT_MODELS:
        return None
    listing = find_listing(provider, model)
    override = book.override_for(model)
    if listing is None and override is None:
        return None
    names = listing.discount_names if listing is not None and override is None else ()
    return Tariff(
        listing=listing,
        override=override,
        discount=book.discount_for(names),
        context=_context(listing, book, terms),
    )


def _context(listing: Listing | None, book: PriceBook, terms: int | None) -> Mapping[str, str] | None:
    return None if listing is None or terms is None else context_of(listing, book.terms[terms])
