"""The JSON Schema of rule files, for editors and for ``tokenscan schema rule``."""

from __future__ import annotations

from typing import Any

import msgspec

from tokenscan.ruleset.model import SCHEMA_VERSION, RuleFile


def rule_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every rule file fits, its dates and times taken as text."""
    body = msgspec.json.schema(RuleFile)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"tokenscan rule file, format {SCHEMA_VERSION}",
        **body,
    }
