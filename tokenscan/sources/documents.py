"""JSON documents that are not one object a line: arrays, objects that wrap an array, pretty-printed objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from tokenscan.sources.base import Container, Probe
from tokenscan.sources.elements import Elements, NotStrictError, strict_records
from tokenscan.sources.lines import RECORD_BYTES, line_blocks
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.salvage import TOO_DEEP, Window, rescued, salvaged
from tokenscan.sources.streams import Reader

__all__ = ["PADDING", "TOO_DEEP", "WRAPPERS", "Part", "document_parts", "record_blocks", "rescued"]

WRAPPERS = frozenset(
    {"data", "value", "logs", "rows", "result", "results", "items", "records", "usageEvents", "usageEventsDisplay"}
)
# Blank to JSON, or what pads it: NULs stand where a log was cut while it was written, RS marks a text sequence.
PADDING = b"\x00\x1e \t\r\n\f\v"
BLOCK_BYTES = 32 << 20
SALVAGED_BYTES = 64 << 20  # of one record that must be repaired, for that takes a multiple of its size in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some records of a document as (element number, one-line JSON), and the elements that could not be read.

    ``broken`` says, in the last part, why the document is no valid JSON, where something of it is lost.
    """

    items: list[tuple[int, bytes]]
    bad: list[tuple[int, str]]
    broken: str = ""


def document_parts(stream: BinaryIO, block: int | None = None) -> Iterator[Part]:
    """Yield the records of an array, of an object that wraps an array, or of objects that follow each other.

    The document is read in blocks of ``block`` bytes. What is no valid JSON is repaired from the place on where it
    starts to be none.
    """
    block = block or BLOCK_BYTES
    reader = Reader(stream)
    start = reader.read(block)
    gather = _Gather(block)
    if reader.ended:
        try:
            records = strict_records(start, WRAPPERS)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield from _repaired(start, reader, gather, str(error))
        else:
            yield Part(items=[*enumerate(records, 1)], bad=[])
        return
    elements = Elements(start, reader, WRAPPERS, block=block, limit=RECORD_BYTES)
    try:
        for record in elements.records():
            if gather.add(record):
                yield gather.part()
    except NotStrictError as error:
        yield from _repaired(elements.left(), reader, gather, str(error), inside=elements.inside)
    else:
        yield gather.part()


def _repaired(start: bytes, reader: Reader, gather: _Gather, error: str, *, inside: bool = False) -> Iterator[Part]:
    reader.give_back(start[gather.size :])
    window = Window(start[: gather.size], reader, block=gather.size, limit=SALVAGED_BYTES)
    for found in salvaged(window, WRAPPERS, inside=inside):
        full = [gather.add(record) for record in found.records]
        if found.reason:
            gather.problem(found.reason)
        if any(full):
            yield gather.part()
    lost = gather.problems or not gather.number
    yield gather.part(broken=error if lost else "")


class _Gather:
    """Numbers the records of a document and gathers them up to a block."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.number = 0
        self.problems = 0
        self._items: list[tuple[int, bytes]] = []
        self._bad: list[tuple[int, str]] = []
        self._held = 0

    def add(self, record: bytes) -> bool:
        """Take a record; True where a block is full."""
        self.number += 1
        self._items.append((self.number, record))
        self._held += len(record) + _OF_AN_ITEM
        return self._held >= self.size

    def problem(self, reason: str) -> None:
        self.number += 1
        self.problems += 1
        self._bad.append((self.number, reason))

    def part(self, broken: str = "") -> Part:
        """Return what has been gathered, and start anew."""
        part = Part(items=self._items, bad=self._bad, broken=broken)
        self._items, self._bad, self._held = [], [], 0
        return part


_OF_AN_ITEM = 100  # bytes that a record takes beside its own


def record_blocks(probe: Probe, quarantine: Quarantine) -> Iterator[list[tuple[int, bytes]]]:
    """Yield blocks of (line or element number, JSON object) of a JSON file, be it lines or one document."""
    if probe.container is not Container.JSON:
        yield from line_blocks(probe, quarantine)
        return
    elements = 0
    with probe.file.open() as stream:
        for part in document_parts(stream):
            for number, reason in part.bad:
                quarantine.add(probe.file.name, [number], reason)
            if part.broken:
                quarantine.break_off(probe.file.name, f"JSON document broken, read as far as it goes: {part.broken}")
            elements += len(part.items)
            if part.items:
                yield part.items
        try:
            stream.read(1)
        except OSError as error:
            quarantine.break_off(probe.file.name, f"archive broken after element {elements}: {error}")
