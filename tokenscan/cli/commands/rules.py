"""``tokenscan rules``: which rules there are, what one says, and whether rule files are sound."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokenscan.cli import complete, parsing
from tokenscan.cli import options as opt
from tokenscan.cli.commands import rules_write
from tokenscan.cli.console import Console, write_payload
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.errors import UsageError

if TYPE_CHECKING:
    from tokenscan.ruleset.effective import EffectiveRule

app = typer.Typer(
    no_args_is_help=True,
    help="""List, show, check and write rules.

    [bold]Examples[/bold]

      tokenscan rules list --tag coordination
      tokenscan rules show copied-prompt
      tokenscan rules new acme-short-answers --kind sql -o rules/
      tokenscan rules check rules/
      tokenscan rules lock rules/ --check
    """,
)
app.command("new")(rules_write.new_rule)
app.command("lock")(rules_write.lock_rules)

Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="TAG",
        help="Only rules with this tag or family. Repeatable.",
        rich_help_panel=opt.RULES,
        autocompletion=complete.one_of(*complete.FAMILIES),
    ),
]
SourceFormat = Annotated[
    str | None, typer.Option("--source", metavar="NAME", help="Say which rules this format leaves out.")
]


def _effective(rules: list[Path] | None, config: Path | None, *, no_config: bool) -> tuple[EffectiveRule, ...]:
    """Return the rules that the config selects, as they would run."""
    from tokenscan.api import active_rules

    settings, path = parsing.load(config, no_config=no_config)
    return active_rules(settings, path.parent if path else Path(), rules or ())


@app.command("list")
def list_rules(
    format: opt.TableOrJson = "table",  # noqa: A002 - the word users type
    tag: Tags = None,
    source: SourceFormat = None,
    rules: opt.RuleDirs = None,
    config: opt.ConfigFile = None,
    no_config: opt.NoConfig = False,
    width: opt.Width = None,
    color: opt.Color = "auto",
) -> None:
    """List all rules with what they need and how much they count.

    [bold]Examples[/bold]

      tokenscan rules list
      tokenscan rules list --tag coordination -f json | jq '.[].id'
      tokenscan rules list --source litellm
      tokenscan rules list --rules our-rules/ --tag custom
    """
    parsing.check_format(format, ("table", "json"))
    found = _effective(rules, config, no_config=no_config)
    kept = [rule for rule in found if not tag or _tagged(rule, tag, found)]
    entries = [_entry(rule, source) for rule in kept]
    if format == "json":
        from tokenscan.report.text import escape_json

        write_payload(escape_json(json.dumps(entries, indent=2, ensure_ascii=False)) + "\n", None)
        return
    from tokenscan.report.listing import listing_table

    columns = ("id", "family", "severity", "weight", "runs", "title")
    rows = [[str(entry[name]) for name in columns] for entry in entries]
    options = Console(width=width, color=color).payload_options()
    write_payload(
        listing_table(columns, rows, width=int(str(options["width"])), color=bool(options["color"]), keep_first=True),
        None,
    )


def _tagged(rule: EffectiveRule, tags: list[str], every: tuple[EffectiveRule, ...]) -> bool:
    """Return whether a rule has one of the tags; raises UsageError for a tag that no rule has."""
    from tokenscan.ruleset.problems import did_you_mean

    known = {word for one in every for word in (*one.rule.tags, one.rule.family.value)}
    for tag in tags:
        if tag not in known:
            raise UsageError(f"--tag {tag!r}: no rule has it{did_you_mean(tag, known)}")
    return bool({*rule.rule.tags, rule.rule.family.value} & set(tags))


def _entry(rule: EffectiveRule, source: str | None) -> dict[str, Any]:
    said = rule.rule
    return {
        "id": said.id,
        "family": said.family.value,
        "title": said.title,
        "kind": said.kind,
        "severity": rule.severity.value,
        "weight": said.weight,
        "status": said.status.value,
        "replaced_by": said.replaced_by,
        "enabled": "yes" if rule.enabled else rule.disabled,
        "runs": rule.disabled or _left_out(rule, source) or "yes",
        "tags": list(said.tags),
        "requires": list(said.requires),
        "file": said.source,
    }


def _left_out(rule: EffectiveRule, source: str | None) -> str:
    """Return why a format's logs cannot run a rule, or nothing; what context must say is taken as given."""
    if source is None:
        return ""
    from tokenscan.requirements import missing_reason
    from tokenscan.sources.registry import sources

    known = {one.name: one for one in sources()}
    if source not in known:
        from tokenscan.ruleset.problems import did_you_mean

        raise UsageError(f"--source {source!r}: no such format{did_you_mean(source, known)}")
    carries = known[source].carries
    lacking = {"user", "account"} if carries["person"] == "no" else set()
    lacking |= {"prompt"} if carries["text"] in {"no", "answers only"} else set()
    has = {"user", *rule.rule.requires} - lacking
    return missing_reason(rule.rule.requires, has, [source], people=not rule.rule.custom)


@app.command("show")
def show_rule(
    rule: Annotated[
        str, typer.Argument(metavar="RULE", help="Id of the rule.", show_default=False, autocompletion=complete.rules)
    ],
    rules: opt.RuleDirs = None,
    config: opt.ConfigFile = None,
    no_config: opt.NoConfig = False,
) -> None:
    """Print a rule's page: what it detects and why, its parameters and where each value comes from, its limits.

    [bold]Examples[/bold]

      tokenscan rules show copied-prompt
      tokenscan rules show acme-short-answers --rules our-rules/
    """
    from tokenscan.ruleset.load import load_rules
    from tokenscan.ruleset.page import rule_page

    found = {entry.rule.id: entry for entry in _effective(rules, config, no_config=no_config)}
    if rule not in found:
        load_rules(rules).get(rule)
        raise UsageError(f"rule {rule!r} is not among those that the config selects", hint="try --no-config")
    write_payload(rule_page(found[rule]), None)


@app.command("check")
def check_rules(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="DIR", help="Rule files or folders; none: the shipped ones.")
    ] = None,
    no_tests: Annotated[bool, typer.Option("--no-tests", help="Only read the files and plan their queries.")] = False,
    quiet: opt.Quiet = False,
) -> int:
    """Check rule files and run the tests inside them; exit code 2 if anything is wrong.

    Queries are planned on empty tables; no log is read. Every problem of every file is told, not only the first.

    [bold]Examples[/bold]

      tokenscan rules check our-rules/
      tokenscan rules check our-rules/acme-short-answers.toml --no-tests
    """
    from tokenscan.engine import run_rule_case
    from tokenscan.report.numbers import plural
    from tokenscan.ruleset.load import load_rules, read_rules
    from tokenscan.ruleset.selftest import run_tests

    console = Console(verbosity=-1 if quiet else 0)
    rules, problems = read_rules(folders, shipped=not folders, beside=load_rules() if folders else None)
    for problem in problems:
        console.note(str(problem), level=-1)
    results = [] if no_tests else [result for rule in rules.rules for result in run_tests(rule, run_rule_case)]
    failed = [result for result in results if not result.passed]
    for result in failed:
        console.note(f"{result.rule_id}: {result.name}: {'; '.join(result.problems)}", level=-1)
    for rule in rules.rules:
        if rule.custom and not rule.tests:
            console.note(f"{rule.source}: note: has no tests")
    broken = f"; {plural(len(problems), 'problem')} in other files" if problems else ""
    counted = f"{plural(len(rules.rules), 'rule')}, {plural(len(results), 'test')}"
    console.note(f"{counted}, {len(failed)} failed{broken}")
    return ExitCode.USAGE if failed or problems else ExitCode.DONE
