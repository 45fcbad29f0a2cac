"""Ways in which logs come damaged: bytes, and values of records."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.property.exports import probed
from tokenscan.sources.base import Container
from tokenscan.sources.convert import MAX_TOKENS
from tokenscan.sources.documents import WRAPPERS

Steps = tuple[str | int, ...]
REMOVED, TWICE = "removed", "twice"
_IN_TEXT = "\0"  # a step of a path into JSON that stands in a string
_HERE, _RECORDS = '"@@here@@"', '"@@records@@"'

DEEP = "[" * 500 + "]" * 500
DEEPER = "[" * 5000 + "]" * 5000  # deeper than parsers that recurse can go
VALUES: Mapping[str, str] = {
    "null": "null", "true": "true", "negative": "-1", "beyond-double": "1e400", "30-digits": str(10**30),
    "fraction": "1.5", "most": str(MAX_TOKENS), "NaN": "NaN", "Infinity": "Infinity", "empty": '""', "word": '"abc"',
    "long": json.dumps("x" * 1000), "half-emoji": '"\\ud83d"', "nul": '"a\\u0000b"', "list": "[]", "object": "{}",
    "mixed": '[1, "a", null, {"b": []}, true, 1.5]', "deep": DEEP, "deep-objects": '{"a":' * 500 + "1" + "}" * 500,
    "deeper": DEEPER,
}  # fmt: skip
# What cannot be a time or a count, and does not say that there is none either.
UNREADABLE = ("negative", "30-digits", "beyond-double", "word", "long", "mixed", "deep", "Infinity", "half-emoji")


def _put_in(what: bytes) -> Callable[[bytes, random.Random], bytes]:
    def put(content: bytes, rng: random.Random) -> bytes:
        place = rng.randrange(len(content))
        return content[:place] + what + content[place:]

    return put


def _flipped(content: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 1, 3, 20))):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def _cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(1, len(content))]


def _cut_archive(content: bytes, rng: random.Random) -> bytes:
    packed = gzip.compress(content, mtime=0)
    return packed[: rng.randrange(20, len(packed))]


def _turned(content: bytes, rng: random.Random) -> bytes:
    first, second = sorted(rng.randrange(len(content)) for _ in range(2))
    return content[second:] + content[first:second] + content[:first]


BYTES: Mapping[str, Callable[[bytes, random.Random], bytes]] = {
    "flipped": _flipped, "cut": _cut, "cut archive": _cut_archive, "turned": _turned,
    **{name: _put_in(what) for name, what in {
        "NULs": b"\0\0\0", "no UTF-8": b"\xff\xfe\xc3", "colours": b"\x1b[31;1m", "quote": b'"', "brace": b"{",
        "bracket": b"[", "end": b"}", "backslash": b"\\", "line break": b"\n", "comma": b",",
    }.items()},
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A file taken apart into records: JSON text each, or the cells of a row.

    ``first`` is the number that the first record has where rows are told apart; ``render`` puts records together.
    """

    container: Container
    records: Sequence[Any]
    first: int
    render: Callable[[Sequence[Any]], bytes]
    header: Sequence[str] = ()


def laid_out(content: bytes, name: str) -> Layout | None:
    """Return the layout of a file, None where it is damaged as it is."""
    file = probed(content, name)
    text = content.decode("utf-8-sig")
    if file.container is Container.CSV:
        header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=file.delimiter)

        def table(records: Sequence[Sequence[str]]) -> bytes:
            out = io.StringIO()
            csv.writer(out, delimiter=file.delimiter, lineterminator="\n").writerows([header, *records])
            return out.getvalue().encode("utf-8", "replace")

        return Layout(container=file.container, records=rows, first=2, render=table, header=header)
    try:
        return _json_layout(file.container, text)
    except ValueError:
        return None


def _json_layout(container: Container, text: str) -> Layout:
    if container is Container.JSONL:
        lines = [line for line in text.splitlines() if line.strip()]
        return Layout(container=container, records=lines, first=1, render=_joined("", "\n", "\n"))
    document = json.loads(text)
    listed = next((key for key in WRAPPERS if isinstance(document, dict) and _holds_records(document.get(key))), None)
    if listed is not None:
        before, after = json.dumps(document | {listed: "@@records@@"}).split(_RECORDS)
        render = _joined(f"{before}[", ",\n", f"]{after}")
        return Layout(container=container, records=[*map(json.dumps, document[listed])], first=1, render=render)
    if isinstance(document, list):
        return Layout(
            container=container, records=[*map(json.dumps, document)], first=1, render=_joined("[", ",\n", "]")
        )
    return Layout(container=container, records=[json.dumps(document)], first=1, render=_joined("", "\n", "\n"))


def _holds_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _joined(before: str, between: str, after: str) -> Callable[[Sequence[str]], bytes]:
    return lambda records: (before + between.join(records) + after).encode("utf-8", "surrogatepass")


def paths(value: Any, above: Steps = ()) -> Iterator[Steps]:
    """Yield the path of every value inside another, also in JSON that stands in a string."""
    inside: Any = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    elif isinstance(value, str) and value[:1] in ("{", "["):
        try:
            yield from paths(json.loads(value), (*above, _IN_TEXT))
        except ValueError:
            return
    for step, inner in inside:
        yield (*above, step)
        yield from paths(inner, (*above, step))


def changed(record: str, path: Steps, how: str) -> str:
    """Return a JSON record with the value at ``path`` replaced, removed, or told twice."""
    if how == TWICE:
        return f"{record.rstrip()[:-1]}, {json.dumps(path[0])}: 7}}"
    mark, value = _HERE, VALUES.get(how, "")
    for _ in range(path.count(_IN_TEXT)):
        mark, value = json.dumps(mark)[1:-1], json.dumps(value)[1:-1]
    return json.dumps(_put(json.loads(record), path, remove=how == REMOVED)).replace(mark, value)


def _put(value: Any, path: Steps, *, remove: bool) -> Any:
    if not path:
        return "@@here@@"
    step, *rest = path
    if step == _IN_TEXT:
        return json.dumps(_put(json.loads(value), tuple(rest), remove=remove))
    items = value.items() if isinstance(value, dict) else enumerate(value)
    kept = [
        (key, _put(inner, tuple(rest), remove=remove) if key == step else inner)
        for key, inner in items
        if not (remove and not rest and key == step)
    ]
    return dict(kept) if isinstance(value, dict) else [inner for _, inner in kept]


def changed_cell(row: Sequence[str], place: int, how: str) -> list[str]:
    """Return a CSV row with one cell replaced, left out, or written twice."""
    if how in (REMOVED, TWICE):
        return [*row[:place], *row[place : place + 1] * (2 * (how == TWICE)), *row[place + 1 :]]
    value = VALUES[how]
    text = json.loads(value) if value.startswith(chr(34)) else value
    return [*row[:place], text, *row[place + 1 :]]
