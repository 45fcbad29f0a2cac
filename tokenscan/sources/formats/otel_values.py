"""Read OTLP JSON: attribute lists as plain objects, spans and log records with the resource they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tokenscan.sources.convert import MAX_TOKENS
from tokenscan.sources.decoded import mapping, objects

Attributes = Mapping[str, Any]
_SCALARS = ("stringValue", "intValue", "doubleValue", "boolValue", "bytesValue",
            "string_value", "int_value", "double_value", "bool_value", "bytes_value")  # fmt: skip
_NS_OF_MS = 1_000_000


class Item(NamedTuple):
    """A span or a log record: its own fields, its attributes, and those of its resource."""

    body: Mapping[str, Any]
    attributes: Attributes
    resource: Attributes


def spans(record: Mapping[str, Any]) -> Iterator[Item]:
    """Yield the spans of one export request."""
    yield from _items(record, "resourceSpans", ("scopeSpans", "instrumentationLibrarySpans"), "spans")


def log_records(record: Mapping[str, Any]) -> Iterator[Item]:
    """Yield the log records of one export request."""
    yield from _items(record, "resourceLogs", ("scopeLogs", "instrumentationLibraryLogs"), "logRecords")


def _items(record: Mapping[str, Any], batches: str, scopes: tuple[str, ...], items: str) -> Iterator[Item]:
    for batch in _listed(record, batches):
        resource = attributes(mapping(batch.get("resource")).get("attributes"))
        for scope in (found for name in scopes for found in _listed(batch, name)):
            for item in _listed(scope, items):
                yield Item(item, attributes(item.get("attributes")), resource)


def _listed(owner: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the objects under a key, which some writers spell with underscores."""
    return objects(get(owner, key))


def get(owner: Mapping[str, Any], key: str) -> Any:
    """Return a field by its camelCase name, or by the name that the protocol buffer has for it."""
    if key in owner:
        return owner[key]
    return owner.get("".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key))


def attributes(listed: Any) -> dict[str, Any]:
    """Return an attribute list as a plain object; one that is an object already stays as it is."""
    if isinstance(listed, dict):
        return listed
    return {item["key"]: plain(item.get("value")) for item in objects(listed) if isinstance(item.get("key"), str)}


def plain(value: Any) -> Any:
    """Return what an OTLP value wraps: text, number, boolean, list or object."""
    if not isinstance(value, dict):
        return value
    for kind in _SCALARS:
        if kind in value:
            return value[kind]
    listed = get(value, "arrayValue")
    if listed is not None:
        values = mapping(listed).get("values")
        return [plain(item) for item in values] if isinstance(values, list) else []
    named = get(value, "kvlistValue")
    return attributes(mapping(named).get("values")) if named is not None else None


def first(places: Sequence[Attributes], names: Iterable[str]) -> Any:
    """Return the first value that any place has, by the order of ``names``, then of places; empty text is none."""
    for name in names:
        for place in places:
            value = place.get(name)
            if value is not None and value != "":
                return value
    return None


def word(places: Sequence[Attributes], names: Iterable[str]) -> str | None:
    """Return the first value as a single word or number; lists and objects are none."""
    value = first(places, names)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def indexed(found: Attributes, prefix: str) -> list[dict[str, Any]]:
    """Return flattened lists again as such: ``<prefix>.0.role`` is the first one's ``role``."""
    start = f"{prefix}."
    items: dict[int, dict[str, Any]] = {}
    for key, value in found.items():
        if key.startswith(start):
            number, _, rest = key[len(start) :].partition(".")
            if number.isascii() and number.isdigit() and len(number) < 6 and rest:
                items.setdefault(int(number), {})[rest] = value
    return [items[number] for number in sorted(items)]


def whole(value: Any) -> int | None:
    """Return a count that may be written as text; None where it is no count."""
    if type(value) is int:
        return value if 0 <= value <= MAX_TOKENS else None
    try:
        number = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
        if isinstance(value, float) and value.is_integer():
            number = int(value)
    except ValueError:
        return None
    return number if number is not None and 0 <= number <= MAX_TOKENS else None


def added(*counts: Any) -> Any:
    """Return the sum of the counts that are given; one that is no count comes back as it is, to be refused later."""
    total = None
    for count in counts:
        if count is None or count == "":
            continue
        number = whole(count)
        if number is None:
            return count
        total = number if total is None else total + number
    return total


def moment(body: Mapping[str, Any], *names: str) -> int | None:
    """Return the first of the nanosecond clocks that is set; 0 means not set."""
    for name in names:
        value = get(body, name)
        try:
            time = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else 0
        except ValueError:
            continue
        if time > 0:
            return time
    return None


def started(ended: int | None, duration_ms: Any) -> int | None:
    """Return when a call began whose event was written at its end."""
    took = whole(duration_ms)
    return ended - took * _NS_OF_MS if ended is not None and took is not None else ended
