"""``tokenscan rules``: which rules there are, what one says, and whether rule files are sound."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokenscan.cli import options as opt
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.errors import UsageError

if TYPE_CHECKING:
    from tokenscan.ruleset.effective import EffectiveRule

app = typer.Typer(
    no_args_is_help=True,
    help="""List, show and check the rules.

    [bold]Examples[/bold]

      tokenscan rules list
      tokenscan rules show copied-prompt
      tokenscan rules check rules/
    """,
)


def _effective(rules: list[Path] | None, config: Path | None, *, no_config: bool) -> tuple[EffectiveRule, ...]:
    from tokenscan.api import active_rules

    settings, path = opt.load(config, no_config=no_config)
    return active_rules(settings, path.parent if path else Path(), rules or ())


@app.command("list")
def list_rules(
    format: Annotated[str, typer.Option("-f", "--format", metavar="FORMAT", help="table or json.")] = "table",  # noqa: A002
    rules: opt.RuleDirs = None,
    config: opt.ConfigFile = None,
    no_config: opt.NoConfig = False,
    width: opt.Width = None,
    color: opt.Color = "auto",
) -> None:
    """List all rules with what they need and how much they count."""
    if format not in {"table", "json"}:
        raise UsageError(f"unknown format {format!r}", hint="formats: table, json")
    entries = [_entry(rule) for rule in _effective(rules, config, no_config=no_config)]
    if format == "json":
        write_payload(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", None)
        return
    from tokenscan.report.listing import listing_table

    columns = ("id", "family", "severity", "weight", "enabled", "title")
    rows = [[str(entry[name]) for name in columns] for entry in entries]
    options = Console(width=width, color=color).payload_options()
    write_payload(listing_table(columns, rows, width=int(str(options["width"])), color=bool(options["color"])), None)


def _entry(rule: EffectiveRule) -> dict[str, Any]:
    return {
        "id": rule.rule.id,
        "family": rule.rule.family.value,
        "title": rule.rule.title,
        "severity": rule.severity.value,
        "weight": rule.rule.weight,
        "status": rule.rule.status.value,
        "enabled": "yes" if rule.enabled else rule.disabled,
        "tags": list(rule.rule.tags),
        "requires": list(rule.rule.requires),
    }


@app.command("show")
def show_rule(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Id of the rule.", show_default=False)],
    rules: opt.RuleDirs = None,
    config: opt.ConfigFile = None,
    no_config: opt.NoConfig = False,
) -> None:
    """Print a rule's page: what it detects and why, its parameters and where each value comes from, its limits."""
    from tokenscan.ruleset.load import load_rules
    from tokenscan.ruleset.page import rule_page

    found = {entry.rule.id: entry for entry in _effective(rules, config, no_config=no_config)}
    if rule not in found:
        load_rules(rules).get(rule)
    write_payload(rule_page(found[rule]), None)


@app.command("check")
def check_rules(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="DIR", help="Rule files or folders; none: the shipped ones.")
    ] = None,
    no_tests: Annotated[bool, typer.Option("--no-tests", help="Only read the files.")] = False,
    quiet: opt.Quiet = False,
) -> int:
    """Check rule files and run the tests inside them; exit code 2 if anything is wrong."""
    from tokenscan.engine import run_rule_case
    from tokenscan.ruleset.load import load_rules
    from tokenscan.ruleset.selftest import run_tests

    console = Console(verbosity=-1 if quiet else 0)
    found = load_rules(folders, shipped=not folders).rules
    results = [] if no_tests else [result for rule in found for result in run_tests(rule, run_rule_case)]
    failed = [result for result in results if not result.passed]
    for result in failed:
        console.note(f"{result.rule_id}: {result.name}: {'; '.join(result.problems)}", level=-1)
    console.note(f"{len(found)} rules, {len(results)} tests, {len(failed)} failed")
    return ExitCode.USAGE if failed else ExitCode.DONE
