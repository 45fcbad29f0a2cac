"""Read Azure Monitor records however they were exported, as frames of text columns under one kind of name.

A record is the same in a storage account (JSON lines), on an Event Hub (``records``) and in Log Analytics (a table of
columns, whose names differ in case and endings; CSV from the portal; ``tables`` from the query API). Its vendor's part
stands in ``properties``, an object or JSON text; Log Analytics may flatten it into columns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources.any_container import read_any
from tokenscan.sources.base import Container, Probe
from tokenscan.sources.decoded import mapping, objects
from tokenscan.sources.quarantine import Quarantine

_SUFFIX = re.compile(r"(?<=[a-z])_(?:s|d|g|b|t)$")
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
_RECORD = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RECORDS = msgspec.json.Decoder(list[msgspec.Raw])
_SAMPLED = 50
_PORTAL_TIME = "%m/%d/%Y, %I:%M:%S%.f %p"


@cache
def plain(column: str) -> str:
    """Return a column's name as this module has it: ``TimeGenerated [UTC]`` and ``timeGenerated_t`` are timegenerated.

    Keys of ``properties`` get the same names: where a record tells a thing twice, its own column counts.
    """
    name = column.strip()
    if name.endswith("]") and (zone := name.find("[", name.rfind("]", 0, -1) + 1)) >= 0:
        name = name[:zone].rstrip()
    return _SUFFIX.sub("", name.lower()).removeprefix("_")


def names_in(probe: Probe) -> list[frozenset[str]]:
    """Return the plain names of the first records: one set a record, of a table one for all."""
    if probe.container in (Container.CSV, Container.PARQUET):
        return [frozenset(map(plain, probe.columns))]
    return [frozenset(map(plain, record)) for record in sampled(probe)]


def sampled(probe: Probe) -> list[Mapping[str, Any]]:
    """Return the first records out of their wrappers, each with its properties beside the other keys."""
    inner = (record for outer in probe.sample for record in _unwrapped_values(outer))
    return [_with_properties(record) for _, record in zip(range(_SAMPLED), inner, strict=False)]


def azure_rows(probe: Probe, names: Sequence[str], quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    """Yield frames of text columns ``names`` (plain) and ``_row``; what a record does not tell is null."""
    wanted = frozenset(names)
    columns = [column for column in probe.columns if plain(column) in wanted or plain(column) == "properties"]

    def decode(record: bytes) -> Iterator[Mapping[str, Any]]:
        for single in _unwrapped(_RECORD.decode(record)):
            yield _named(single, wanted)

    yield from read_any(probe, columns, names, decode, quarantine)


def azure_time(times: pl.Series) -> pl.Series:
    """Return times as text that every reader knows; the portal's CSV writes them the American way."""
    read = pl.col("t").str.to_datetime(_PORTAL_TIME, strict=False, time_unit="us")
    american = read.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    return times.alias("t").to_frame().select(pl.coalesce(american, "t").alias(times.name)).to_series()


def _unwrapped(record: dict[str, msgspec.Raw]) -> Iterable[dict[str, msgspec.Raw]]:
    for key in ("records", "tables"):
        if key in record and bytes(record[key]).lstrip().startswith(b"["):
            if key == "records":
                return [_RECORD.decode(inner) for inner in _RECORDS.decode(record[key]) if bytes(inner)[:1] == b"{"]
            return [_raw(row) for table in objects(msgspec.json.decode(record[key])) for row in _table_rows(table)]
    return [record]


def _unwrapped_values(record: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    if isinstance(record.get("records"), list):
        return objects(record["records"])
    if isinstance(record.get("tables"), list):
        return (row for table in objects(record["tables"]) for row in _table_rows(table))
    return [record]


def _table_rows(table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    names = [str(column.get("name")) for column in objects(table.get("columns"))]
    rows = table.get("rows")
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, list):
            yield dict(zip(names, row, strict=False))


def _raw(row: Mapping[str, Any]) -> dict[str, msgspec.Raw]:
    return {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in row.items()}


def _named(record: Mapping[str, msgspec.Raw], wanted: Collection[str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    properties: Mapping[str, msgspec.Raw] = {}
    for key, value in record.items():
        name = plain(key)
        if name == "properties":
            properties = _properties(value)
        if name in wanted:
            told.setdefault(name, _value(value))
    for key, value in properties.items():
        name = plain(key)
        if name in wanted and told.get(name) is None:
            told[name] = _value(value)
    return told


def _value(raw: msgspec.Raw) -> msgspec.Raw | None:
    """Return a value, null where it is an empty text: columns that do not apply are written so."""
    return None if bytes(memoryview(raw)[:4]).strip() in (b"null", b'""') else raw


def _properties(value: msgspec.Raw) -> Mapping[str, msgspec.Raw]:
    try:
        text = msgspec.json.decode(value, type=str) if bytes(memoryview(value)[:1]) == b'"' else value
        return _RECORD.decode(text)
    except _UNREADABLE:
        return {}


def _with_properties(record: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = next((value for key, value in record.items() if plain(key) == "properties"), None)
    if isinstance(inner, str):
        try:
            inner = msgspec.json.decode(inner)
        except _UNREADABLE:
            return record
    return {**mapping(inner), **record}
