"""The items of GitHub's billing API (``usageItems``), in the columns of its CSV report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources.base import Probe
from tokenscan.sources.decoded import Fields, mapping, objects, read_decoded
from tokenscan.sources.quarantine import Quarantine

ITEM = ("time", "user", "org", "team", "repository", "product", "sku", "model", "unit", "quantity",
        "requests_used", "exceeds", "gross", "net", "discount", "credits_gross", "plain", "output",
        "cache_read", "cache_write")  # fmt: skip
_ALIKE = {
    "product": "product", "sku": "sku", "model": "model", "unit": "unitType", "gross": "grossAmount",
    "net": "netAmount", "discount": "discountAmount", "repository": "repositoryName",
}  # fmt: skip
_RECORD = msgspec.json.Decoder(dict[str, Any])


def items(probe: Probe, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    """Yield frames of ITEM: one row a usage item, its time the start of the period the answer is about."""
    return read_decoded(probe, ITEM, _decode, quarantine)


def _decode(record: bytes) -> list[Fields]:
    answer = _RECORD.decode(record)
    period = mapping(answer.get("timePeriod"))
    return [_fields(item, answer, period) for item in objects(answer.get("usageItems"))]


def _fields(item: Mapping[str, Any], answer: Mapping[str, Any], period: Mapping[str, Any]) -> Fields:
    # An answer filtered by person, organisation or product names these once, for all its items.
    about = dict(answer) | {name: value for name, value in item.items() if value not in (None, "")}
    return {
        **{field: about.get(name) for field, name in _ALIKE.items()},
        "time": item.get("date") or _start(period),
        "user": about.get("user") or about.get("username"),
        "org": about.get("organization") or about.get("organizationName") or about.get("enterprise"),
        "team": about.get("costCenterName"),
    }


def _start(period: Mapping[str, Any]) -> str | None:
    year, month, day = (period.get(name) for name in ("year", "month", "day"))
    numbers = [part if isinstance(part, int) and not isinstance(part, bool) else 1 for part in (month, day)]
    return f"{year:04d}-{numbers[0]:02d}-{numbers[1]:02d}" if isinstance(year, int) and 0 < year < 10_000 else None
