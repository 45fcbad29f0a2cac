"""Contract prices and discounts. $1 per million tokens is 1,000 nano-dollars a token."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tokenscan.pricing.book import PriceBook, PriceOverride
from tokenscan.pricing.prices import price_events

Table = Callable[..., pl.DataFrame]

FLAT = {"input_usd_per_million": 2, "output_usd_per_million": 8}
SONNET = {
    "model": "claude-sonnet-4-5",
    "provider": "anthropic",
    "input_tokens": 10_000,
    "cache_read_tokens": 5_000,
    "cache_write_tokens": 3_000,
    "cache_write_1h_tokens": 1_000,
    "output_tokens": 500,
}


def contract(model: str, **prices: Any) -> PriceOverride:
    return PriceOverride(model=model, **(FLAT | prices))


def cost(table: Table, row: dict[str, Any], *overrides: PriceOverride, **discounts: Any) -> int | None:
    book = PriceBook(overrides=overrides, discounts=discounts)
    return price_events(table(row), book).item(0, "cost_nanousd")


def test_contract_price_wins_over_the_list(table: Table) -> None:
    # 1,000 x 2,000 + 100 x 8,000
    assert cost(table, {}, contract("gpt-4o")) == 2_800_000
    assert cost(table, {}, contract(" GPT-4O ")) == 2_800_000
    assert cost(table, {"model": "Gpt-4o"}, contract("gpt-4o")) == 2_800_000
    assert cost(table, {}, contract("gpt-4")) == 3_500_000


def test_contract_price_of_a_model_nobody_lists(table: Table) -> None:
    row = {"model": "in-house", "provider": "vllm", "cache_read_tokens": 400}
    # Cache tokens at the input price, then at their own: 600 x 2,000 + 400 x 500 + 100 x 8,000
    assert cost(table, row, contract("in-house")) == 2_800_000
    assert cost(table, row, contract("in-house", cache_read_usd_per_million=0.5)) == 2_200_000
    assert cost(table, row | {"timestamp": None}, contract("in-house")) == 2_800_000


def test_cache_prices_keep_the_listed_proportion(table: Table) -> None:
    # Listed: $3 in, $0.30 read, $3.75 and $6 written. At $2 in: $0.20, $2.50 and $4.
    # 2,000 x 2,000 + 5,000 x 200 + 2,000 x 2,500 + 1,000 x 4,000 + 500 x 8,000
    assert cost(table, SONNET, contract("claude-sonnet-4-5")) == 18_000_000
    # A write price of its own, $5, is for 5 minutes; an hour keeps its proportion, 6 / 3.75 x 5 = $8:
    # 4,000,000 + 5,000 x 100 + 2,000 x 5,000 + 1,000 x 8,000 + 4,000,000
    own = contract("claude-*", cache_read_usd_per_million=0.1, cache_write_usd_per_million=5)
    assert cost(table, SONNET, own) == 26_500_000


@pytest.mark.parametrize(
    ("pattern", "model", "fits"),
    [
        ("claude-*", "claude-opus-4-5", True),
        ("claude-*", "us.anthropic.claude-opus-4-5", False),
        ("*claude*opus*", "us.anthropic.Claude-Opus-4-5", True),
        ("gpt-4?", "gpt-4o", False),
        ("gpt-[45]", "gpt-4", False),
        ("m[1]?", "M[1]?", True),
        ("*", "anything", True),
    ],
)
def test_only_the_star_is_a_pattern(pattern: str, model: str, fits: bool) -> None:
    assert contract(pattern).matches(model) is fits


def test_full_name_wins_over_patterns_then_the_first_pattern(table: Table) -> None:
    overrides = [
        contract("gpt-*", input_usd_per_million=5),
        contract("*", input_usd_per_million=6),
        contract("gpt-4o", input_usd_per_million=7),
    ]
    book = PriceBook(overrides=tuple(overrides))
    assert book.override_for("gpt-4o") is overrides[2]
    assert book.override_for("gpt-4o-mini") is overrides[0]
    assert book.override_for("o3") is overrides[1]


def test_a_pattern_prices_no_marker_and_no_missing_name(table: Table) -> None:
    assert cost(table, {"model": "<synthetic>"}, contract("*")) is None
    assert cost(table, {"model": None}, contract("*")) is None


def test_discount_is_off_list(table: Table) -> None:
    # 3,500,000 less 12 %
    assert cost(table, {}, openai=0.12) == 3_080_000
    assert cost(table, {}, OpenAI=Decimal("0.12")) == 3_080_000
    assert cost(table, {}, openai=1) == 0
    assert cost(table, {}, azure=0.12) == 3_500_000


def test_discount_by_either_name_of_the_provider(table: Table) -> None:
    # gemini-2.5-pro: 1,000 x 1,250 + 100 x 10,000 = 2,250,000; the log's own name is the closer one.
    row = {"model": "gemini-2.5-pro", "provider": "vertex_ai"}
    assert cost(table, row, google=0.2) == 1_800_000
    assert cost(table, row, vertex_ai=0.1) == 2_025_000
    assert cost(table, row, google=0.2, vertex_ai=0.1) == 2_025_000
    # No provider in the log: the one found by the model.
    assert cost(table, {"provider": None}, openai=0.12) == 3_080_000


def test_discount_follows_the_provider_in_front_of_the_model(table: Table) -> None:
    row = {"provider": "openai", "model": "anthropic/claude-sonnet-4-5"}
    # 1,000 x 3,000 + 100 x 15,000
    assert cost(table, row, openai=0.5) == 4_500_000
    assert cost(table, row, anthropic=0.5) == 2_250_000


def test_discount_leaves_contract_prices_and_logged_costs(table: Table) -> None:
    assert cost(table, {}, contract("gpt-4o"), openai=0.5) == 2_800_000
    assert cost(table, {"cost_nanousd": 9, "cost_kind": "logged"}, openai=0.5) == 9


@pytest.mark.parametrize("price", [-0.01, float("nan"), float("inf"), 1_000_001, Decimal(-1)])
def test_impossible_price_is_refused(price: float) -> None:
    with pytest.raises(ValueError, match="output_usd_per_million"):
        contract("m", output_usd_per_million=price)
    with pytest.raises(ValueError, match="cache_write_usd_per_million"):
        contract("m", cache_write_usd_per_million=price)


def test_price_without_a_model_is_refused() -> None:
    with pytest.raises(ValueError, match="model"):
        contract("  ")


@pytest.mark.parametrize("share", [-0.1, 1.1, 12, float("nan")])
def test_impossible_discount_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="openai"):
        PriceBook(discounts={"openai": share})
