"""Models of a log get a tier by their list price, and a smaller one of the same vendor beside them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest

from tokenscan.pricing.book import PriceBook, PriceOverride
from tokenscan.pricing.tiers import MODELS, TIERS, model_tiers

LATEST = datetime(2026, 5, 1, tzinfo=UTC)


def events(*models: str | None, provider: str | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {"model": list(models), "provider": [provider] * len(models), "timestamp": [LATEST] * len(models)},
        schema={"model": pl.String, "provider": pl.String, "timestamp": pl.Datetime("us", "UTC")},
    )


def found(*models: str | None, book: PriceBook | None = None, provider: str | None = None) -> pl.DataFrame:
    return model_tiers(events(*models, provider=provider), book or PriceBook())


@pytest.mark.parametrize(
    ("model", "tier"),
    [
        ("gpt-5-mini", "mini"),  # (3 * 0.25 + 2) / 4 = 0.69
        ("gpt-4o-mini", "lite"),  # (3 * 0.15 + 0.6) / 4 = 0.26
        ("claude-haiku-4-5", "mini"),  # (3 * 1 + 5) / 4 = 2.00
        ("claude-sonnet-4-5", "mid"),  # (3 * 3 + 15) / 4 = 6.00
        ("gpt-4o", "mid"),  # (3 * 2.5 + 10) / 4 = 4.38
        ("claude-opus-4-5", "premium"),  # (3 * 5 + 25) / 4 = 10.00
        ("o1", "premium"),  # (3 * 15 + 60) / 4 = 26.25
    ],
)
def test_the_tier_follows_from_the_list_price(model: str, tier: str) -> None:
    assert found(model)["tier"].unique().to_list() == [tier]


def test_every_tier_below_has_a_smaller_model_of_the_same_vendor() -> None:
    rows = found("claude-opus-4-5")
    assert rows.schema == MODELS
    assert rows["target"].to_list() == list(TIERS)[:-1]
    assert rows["recommended"].str.contains("^claude-").all()
    assert (rows["recommended_output_usd"] < rows["output_usd"]).all()
    assert rows.row(0, named=True)["input_usd"] == 5.0


def test_a_model_that_the_log_uses_is_recommended_first() -> None:
    mid = found("claude-opus-4-5", "claude-sonnet-4-5", "claude-sonnet-4-0", "claude-sonnet-4-0").filter(target="mid")
    assert mid.select("recommended", "in_use").rows() == [("claude-sonnet-4-0", True)]
    other = found("claude-opus-4-5", "gpt-5-mini").filter(model="claude-opus-4-5", target="mini")
    assert other.select("recommended", "in_use").rows() == [("claude-haiku-4-5", False)]


def test_a_tier_that_the_vendor_lacks_is_stood_in_for_by_the_next() -> None:
    named = found("claude-opus-4-5").filter(pl.col("target").is_in(["nano", "lite"]))["recommended"]
    assert named.n_unique() == 1 or named.len() == 2
    assert found("gpt-5-nano").is_empty()  # nothing is below it


def test_a_contract_price_is_what_is_saved_but_makes_no_model_smaller() -> None:
    override = PriceOverride(model="claude-opus-4-5", input_usd_per_million=1, output_usd_per_million=2)
    row = found("claude-opus-4-5", book=PriceBook(overrides=(override,))).row(0, named=True)
    assert (row["tier"], row["input_usd"], row["output_usd"]) == ("premium", 1.0, 2.0)
    book = PriceBook(discounts={"anthropic": Decimal("0.5")})
    half = found("claude-opus-4-5", book=book).filter(target="mini").row(0, named=True)
    assert (half["input_usd"], half["recommended_input_usd"]) == (2.5, 0.5)


def test_a_vendor_behind_another_vendors_gateway_keeps_its_brand() -> None:
    rows = found("anthropic.claude-opus-4-5-20251101-v1:0", provider="aws.bedrock")
    assert rows.height == 4
    assert rows["recommended"].str.contains("claude").all()


@pytest.mark.parametrize(
    "model", [None, "", "our-own-model", "text-embedding-3-large", "<synthetic>", "x" * 5000, "\x00"]
)
def test_models_without_a_price_for_text_are_left_out(model: str | None) -> None:
    assert found(model).is_empty()
    assert found(model, "claude-opus-4-5")["model"].unique().to_list() == ["claude-opus-4-5"]


def test_a_log_without_calls_has_no_models() -> None:
    assert model_tiers(events(), PriceBook()).schema == MODELS
