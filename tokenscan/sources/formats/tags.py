"""Read who, what for and in which session from tags that clients attach to calls under names of their own choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.decoded import mapping, objects
from tokenscan.sources.formats.table import ALIASES, plain_name

FIELDS = ("user", "team", "session_id", "task_id", "app")
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
_VALUE_AT_MOST = 500  # a name, not a document


def tags_of(value: Any) -> dict[str, str]:
    """Return the fields of FIELDS that tags tell.

    ``value`` is an object, a list of key/value pairs as a Parquet map has them, or JSON text of either; the first of
    the table's aliases that has a value counts.
    """
    told: dict[str, str] = {}
    for key, entry in _pairs(value).items():
        if isinstance(entry, str | int) and not isinstance(entry, bool) and str(entry).strip():
            told.setdefault(plain_name(key), str(entry).strip()[:_VALUE_AT_MOST])
    told.pop("account", None)  # in a tag the account that pays, not a person's
    found = {field: next((told[alias] for alias in ALIASES[field] if alias in told), None) for field in FIELDS}
    return {field: entry for field, entry in found.items() if entry is not None}


def _pairs(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except _UNREADABLE:
            return {}
    if isinstance(value, list):
        return {str(pair.get("key")): pair.get("value") for pair in objects(value)}
    return {str(key): entry for key, entry in mapping(value).items()}


def tagged(*tags: pl.Series) -> list[pl.Series]:
    """Return the columns of FIELDS that columns of tags tell; of several columns the first that has a field counts."""
    found = [[tags_of(entry) if entry else {} for entry in convert.text(column)] for column in tags]
    return [
        pl.Series(
            field,
            [next((told[field] for told in row if field in told), None) for row in zip(*found, strict=True)],
            dtype=pl.String,
        )
        for field in FIELDS
    ]
