"""Read nested JSON logs record by record through a source's own decoder, as frames of the fields it tells.

For logs whose calls stand inside other objects, so that columns of the outer record say nothing. The decoder is a typed
one (msgspec) that skips what is not asked for; every value may have any type, for logs disagree with their own manuals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources.base import Probe
from tokenscan.sources.documents import record_blocks, rescued
from tokenscan.sources.fields import ROW
from tokenscan.sources.quarantine import Quarantine

Fields = Mapping[str, Any]
Decode = Callable[[bytes], Iterable[Fields]]
_Texts = list[list[str | None]]
_Decode = Callable[[bytes], _Texts]
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)


class BadRecordError(ValueError):
    """A record that is valid JSON but cannot be counted; the message says why."""


def read_decoded(probe: Probe, fields: Sequence[str], decode: Decode, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    """Yield frames of text columns ``fields`` and ``_row`` (the record's 1-based line or element number).

    ``decode`` gets one record and returns the rows it tells of, as field -> value; absent fields are null.
    """

    def texts(record: bytes) -> _Texts:
        return [[as_text(told.get(name)) for name in fields] for told in decode(record)]

    for records in record_blocks(probe, quarantine):
        rows = [
            (number, *told) for number, record in records for told in _told(number, record, texts, probe, quarantine)
        ]
        if rows:
            yield pl.DataFrame(rows, schema={ROW: pl.Int64, **dict.fromkeys(fields, pl.String)}, orient="row")


def _told(number: int, record: bytes, texts: _Decode, probe: Probe, quarantine: Quarantine) -> _Texts:
    try:
        return texts(record)
    except BadRecordError as error:
        quarantine.add(probe.file.name, [number], str(error))
        return []
    except _UNREADABLE:
        return _rescued(number, record, texts, probe, quarantine)


def _rescued(number: int, record: bytes, texts: _Decode, probe: Probe, quarantine: Quarantine) -> _Texts:
    """Decode what a strict parser refused although its values are there, such as NaN or bytes that are no text."""
    records, reason = rescued(record)
    told: _Texts = []
    for again in records:
        try:
            told += texts(again)
        except (BadRecordError, *_UNREADABLE) as error:
            reason = reason or (str(error) if isinstance(error, BadRecordError) else "a value of the wrong type")
    if reason:
        quarantine.add(probe.file.name, [number], reason)
    return told


def as_text(value: Any) -> str | None:
    """Return a JSON value as the text that a CSV cell would hold; nested values as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, msgspec.Raw):
        return _raw_text(value)
    return msgspec.json.encode(value).decode()


def _raw_text(value: msgspec.Raw) -> str | None:
    text = bytes(value)
    if text[:1] == b'"':
        return msgspec.json.decode(text, type=str)
    return None if text == b"null" else text.decode()


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a decoded JSON object, or an empty one where the value is none."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a decoded JSON array, or none where the value is no array."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
