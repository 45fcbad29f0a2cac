"""``tokenscan schema``: JSON Schemas of what goes in and out."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from tokenscan.cli.console import write_payload
from tokenscan.errors import UsageError

KINDS = ("report", "evaluation", "rule", "config", "events")


def schema(
    kind: Annotated[str, typer.Argument(metavar="|".join(KINDS), help="Which schema.", show_default=False)],
) -> None:
    """Print a JSON Schema: of a report, an evaluation, rule files, the config; or the columns of the event table.

    [bold]Examples[/bold]

      tokenscan schema report > report.schema.json
      tokenscan schema events
    """
    if kind not in KINDS:
        raise UsageError(f"no schema {kind!r}", hint=f"one of {', '.join(KINDS)}")
    write_payload(json.dumps(_schema(kind), indent=2, ensure_ascii=False) + "\n", None)


def _schema(kind: str) -> dict[str, Any]:
    if kind == "report":
        from tokenscan.report.schema import report_schema

        return report_schema()
    if kind == "evaluation":
        from tokenscan.evaluate.schema import evaluation_schema

        return evaluation_schema()
    if kind == "rule":
        from tokenscan.ruleset.schema import rule_schema

        return rule_schema()
    if kind == "config":
        from tokenscan.config import config_schema

        return config_schema()
    from tokenscan.events.schema import EVENTS, PROMPTS
    from tokenscan.sources.formats.table import ALIASES

    return {
        "events": {name: str(dtype) for name, dtype in EVENTS.items()},
        "prompts": {name: str(dtype) for name, dtype in PROMPTS.items()},
        "names_in_plain_tables": {field: list(names) for field, names in ALIASES.items()},
    }
