"""What a token costs, as integers: list prices, contract prices, discounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, overload

from tokenscan.pricing.book import PriceOverride
from tokenscan.pricing.resolve import Listing

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice

# Some listed prices have 18 decimals (a twelfth of a dollar), so a rate counts 10^-18 dollars per million
# tokens, that is 10^-24 dollars a token. 10^12 tokens at a dollar each still fit in 128 bits.
TICKS_PER_USD_PER_MILLION = 10**18
TICKS_PER_USD = 10**24
TICKS_PER_NANOUSD = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Hold the price of one token of each kind and of one request, in ticks of 10^-24 dollars."""

    input: int
    cache_read: int
    cache_write: int
    cache_write_1h: int
    output: int
    reasoning: int
    request: int

    def less(self, share: Decimal) -> Rates:
        """Take a share off every price, rounding half up to the tick."""
        return Rates(**{item.name: _round(getattr(self, item.name) * (1 - share)) for item in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Hold all that decides the price of a model: its listing, a contract price, a discount, the terms it runs under.

    ``context`` selects other listed prices, such as those of batch processing.
    """

    listing: Listing | None
    override: PriceOverride | None
    discount: Decimal
    context: Mapping[str, str] | None = None

    def rates(self, moments: Sequence[datetime], request_tokens: int) -> Rates | None:
        """Price a request of so many input tokens at one of these moments, None where that is unknown.

        More than one moment means that the log does not say which; the price is known if it is the same
        at all of them.
        """
        listed = self._listed(moments, request_tokens)
        if self.override is not None:
            return _contract_rates(self.override, listed)
        return listed.less(self.discount) if listed is not None and self.discount else listed

    def _listed(self, moments: Sequence[datetime], request_tokens: int) -> Rates | None:
        if self.listing is None:
            return None
        model = self.listing.model
        first, *others = [model.get_prices(moment, self.context) for moment in moments]
        if any(other != first for other in others):
            return None
        return listed_rates(first, request_tokens, is_free=model.id.endswith(":free"))


def listed_rates(prices: ModelPrice, request_tokens: int, *, is_free: bool = False) -> Rates | None:
    """Turn listed prices into rates for a request of so many input tokens.

    A kind of token without a price of its own costs what the kind it belongs to costs; without an output
    price, output costs nothing (embeddings). A model not priced by input tokens (by the hour, by the
    page) is None, and so is one without any price, unless it is named free: its entry may be just old.
    """
    base = _ticks(prices, "input_mtok", request_tokens)
    if base is None and not is_free:
        return None
    base = base or 0
    cache_write = _ticks(prices, "cache_write_mtok", request_tokens, base)
    output = _ticks(prices, "output_mtok", request_tokens, 0)
    per_thousand = _ticks(prices, "requests_kcount", request_tokens, 0)
    return Rates(
        input=base,
        cache_read=_ticks(prices, "cache_read_mtok", request_tokens, base),
        cache_write=cache_write,
        cache_write_1h=_ticks(prices, "cache_write_1h_mtok", request_tokens, cache_write),
        output=output,
        reasoning=_ticks(prices, "output_reasoning_mtok", request_tokens, output),
        request=per_thousand * 1000,
    )


def _contract_rates(override: PriceOverride, listed: Rates | None) -> Rates:
    base = _exact(override.input_usd_per_million)
    output = _exact(override.output_usd_per_million)
    shape = listed or Rates(input=0, cache_read=0, cache_write=0, cache_write_1h=0, output=0, reasoning=0, request=0)
    cache_read, cache_write = override.cache_read_usd_per_million, override.cache_write_usd_per_million
    write = _in_proportion(base, shape.cache_write, shape.input) if cache_write is None else _exact(cache_write)
    write_1h = override.cache_write_1h_usd_per_million
    return Rates(
        input=base,
        cache_read=_in_proportion(base, shape.cache_read, shape.input) if cache_read is None else _exact(cache_read),
        cache_write=write,
        cache_write_1h=(
            _in_proportion(write, shape.cache_write_1h, shape.cache_write) if write_1h is None else _exact(write_1h)
        ),
        output=output,
        reasoning=output,
        request=0,
    )


def _in_proportion(rate: int, part: int, whole: int) -> int:
    return (rate * part + whole // 2) // whole if whole else rate


@overload
def _ticks(prices: ModelPrice, key: str, request_tokens: int) -> int | None: ...
@overload
def _ticks(prices: ModelPrice, key: str, request_tokens: int, default: int) -> int: ...
def _ticks(prices: ModelPrice, key: str, request_tokens: int, default: int | None = None) -> int | None:
    price = getattr(prices, key)
    if price is None:
        return default
    if isinstance(price, Decimal):
        return _exact(price)
    # Passing a threshold puts the whole request, not the excess, into the dearer tier.
    tiers = [tier.price for tier in price.tiers if request_tokens > tier.start]
    return _exact(tiers[-1] if tiers else price.base)


def _exact(usd_per_million: Decimal | float) -> int:
    return _round(Decimal(str(usd_per_million)) * TICKS_PER_USD_PER_MILLION)


def _round(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_HALF_UP))
