"""Batch, service tiers and speed: where the user says so, and the list has such prices."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl
import pytest
from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot

from tokenscan.events.schema import EVENTS
from tokenscan.pricing.book import PriceBook, PriceOverride, PriceTerms
from tokenscan.pricing.prices import price_events
from tokenscan.pricing.terms import terms_notes

Table = Callable[..., pl.DataFrame]
LATER = datetime(2026, 11, 1, tzinfo=UTC)
BATCH = {"processing": "batch"}
CALL = {"model": "gpt-5.4", "provider": "openai", "timestamp": LATER, "input_tokens": 10_000, "output_tokens": 1_000}


def costs(events: pl.DataFrame, *terms: PriceTerms, **book: object) -> list[int | None]:
    return price_events(events, PriceBook(terms=terms, **book))["cost_nanousd"].to_list()  # type: ignore[arg-type]


def test_batch_costs_half_where_the_list_says_so(table: Table) -> None:
    (whole,) = costs(table(CALL))
    assert whole
    assert costs(table(CALL), PriceTerms(context=BATCH)) == [whole // 2]


@pytest.mark.parametrize(
    ("context", "tokens", "nanousd"),
    [
        # GPT-5.4 at list $2.50 in and $15 out a million; priority twice that, flex and batch half.
        (None, 10_000, 10_000 * 2_500 + 1_000 * 15_000),
        ({"service_tier": "default"}, 10_000, 10_000 * 2_500 + 1_000 * 15_000),
        ({"service_tier": "priority"}, 10_000, 10_000 * 5_000 + 1_000 * 30_000),
        ({"service_tier": "flex"}, 10_000, 10_000 * 1_250 + 1_000 * 7_500),
        (BATCH, 10_000, 10_000 * 1_250 + 1_000 * 7_500),
        # Above 272,000 tokens the whole request is in the dearer tier, in batch as well.
        (BATCH, 272_000, 272_000 * 1_250 + 1_000 * 7_500),
        (BATCH, 272_001, 272_001 * 2_500 + 1_000 * 11_250),
    ],
)
def test_service_tiers_by_hand(table: Table, context: dict[str, str] | None, tokens: int, nanousd: int) -> None:
    terms = [] if context is None else [PriceTerms(context=context)]
    assert costs(table(CALL | {"input_tokens": tokens}), *terms) == [nanousd]


def test_every_class_of_tokens_is_cheaper_in_batch(table: Table) -> None:
    call = {"provider": "anthropic", "model": "claude-sonnet-4-5", "timestamp": LATER, "input_tokens": 10_000,
            "cache_read_tokens": 6_000, "cache_write_tokens": 3_000, "cache_write_1h_tokens": 1_000,
            "output_tokens": 500}  # fmt: skip
    # Half of $3 fresh, $0.30 read, $3.75 and $6 written, $15 out.
    assert costs(table(call), PriceTerms(context=BATCH)) == [
        1_000 * 1_500 + 6_000 * 150 + 2_000 * 1_875 + 1_000 * 3_000 + 500 * 7_500
    ]


@pytest.mark.parametrize(
    ("region", "input_price", "output_price"), [("us.", 3_300, 16_500), ("global.", 3_000, 15_000)]
)
def test_regional_prices_follow_from_bedrocks_names(
    table: Table, region: str, input_price: int, output_price: int
) -> None:
    name = f"{region}anthropic.claude-sonnet-4-5-20250929-v1:0"
    assert costs(table(CALL | {"provider": "bedrock", "model": name})) == [10_000 * input_price + 1_000 * output_price]


def test_only_calls_that_the_terms_name_are_meant(table: Table) -> None:
    events = table(
        CALL | {"app": "nightly"}, CALL | {"app": "chat"}, CALL, CALL | {"app": "nightly", "model": "gpt-4o"}
    )
    batch, chat, plain, other = costs(events, PriceTerms(app="night*", model="GPT-5*", context=BATCH))
    assert chat == plain == costs(table(CALL))[0]
    assert plain is not None
    assert batch == plain // 2
    assert other == costs(table(CALL | {"model": "gpt-4o"}))[0]


def test_the_first_terms_that_fit_hold(table: Table) -> None:
    flex, batch = PriceTerms(app="nightly", context={"service_tier": "flex"}), PriceTerms(context=BATCH)
    events = table(CALL | {"app": "nightly"})
    assert costs(events, flex, batch) == costs(events, flex)
    assert costs(events, PriceTerms(app="chat", context={"service_tier": "priority"}), batch) == costs(events, batch)


def test_before_the_list_knows_of_them_terms_change_nothing(table: Table) -> None:
    early = table(CALL | {"timestamp": datetime(2026, 6, 1, tzinfo=UTC)})
    assert costs(early, PriceTerms(context=BATCH)) == costs(early)


def test_a_contract_price_is_not_changed_and_a_discount_is_off_the_batch_price(table: Table) -> None:
    contract = PriceOverride(model="gpt-5.4", input_usd_per_million=1, output_usd_per_million=1)
    assert costs(table(CALL), PriceTerms(context=BATCH), overrides=(contract,)) == [11_000_000]
    (batch,) = costs(table(CALL), PriceTerms(context=BATCH))
    assert batch is not None
    assert costs(table(CALL), PriceTerms(context=BATCH), discounts={"openai": 0.1}) == [batch * 9 // 10]


def test_terms_that_fit_nothing_and_models_without_such_a_price_are_said(table: Table) -> None:
    events = table(CALL, CALL | {"model": "gpt-3.5-turbo-0301"}, CALL | {"model": "unheard-of"})
    terms = (PriceTerms(context={"service_tier": "flex"}), PriceTerms(app="none", context=BATCH))
    notes = list(terms_notes(events, PriceBook(terms=terms)))
    assert notes == [
        "no list price for service_tier flex, so at the standard price: gpt-3.5-turbo-0301",
        "price_terms 2 (processing batch) fits no call",
    ]
    assert not list(terms_notes(events, PriceBook()))


TIERS = ("default", "flex", "priority", "fast")


def listed_calls(context: dict[str, str]) -> list[dict[str, Any]]:
    """Make some calls of each model that has a price under these terms and is found under its own name."""
    rng, snapshot, rows = random.Random(20260302), get_snapshot(), []
    for provider, model in ((owner, model) for owner in snapshot.providers for model in owner.models):
        variants = model.price_variants or ()
        if not any(all(context.get(key) == value for key, value in one.when.items()) for one in variants):
            continue
        try:
            snapshot.find_provider_model(model.id, None, provider.id, None)
        except LookupError:
            continue
        for size in (900, 150_000, 300_000):
            read, write, output = rng.randrange(400), rng.randrange(400), rng.randrange(10_000)
            tokens = {"input_tokens": size, "cache_read_tokens": read, "cache_write_tokens": write,
                      "cache_write_1h_tokens": write // 2, "output_tokens": output}  # fmt: skip
            when = LATER - timedelta(days=rng.randrange(60))
            place = {"provider": provider.id, "model": model.id, "timestamp": when}
            rows.append({"grain": "call", "n_requests": 1, "reasoning_tokens": output // 3} | tokens | place)
    return rows


@pytest.mark.parametrize("context", [BATCH, *({"service_tier": tier} for tier in TIERS), {"speed": "fast"}])
def test_every_listed_model_costs_what_genai_prices_says_under_the_terms(context: dict[str, str]) -> None:
    rows = listed_calls(context)
    assert rows
    found = costs(pl.DataFrame(rows, schema=EVENTS), PriceTerms(context=context))
    for row, cost in zip(rows, found, strict=True):
        usage = Usage(
            input_tokens=row["input_tokens"],
            cache_read_tokens=row["cache_read_tokens"],
            cache_write_tokens=row["cache_write_tokens"],
            cache_write_1h_tokens=row["cache_write_1h_tokens"],
            output_tokens=row["output_tokens"],
            output_reasoning_tokens=row["reasoning_tokens"],
        )
        price = calc_price(
            usage,
            row["model"],
            provider_id=row["provider"],
            genai_request_timestamp=row["timestamp"],
            price_context=context,
        )
        want = int((price.total_price * Decimal(10**9)).to_integral_value(ROUND_HALF_UP))
        assert cost == (None if price.model_price.input_mtok is None else want), row
