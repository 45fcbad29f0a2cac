"""The words that JSON Schemas of all outputs are made of (draft 2020-12)."""

from __future__ import annotations

import enum
from typing import Any, Final

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
TEXTS: Final[Schema] = {"type": "array", "items": TEXT}
FLAG: Final[Schema] = {"type": "boolean"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
WHOLE: Final[Schema] = {"type": "integer"}
NUMBER: Final[Schema] = {"type": "number"}
NUMBER_OR_NULL: Final[Schema] = {"type": ["number", "null"]}
DAY: Final[Schema] = {"type": "string", "format": "date"}


def object_of(properties: Schema) -> Schema:
    """Return an object with all of these keys; further ones are allowed, as later versions may add some."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": True}


def array_of(items: Schema, description: str = "") -> Schema:
    """Return an array of such items."""
    return {"type": "array", "items": items} | _described(description)


def one_of(choices: type[enum.StrEnum], description: str = "") -> Schema:
    """Return one of the words of an enumeration."""
    return {"enum": [one.value for one in choices]} | _described(description)


def nullable(schema: Schema) -> Schema:
    """Return the same, or null."""
    return {"anyOf": [{"type": "null"}, schema]}


def _described(description: str) -> Schema:
    return {"description": description} if description else {}
