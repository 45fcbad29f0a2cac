"""What a rule file says, key by key.

One TOML file is one ``RuleFile``; an unknown key is an error. ``Rule`` adds what the file's place says: the family (its
folder) and the path. The test part of a file is in ``tokenscan.ruleset.cases``. Rules of kind "sql" and "filter" are
users' own: they need less, see ``tokenscan.ruleset.custom``.
"""

from __future__ import annotations

import enum
import hashlib
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from tokenscan.findings.model import Confidence, Severity
from tokenscan.ruleset.cases import RuleTest

SCHEMA_VERSION = 1

# Kinds of rules that hold their logic themselves; every other kind is the name of a built-in detector.
CUSTOM_KINDS: Final = ("sql", "filter")
# Keys that each sort of rule needs beside those that all need, and those that only users' own rules have.
DETECTOR_NEEDS: Final = (
    "weight", "open_questions", "requires", "fingerprint", "unit", "value_param", "waste_basis",
)  # fmt: skip
CUSTOM_NEEDS: Final = ("confidence",)
CUSTOM_KEYS: Final = ("confidence", "severity_bands", "sql", "filter")

ParamType = Literal["int", "float", "bool", "str", "list[str]", "list[int]"]
ParamValue = bool | int | float | str | tuple[str, ...] | tuple[int, ...]

Id = Annotated[str, Meta(pattern="^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$", max_length=60)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Share = Annotated[float, Meta(ge=0, le=1)]


class LifeCycle(enum.StrEnum):
    """How far a rule has come: only stable rules run unless asked for."""

    EXPERIMENTAL = "experimental"
    STABLE = "stable"
    DEPRECATED = "deprecated"


class Family(enum.StrEnum):
    """The kind of evidence a rule gives; also the name of the folder its file lies in."""

    VOLUME = "volume"
    CONTENT = "content"
    BEHAVIOUR = "behaviour"
    OUTCOME = "outcome"
    CALENDAR = "calendar"
    ORGANISATION = "organisation"
    INTEGRITY = "integrity"
    CUSTOM = "custom"  # users' own rules that say nothing else; no shipped rule is of it


class Param(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A parameter of a rule: its type, default and limits, what it means and whose number the default is."""

    type: ParamType
    default: bool | int | float | str | tuple[str | int, ...]
    doc: Text
    origin: Text
    min: int | float | None = None
    max: int | float | None = None


class SqlPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[sql]``: one SELECT over the tables of ``tokenscan schema events``; each row of its result is a finding."""

    query: Annotated[str, Meta(min_length=1, max_length=8000)]


class FilterPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[filter]``: a condition on the rows of a table, and whom the calls behind them are held together by.

    ``group_by`` are columns of ``events``: a finding each. ``having`` is a condition on a group (requests, users, days,
    tokens). ``value`` is what is held against the threshold. ``waste`` is the share of the calls that is wasted;
    "tokens" and "cost" mean all of it.
    """

    where: Annotated[str, Meta(min_length=1, max_length=8000)]
    table: Literal["events", "prompts", "user_days", "sessions"] = "events"
    group_by: tuple[Name, ...] = ()
    having: Annotated[str, Meta(min_length=1, max_length=8000)] | None = None
    value: Literal["requests", "users", "days", "tokens"] = "requests"
    waste: Share | Literal["tokens", "cost"] = 0.0


class RuleFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule file: what is detected, why it matters, what it cannot tell, and tests that show it.

    ``requires`` names event columns or context. ``fingerprint`` names what makes a finding the same finding in the next
    run. ``weight`` is what the rule can contribute to a person's risk; 0 is context only. ``value_param`` is the
    parameter that findings show as their threshold; ``unit`` is the unit of both. Of users' own rules ``confidence``
    says how sure their findings are, and ``severity_bands`` from which waste in 30 days ("500 usd") they are graver.
    """

    schema: Literal[1]
    id: Id
    version: Annotated[int, Meta(ge=1)]
    kind: Id
    title: Annotated[str, Meta(min_length=1, max_length=120)]
    status: LifeCycle
    since: Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+$")]
    severity: Severity
    weight: Share = 0.0
    description: Text
    rationale: Text
    remediation: Text
    false_positives: Annotated[tuple[Text, ...], Meta(min_length=1)]
    open_questions: Annotated[tuple[Text, ...], Meta(min_length=1)] = ()
    requires: Annotated[tuple[Name, ...], Meta(min_length=1)] = ()
    fingerprint: Annotated[tuple[Name, ...], Meta(min_length=1)] = ()
    unit: Text = ""
    message: Text
    value_param: Name = ""
    waste_basis: Text = ""
    family: Family | None = None
    confidence: Confidence | None = None
    severity_bands: dict[Severity, float | str] = {}
    tags: tuple[Id, ...] = ()
    references: tuple[Text, ...] = ()
    replaced_by: Id | None = None
    reason: Text | None = None
    params: dict[Name, Param] = {}
    sql: SqlPart | None = None
    filter: FilterPart | None = None
    tests: tuple[RuleTest, ...] = ()


class Rule(RuleFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule with its place: ``family`` is the folder's name, ``source`` the path of the file."""

    family: Family
    source: str

    @property
    def custom(self) -> bool:
        """Return whether the rule holds its logic itself, in SQL or as a filter."""
        return self.kind in CUSTOM_KINDS


def digest(rules: tuple[Rule, ...]) -> str:
    """Return "b2:" and 32 hex digits over what the rules say; paths, comments and layout do not count."""
    return hashed([said(rule) for rule in rules])


def hashed(content: object) -> str:
    """Return "b2:" and 32 hex digits over plain values."""
    return "b2:" + hashlib.blake2b(msgspec.json.encode(content, order="sorted"), digest_size=16).hexdigest()


def said(rule: Rule) -> dict[str, Any]:
    """Return what a rule says as plain values; keys of users' own rules only where there are some."""
    content: dict[str, Any] = msgspec.to_builtins(rule)
    content.pop("source")
    for key in CUSTOM_KEYS:
        if not content[key]:
            del content[key]
    for test in content["tests"]:
        if not test["events"]:
            del test["events"]
    return content
