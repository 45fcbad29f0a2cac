"""How dear the models of a log are, and which model of the same vendor would do for small work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from glob import escape
from statistics import median
from types import MappingProxyType
from typing import Final

import polars as pl

from tokenscan.pricing.book import PriceBook
from tokenscan.pricing.lookup import look_up
from tokenscan.pricing.rates import TICKS_PER_USD_PER_MILLION, Rates, Tariff
from tokenscan.pricing.resolve import Listing

# From the cheapest tier up, each with the price from which on a model belongs to the next: dollars per million tokens,
# three of input to one of output. The bounds cut the list prices of text models, 0.05 to 30 dollars, into steps of
# about three times.
TIERS: Final = {"nano": 0.2, "lite": 0.6, "mini": 2.5, "mid": 8.0, "premium": float("inf")}
PRICES: Final = ("input", "cache_read", "cache_write", "output")

# One row a model of the log and tier below its own: prices in dollars per million tokens, and the model of the same
# vendor in that tier (or the next dearer one it has, still below the model's own) with its prices.
MODELS = pl.Schema(
    {"model": pl.String, "provider": pl.String, "tier": pl.String}
    | {f"{name}_usd": pl.Float64() for name in PRICES}
    | {"target": pl.String, "recommended": pl.String, "in_use": pl.Boolean}
    | {f"recommended_{name}_usd": pl.Float64() for name in PRICES}
)

_VENDORS: Final = ("anthropic", "google", "openai")
_LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
_INPUT_PARTS: Final = 3  # of input to one of output, as usual for a blended price
_LEAST_CONTEXT: Final = 100_000
_SPECIAL: Final = re.compile(
    r"audio|image|tts|realtime|live|transcri|embed|search|vision|instruct|ft:|preview|cyber|codex|research|robotics"
    r"|banana|omni|guard|moderation|computer|free|oss|gemma|fast|latest|speech|exp\b|customtools|:[a-z]"
)
_VERSION: Final = re.compile(r"(?<!\d)(\d{1,2})(?:[.-](\d{1,2}))?(?!\d)")
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_VENDOR: Final = re.compile(r"^(?:.*/)?(?:[a-z][a-z0-9-]*\.)*(?=[a-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """A model that could be used, with what it costs; ``calls`` is 0 where nobody has used it yet."""

    name: str
    brand: tuple[str, str]
    rates: Rates
    blended: float
    tier: str
    calls: int = 0

    @property
    def generation(self) -> tuple[int, ...]:
        found = _VERSION.search(self.name)
        return tuple(int(part or 0) for part in found.groups()) if found else (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prices:
    """What decides on offers: the contract, the tiers that the user gives models, and the day."""

    book: PriceBook
    own: Mapping[str, str]
    moment: datetime


def tier_of_price(usd_per_million: float) -> str:
    """Return the tier of a blended price (three of input to one of output)."""
    return next(tier for tier, bound in TIERS.items() if usd_per_million < bound)


def model_tiers(events: pl.DataFrame, book: PriceBook, own: Mapping[str, str] = _NONE) -> pl.DataFrame:
    """Return MODELS for the models of a table of events that have a price, as of the last event.

    A model's tier is what ``own`` says of its name (whole, else the first pattern that fits; ``*`` stands for any
    text), else that of its list price. Recommended is the model of that tier, vendor and brand that the log has most
    calls of; if it has none, the latest generation that is listed, of several the dearest: its saving is the smallest.
    """
    found = look_up(events, book)
    moment: datetime | None = events["timestamp"].max()  # type: ignore[assignment]
    if moment is None or found.names.is_empty():
        return pl.DataFrame(schema=MODELS)
    counts = events.group_by("model", "provider").agg(pl.len().cast(pl.Int64).alias("calls"))
    named = found.names.join(counts, on=["model", "provider"], how="left", nulls_equal=True)
    prices = _Prices(book=book, own=own, moment=moment)
    rows, used, listed = [], [], {}
    for model, provider, place, calls in named.sort("model", "provider").iter_rows():
        tariff = found.tariffs[place]
        offer = _offer(model, tariff, prices, calls)
        if offer is None:
            continue
        used.append(offer)
        rows.append((model, provider, offer))
        if tariff.listing is not None and tariff.listing.provider_id not in listed:
            listed[tariff.listing.provider_id] = list(_listed(tariff.listing, prices))
    every = [*used, *(offer for offers in listed.values() for offer in offers)]
    table = [row for model, provider, offer in rows for row in _rows(model, provider, offer, every)]
    return pl.DataFrame(table, schema=MODELS, orient="row")


def tier_prices(book: PriceBook, own: Mapping[str, str] = _NONE) -> dict[str, Fraction]:
    """Return what a tier typically costs, in dollars per million tokens, three of input to one of output.

    The median over the general text models that Anthropic, Google and OpenAI list now, at the latest price known of
    each, less what a contract takes off. For questions without a log: the prices of one's own models are better.
    """
    from genai_prices.data_snapshot import get_snapshot

    prices = _Prices(book=book, own=own, moment=_LATEST)
    known: dict[str, dict[str, Fraction]] = {tier: {} for tier in TIERS}
    for provider in get_snapshot().providers:
        if provider.id in _VENDORS and provider.models:
            some = Listing(provider_id=provider.id, model=provider.models[0], discount_names=(provider.id,))
            for offer in _listed(some, prices):
                if not _SPECIAL.search(offer.name.lower()):
                    ticks = _INPUT_PARTS * offer.rates.input + offer.rates.output
                    known[offer.tier][offer.name] = Fraction(ticks, (_INPUT_PARTS + 1) * TICKS_PER_USD_PER_MILLION)
    return {tier: median(offers.values()) for tier, offers in known.items() if offers}


def _rows(model: str, provider: str | None, offer: _Offer, every: Iterable[_Offer]) -> Iterator[tuple[object, ...]]:
    order = list(TIERS)
    below = order[: order.index(offer.tier)]
    near = [other for other in every if other.brand == offer.brand and not _SPECIAL.search(other.name.lower())]
    for place, target in enumerate(below):
        fitting = (other for tier in below[place:] for other in [_best(near, tier)] if other is not None)
        if (best := next(fitting, None)) is not None:
            own, new = _usd(offer.rates), _usd(best.rates)
            yield (model, provider, offer.tier, *own, target, best.name, best.calls > 0, *new)


def _best(offers: Iterable[_Offer], tier: str) -> _Offer | None:
    fitting = [offer for offer in offers if offer.tier == tier]
    return max(fitting, key=lambda offer: (offer.calls, offer.generation, offer.blended, offer.name), default=None)


def _listed(listing: Listing, prices: _Prices) -> Iterator[_Offer]:
    """Offer what the vendor lists: general text models of today with room for real work."""
    from genai_prices.data_snapshot import get_snapshot

    provider = next(item for item in get_snapshot().providers if item.id == listing.provider_id)
    for info in provider.models:
        if not info.deprecated and (info.context_window or 0) >= _LEAST_CONTEXT:
            names = (listing.provider_id,)
            entry = Listing(provider_id=provider.id, model=info, discount_names=names)
            override = prices.book.override_for(info.id)
            discount = prices.book.discount_for(() if override else names)
            offer = _offer(info.id, Tariff(listing=entry, override=override, discount=discount), prices, 0)
            if offer is not None:
                yield offer


def _offer(name: str, tariff: Tariff, prices: _Prices, calls: int) -> _Offer | None:
    rates = tariff.rates([prices.moment], 0)
    # The tier is the model's own: a contract makes no model smaller.
    listed = Tariff(listing=tariff.listing, override=None, discount=Decimal(0)).rates([prices.moment], 0) or rates
    if rates is None or listed is None or listed.output == 0:
        return None  # without a price, or an embedding
    blended = (_INPUT_PARTS * listed.input + listed.output) / (_INPUT_PARTS + 1) / TICKS_PER_USD_PER_MILLION
    tier = _own_tier(name, prices.own) or tier_of_price(blended)
    return _Offer(name=name, brand=_brand(name, tariff), rates=rates, blended=blended, tier=tier, calls=calls)


def _own_tier(name: str, own: Mapping[str, str]) -> str | None:
    """Return the tier that the user gives a model of this name."""
    plain = name.strip().lower()
    named = {pattern.strip().lower(): tier for pattern, tier in own.items()}
    fitting = (tier for pattern, tier in named.items() if fnmatchcase(plain, _glob(pattern)))
    return named.get(plain) or next(fitting, None)


def _glob(pattern: str) -> str:
    # Only the star is special, as in prices: model names may hold brackets and question marks.
    return "*".join(escape(part) for part in pattern.split("*"))


def _brand(name: str, tariff: Tariff) -> tuple[str, str]:
    plain = _VENDOR.sub("", name.lower(), count=1)
    word = re.match(r"[a-z]*", plain)
    brand = word[0] if word else ""
    return (tariff.listing.provider_id if tariff.listing else "", "gpt" if brand in {"o", "chatgpt"} else brand)


def _usd(rates: Rates) -> list[float]:
    return [getattr(rates, name) / TICKS_PER_USD_PER_MILLION for name in PRICES]
