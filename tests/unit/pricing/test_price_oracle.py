"""Compare every listed model with genai-prices' own calculator, row by row."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl
from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import (
    ConditionalPrice,
    ModelInfo,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from tokenscan.events.schema import EVENTS
from tokenscan.pricing.book import PriceBook
from tokenscan.pricing.prices import price_events

SEED = 20260115
SECOND = timedelta(seconds=1)


def conditions(model: ModelInfo) -> list[ConditionalPrice]:
    return model.prices if isinstance(model.prices, list) else [ConditionalPrice(prices=model.prices)]


def moments(model: ModelInfo, rng: random.Random) -> Iterator[datetime]:
    """Yield random moments, and those at and just before each change of the model's price."""
    for _ in range(2):
        yield datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(4 * 365 * 86_400))
    for condition in conditions(model):
        if isinstance(condition.constraint, StartDateConstraint):
            start = datetime.combine(condition.constraint.start_date, time(tzinfo=UTC))
            yield from (start - SECOND, start, start + timedelta(hours=rng.uniform(0, 24)))
        elif isinstance(condition.constraint, TimeOfDateConstraint):
            day = date(2024, 1, 1) + timedelta(days=rng.randrange(4 * 365))
            for at in (condition.constraint.start_time, condition.constraint.end_time):
                yield from (datetime.combine(day, at, tzinfo=UTC) - SECOND, datetime.combine(day, at, tzinfo=UTC))


def sizes(model: ModelInfo, rng: random.Random) -> Iterator[int]:
    """Yield a random number of input tokens, and those at and just above each tier's threshold."""
    yield rng.choice((0, 1, rng.randrange(10_000), rng.randrange(10**9)))
    starts = {
        tier.start
        for condition in conditions(model)
        for price in vars(condition.prices).values()
        if isinstance(price, TieredPrices)
        for tier in price.tiers
    }
    for start in sorted(starts):
        yield from (start, start + 1)


def rows(provider_id: str, model: ModelInfo, rng: random.Random) -> Iterator[dict[str, Any]]:
    for moment in moments(model, rng):
        for size in sizes(model, rng):
            read = rng.randint(0, size)
            write = rng.choice((0, rng.randint(0, size - read)))
            output = rng.choice((0, rng.randrange(10**5)))
            yield {
                "timestamp": moment,
                "grain": "call",
                "n_requests": 1,
                "provider": provider_id,
                "model": model.id,
                "input_tokens": size,
                "cache_read_tokens": read,
                "cache_write_tokens": write,
                "cache_write_1h_tokens": rng.choice((0, rng.randint(0, write))),
                "output_tokens": output,
                "reasoning_tokens": rng.randint(0, output),
            }


def all_rows() -> list[dict[str, Any]]:
    """Make some rows for each listed model that can be found under its own name."""
    rng = random.Random(SEED)
    snapshot = get_snapshot()
    found = []
    for provider in snapshot.providers:
        for listed in provider.models:
            try:
                _, model = snapshot.find_provider_model(listed.id, None, provider.id, None)
            except LookupError:
                continue
            found += [row | {"model": listed.id} for row in rows(provider.id, model, rng)]
    return found


def expected(row: dict[str, Any]) -> int | None:
    """Calculate a row's cost in nano-dollars with genai-prices."""
    usage = Usage(
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cache_read_tokens=row["cache_read_tokens"],
        cache_write_tokens=row["cache_write_tokens"],
        cache_write_1h_tokens=row["cache_write_1h_tokens"],
        output_reasoning_tokens=row["reasoning_tokens"],
    )
    result = calc_price(usage, row["model"], provider_id=row["provider"], genai_request_timestamp=row["timestamp"])
    if result.model_price.input_mtok is None and not result.model.id.endswith(":free"):
        return None
    return int((result.total_price * Decimal(10**9)).to_integral_value(ROUND_HALF_UP))


def test_every_listed_model_costs_what_genai_prices_says() -> None:
    made = all_rows()
    # Far fewer would mean that the models are no longer found, and the test shows nothing.
    assert len({(row["provider"], row["model"]) for row in made}) > 2000

    costs = price_events(pl.DataFrame(made, schema=EVENTS), PriceBook()).get_column("cost_nanousd")
    assert costs.to_list() == [expected(row) for row in made]
