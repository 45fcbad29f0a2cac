"""Read Parquet exports a batch of rows at a time; columns keep their types where Polars has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import polars as pl

from tokenscan.sources.base import Probe
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.streams import seekable

ROWS, FEWEST_ROWS = 250_000, 1000
BATCH_BYTES = 128 << 20
ROW = "_row"
_UUID_BYTES = 16


def read_parquet(probe: Probe, columns: Sequence[str], quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    """Yield frames with ``columns`` and ``_row`` (1 = the first); a broken file ends early, not the run."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = 0
    broken = (pa.ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError)
    with probe.file.open() as stream, seekable(stream) as place:
        try:
            file = pq.ParquetFile(place)
            for batch in file.iter_batches(batch_size=_rows_at_once(file.metadata), columns=list(columns)):
                # Of two columns with one name the first counts, as in a CSV.
                named = reversed([*zip(batch.schema.names, batch.columns, strict=True)])
                known = {name: _known(column) for name, column in named}
                frame = pl.DataFrame(pl.from_arrow(pa.table(known)))
                yield frame.with_columns(pl.int_range(row + 1, row + frame.height + 1, dtype=pl.Int64).alias(ROW))
                row += frame.height
        except broken as error:
            quarantine.break_off(probe.file.name, f"Parquet broken after row {row}: {error}")


def _rows_at_once(metadata: Any) -> int:
    """Return how many rows to read at a time, by their size on average."""
    size = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    return int(min(ROWS, max(FEWEST_ROWS, BATCH_BYTES * metadata.num_rows // max(size, 1))))


def _known(column: Any) -> Any:
    """Return an Arrow column in a type that Polars takes, and without loss: ids of 16 bytes are no text."""
    import pyarrow as pa

    if isinstance(column.type, pa.BaseExtensionType):
        column = column.storage
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        return column.cast(pa.timestamp(column.type.unit, "UTC"))  # the same moments; Polars does not know "+05:30"
    if pa.types.is_decimal256(column.type):
        return column.cast(pa.string())
    if pa.types.is_fixed_size_binary(column.type) and column.type.byte_width == _UUID_BYTES:
        return pa.array([None if value is None else str(UUID(bytes=value)) for value in column.to_pylist()])
    return _as_bytes_where_no_text(column)


def _as_bytes_where_no_text(column: Any) -> Any:
    """Return a column of strings that are no UTF-8 as bytes: nobody checks what is written, and Polars would crash."""
    import pyarrow as pa

    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        return plain.cast(pa.large_binary())
    return column
