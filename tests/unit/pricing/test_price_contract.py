"""Prices from the config and from a price file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tokenscan.config import Config, PriceEntry, PriceTermsEntry
from tokenscan.errors import UsageError
from tokenscan.pricing.book import PriceBook
from tokenscan.pricing.contract import price_book
from tokenscan.pricing.prices import price_events

Table = Callable[..., pl.DataFrame]
TOKENS = {"input_tokens": 1_000, "output_tokens": 100}


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def costs(events: pl.DataFrame, book: PriceBook) -> list[int | None]:
    return price_events(events, book)["cost_nanousd"].to_list()


def test_a_csv_file_states_prices(table: Table, tmp_path: Path) -> None:
    text = "model,input_usd_per_million,output_usd_per_million\ngpt-4o,1,2\nin-house-*,0.5,0.25\n"
    book = price_book(Config(), written(tmp_path, "prices.csv", text))
    events = table({"model": "gpt-4o", **TOKENS}, {"model": "in-house-7b", **TOKENS})
    # 1,000 * 1000 + 100 * 2000, and 1,000 * 500 + 100 * 250 nano-dollars.
    assert costs(events, book) == [1_200_000, 525_000]
    assert book.file == "prices.csv"


@pytest.mark.parametrize(
    "text",
    [
        "Model;Input USD per million;Output USD per million;cache_read_usd_per_million\ngpt-4o;1;2;0.1\n",
        "\ufeffmodel\tinput_usd_per_million\toutput_usd_per_million\tcache_read_usd_per_million\ngpt-4o\t1\t2\t0.1\n",
    ],
)
def test_a_spreadsheets_csv_will_do(table: Table, tmp_path: Path, text: str) -> None:
    book = price_book(Config(), written(tmp_path, "prices.csv", text))
    # 600 * 1000 + 400 * 100 + 100 * 2000.
    assert costs(table({"model": "gpt-4o", "cache_read_tokens": 400, **TOKENS}), book) == [840_000]


def test_every_class_of_tokens_can_have_its_contract_price(table: Table, tmp_path: Path) -> None:
    text = """
[[prices]]
model = "claude-sonnet-4-5"
input_usd_per_million = 1
output_usd_per_million = 5
cache_read_usd_per_million = 0.1
cache_write_usd_per_million = 1.5
cache_write_1h_usd_per_million = 1.75
"""
    book = price_book(Config(), written(tmp_path, "contract.toml", text))
    call = {"model": "claude-sonnet-4-5", "input_tokens": 10_000, "cache_read_tokens": 4_000,
            "cache_write_tokens": 3_000, "cache_write_1h_tokens": 1_000, "output_tokens": 200}  # fmt: skip
    # 3,000 * 1000 + 4,000 * 100 + 2,000 * 1500 + 1,000 * 1750 + 200 * 5000.
    assert costs(table(call), book) == [3_000_000 + 400_000 + 3_000_000 + 1_750_000 + 1_000_000]


def test_without_a_price_of_its_own_the_hour_costs_in_proportion(table: Table) -> None:
    entry = PriceEntry(
        model="claude-sonnet-4-5", input_usd_per_million=1, output_usd_per_million=5, cache_write_usd_per_million=1.5
    )
    call = {"model": "claude-sonnet-4-5", "provider": "anthropic", "input_tokens": 1_000, "cache_write_tokens": 1_000,
            "cache_write_1h_tokens": 1_000, "output_tokens": 0}  # fmt: skip
    # Listed: $6 for an hour, $3.75 for five minutes; 1.5 * 6 / 3.75 = 2.4 dollars a million.
    assert costs(table(call), price_book(Config(prices=[entry]))) == [2_400_000]


def test_a_file_goes_before_the_config(table: Table, tmp_path: Path) -> None:
    config = Config(
        prices=[PriceEntry(model="gpt-4o", input_usd_per_million=9, output_usd_per_million=9)],
        discounts={"openai": 0.5, "anthropic": 0.5},
    )
    text = """
discounts = { openai = 0.1 }
[[prices]]
model = "gpt-4o"
input_usd_per_million = 1
output_usd_per_million = 0
"""
    book = price_book(config, written(tmp_path, "p.toml", text))
    assert costs(table({"model": "gpt-4o", **TOKENS}), book) == [1_000_000]
    assert book.discounts == {"openai": 0.1, "anthropic": 0.5}


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("p.csv", "modell,input_usd_per_million\nx,1\n", "no column 'model'"),
        ("p.csv", "model,input_usd_per_million,output_usd_per_million,valid_from\nx,1,2,2026\n", "valid_from not used"),
        ("p.csv", "model,input_usd_per_million,output_usd_per_million\nx,1,2\ny,cheap,2\n", "p.csv:3"),
        ("p.csv", "model,input_usd_per_million,output_usd_per_million\nx,1,\n", "output_usd_per_million"),
        ("p.csv", "model,input_usd_per_million,output_usd_per_million\nx,-1,2\n", "p.csv:2"),
        ("p.csv", "model,input_usd_per_million,output_usd_per_million\nx,nan,2\n", "p.csv:2"),
        ("p.csv", "model,input_usd_per_million,output_usd_per_million\nx,2000000,2\n", "2000000"),
        ("p.csv", "", "cannot be read"),
        ("p.toml", "[[prices]]\nmodel = 'x'\n", "input_usd_per_million"),
        ("p.toml", "[[price]]\nmodel = 'x'\n", "'price'"),
        ("p.toml", "[discounts]\nopenai = 1.5\n", "openai"),
        ("p.toml", "[[price_terms]]\nmodel = 'x'\n", "says nothing"),
        ("p.toml", "[[prices", "not valid TOML"),
    ],
)
def test_what_is_no_price_file_is_refused_and_says_why(tmp_path: Path, name: str, text: str, problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        price_book(Config(), written(tmp_path, name, text))
    assert problem in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for name in ("none.csv", "none.toml"):
        with pytest.raises(UsageError, match="cannot be read"):
            price_book(Config(), tmp_path / name)


def test_an_absurd_price_in_the_config_is_a_usage_error_too() -> None:
    entry = PriceEntry(model="x", input_usd_per_million=2_000_000, output_usd_per_million=1)
    with pytest.raises(UsageError, match="2000000"):
        price_book(Config(prices=[entry]))


def test_terms_come_from_the_config(table: Table) -> None:
    book = price_book(Config(price_terms=[PriceTermsEntry(app="nightly", processing="batch")]))
    assert [(terms.app, dict(terms.context)) for terms in book.terms] == [("nightly", {"processing": "batch"})]
