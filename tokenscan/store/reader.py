"""Read a store as if its logs had just been read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import msgspec
import polars as pl

from tokenscan.events.log import DROPPED, BadRowSample, FileVerdict, Gathered
from tokenscan.events.prompts import merged_prompts
from tokenscan.events.schema import IMPRINTS, LINKS, ROWS, TEXTS
from tokenscan.store.manifest import Manifest, StoreError, read_manifest
from tokenscan.store.parts import read_parts, scan_rows
from tokenscan.store.schema import FILES

_ATTEMPTS = 5
_VERDICT = msgspec.json.Decoder(FileVerdict)
_SAMPLES = msgspec.json.Decoder(list[BadRowSample])
_COUNTS = msgspec.json.Decoder(dict[str, int])
_T = TypeVar("_T")


def load(folder: Path, prefix: str = "", *, texts: bool = True) -> Gathered:
    """Return everything in a store; ``prefix`` goes before the names of its files. Without ``texts``, no prompts.

    Raises:
        StoreError: the folder is no store, or its files are missing or damaged.
    """
    return steady(folder, lambda place, manifest: _gathered(place, manifest, prefix, texts=texts))


def files_of(folder: Path, manifest: Manifest) -> pl.DataFrame:
    """Return the record of every file that a store took in (FILES)."""
    return read_parts(folder, manifest.files, FILES)


def _gathered(folder: Path, manifest: Manifest, prefix: str, *, texts: bool) -> Gathered:
    files = files_of(folder, manifest).filter(~pl.col("file").is_in(list(manifest.gone))).sort("name")
    verdicts = [_VERDICT.decode(text) for text in files["verdict"]]
    samples = [sample for text in files["samples"] for sample in _SAMPLES.decode(text)]
    schema = TEXTS if manifest.keeps_text else IMPRINTS
    rows = scan_rows(folder, manifest.rows, manifest).select(pl.col(name).cast(dtype) for name, dtype in ROWS.items())
    return Gathered(
        rows=rows.with_columns(_prefixed(prefix)).collect(),
        links=read_parts(folder, manifest.links, LINKS),
        prompts=merged_prompts([read_parts(folder, manifest.prompts, schema)]) if texts else pl.DataFrame(schema=TEXTS),
        files=tuple(replace(verdict, name=prefix + verdict.name) for verdict in verdicts),
        bad_rows=sum(verdict.bad_rows for verdict in verdicts),
        bad_samples=tuple(replace(sample, file=prefix + sample.file) for sample in samples),
        broken=any(verdict.broken for verdict in verdicts),
        dropped=_dropped(files).with_columns(_prefixed(prefix)),
    )


def _prefixed(prefix: str) -> pl.Expr:
    return pl.concat_str(pl.lit(prefix), "source_file").alias("source_file") if prefix else pl.col("source_file")


def _dropped(files: pl.DataFrame) -> pl.DataFrame:
    counts = [(name, reason, n) for name, text in files.select("name", "repeats").iter_rows()
              for reason, n in _COUNTS.decode(text).items()]  # fmt: skip
    return pl.DataFrame(counts, schema=DROPPED, orient="row").sort(DROPPED.names())


def steady(folder: Path, read: Callable[[Path, Manifest], _T]) -> _T:
    """Return what ``read`` makes of a store; read again where a writer has meanwhile replaced files.

    Raises:
        StoreError: the folder is no store, or its files are missing or damaged.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return read(folder, read_manifest(folder))
        except FileNotFoundError as error:
            if attempt == _ATTEMPTS:
                raise StoreError(f"{folder}: a file is missing ({error})", hint="restore it from a backup") from error
        except (OSError, pl.exceptions.PolarsError, msgspec.MsgspecError) as error:
            raise StoreError(f"{folder}: damaged ({error})", hint="restore it from a backup") from error
    raise AssertionError
