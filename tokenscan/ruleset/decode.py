"""Turns parsed TOML into typed structs and keeps count of everything that does not fit, not only of the first."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import cache
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from tokenscan.ruleset.problems import did_you_mean

S = TypeVar("S", bound=msgspec.Struct)

_BARE = re.compile(r"[A-Za-z0-9_-]{1,60}")
_AT = re.compile(r"^(?P<text>.*?)(?: - at `\$?(?P<path>.*)`)?$", re.DOTALL)


@dataclass(slots=True)
class Decoder:
    """Decodes one document; ``problems`` collects (key path, what is wrong)."""

    problems: list[tuple[str, str]] = field(default_factory=list)

    def struct(self, kind: type[S], raw: object, path: str) -> S | None:
        """Return ``raw`` as a ``kind``, or None after noting what is wrong with it."""
        if not isinstance(raw, Mapping):
            self.problems.append((path, f"expected a table, got {raw!r:.60}"))
            return None
        before = len(self.problems)
        fields = _fields(kind)
        for key in raw.keys() - fields.keys():
            hint = did_you_mean(key, fields.keys() - raw.keys())
            self.problems.append((_join(path, key), f"unknown key{hint}"))
        values: dict[str, object] = {}
        for key, item in fields.items():
            if key in raw:
                values[item.name] = self.value(item.type, raw[key], _join(path, key))
            elif item.required:
                self.problems.append((_join(path, key), "missing"))
        return kind(**values) if len(self.problems) == before else None

    def value(self, kind: object, raw: object, path: str) -> object:
        """Return ``raw`` as a value of type ``kind``; structs in lists and tables are decoded one by one."""
        match _container(kind):
            case None, inner:
                return self.struct(inner, raw, path)
            case "list", inner if isinstance(raw, list) and raw:
                return tuple(self.struct(inner, item, f"{path}[{number}]") for number, item in enumerate(raw))
            case "table", inner if isinstance(raw, dict):
                return {self._name(kind, key, path): self.struct(inner, raw[key], _join(path, key)) for key in raw}
            case _:
                return self._leaf(kind, raw, path)

    def _name(self, kind: object, key: str, path: str) -> object:
        return self._leaf(get_args(kind)[0], key, _join(path, key))

    def _leaf(self, kind: Any, raw: object, path: str) -> object:
        words = _words(kind)
        if words and raw not in words:
            hint = did_you_mean(raw, words) if isinstance(raw, str) else ""
            self.problems.append((path, f"must be one of {', '.join(words)}, not {raw!r:.60}{hint}"))
            return None
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            match = _AT.match(str(error))
            text, inside = (match["text"], match["path"] or "") if match else (str(error), "")
            self.problems.append((path + inside, text[:1].lower() + text[1:].replace("`object`", "`table`")))
            return None


@cache  # resolving annotations takes far longer than decoding with them
def _fields(kind: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """Return the fields of a struct by the names that files use."""
    return MappingProxyType({item.encode_name: item for item in msgspec.structs.fields(kind)})


def plain(raw: object) -> object:
    """Return parsed TOML with its dates and times as ISO text, so that a date may be quoted or not."""
    match raw:
        case date() | time():
            return raw.isoformat()
        case dict():
            return {key: plain(value) for key, value in raw.items()}
        case list():
            return [plain(value) for value in raw]
        case _:
            return raw


def _container(kind: Any) -> tuple[str | None, type[msgspec.Struct]] | None:
    """Return how structs are held by a type and which struct, or None where it holds none."""
    kind = _bare(kind)
    origin, held = get_origin(kind), get_args(kind)
    if _is_struct(kind):
        return None, kind
    if origin is tuple and _is_struct(held[0]):
        return "list", held[0]
    if origin is dict and _is_struct(held[1]):
        return "table", held[1]
    return None


def _bare(kind: Any) -> Any:
    """Return what a type is about: without its limits, and without None, which TOML cannot say."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        said = [part for part in get_args(kind) if part is not type(None)]
        return _bare(said[0]) if len(said) == 1 else kind
    return kind


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _words(kind: Any) -> tuple[str, ...]:
    """Return the words that a closed set of strings allows, or nothing for any other type."""
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
        return tuple(str(member.value) for member in kind)
    if get_origin(kind) is Literal and all(isinstance(word, str) for word in get_args(kind)):
        return get_args(kind)
    return ()


def _join(path: str, key: str) -> str:
    shown = key if _BARE.fullmatch(key) else repr(key)
    return f"{path}.{shown}" if path else shown
