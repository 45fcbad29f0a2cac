"""Where prices come from, and which models have none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib.metadata import version

import polars as pl

from tokenscan.costing.price_source import price_source, unknown_models
from tokenscan.pricing.book import PriceBook, PriceOverride, PriceTerms
from tokenscan.pricing.prices import price_events

Table = Callable[..., pl.DataFrame]


def test_the_price_list_is_named_with_its_version_and_its_newest_price() -> None:
    found = price_source(PriceBook(), date(2026, 11, 22))
    assert (found.name, found.version) == ("genai-prices", version("genai-prices"))
    assert found.last_change is not None
    # The locked version knows batch prices from 14 October 2026 on; a later version may know newer ones.
    assert date(2026, 10, 14) <= found.last_change <= date(2026, 11, 22)


def test_prices_announced_ahead_are_not_its_date() -> None:
    found = price_source(PriceBook(), date(2026, 1, 1)).last_change
    assert found is not None
    assert found <= date(2026, 1, 1)
    assert price_source(PriceBook(), date(1990, 1, 1)).last_change is None


def test_what_a_contract_put_in_its_place_is_said() -> None:
    book = PriceBook(
        overrides=(PriceOverride(model="x", input_usd_per_million=1, output_usd_per_million=1),),
        discounts={"openai": 0.12},
        terms=(PriceTerms(context={"processing": "batch"}),),
        file="p.csv",
    )
    found = price_source(book, date(2026, 11, 22))
    assert (found.contracts, found.discounts, found.terms, found.file) == (1, {"openai": 0.12}, 1, "p.csv")


def test_models_without_a_price_by_their_share_of_tokens(table: Table) -> None:
    events = price_events(
        table(
            {"model": "gpt-4o", "input_tokens": 500, "output_tokens": 0},
            {"model": "ours", "input_tokens": 200, "output_tokens": 100, "n_requests": 3},
            {"model": "theirs", "input_tokens": 150, "output_tokens": None},
            {"model": None, "input_tokens": 40, "output_tokens": 10},
            {"model": "logged", "cost_nanousd": 5, "cost_kind": "logged", "input_tokens": 0, "output_tokens": 0},
        ),
        PriceBook(),
    )
    assert [(one.model, one.requests, one.tokens, one.share) for one in unknown_models(events)] == [
        ("ours", 3, 300, 0.3),
        ("theirs", 1, 150, 0.15),
        (None, 1, 50, 0.05),
    ]
    assert len(unknown_models(events, most=1)) == 1
    assert unknown_models(events.clear()) == ()
