"""JSON documents that are not one object a line: arrays, objects that wrap an array, pretty-printed objects.

Also the repair of JSON that a strict parser refuses though its values are there: NaN, numbers beyond 64 bits, text that
is no UTF-8, several objects in a row, an array that ends too early.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from tokenscan.sources.base import Container, Probe
from tokenscan.sources.lines import line_blocks
from tokenscan.sources.quarantine import Quarantine

WRAPPERS = frozenset({"data", "value", "logs", "rows", "results", "items"})
TOO_DEEP, TOO_SHORT = "JSON nested too deeply", "JSON ends too early"
NO_JSON, NO_OBJECT = "not valid JSON", "not a JSON object"
# Blank to JSON, or what pads it: NULs stand where a log was cut while it was written, RS marks a text sequence.
PADDING = b"\x00\x1e \t\r\n\f\v"
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
# What may stand between records: brackets of arrays, commas, and marks and paddings that some writers leave.
_BETWEEN = re.compile("[\\s,\\[\\]\x00\x1e\ufeff]*")
_RECORDS = re.compile(rb"\[\s*\{")
_WRAPPED = re.compile(rf'\{{[^\[]*?"(?:{"|".join(sorted(WRAPPERS))})"\s*:\s*\[')
_WRAPPED_WITHIN = 1 << 16
_FITS_64_BITS = 18  # digits that surely do
_PROBLEMS_AT_MOST = 1000  # each may cost a look at much of the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The records of a document as (element number, one-line JSON), and the elements that could not be read.

    ``broken`` says why the document is no valid JSON, where something of it is lost.
    """

    items: list[tuple[int, bytes]]
    bad: list[tuple[int, str]]
    broken: str = ""


def read_document(text: bytes) -> Document:
    """Return the records of an array, of an object that wraps an array, or of objects that follow each other."""
    try:
        items = _strict_items(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _salvaged(text.decode("utf-8", "replace"), str(error))
    # Raw line breaks in JSON stand between tokens only (inside a string they are escaped): a space may replace them.
    return Document(items=[(n, re.sub(rb"[\r\n]", b" ", bytes(item))) for n, item in enumerate(items, 1)], bad=[])


def record_blocks(probe: Probe, quarantine: Quarantine) -> Iterator[list[tuple[int, bytes]]]:
    """Yield blocks of (line or element number, JSON object) of a JSON file, be it lines or one document."""
    if probe.container is not Container.JSON:
        yield from line_blocks(probe, quarantine)
        return
    with probe.file.open() as stream:
        document = read_document(stream.read())
        for number, reason in document.bad:
            quarantine.add(probe.file.name, [number], reason)
        if document.broken:
            quarantine.break_off(probe.file.name, f"JSON document broken, read as far as it goes: {document.broken}")
        try:
            stream.read(1)
        except OSError as error:
            quarantine.break_off(probe.file.name, f"archive broken after element {len(document.items)}: {error}")
    yield document.items


def rescued(line: bytes) -> tuple[list[bytes], str]:
    """Return the objects of a line that a strict parser refuses, and why the rest of it, if any, is none."""
    text = line.decode("utf-8", "replace")
    records: list[bytes] = []
    place = _skip(text, 0)
    while place < len(text):
        opens = text[place] == "{"
        found, place, reason = _next(text, place)
        if reason:
            # What follows an object without opening another was part of it: damage closed it early.
            return records if opens else records[:-1], reason
        records += found
        place = _skip(text, place)
    return records, "" if records else NO_JSON


def _strict_items(text: bytes) -> list[msgspec.Raw]:
    text = text.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"["):
        return msgspec.json.decode(text, type=list[msgspec.Raw])
    document = _OBJECT.decode(text)
    wrapped = next((key for key in sorted(WRAPPERS & document.keys()) if _RECORDS.match(document[key])), None)
    return msgspec.json.decode(document[wrapped], type=list[msgspec.Raw]) if wrapped else [msgspec.Raw(text)]


def _salvaged(text: str, error: str) -> Document:
    """Read object after object; after one that cannot be read, go on where the next one seems to start."""
    items: list[tuple[int, bytes]] = []
    bad: list[tuple[int, str]] = []
    place = _skip(text, 0)
    wrapped = _WRAPPED.match(text, place, place + _WRAPPED_WITHIN)
    if wrapped and _next(text, place)[2]:
        place = _skip(text, wrapped.end())
    else:
        wrapped = None
    resume = _resume(text, place)
    while place < len(text) and len(bad) < _PROBLEMS_AT_MOST:
        records, place, reason = _next(text, place, of=_unwrapped)
        number = len(items) + len(bad) + 1
        if not reason:
            items += enumerate(records, number)
        elif wrapped and text[place] != "{":
            break  # the wrapper's further keys
        else:
            bad.append((number, reason))
            if reason != NO_OBJECT:
                match = resume.search(text, place)
                place = match.end() if match else len(text)
        place = _skip(text, place)
    return Document(items=items, bad=bad, broken=error if bad or not items else "")


def _skip(text: str, place: int) -> int:
    match = _BETWEEN.match(text, place)
    assert match is not None
    return match.end()


def _resume(text: str, place: int) -> re.Pattern[str]:
    """Return what stands before a record: in a document of lines the same indent as before the first one."""
    start = text.rfind("\n", 0, place) + 1
    if not start and "\n" not in text:
        return re.compile(r"\}\s*,\s*(?=\{)")
    indent = text[start:place] if not text[start:place].strip() else ""
    return re.compile(rf"\n{re.escape(indent)}[,\[]?[ \t]*(?=\{{)")


def _next(
    text: str, place: int, of: Callable[[Any], list[Any]] = lambda value: [value]
) -> tuple[list[bytes], int, str]:
    """Return what the value at ``place`` holds as JSON that a strict parser takes, its end, and why it is none."""
    try:
        value, end = _LENIENT.raw_decode(text, place)
        if not isinstance(value, dict):
            return [], end, NO_OBJECT
        # Half an emoji, which a strict parser refuses, becomes a question mark.
        return [json.dumps(part, ensure_ascii=False).encode("utf-8", "replace") for part in of(value)], end, ""
    except RecursionError:
        return [], place, TOO_DEEP
    except json.JSONDecodeError as error:
        ended = error.pos >= len(text) or error.msg.startswith("Unterminated string")
        return [], place, TOO_SHORT if ended else NO_JSON


def _unwrapped(value: dict[str, Any]) -> list[dict[str, Any]]:
    for key in sorted(WRAPPERS & value.keys()):
        records = value[key]
        if isinstance(records, list) and records and all(isinstance(record, dict) for record in records):
            return records
    return [value]


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _FITS_64_BITS else digits


def _float(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits


def _constant(name: str) -> Any:
    return None if name == "NaN" else name


_LENIENT = json.JSONDecoder(strict=False, parse_int=_integer, parse_float=_float, parse_constant=_constant)
