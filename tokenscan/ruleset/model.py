"""What a rule file says, key by key.

One TOML file is one ``RuleFile``; an unknown key is an error. ``Rule`` adds what the file's place says: the family (its
folder) and the path. The test part of a file is in ``tokenscan.ruleset.cases``.
"""

from __future__ import annotations

import enum
import hashlib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from tokenscan.findings.model import Severity
from tokenscan.ruleset.cases import RuleTest

SCHEMA_VERSION = 1

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


class Param(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A parameter of a rule: its type, default and limits, what it means and whose number the default is."""

    type: ParamType
    default: bool | int | float | str | tuple[str | int, ...]
    doc: Text
    origin: Text
    min: int | float | None = None
    max: int | float | None = None


class RuleFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule file: what is detected, why it matters, what it cannot tell, and tests that show it.

    ``requires`` names event columns or context. ``fingerprint`` names what makes a finding the same finding in the next
    run. ``weight`` is what the rule can contribute to a person's risk; 0 is context only. ``value_param`` is the
    parameter that findings show as their threshold; ``unit`` is the unit of both.
    """

    schema: Literal[1]
    id: Id
    version: Annotated[int, Meta(ge=1)]
    kind: Id
    title: Annotated[str, Meta(min_length=1, max_length=120)]
    status: LifeCycle
    since: Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+$")]
    severity: Severity
    weight: Share
    description: Text
    rationale: Text
    remediation: Text
    false_positives: Annotated[tuple[Text, ...], Meta(min_length=1)]
    open_questions: Annotated[tuple[Text, ...], Meta(min_length=1)]
    requires: Annotated[tuple[Name, ...], Meta(min_length=1)]
    fingerprint: Annotated[tuple[Name, ...], Meta(min_length=1)]
    unit: Text
    message: Text
    value_param: Name
    waste_basis: Text
    tags: tuple[Id, ...] = ()
    references: tuple[Text, ...] = ()
    replaced_by: Id | None = None
    reason: Text | None = None
    params: dict[Name, Param] = {}
    tests: tuple[RuleTest, ...] = ()


class Rule(RuleFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule with its place: ``family`` is the folder's name, ``source`` the path of the file."""

    family: Family
    source: str


def digest(rules: tuple[Rule, ...]) -> str:
    """Return "b2:" and 32 hex digits over what the rules say; paths, comments and layout do not count."""
    content = [{key: value for key, value in msgspec.structs.asdict(rule).items() if key != "source"} for rule in rules]
    return "b2:" + hashlib.blake2b(msgspec.json.encode(content, order="sorted"), digest_size=16).hexdigest()
