"""What an organisation agreed on with its vendors, from the config and a price file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from tokenscan.config import Config, PriceEntry, PriceTermsEntry, explain_problem
from tokenscan.context.read_table import ROW, read_table
from tokenscan.errors import UsageError
from tokenscan.pricing.book import PriceBook, PriceOverride, PriceTerms

_PRICES = ("input_usd_per_million", "output_usd_per_million", "cache_read_usd_per_million",
           "cache_write_usd_per_million", "cache_write_1h_usd_per_million")  # fmt: skip
_CONTEXT = ("processing", "service_tier", "speed")
_HINT = "columns: model, input_usd_per_million, output_usd_per_million; see docs/costs.md"


class _PriceFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price file: the tables of the config that are about prices."""

    prices: list[PriceEntry] = []
    discounts: dict[str, float] = {}
    price_terms: list[PriceTermsEntry] = []


def price_book(config: Config, path: Path | None = None) -> PriceBook:
    """Return prices and discounts of a config, with those of a price file before them.

    Raises:
        UsageError: the file cannot be read, or a price is none.
    """
    given = _PriceFile() if path is None else read_price_file(path)
    entries = [*given.prices, *config.prices]
    terms = [*given.price_terms, *config.price_terms]
    try:
        return PriceBook(
            overrides=tuple(_override(entry) for entry in entries),
            discounts=dict(config.discounts) | dict(given.discounts),
            terms=tuple(_terms(entry) for entry in terms),
            file=None if path is None else path.name,
        )
    except ValueError as error:
        raise UsageError(f"prices: {error}", hint="dollars per million tokens") from error


def read_price_file(path: Path) -> _PriceFile:
    """Read ``[[prices]]``, ``[discounts]`` and ``[[price_terms]]`` from TOML, or prices from CSV.

    Raises:
        UsageError: it cannot be read, or holds what is no price.
    """
    if path.suffix.lower() != ".toml":
        return _PriceFile(prices=_from_csv(path))
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8-sig")), _PriceFile)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error})", hint="check --prices") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}: {explain_problem(str(error))}", hint="see docs/costs.md") from error


def _from_csv(path: Path) -> list[PriceEntry]:
    frame, unused = read_table(path, ["model", *_PRICES], required="model")
    if unused:
        # A misspelt column for the cache, or a date from which on a price holds: left out, the price would be wrong.
        raise UsageError(unused[0], hint=f"columns: model, {', '.join(_PRICES)}")
    return [_entry(path, row) for row in frame.iter_rows(named=True)]


def _entry(path: Path, row: dict[str, Any]) -> PriceEntry:
    told = {name: value for name, value in row.items() if name != ROW and value is not None}
    try:
        return msgspec.convert(told, PriceEntry, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}:{row[ROW]}: {explain_problem(str(error))}", hint=_HINT) from error


def _override(entry: PriceEntry) -> PriceOverride:
    return PriceOverride(model=entry.model, **{name: getattr(entry, name) for name in _PRICES})


def _terms(entry: PriceTermsEntry) -> PriceTerms:
    context = {name: value for name in _CONTEXT if (value := getattr(entry, name)) is not None}
    if not context:
        raise UsageError("price_terms: an entry says nothing", hint="give processing, service_tier or speed")
    return PriceTerms(model=entry.model, app=entry.app, provider=entry.provider, context=context)
