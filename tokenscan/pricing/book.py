"""Prices and discounts an organisation agreed on, as its configuration states them."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase

MAX_USD_PER_MILLION = Decimal(1_000_000)  # a dollar a token: beyond it a price is a typing error


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOverride:
    """State what one model costs under a contract, in dollars per million tokens.

    ``model`` is the vendor's name as the log has it, compared without case; ``*`` stands for any text.
    A cache price left out keeps the proportion to the input price that the listed model has; a model
    that is not listed has its cache tokens priced as input. Discounts do not apply on top. The price
    holds at any time and for any size of request, and no fee per request is added.

    Raises ValueError for a price that is negative, not a number, or above a dollar a token.
    """

    model: str
    input_usd_per_million: Decimal | float
    output_usd_per_million: Decimal | float
    cache_read_usd_per_million: Decimal | float | None = None
    cache_write_usd_per_million: Decimal | float | None = None
    cache_write_1h_usd_per_million: Decimal | float | None = None

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise ValueError("model: a price needs the name of a model")
        for key in (
            "input_usd_per_million",
            "output_usd_per_million",
            "cache_read_usd_per_million",
            "cache_write_usd_per_million",
            "cache_write_1h_usd_per_million",
        ):
            price = getattr(self, key)
            if price is not None and not 0 <= _decimal(key, price) <= MAX_USD_PER_MILLION:
                raise ValueError(f"{key}: {price} is not between 0 and {MAX_USD_PER_MILLION}")

    @property
    def is_pattern(self) -> bool:
        """Tell whether the name stands for several models."""
        return "*" in self.model

    def matches(self, model: str) -> bool:
        """Tell whether this price is the price of a model so named."""
        return fits(self.model, model)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTerms:
    """State how some calls run where the log does not say: in batch, or in a service tier with prices of its own.

    ``model``, ``app`` and ``provider`` say which calls, ``*`` standing for any text; null is any. ``context`` is what
    genai-prices calls a price context, such as ``{"processing": "batch"}``. Contract prices are not changed by it.
    """

    model: str | None = None
    app: str | None = None
    provider: str | None = None
    context: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """Hold all prices of a contract and the discounts off the list prices.

    ``discounts`` maps a provider to its share off list (0.12 is 12 %); the provider is named as the log
    names it or as genai-prices does. Raises ValueError for a share outside 0 to 1.
    """

    overrides: tuple[PriceOverride, ...] = ()
    discounts: Mapping[str, Decimal | float] = field(default_factory=dict)
    terms: tuple[PriceTerms, ...] = ()  # the first that fits a call holds
    file: str | None = None  # the price file that some of it came from

    def __post_init__(self) -> None:
        for provider, share in self.discounts.items():
            if not 0 <= _decimal(provider, share) <= 1:
                raise ValueError(f"{provider}: a discount of {share} is not between 0 and 1")

    def override_for(self, model: str) -> PriceOverride | None:
        """Find the contract price of a model: its full name first, then the first pattern that fits."""
        matching = [override for override in self.overrides if override.matches(model)]
        return min(matching, key=lambda override: override.is_pattern, default=None)

    def discount_for(self, providers: tuple[str, ...]) -> Decimal:
        """Find the share off list of the first of these provider names that has one, 0 if none has."""
        shares = {name.strip().lower(): _decimal(name, share) for name, share in self.discounts.items()}
        return next((shares[name] for name in providers if name in shares), Decimal(0))


def fits(pattern: str, name: str) -> bool:
    """Tell whether a name is one that a pattern stands for, without regard to case."""
    # Only the star is special here: model names may hold brackets and question marks.
    escaped = "*".join(glob.escape(part) for part in pattern.strip().lower().split("*"))
    return fnmatchcase(name.strip().lower(), escaped)


def _decimal(key: str, number: Decimal | float) -> Decimal:
    exact = Decimal(str(number))
    if not exact.is_finite():
        raise ValueError(f"{key}: {number} is not a number")
    return exact
