"""Read flat records as text, be they a table's rows, lines of JSON, or the pages an API answers with.

Also what gateways' logs have in common: where a call's own id stands, and what a cost of 0 means.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe
from tokenscan.sources.decoded import Fields, as_text, read_decoded
from tokenscan.sources.fields import ROW
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import read_records

TABLES = (Container.CSV, Container.PARQUET)
_NULL = msgspec.Raw(b"null")
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
# Ids that providers give their answers; other systems log the same call under them.
_PROVIDERS_ID = r"^(?:chatcmpl-|cmpl-|resp_|msg_|gen-).+"


def text_frames(probe: Probe, columns: Collection[str], wrapper: str, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    """Yield frames of ``_row`` and every one of ``columns`` as text, null where the file does not have it.

    ``wrapper`` is the key under which an API's answer keeps its records, or the one record asked for.
    """
    names = sorted(columns)
    if wrapper in probe.columns and probe.container not in TABLES:
        frames = read_decoded(probe, names, _decoder(names, wrapper), quarantine)
    else:
        frames = read_records(probe, names, quarantine)
    for frame in frames:
        given = [convert.text(frame[name]) for name in frame.columns if name != ROW]
        missing = [pl.lit(None, pl.String).alias(name) for name in names if name not in frame.columns]
        yield frame.select(ROW).with_columns(*given, *missing)


def _decoder(names: Sequence[str], wrapper: str) -> Callable[[bytes], Iterable[Fields]]:
    """Return a decoder that cuts out the values of ``names`` as they are written, whatever their type."""
    fields = [(f"f{i}", msgspec.Raw, msgspec.field(name=name, default=_NULL)) for i, name in enumerate(names)]
    wrapped = ("wrapped", msgspec.Raw, msgspec.field(name=wrapper, default=_NULL))
    decoder = msgspec.json.Decoder(msgspec.defstruct("Record", [*fields, wrapped], gc=False))

    def told(record: Any) -> Fields:
        # As text here, where a value that is none is still caught and repaired.
        values = zip(names, msgspec.structs.astuple(record), strict=False)
        return {name: as_text(value) for name, value in values if value is not _NULL}

    def decode(record: bytes) -> Iterator[Fields]:
        outer: Any = decoder.decode(record)
        start = bytes(memoryview(outer.wrapped)[:1])
        inner = _ELEMENTS.decode(outer.wrapped) if start == b"[" else [outer.wrapped] if start == b"{" else None
        if inner is None:
            yield told(outer)
        for item in inner or ():
            if bytes(memoryview(item)[:1]) == b"{":
                yield told(decoder.decode(item))

    return decode


def inner_records(probe: Probe, wrapper: str) -> Iterator[Mapping[str, Any]]:
    """Yield the first records themselves, also where they stand in an API's pages."""
    for record in probe.sample:
        inner = record.get(wrapper)
        if isinstance(inner, dict):
            yield inner
        elif isinstance(inner, list):
            yield from (item for item in inner if isinstance(item, dict))
        else:
            yield record


def inner_columns(probe: Probe, wrapper: str) -> frozenset[str]:
    """Return the column names of a table, or the keys of the first records of a JSON log."""
    if probe.container in TABLES:
        return probe.columns
    return frozenset(key for record in inner_records(probe, wrapper) for key in record)


def call_id(answer: str, own: pl.Expr, hit: pl.Expr) -> pl.Expr:
    """Return the provider's id of a call where the JSON in column ``answer`` has one, else the log's ``own`` id.

    A cache ``hit`` repeats the answer of an earlier call, its id included.
    """
    given = pl.col(answer).str.json_path_match("$.id")
    theirs = given.str.contains(_PROVIDERS_ID) & ~hit.fill_null(value=False)
    return pl.coalesce(pl.when(theirs).then(given), own)


def logged_cost(calls: pl.DataFrame, cost: str, counts: Sequence[str]) -> pl.Series:
    """Return the cost column, null where a 0 only means that the gateway knew no price.

    ``calls`` has ``is_cache_hit`` and ``status`` as logged, and token ``counts``. A cache hit costs nothing; nor does
    a failed call or one without tokens.
    """
    told = pl.DataFrame(
        {
            "cost": calls[cost],
            "amount": convert.number(calls[cost]),
            "hit": convert.boolean(calls["is_cache_hit"]).fill_null(value=False),
            "failed": (convert.status(calls["status"]) == "error").fill_null(value=False),
            **{name: convert.tokens(calls[name]) for name in counts},
        }
    )
    unpriced = (pl.col("amount") == 0) & (pl.sum_horizontal(counts) > 0) & ~pl.col("failed")
    value = pl.when(pl.col("hit")).then(pl.lit("0")).when(~unpriced.fill_null(value=False)).then("cost")
    return told.select(value.alias(cost)).to_series()
