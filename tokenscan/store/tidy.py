"""Keep the number of files in a store down: many small ones are slow to read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import msgspec
import polars as pl

from tokenscan.events.prompts import merged_prompts
from tokenscan.events.schema import IMPRINTS, LINKS, TEXTS
from tokenscan.store.manifest import Manifest, Part, write_manifest
from tokenscan.store.parts import FILES, PROMPTS, read_parts, scan_rows, write_days, write_part
from tokenscan.store.parts import LINKS as LINKS_ROOM
from tokenscan.store.schema import FILES as FILES_SCHEMA

MANY = 16  # files of one day, or of one small table


def tidied(folder: Path, manifest: Manifest) -> Manifest:
    """Put the files of days and tables that have many of them together, and commit that.

    Rows of files that a longer version has replaced are left behind.
    """
    by_day: defaultdict[str, list[Part]] = defaultdict(list)
    for part in manifest.rows:
        by_day[part.day].append(part)
    name = f"{manifest.commit + 1:08}-t"
    rows = list(chain.from_iterable(_day(folder, name, parts, manifest) for parts in by_day.values()))
    after = msgspec.structs.replace(
        manifest,
        commit=manifest.commit + 1,
        rows=tuple(rows),
        prompts=_table(folder, PROMPTS, name, manifest.prompts, TEXTS if manifest.keeps_text else IMPRINTS),
        links=_table(folder, LINKS_ROOM, name, manifest.links, LINKS),
        files=_table(folder, FILES, name, manifest.files, FILES_SCHEMA),
    )
    if msgspec.structs.replace(after, commit=manifest.commit) == manifest:
        return manifest
    write_manifest(folder, after)
    return after


def _day(folder: Path, name: str, parts: Sequence[Part], manifest: Manifest) -> Sequence[Part]:
    if len(parts) <= MANY:
        return parts
    return write_days(folder, name, scan_rows(folder, parts, manifest).collect())


def _table(folder: Path, room: str, name: str, parts: tuple[Part, ...], schema: pl.Schema) -> tuple[Part, ...]:
    if len(parts) <= MANY:
        return parts
    every = read_parts(folder, parts, schema)
    if room == PROMPTS:
        every = merged_prompts([every])
    return (write_part(folder, room, name, every.unique(maintain_order=True)),)
