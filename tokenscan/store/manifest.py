"""Which files a store consists of: one small document, replaced as a whole, that makes every change happen at once.

Data files are written first, under names of their own, and never changed. What the manifest does not name does not
exist, whatever a process that died has left behind.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from tokenscan.errors import InputError

NAME = "store.json"
FORMAT = "tokenscan-store"
VERSION = 1


class StoreError(InputError):
    """A folder is no store, or one that this version cannot read."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One Parquet file, its path relative to the store. ``day`` is set for rows of calls."""

    path: str
    rows: int
    day: str = ""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a store holds. ``commit`` counts its changes; ``keeps_text`` was settled when it was made.

    ``gone`` names files (by number) that a longer version of themselves has replaced: their rows count no more.
    ``first_day`` is the day from which on rows are kept.
    """

    format: str = FORMAT
    version: int = VERSION
    keeps_text: bool = True
    commit: int = 0
    next_file: int = 0
    rows: tuple[Part, ...] = ()
    prompts: tuple[Part, ...] = ()
    links: tuple[Part, ...] = ()
    files: tuple[Part, ...] = ()
    gone: tuple[int, ...] = ()
    first_day: str = ""


_DECODER = msgspec.json.Decoder(Manifest)


class _Header(msgspec.Struct):
    format: str = ""
    version: int = 0


def is_store(folder: Path) -> bool:
    """Say whether a folder is a store, of this or of another version."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=_Header).format == FORMAT
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return False


def read_manifest(folder: Path) -> Manifest:
    """Return what a store holds.

    Raises:
        StoreError: the folder is no store, its manifest is damaged, or another version wrote it.
    """
    try:
        text = (folder / NAME).read_bytes()
        header = msgspec.json.decode(text, type=_Header)
    except OSError as error:
        raise StoreError(f"{folder} is no store", hint="make one: tokenscan ingest PATH --store DIR") from error
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise StoreError(f"{folder / NAME}: damaged ({error})", hint="restore it from a backup") from error
    if header.format != FORMAT:
        raise StoreError(f"{folder} is no store", hint="make one: tokenscan ingest PATH --store DIR")
    if header.version != VERSION:
        raise StoreError(
            f"{folder}: a store of version {header.version}, and this tokenscan reads version {VERSION}",
            hint="use the tokenscan that wrote it, or ingest the logs into a new store",
        )
    try:
        return _DECODER.decode(text)
    except msgspec.MsgspecError as error:
        raise StoreError(f"{folder / NAME}: damaged ({error})", hint="restore it from a backup") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace a store's manifest; until then, nothing that was written counts."""
    place = folder / NAME
    fresh = place.with_suffix(".new")
    with fresh.open("wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(place)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
