"""Values of rule parameters: checked against what the rule file declares, read from ``--set``, bound to a detector."""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Mapping
from typing import TypeVar

from tokenscan.errors import UsageError
from tokenscan.ruleset.model import Param, ParamValue

P = TypeVar("P")

INT_LIMIT = 2**63
PYTHON_TYPES = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "list[str]": tuple[str, ...],
    "list[int]": tuple[int, ...],
}


def coerce(spec: Param, value: object) -> ParamValue:
    """Return ``value`` as the parameter's type, lists as tuples; whole numbers pass as floats, nothing else is bent.

    Raises ValueError that says what the parameter takes.
    """
    if not spec.type.startswith("list["):
        return _scalar(spec, spec.type, value)
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected a list, got {value!r:.60}")
    inner = spec.type.removeprefix("list[").removesuffix("]")
    return typing.cast("tuple[str, ...] | tuple[int, ...]", tuple(_scalar(spec, inner, item) for item in value))


def parse(spec: Param, text: str) -> ParamValue:
    """Return what ``text`` says, typed by the parameter; a list is comma-separated. Raises ValueError."""
    if spec.type.startswith("list["):
        inner = spec.type.removeprefix("list[").removesuffix("]")
        return coerce(spec, [_read(inner, item.strip()) for item in text.split(",") if item.strip()])
    return coerce(spec, _read(spec.type, text.strip()))


def spelt(value: ParamValue) -> str:
    """Return a value as one writes it on the command line."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def bind(values: Mapping[str, ParamValue], kind: type[P]) -> P:
    """Return the detector's ``Params`` with ``values``; raises UsageError where names differ in either direction."""
    names = {item.name for item in dataclasses.fields(kind)}  # type: ignore[arg-type]
    if names != set(values):
        raise UsageError(
            f"{kind.__module__}: parameters {sorted(names ^ set(values))} are not in both rule and detector"
        )
    return kind(**values)


def mismatches(params: Mapping[str, Param], kind: type) -> list[tuple[str, str]]:
    """Return (key path, what is wrong) wherever a rule's parameters and its detector's ``Params`` differ."""
    hints = typing.get_type_hints(kind)
    wanted = {item.name: hints[item.name] for item in dataclasses.fields(kind)}
    found = [(f"params.{name}", "the detector has no such parameter") for name in params if name not in wanted]
    found += [(f"params.{name}", "missing: the detector needs it") for name in wanted if name not in params]
    for name, spec in params.items():
        if name in wanted and wanted[name] != PYTHON_TYPES[spec.type]:
            found.append((f"params.{name}.type", f"the detector takes {_shown(wanted[name])}, not {spec.type}"))
    return found


def _scalar(spec: Param, kind: str, value: object) -> bool | int | float | str:
    match kind, value:
        case "bool", bool():
            return value
        case "str", str():
            return value
        case "int", int() if not isinstance(value, bool) and -INT_LIMIT <= value < INT_LIMIT:
            return _within(spec, value)
        case "float", int() | float() if not isinstance(value, bool) and _finite(value):
            return _within(spec, float(value))
        case _:
            raise ValueError(f"expected {_SHOWN[kind]}, got {value!r:.60}")


_SHOWN = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text"}


def _within(spec: Param, value: int | float) -> int | float:
    if spec.min is not None and value < spec.min:
        raise ValueError(f"must be at least {spec.min}, not {value}")
    if spec.max is not None and value > spec.max:
        raise ValueError(f"must be at most {spec.max}, not {value}")
    return value


def _finite(value: int | float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _read(kind: str, text: str) -> object:
    """Return ``text`` as the scalar it spells, or unchanged where it spells none (``coerce`` then refuses it)."""
    if kind == "bool":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind in ("int", "float"):
        try:
            return int(text) if kind == "int" else float(text)
        except ValueError:
            return text
    return text


def _shown(kind: object) -> str:
    return kind.__name__ if isinstance(kind, type) and not typing.get_args(kind) else str(kind)
