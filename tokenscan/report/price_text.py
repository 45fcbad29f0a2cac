"""Prices in words: where they come from, and which models have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tokenscan.report.numbers import percent, plural
from tokenscan.report.prices import PriceSource, UnknownModel
from tokenscan.report.text import clean, clean_id, listing

_MODELS: Final = 5


def price_line(prices: PriceSource) -> str:
    """Say where prices come from and of when they are."""
    parts = [f"list prices of {prices.name} {clean(prices.version, 40)}"]
    if prices.last_change is not None:
        parts[0] += f", the newest from {prices.last_change}"
    if prices.contracts:
        parts.append(plural(prices.contracts, "contract price"))
    if prices.file:
        parts.append(f"price file {clean_id(prices.file)}")
    parts += [f"{percent(share)} off list of {clean_id(name)}" for name, share in (prices.discounts or {}).items()]
    if prices.terms:
        parts.append(f"{plural(prices.terms, 'entry', 'entries')} on batch or service tiers")
    return "; ".join(parts)


def unknown_models_line(models: Sequence[UnknownModel]) -> str:
    """Name the models without a price, each with its share of all tokens; nothing where there is none."""
    told = [f"{'(no model)' if one.model is None else one.model} {_size(one)}" for one in models]
    return listing(told, limit=_MODELS)


def _size(model: UnknownModel) -> str:
    if model.tokens:
        return f"{percent(model.share)} of the tokens"
    return f"{plural(model.requests, 'call')} without tokens"
