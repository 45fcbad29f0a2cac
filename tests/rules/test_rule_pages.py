"""The pages on rules say what the rule files say; UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tokenscan.ruleset.custom.schema import TABLES
from tokenscan.ruleset.effective import effective
from tokenscan.ruleset.load import load_rules
from tokenscan.ruleset.model import Family, Rule
from tokenscan.ruleset.page import rule_page

DOCS = Path(__file__).parents[2] / "docs"
PAGES = DOCS / "rules"
HEAD = """# Rules

What each rule detects, why, with which numbers, and when it is wrong: one page a rule, made from the rule's own file.
`tokenscan rules show RULE` prints the page with the values of your config. How much a rule counts is its weight in a
person's risk, from 0 (context only) to 1. Rules of your own: [own-rules.md](../own-rules.md).
"""
RULES = load_rules().rules


def index() -> str:
    """Return the list of all pages, by family."""
    parts = [HEAD]
    for family in Family:
        rows = [_row(rule) for rule in RULES if rule.family is family]
        if rows:
            head = "| rule | what it finds | severity | weight | needs |\n|---|---|---|---|---|\n"
            parts.append(f"\n## {family.value.capitalize()}\n\n{head}{''.join(rows)}")
    return "".join(parts)


def _row(rule: Rule) -> str:
    link = f"[{rule.id}]({rule.family.value}/{rule.id}.md)"
    needs = ", ".join(f"`{name}`" for name in rule.requires)
    return f"| {link} | {rule.title} | {rule.severity.value} | {rule.weight:g} | {needs} |\n"


def matches(page: Path, text: str) -> bool:
    if os.environ.get("UPDATE_GOLDEN"):
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    return page.is_file() and page.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_the_page_is_the_rules_own_words(rule: Rule) -> None:
    assert matches(PAGES / rule.family.value / f"{rule.id}.md", rule_page(effective(rule)))


def test_the_index_lists_every_rule_and_no_page_is_left_of_one_that_is_gone() -> None:
    assert matches(PAGES / "README.md", index())
    assert {page.stem for page in PAGES.glob("*/*.md")} == {rule.id for rule in RULES}


def test_no_shipped_rule_is_of_the_family_for_users_own() -> None:
    assert [rule.id for rule in RULES if rule.family is Family.CUSTOM or rule.custom] == []


def tables() -> str:
    """Return the columns of all tables, as they stand at the end of the tutorial."""
    parts = []
    for name, columns in TABLES.items():
        rows = "".join(f"| {one.name} | {one.dtype} | {one.meaning} |\n" for one in columns)
        parts.append(f"### {name}\n\n| column | type | meaning |\n|---|---|---|\n{rows}")
    return "\n".join(parts)


def test_the_tutorial_ends_with_every_column_of_every_table() -> None:
    page = DOCS / "own-rules.md"
    prose = page.read_text(encoding="utf-8").partition("### events\n")[0]
    assert matches(page, prose + tables())
