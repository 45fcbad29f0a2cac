"""Runs the tests inside every shipped rule."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unpromised import scrambled
from tokenscan.ruleset.load import load_rules, shipped_folder
from tokenscan.ruleset.selftest import run_test


def _cases() -> Iterator[object]:
    """Yield file and number of each test; a file that cannot be read is the business of the hygiene tests."""
    for file in sorted(shipped_folder().rglob("*.toml")):
        try:
            tests = tomllib.loads(file.read_text(encoding="utf-8")).get("tests", [])
        except tomllib.TOMLDecodeError:
            continue
        for number, test in enumerate(tests):
            yield pytest.param(file, number, id=f"{file.stem}: {test.get('name', number)}")


@pytest.mark.parametrize(("file", "number"), list(_cases()))
def test_the_rule_does_what_its_own_test_says(file: Path, number: int) -> None:
    from tokenscan.engine import run_rule_case

    rule = load_rules([file], shipped=False).rules[0]
    with scrambled(number):  # what a rule finds rests on no order of rows that nobody promised
        result = run_test(rule, rule.tests[number], run_rule_case)
    if result.error is not None:
        raise result.error
    assert result.problems == ()
