"""Prices worked out by hand. $1 per million tokens is 1,000 nano-dollars a token."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tokenscan.events.schema import EVENTS
from tokenscan.pricing.book import PriceBook, PriceOverride
from tokenscan.pricing.prices import price_events

Table = Callable[..., pl.DataFrame]

LIST = PriceBook()
SONNET = {"model": "claude-sonnet-4-5", "provider": "anthropic"}
GEMINI = {"model": "gemini-2.5-pro", "provider": "google", "output_tokens": 0}
DEEPSEEK = {"model": "deepseek-chat", "provider": "deepseek", "input_tokens": 1000, "output_tokens": 0}
O3 = {"model": "o3", "input_tokens": 1000, "output_tokens": 100}


def costs(events: pl.DataFrame, book: PriceBook = LIST) -> list[tuple[int | None, str]]:
    return price_events(events, book).select("cost_nanousd", "cost_kind").rows()


def cost(table: Table, row: dict[str, Any], book: PriceBook = LIST) -> int | None:
    [(nanousd, kind)] = costs(table(row), book)
    assert kind == ("unknown" if nanousd is None else "priced")
    return nanousd


def test_cached_input_is_cheaper(table: Table) -> None:
    # gpt-4o: $2.50 in, $1.25 cached, $10 out: 600 x 2,500 + 400 x 1,250 + 100 x 10,000
    row = {"input_tokens": 1000, "cache_read_tokens": 400, "output_tokens": 100}
    assert cost(table, row) == 3_000_000


def test_every_kind_of_token_has_its_price(table: Table) -> None:
    # $3 in, $0.30 read, $3.75 written for 5 minutes, $6 written for an hour, $15 out, reasoning within it:
    # 2,000 x 3,000 + 5,000 x 300 + 2,000 x 3,750 + 1,000 x 6,000 + 500 x 15,000
    row = SONNET | {
        "input_tokens": 10_000,
        "cache_read_tokens": 5_000,
        "cache_write_tokens": 3_000,
        "cache_write_1h_tokens": 1_000,
        "output_tokens": 500,
        "reasoning_tokens": 300,
    }
    assert cost(table, row) == 28_500_000


def test_cache_writes_without_a_price_cost_as_input(table: Table) -> None:
    # OpenAI lists no price for cache writes of gpt-4o: 1,000 x 2,500
    row = {"input_tokens": 1000, "cache_write_tokens": 600, "output_tokens": 0}
    assert cost(table, row) == 2_500_000


def test_reasoning_with_a_price_of_its_own(table: Table) -> None:
    # sonar-deep-research: $2 in, $8 out, $3 reasoning: 100 x 2,000 + 30 x 8,000 + 70 x 3,000
    row = {"model": "sonar-deep-research", "provider": "perplexity", "input_tokens": 100}
    assert cost(table, row | {"output_tokens": 100, "reasoning_tokens": 70}) == 650_000
    # Reasoning beyond the output was counted beside it: all 100 are reasoning, 200,000 + 100 x 3,000
    assert cost(table, row | {"output_tokens": 100, "reasoning_tokens": 900}) == 500_000


@pytest.mark.parametrize(
    ("tokens", "requests", "nanousd"),
    [
        (200_000, 1, 250_000_000),  # x 1,250
        (200_001, 1, 500_002_500),  # x 2,500, the whole request
        (400_000, 2, 500_000_000),  # two requests of 200,000: x 1,250
        (400_001, 2, 1_000_002_500),  # 200,000.5 on average: x 2,500
        (200_001, None, 500_002_500),
        (200_001, 0, 500_002_500),
        (200_001, -5, 500_002_500),
    ],
)
def test_size_of_the_request_decides_the_tier(table: Table, tokens: int, requests: int | None, nanousd: int) -> None:
    row = GEMINI | {"input_tokens": tokens, "n_requests": requests, "grain": "bucket"}
    assert cost(table, row) == nanousd


def test_fee_per_request(table: Table) -> None:
    # sonar-pro: $3 in, $15 out, $14 per thousand requests: 3,000,000 + 1,500,000 + 14,000,000 each
    row = {"model": "sonar-pro", "provider": "perplexity"}
    assert cost(table, row) == 18_500_000
    assert cost(table, row | {"n_requests": 3, "grain": "bucket"}) == 46_500_000


def test_price_changes_at_midnight_utc(table: Table) -> None:
    # o3 went from $10 in and $40 out to $2 and $8 on 10 June 2025.
    before = O3 | {"timestamp": datetime(2025, 6, 9, 23, 59, 59, 999_999, tzinfo=UTC)}
    after = O3 | {"timestamp": datetime(2025, 6, 10, tzinfo=UTC)}
    assert costs(table(before, after)) == [(14_000_000, "priced"), (2_800_000, "priced")]


def test_price_changes_within_the_day(table: Table) -> None:
    # deepseek-chat: $0.27 from 00:30 to 16:30, $0.135 outside; 1,000 x 135 or x 270
    at = [(0, 29), (0, 30), (16, 29), (16, 30)]
    rows = [DEEPSEEK | {"timestamp": datetime(2025, 3, 1, *moment, tzinfo=UTC)} for moment in at]
    assert [nanousd for nanousd, _ in costs(table(*rows))] == [135_000, 270_000, 270_000, 135_000]


def test_unknown_moment_is_priced_only_where_it_does_not_matter(table: Table) -> None:
    day = {"grain": "day", "timestamp": datetime(2026, 1, 15, tzinfo=UTC)}
    assert cost(table, {"timestamp": None}) == 3_500_000
    assert cost(table, O3 | {"timestamp": None}) is None
    assert cost(table, O3 | day) == 2_800_000
    assert cost(table, DEEPSEEK | day) is None


def test_half_a_nanodollar_is_rounded_up(table: Table) -> None:
    book = PriceBook(overrides=(PriceOverride(model="m", input_usd_per_million=0.0005, output_usd_per_million=0),))
    rows = [{"model": "m", "input_tokens": tokens, "output_tokens": 0} for tokens in (1, 2, 3)]
    assert [nanousd for nanousd, _ in costs(table(*rows), book)] == [1, 1, 2]


def test_logged_cost_is_left_alone(table: Table) -> None:
    rows = [
        {"cost_nanousd": 7, "cost_kind": "logged"},
        {"cost_nanousd": 0, "cost_kind": "charged", "is_cache_hit": True},
        {"cost_nanousd": 5, "cost_kind": "logged", "model": "nobody-knows"},
    ]
    assert costs(table(*rows, {})) == [(7, "logged"), (0, "charged"), (5, "logged"), (3_500_000, "priced")]
    assert_frame_equal(price_events(table(*rows), LIST), table(*rows))


def test_gateway_cache_hit_costs_nothing_whatever_the_model(table: Table) -> None:
    hit = {"is_cache_hit": True, "model": "nobody-knows", "input_tokens": None}
    assert costs(table(hit, {"is_cache_hit": False})) == [(0, "priced"), (3_500_000, "priced")]


@pytest.mark.parametrize(
    "row",
    [
        {"model": "nobody-knows"},
        {"model": None},
        {"model": ""},
        {"model": "<synthetic>", "input_tokens": 0, "output_tokens": 0},
        {"model": "gpt-4o" * 1000},
        {"model": "whisper-1"},  # priced by the hour of audio
        {"model": "moderation"},  # listed without a price
        {"input_tokens": None},
        {"output_tokens": None},
        {"input_tokens": -1},
        {"output_tokens": -1},
        {"cache_read_tokens": 600, "cache_write_tokens": 600},
        {"cache_write_tokens": 10, "cache_write_1h_tokens": 11},
        {"input_tokens": 10**9 + 1},
        {"output_tokens": 2**63 - 1},
        {"input_tokens": 2**63 - 1, "cache_read_tokens": 2**63 - 1, "cache_write_tokens": 2**63 - 1},
        {"input_tokens": 10**12 + 1, "n_requests": 2**63 - 1},
    ],
)
def test_what_cannot_be_priced_is_unknown_and_never_zero(table: Table, row: dict[str, Any]) -> None:
    assert costs(table(row, {})) == [(None, "unknown"), (3_500_000, "priced")]


def test_largest_rows_do_not_wrap(table: Table) -> None:
    # gpt-4o: 10^9 x 2,500 + 10^9 x 10,000; then 10^12 tokens in a day of many requests
    assert cost(table, {"input_tokens": 10**9, "output_tokens": 10**9}) == 12_500 * 10**9
    day = {"grain": "day", "n_requests": 10**6, "input_tokens": 10**12, "output_tokens": 10**12}
    assert cost(table, day) == 12_500 * 10**12
    dear = PriceOverride(model="*", input_usd_per_million=10**6, output_usd_per_million=10**6)
    # A dollar a token: 2 x 10^9 dollars fit in 64 bits of nano-dollars, 2 x 10^12 do not.
    book = PriceBook(overrides=(dear,))
    assert cost(table, {"input_tokens": 10**9, "output_tokens": 10**9}, book) == 2 * 10**18
    assert cost(table, day, book) is None


def test_embeddings_have_no_output(table: Table) -> None:
    # text-embedding-3-small: $0.02 in, no output price: 1,000 x 20
    row = {"model": "text-embedding-3-small", "input_tokens": 1000}
    assert cost(table, row | {"output_tokens": None}) == 20_000
    assert cost(table, row | {"output_tokens": 0}) == 20_000


def test_free_model_is_known_to_cost_nothing(table: Table) -> None:
    assert cost(table, {"model": "deepseek/deepseek-r1:free", "provider": "openrouter"}) == 0


def test_failed_call_is_priced_by_its_tokens(table: Table) -> None:
    assert cost(table, {"status": "error", "output_tokens": 0}) == 2_500_000
    assert cost(table, {"status": "error", "output_tokens": None}) is None


def test_empty_table_keeps_its_schema() -> None:
    empty = pl.DataFrame(schema=EVENTS)
    assert price_events(empty, LIST).schema == EVENTS


def test_rows_keep_their_order_and_their_other_columns(table: Table) -> None:
    models = ["gpt-4o", "nobody-knows", "claude-sonnet-4-5", None, "o3", "gemini-2.5-pro"]
    rng = random.Random(5)
    rows = [
        {"event_id": str(number), "model": rng.choice(models), "provider": None, "input_tokens": number}
        for number in range(500)
    ]
    events = table(*rows)
    priced = price_events(events, LIST)
    assert priced.schema == EVENTS
    assert_frame_equal(priced.drop("cost_nanousd", "cost_kind"), events.drop("cost_nanousd", "cost_kind"))

    shuffled = events.sample(fraction=1, shuffle=True, seed=7)
    assert_frame_equal(
        price_events(shuffled, LIST).sort(pl.col("event_id").cast(pl.Int64)), priced, check_row_order=True
    )


COUNT = st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(0, 10**6)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "model": st.none() | st.text(max_size=20) | st.sampled_from(["gpt-4o", "gemini-2.5-pro", "a/b*?["]),
                "provider": st.none() | st.text(max_size=20) | st.sampled_from(["openai", "vertex_ai"]),
                "timestamp": st.none() | st.datetimes(timezones=st.just(UTC)),
                "n_requests": COUNT,
                "input_tokens": COUNT,
                "cache_read_tokens": COUNT,
                "cache_write_tokens": COUNT,
                "cache_write_1h_tokens": COUNT,
                "output_tokens": COUNT,
                "reasoning_tokens": COUNT,
                "is_cache_hit": st.none() | st.booleans(),
            }
        ),
        max_size=8,
    )
)
def test_any_row_is_priced_or_unknown(rows: list[dict[str, Any]]) -> None:
    priced = price_events(pl.DataFrame(rows, schema=EVENTS), PriceBook(discounts={"openai": 0.1}))
    assert priced.height == len(rows)
    for nanousd, kind in priced.select("cost_nanousd", "cost_kind").iter_rows():
        assert (nanousd is None and kind == "unknown") or (nanousd >= 0 and kind == "priced")
