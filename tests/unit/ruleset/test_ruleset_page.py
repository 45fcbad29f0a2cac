from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import jsonschema
import msgspec
import pytest

from tokenscan.findings.model import Severity
from tokenscan.ruleset.decode import plain
from tokenscan.ruleset.effective import Override, effective
from tokenscan.ruleset.load import RuleSet
from tokenscan.ruleset.model import Rule
from tokenscan.ruleset.page import rule_page
from tokenscan.ruleset.schema import rule_schema


def test_the_page_shows_every_value_and_where_it_came_from(rule: Rule) -> None:
    page = rule_page(effective(rule, [Override(severity=Severity.HIGH, params={"ratio": 12.5})]))
    lines = page.splitlines()
    assert lines[0] == "# personal-spike: A day far above the person's own normal"
    assert "| Severity | high (config; the rule says medium) |" in lines
    assert (
        "| `ratio` | 12.5 | config | 10 | float, at least 1.0 | "
        "A day counts from this multiple of the person's median \\| own days only. |"
    ) in lines
    assert any(line.startswith("| `min_days` | 10 | tokenscan | 10 | int, 2 to 90 | Fewer active") for line in lines)
    assert "| `ignore_apps` | empty | tokenscan | empty | list[str] | Applications that do not count. |" in lines


def test_the_page_carries_all_text_of_the_rule(rule: Rule) -> None:
    page = rule_page(effective(rule))
    single = [rule.title, rule.description, rule.rationale, rule.remediation, rule.message, rule.waste_basis, rule.unit]
    for text in (*single, *rule.false_positives, *rule.open_questions, *rule.references):
        assert text in page
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings == [
        "## What it detects",
        "## Why it matters",
        "## Message",
        "## Parameters",
        "## Needs",
        "## Known false positives",
        "## Innocent explanations that remain",
        "## What to do",
        "## References",
    ]


def test_a_disabled_or_context_rule_says_so(rule: Rule) -> None:
    page = rule_page(effective(msgspec.structs.replace(rule, weight=0.0), [Override(enabled=False)]))
    assert "| Runs | no: disabled by config |" in page
    assert "| Weight in a person's risk | none: context only |" in page


@pytest.mark.parametrize(
    ("old", "new", "valid"),
    [
        ("", "", True),
        ('severity = "medium"', 'severity = "hihg"', False),
        ("weight = 0.45", "wieght = 0.45", False),
        ("calls = 120", "cals = 120", False),
        ("calls = 120", 'calls = "many"', False),
    ],
)
def test_schema_and_loader_agree(
    example_text: str, write: Callable[..., Path], load: Callable[..., RuleSet], old: str, new: str, valid: bool
) -> None:
    text = example_text.replace(old, new, 1)
    schema = rule_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert jsonschema.Draft202012Validator(schema).is_valid(plain(tomllib.loads(text))) is valid
    if valid:
        assert load(write(text)).rules
