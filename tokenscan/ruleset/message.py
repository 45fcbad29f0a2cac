"""A finding's sentence: the rule's template with names and format specs, and nothing that could reach further."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Mapping
from datetime import date, datetime

from tokenscan.errors import UsageError
from tokenscan.ruleset.problems import did_you_mean

# What every candidate offers besides its detector's metrics.
BASE_FIELDS = ("user", "team", "value", "threshold", "n", "compared_with", "first_seen", "last_seen")
UNKNOWN = "unknown"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SPEC = re.compile(r"[<>^]?\+?\d{0,2},?(\.\d{1,2})?[dfgs%]?")


def message_values(candidate: Mapping[str, object]) -> dict[str, object]:
    """Return what a message may name for one row of a detector's candidates; metrics win over base fields."""
    values = {name: candidate.get(name) for name in BASE_FIELDS}
    metrics = candidate.get("metrics")
    return values | dict(metrics) if isinstance(metrics, Mapping) else values


def placeholders(template: str) -> tuple[str, ...]:
    """Return the names a template uses, in order of appearance.

    Raises UsageError for anything but ``{name}`` and ``{name:spec}``: attributes, indexes, conversions, nested fields,
    and specs beyond alignment, sign, width, thousands, precision and one of ``d f g s %``.
    """
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as error:
        raise UsageError(f"message: {error}") from None
    names = []
    for _, name, spec, conversion in parsed:
        if name is None:
            continue
        if conversion or not _NAME.fullmatch(name):
            shown = name + (f"!{conversion}" if conversion else "")
            raise UsageError(f"message: {{{shown}}} is not a plain field name")
        if spec and not _SPEC.fullmatch(spec):
            raise UsageError(f"message: format {spec!r} of {{{name}}} is not allowed")
        names.append(name)
    return tuple(dict.fromkeys(names))


def render(template: str, values: Mapping[str, object]) -> str:
    """Return the template with ``values`` filled in.

    Dates are ISO, lists are joined by commas, what is null reads "unknown". Values are not escaped: that is for each
    output format to do. Raises UsageError for a name that ``values`` lacks or a spec that does not fit its value.
    """
    missing = [name for name in placeholders(template) if name not in values]
    if missing:
        hint = did_you_mean(missing[0], values)
        raise UsageError(f"message: nothing is called {{{missing[0]}}} here{hint}")
    parts = []
    for literal, name, spec, _ in string.Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            parts.append(_format(name, values[name], spec or ""))
    return "".join(parts)


def _format(name: str, value: object, spec: str) -> str:
    match value:
        case None:
            return UNKNOWN
        case float() if not math.isfinite(value):
            return UNKNOWN
        case datetime():
            value = value.isoformat(sep=" ", timespec="minutes").replace("+00:00", " UTC")
        case date():
            value = value.isoformat()
        case list() | tuple():
            value = ", ".join(str(item) for item in value)
        case _:
            pass
    try:
        return format(value, spec)
    except (ValueError, TypeError) as error:
        raise UsageError(f"message: {{{name}:{spec}}} does not fit {value!r:.60} ({error})") from None
