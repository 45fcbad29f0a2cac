"""Calls that run in batch or in another service tier, where the user says so: logs hardly ever do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.pricing.book import PriceBook, PriceTerms, fits
from tokenscan.pricing.resolve import MAX_NAME, Listing, find_listing

TERMS = "terms"  # the place of a call's terms in ``PriceBook.terms``
_SCOPE = ("model", "app", "provider")


def with_terms(events: pl.DataFrame, book: PriceBook) -> pl.DataFrame:
    """Return events with the place of the first terms that fit each, null for none; as they are without any terms."""
    if not book.terms:
        return events
    place = pl.lit(None, pl.UInt32)
    for number, terms in reversed(list(enumerate(book.terms))):
        place = pl.when(_fit(events, terms)).then(pl.lit(number, pl.UInt32)).otherwise(place)
    return events.with_columns(place.alias(TERMS))


def _fit(events: pl.DataFrame, terms: PriceTerms) -> pl.Expr:
    scope = {name: pattern for name in _SCOPE if (pattern := getattr(terms, name)) is not None}
    fit = pl.lit(True)
    for name, pattern in scope.items():
        known = events[name].drop_nulls().unique().sort()
        fitting = [value for value in known if len(value) <= MAX_NAME and fits(pattern, value)]
        fit = fit & pl.col(name).is_in(fitting).fill_null(value=False)
    return fit


def context_of(listing: Listing, terms: PriceTerms) -> Mapping[str, str] | None:
    """Return the price context of a listed model under these terms, null where the list has no such prices."""
    from genai_prices.data_snapshot import get_snapshot

    owner = next((one for one in get_snapshot().providers if one.id == listing.provider_id), None)
    # As genai-prices does: what another vendor lists for a model says nothing of this one's terms.
    if owner is None or not any(model is listing.model for model in owner.models):
        return None
    variants = listing.model.price_variants or ()
    known = any(all(terms.context.get(key) == value for key, value in variant.when.items()) for variant in variants)
    return terms.context if known else None


def terms_notes(events: pl.DataFrame, book: PriceBook) -> Iterator[str]:
    """Yield a sentence for each of the terms that fits no call, or models that the list has no such price for."""
    placed = with_terms(events, book)
    for number, terms in enumerate(book.terms):
        told = ", ".join(f"{key} {value}" for key, value in terms.context.items())
        pairs = placed.filter(pl.col(TERMS) == number).select("model", "provider").unique().sort("model", "provider")
        if pairs.is_empty():
            yield f"price_terms {number + 1} ({told}) fits no call"
        named = pairs.drop_nulls("model").head(1_000)
        without = {
            model
            for model, provider in named.iter_rows()
            if (listing := find_listing(provider, model)) is not None and context_of(listing, terms) is None
        }
        if without:
            yield f"no list price for {told}, so at the standard price: {', '.join(sorted(without)[:10])}"
