"""``tokenscan schema``: JSON Schemas of what goes in and out."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from tokenscan.cli import complete
from tokenscan.cli.console import write_payload
from tokenscan.errors import UsageError

KINDS = ("report", "evaluation", "costs", "rule", "config", "events")


def schema(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help=f"{', '.join(KINDS[:-1])} or {KINDS[-1]}.",
            show_default=False,
            autocompletion=complete.one_of(*KINDS),
        ),
    ],
) -> None:
    """Print a JSON Schema: of a report, an evaluation, rule files, the config; or the columns of tables.

    "events" are the event table of a store, and the four tables that users' own rules and queries see.

    [bold]Examples[/bold]

      tokenscan schema report > report.schema.json
      tokenscan schema events | jq '.tables.sessions'

    [bold]Exit codes[/bold]: 0 done, 2 no such schema.
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
    if kind == "costs":
        from tokenscan.costing.schema import costs_schema

        return costs_schema()
    if kind == "rule":
        from tokenscan.ruleset.schema import rule_schema

        return rule_schema()
    if kind == "config":
        from tokenscan.config import config_schema

        return config_schema()
    from tokenscan.events.schema import EVENTS, PROMPTS
    from tokenscan.ruleset.custom.schema import tables_dict
    from tokenscan.sources.formats.table import ALIASES

    return {
        "tables": tables_dict(),
        "events": {name: str(dtype) for name, dtype in EVENTS.items()},
        "prompts": {name: str(dtype) for name, dtype in PROMPTS.items()},
        "names_in_plain_tables": {field: list(names) for field, names in ALIASES.items()},
    }
