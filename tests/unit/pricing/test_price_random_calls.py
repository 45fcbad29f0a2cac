"""Ten thousand random calls over all models, as logs name them, against genai-prices' own calculator."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl
from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot

from tokenscan.events.schema import EVENTS
from tokenscan.pricing.book import PriceBook
from tokenscan.pricing.prices import price_events

SEED, CALLS = 20261122, 10_000
START = datetime(2024, 1, 1, tzinfo=UTC)


def calls() -> list[dict[str, Any]]:
    """Make calls of the size of real ones: a few tokens up to a long context, cached or not."""
    rng = random.Random(SEED)
    models = [(provider.id, model.id) for provider in get_snapshot().providers for model in provider.models]
    rows = []
    for number in range(CALLS):
        provider, model = models[number % len(models)] if number < len(models) else rng.choice(models)
        size, output = round(10 ** rng.uniform(0, 6.2)), round(10 ** rng.uniform(0, 5))
        read = rng.choice((0, rng.randint(0, size)))
        write = rng.choice((0, 0, rng.randint(0, size - read)))
        rows.append(
            {
                "timestamp": START + timedelta(seconds=rng.randrange(3 * 365 * 86_400)),
                "grain": "call",
                "n_requests": 1,
                "provider": provider,
                "model": model,
                "input_tokens": size,
                "cache_read_tokens": read,
                "cache_write_tokens": write,
                "cache_write_1h_tokens": rng.choice((0, rng.randint(0, write))),
                "output_tokens": output,
                "reasoning_tokens": rng.choice((0, rng.randint(0, output))),
            }
        )
    return rows


def expected(row: dict[str, Any]) -> int | None:
    """Calculate a call's cost in nano-dollars with genai-prices; null where it lists no price by tokens."""
    usage = Usage(
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cache_read_tokens=row["cache_read_tokens"],
        cache_write_tokens=row["cache_write_tokens"],
        cache_write_1h_tokens=row["cache_write_1h_tokens"],
        output_reasoning_tokens=row["reasoning_tokens"],
    )
    try:
        found = calc_price(usage, row["model"], provider_id=row["provider"], genai_request_timestamp=row["timestamp"])
    except LookupError:
        return None
    if found.model_price.input_mtok is None and not found.model.id.endswith(":free"):
        return None
    return int((found.total_price * Decimal(10**9)).to_integral_value(ROUND_HALF_UP))


def test_ten_thousand_random_calls_cost_what_genai_prices_says() -> None:
    made = calls()
    assert len({(row["provider"], row["model"]) for row in made}) > 2_000
    found = price_events(pl.DataFrame(made, schema=EVENTS), PriceBook())["cost_nanousd"].to_list()
    wrong = [(row, cost, want) for row, cost in zip(made, found, strict=True) if cost != (want := expected(row))]
    assert not wrong, wrong[:3]
    assert sum(cost is not None for cost in found) > 9_000
