"""Read records through one decoder whatever container they come in: JSON as it is, CSV and Parquet rows as JSON."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe
from tokenscan.sources.decoded import BadRecordError, Decode, as_text, read_decoded
from tokenscan.sources.fields import ROW
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import read_records

_Texts = list[list[str | None]]
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)


def read_any(
    probe: Probe, columns: Collection[str], fields: Sequence[str], decode: Decode, quarantine: Quarantine
) -> Iterator[pl.DataFrame]:
    """Yield frames of text columns ``fields`` and ``_row``; ``decode`` gets JSON objects, as in ``read_decoded``.

    Of a CSV or Parquet row they hold those of ``columns`` that have a value, as text.
    """
    if probe.container in (Container.JSON, Container.JSONL):
        yield from read_decoded(probe, fields, decode, quarantine)
        return

    def as_texts(record: bytes) -> _Texts:
        return [[as_text(told.get(field)) for field in fields] for told in decode(record)]

    for frame in read_records(probe, columns, quarantine):
        names = [name for name in frame.columns if name != ROW]
        texts = frame.select(ROW, *(_text(frame[name]) for name in names))
        rows = [
            (number, *told)
            for number, *values in texts.iter_rows()
            for told in _told(number, _record(names, values), as_texts, probe, quarantine)
        ]
        if rows:
            yield pl.DataFrame(rows, schema={ROW: pl.Int64, **dict.fromkeys(fields, pl.String)}, orient="row")


def _text(values: pl.Series) -> pl.Series:
    """Return a column as text. Text stays as it is, blanks and all: it may be a piece of something."""
    return values if values.dtype == pl.String else convert.text(values)


def _record(names: Sequence[str], values: Sequence[Any]) -> bytes:
    return msgspec.json.encode({name: value for name, value in zip(names, values, strict=True) if value})


def _told(number: int, record: bytes, texts: Callable[[bytes], _Texts], probe: Probe, quarantine: Quarantine) -> _Texts:
    try:
        return texts(record)
    except BadRecordError as error:
        quarantine.add(probe.file.name, [number], str(error))
    except _UNREADABLE:
        quarantine.add(probe.file.name, [number], "a value of the wrong type")
    return []
