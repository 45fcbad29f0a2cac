"""The JSON Schema of rule files, for editors and for ``tokenscan schema rule``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tokenscan.ruleset.model import CUSTOM_KEYS, CUSTOM_KINDS, CUSTOM_NEEDS, DETECTOR_NEEDS, SCHEMA_VERSION, RuleFile


def rule_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every rule file fits, its dates and times taken as text."""
    body = msgspec.json.schema(RuleFile)
    body["$defs"]["RuleFile"]["allOf"] = [
        *(_when({"const": kind}, {"required": [kind, *CUSTOM_NEEDS]}) for kind in CUSTOM_KINDS),
        _when({"not": {"enum": list(CUSTOM_KINDS)}}, {"required": list(DETECTOR_NEEDS), "not": _any_of(CUSTOM_KEYS)}),
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"tokenscan rule file, format {SCHEMA_VERSION}",
        **body,
    }


def _when(kind: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    return {"if": {"properties": {"kind": kind}}, "then": then}


def _any_of(keys: Sequence[str]) -> dict[str, Any]:
    return {"anyOf": [{"required": [key]} for key in keys]}
