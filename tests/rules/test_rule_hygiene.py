"""What holds for every rule that ships, whatever it detects."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from tokenscan.ruleset.decode import plain
from tokenscan.ruleset.effective import effective
from tokenscan.ruleset.kinds import detector_kinds, params_of
from tokenscan.ruleset.load import load_rules, shipped_folder
from tokenscan.ruleset.message import BASE_FIELDS, placeholders
from tokenscan.ruleset.model import Family, Rule
from tokenscan.ruleset.page import rule_page
from tokenscan.ruleset.params import coerce, mismatches
from tokenscan.ruleset.schema import rule_schema

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(shipped_folder().rglob("*.toml"))
ORIGINS = {"founding documents", "tokenscan"}

every_rule = pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])


# What users' configs and ticket scripts name; a rule may be added, none renamed or left out.
PROMISED = {
    "volume": "personal-spike above-peers team-above-comparable-teams daily-volume-band prompt-inflation-drift "
    "usage-step",
    "content": "copied-prompt duplicate-share template-mill regenerated-request discarded-document padded-io "
    "trivial-prompts premium-model-overkill pasted-secrets",
    "behaviour": "scripted-timing machine-rate unread-answers circular-agent idle-agent undeclared-automation "
    "impossible-parallelism",
    "outcome": "prompts-per-task tokens-without-outcome unused-answers inflated-outcomes",
    "calendar": "review-window quota-bunching token-gesture",
    "organisation": "collective-inflation organisation-duplicate-share",
    "integrity": "forged-log",
}


def _rule(file: Path) -> Rule:
    return load_rules([file], shipped=False).rules[0]


def test_every_promised_rule_is_there() -> None:
    missing = {family: set(names.split()) - {file.stem for file in FILES} for family, names in PROMISED.items()}
    assert {family: names for family, names in missing.items() if names} == {}


def test_all_shipped_rules_load_together_with_unique_titles() -> None:
    rules = load_rules().rules
    assert [rule.id for rule in rules] == sorted(file.stem for file in FILES)
    assert [title for title, n in Counter(rule.title.casefold() for rule in rules).items() if n > 1] == []


def test_every_detector_has_a_rule_and_every_rule_a_detector() -> None:
    assert {tomllib.loads(file.read_text(encoding="utf-8"))["kind"] for file in FILES} == set(detector_kinds())


def test_every_folder_of_rules_is_a_family() -> None:
    folders = {path.name for path in shipped_folder().iterdir() if path.is_dir()}
    assert folders <= {family.value for family in Family}


@every_rule
def test_the_file_is_named_after_the_rule_and_lies_with_its_family(file: Path) -> None:
    rule = _rule(file)
    assert (file.stem, file.parent.name, file.parents[1]) == (rule.id, rule.family.value, shipped_folder())


@every_rule
def test_the_file_fits_the_published_schema(file: Path) -> None:
    content = plain(tomllib.loads(file.read_text(encoding="utf-8")))
    assert [error.message for error in jsonschema.Draft202012Validator(rule_schema()).iter_errors(content)] == []


@every_rule
def test_there_are_two_tests_that_fire_and_two_that_stay_silent(file: Path) -> None:
    tests = _rule(file).tests
    firing = [test for test in tests if any(not expected.cleared for expected in test.expect)]
    silent = [
        test for test in tests if test.not_evaluated is None and all(expected.cleared for expected in test.expect)
    ]
    assert len(firing) >= 2
    assert len(silent) >= 2


@every_rule
def test_every_parameter_is_tried_at_another_value_than_its_default(file: Path) -> None:
    rule = _rule(file)
    tried = {
        name
        for test in rule.tests
        for name, value in test.params.items()
        if coerce(rule.params[name], value) != coerce(rule.params[name], rule.params[name].default)
    }
    assert set(rule.params) - tried == set()


@every_rule
def test_parameters_are_those_of_the_detector(file: Path) -> None:
    rule = _rule(file)
    params = params_of(rule.kind)
    assert mismatches(rule.params, params) == []
    # A second default in the code would sooner or later differ from the one that the rule's page shows.
    assert [field.name for field in dataclasses.fields(params) if field.default is not dataclasses.MISSING] == []


@every_rule
def test_every_number_says_whose_it_is(file: Path) -> None:
    assert {spec.origin for spec in _rule(file).params.values()} <= ORIGINS


@every_rule
def test_the_message_names_things_that_some_detector_knows(file: Path) -> None:
    names = placeholders(_rule(file).message)
    assert names
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tokenscan" / "detectors").glob("*.py"))
    known = set(re.findall(r"[a-z][a-z0-9_]*", source)) | set(BASE_FIELDS)
    assert set(names) - known == set()


@every_rule
def test_the_text_is_there_for_the_reader(file: Path) -> None:
    rule = _rule(file)
    assert rule.references
    assert rule.tags
    sentences = (rule.description, rule.rationale, rule.remediation, *(spec.doc for spec in rule.params.values()))
    assert [text for text in sentences if not text.rstrip().endswith((".", "?", "!"))] == []


@every_rule
def test_the_page_renders(file: Path) -> None:
    rule = _rule(file)
    page = rule_page(effective(rule))
    assert page.startswith(f"# {rule.id}: {rule.title}\n")
    assert all(f"| `{name}` |" in page for name in rule.params)
