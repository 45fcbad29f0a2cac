"""GitHub Copilot: the AI usage (premium request) report as CSV, and the billing API's answers as JSON.

A row is what one person used of one model and SKU on a day or in a month, with its money. Quantities are premium
requests weighted by model, or credits, and often fractions: they are no number of prompts and are not read as one.
Only the report of 2025's first months has one row a request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.copilot_items import ITEM, items
from tokenscan.sources.formats.repeats import with_numbered_id
from tokenscan.sources.formats.table import plain_name
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import read_records

# Columns of the CSV in all its versions -> names of this module.
_COLUMNS = {
    "date": "time", "timestamp": "time", "username": "user", "user": "user", "organization": "org", "model": "model",
    "cost_center_name": "team", "repository": "repository", "product": "product", "sku": "sku",
    "unit_type": "unit", "quantity": "quantity", "requests_used": "requests_used", "exceeds_quota": "exceeds",
    "gross_amount": "gross", "net_amount": "net", "discount_amount": "discount", "aic_gross_amount": "credits_gross",
    "input": "plain", "output": "output", "cache_read": "cache_read", "cache_write": "cache_write",
}  # fmt: skip
_REQUESTS = frozenset({"timestamp", "user", "model", "requests_used"})
_SKU = r"premium_request|ai_credit"
_UNIT = r"^(?:requests?|(?:ai[-_ ]?)?credits?|tokens?)$"
_NO_MODEL = r"(?i)^(?:coding agent|code review)(?: model)?$"
_AUTO = r"(?i)^auto:\s*"
_CLOCK = r"\d{1,2}:\d{2}"
_DIMENSIONS = ("user", "org", "team", "repository", "product", "sku", "model", "unit", "exceeds")
_COUNTS = ("plain", "cache_read", "cache_write")
_MONEY = ("gross", "net", "discount", "credits_gross")


class CopilotBilling:
    """Copilot's billing reports."""

    name = "copilot-billing"
    title = "GitHub Copilot AI usage report (billing)"
    family = "copilot"
    how_to_export = (
        "In the enterprise's or organisation's Billing & Licensing open Usage, AI usage (Premium requests), and choose "
        "Get usage report; GitHub mails a CSV."
    )
    carries: Mapping[str, str] = {"person": "yes", "text": "no", "tasks": "no", "cost": "billed"}
    clock = "UTC days"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the columns of GitHub's usage report, or the items of its billing API, are found."""
        if probe.container is not Container.CSV:
            return max((_score_items(record) for record in probe.sample), default=0)
        names = {plain_name(name) for name in probe.columns}
        report = {"date", "sku"} <= names and names & {"quantity", "aic_quantity"} and names & {"unit_type", "product"}
        money = names & {"gross_amount", "net_amount", "aic_gross_amount"}
        return 100 if names >= _REQUESTS or (report and money) else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield one RAW frame for the file, for rows alike are numbered within it; other products are passed over."""
        frames = list(_records(probe, quarantine))
        if frames:
            logged = _fields(_of_copilot(pl.concat(frames)))
            yield raw_frame(logged, self.name, probe, options, quarantine)


def _score_items(record: Mapping[str, object]) -> int:
    listed = record.get("usageItems")
    first = listed[0] if isinstance(listed, list) and listed else None
    return 100 if isinstance(first, dict) and {"sku", "product"} <= first.keys() else 0


def _records(probe: Probe, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    if probe.container is not Container.CSV:
        yield from items(probe, quarantine)
        return
    names: dict[str, str] = {}
    for column in sorted(probe.columns):
        field = _COLUMNS.get(plain_name(column))
        if field is not None and field not in names.values():
            names[column] = field
    for frame in read_records(probe, names.keys(), quarantine):
        given = {field: convert.text(frame[column]) for column, field in names.items() if column in frame.columns}
        columns = (given.get(name, pl.lit(None, pl.String)).alias(name) for name in ITEM)
        yield frame.select(ROW).with_columns(columns)


def _of_copilot(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out other products, and Copilot's seats, which are paid for and not used."""
    product, sku, unit = (pl.col(name).str.to_lowercase() for name in ("product", "sku", "unit"))
    told = sku.str.contains(_SKU) | unit.str.contains(_UNIT)
    used = pl.when(sku.is_null() & unit.is_null()).then(pl.col("model").is_not_null()).otherwise(told)
    ours = (product == "copilot") | (product.is_null() & (sku.str.contains("copilot|coding_agent|ai_credit")))
    by_request = pl.col("requests_used").is_not_null()
    return rows.filter((ours.fill_null(value=False) & used.fill_null(value=False)) | by_request)


def _fields(rows: pl.DataFrame) -> pl.DataFrame:
    rows = rows.with_columns(convert.tokens(rows[name]).alias(f"{name}_n") for name in _COUNTS)
    amounts = {name: convert.number(rows[name]) for name in _MONEY}
    parts = [pl.col(f"{name}_n") for name in _COUNTS]
    told = pl.any_horizontal(part.is_not_null() for part in parts)
    broken = pl.col("plain").is_not_null() & pl.col("plain_n").is_null()
    name = pl.col("model").str.replace(_AUTO, "").str.strip_chars()
    event = pl.col("requests_used").is_not_null() & pl.col("time").str.contains(_CLOCK).fill_null(value=False)
    grain = pl.when(event).then(pl.lit("call")).otherwise(pl.lit("day"))
    keyed = with_numbered_id(
        rows.with_columns(**amounts), CopilotBilling.name, [pl.col(name) for name in ("time", *_DIMENSIONS)]
    )
    return keyed.select(
        ROW, "event_id", "user", "org", "team", "cache_read", "cache_write",
        pl.col("time").alias("timestamp"),
        grain.alias("grain"),
        event.cast(pl.Int64).alias("n_requests"),
        pl.when(~name.str.contains(_NO_MODEL)).then(name).alias("model"),
        pl.when(pl.col("sku").str.contains("coding_agent") | name.str.contains("(?i)^coding agent"))
        .then(pl.lit(value=True)).alias("is_agent"),
        pl.when(broken).then("plain").when(told).then(pl.sum_horizontal(parts).cast(pl.String)).alias("input_tokens"),
        pl.col("output").alias("output_tokens"),
        *_cost(),
        app=pl.coalesce("sku", pl.lit("copilot")),
        cache_inside_input=pl.lit(value=True),
    ).rename({"cache_read": "cache_read_tokens", "cache_write": "cache_write_tokens"})  # fmt: skip


def _cost() -> list[pl.Expr]:
    """Return what the use is worth: an included quota is paid for too, by everybody.

    It counts as charged where nothing was taken off, and as the report's own figure otherwise.
    """
    gross, net, discount, credits_gross = (pl.when(pl.col(name) >= 0).then(pl.col(name)) for name in _MONEY)
    cost = pl.coalesce(gross, net, credits_gross)
    full = gross.is_null() | (discount.fill_null(0) == 0)
    word = pl.when(full).then(pl.lit("charged")).otherwise(pl.lit("logged"))
    return [cost.alias("cost_usd"), pl.when(cost.is_not_null()).then(word).alias("cost_kind")]
