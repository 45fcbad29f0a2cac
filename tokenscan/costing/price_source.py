"""Say where prices come from, and of when they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib.metadata import PackageNotFoundError, version

import polars as pl

from tokenscan.pricing.book import PriceBook
from tokenscan.report.prices import PriceSource, UnknownModel

LIST = "genai-prices"
_MOST_MODELS = 100


def price_source(book: PriceBook, today: date) -> PriceSource:
    """Return the price list with the date of its data, and what a contract put in its place.

    The package carries no date of its own. The latest day until ``today`` from which it knows a new price is the best
    that it says: its data are at least as new, unless that price was announced ahead.
    """
    try:
        found = version(LIST)
    except PackageNotFoundError:
        found = "unknown"
    return PriceSource(
        name=LIST,
        version=found,
        last_change=max((day for day in _changes() if day <= today), default=None),
        contracts=len(book.overrides),
        discounts={name: float(share) for name, share in sorted(book.discounts.items())},
        terms=len(book.terms),
        file=book.file,
    )


def _changes() -> Iterator[date]:
    from genai_prices.data_snapshot import get_snapshot
    from genai_prices.types import StartDateConstraint

    for provider in get_snapshot().providers:
        for model in provider.models:
            entries = [*(model.prices if isinstance(model.prices, list) else []), *(model.price_variants or ())]
            for entry in entries:
                if isinstance(entry.constraint, StartDateConstraint):
                    yield entry.constraint.start_date


def unknown_models(events: pl.DataFrame, most: int = _MOST_MODELS) -> tuple[UnknownModel, ...]:
    """Return the models of priced events that have no price, by falling tokens; null are calls that name no model."""
    tokens = pl.col("input_tokens").fill_null(0) + pl.col("output_tokens").fill_null(0)
    whole = int(events["input_tokens"].sum()) + int(events["output_tokens"].sum())
    found = (
        events.lazy()
        .filter(pl.col("cost_nanousd").is_null())
        .group_by("model")
        .agg(pl.col("n_requests").fill_null(1).sum().alias("requests"), tokens.sum().alias("tokens"))
        .sort("tokens", "requests", "model", descending=[True, True, False], nulls_last=True)
        .head(most)
        .collect()
    )
    return tuple(
        UnknownModel(model=model, requests=requests, tokens=count, share=count / whole if whole else 0.0)
        for model, requests, count in found.select("model", "requests", "tokens").iter_rows()
    )
