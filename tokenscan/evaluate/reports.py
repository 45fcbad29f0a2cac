"""Read a JSON report as far as an evaluation needs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import polars as pl

from tokenscan.errors import InputError
from tokenscan.report.model import Band, RuleStatus

PEOPLE = pl.Schema({"user": pl.String, "risk": pl.Float64, "band": pl.String, "claimed": pl.Int64})
HITS = pl.Schema({"user": pl.String, "rule": pl.String, "weight": pl.Float64, "claimed": pl.Int64})
_HINT = "make it with: tokenscan analyze PATH --all-people -f json -o report.json"
_ROUNDING = 0.05

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Risk = Annotated[float, msgspec.Meta(ge=0, le=100)]


class _Tool(msgspec.Struct):
    version: str
    rules_digest: str


class _Range(msgspec.Struct):
    low: _Count
    expected: _Count
    high: _Count


class _Totals(msgspec.Struct):
    waste_tokens: _Range


class _Input(msgspec.Struct):
    complete: bool = True
    users: _Count = 0
    service_accounts: list[str] = []


class _Run(msgspec.Struct):
    as_of: str = ""


class _Person(msgspec.Struct):
    user: str | None
    risk: _Risk
    band: Band
    waste_tokens: _Count
    findings: list[str]


class _Subject(msgspec.Struct):
    kind: str
    user: str | None = None


class _Impact(msgspec.Struct):
    waste_tokens: _Count


class _Finding(msgspec.Struct):
    fingerprint: str
    rule_id: str
    subject: _Subject
    impact: _Impact
    weight: _Share | None = None
    strength: _Share | None = None
    state: str = "new"
    suppression: Any = None


class _Rule(msgspec.Struct):
    id: str
    status: RuleStatus
    reason: str | None = None


class _Version(msgspec.Struct):
    schema_version: str


class _Report(msgspec.Struct):
    tool: _Tool
    totals: _Totals
    people: list[_Person]
    findings: list[_Finding]
    rules: list[_Rule]
    run: _Run = msgspec.field(default_factory=_Run)
    teams: list[Any] = []
    input: _Input = msgspec.field(default_factory=_Input)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRun:
    """What became of a rule in one report."""

    rule: str
    status: RuleStatus
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a report says about people.

    ``people`` (``PEOPLE``) one row a ranked person; ``hits`` (``HITS``) one row a finding about a person, with what it
    weighs in the risk (0 to 1) and the tokens it claims by itself; ``kept_out`` accounts that were not ranked because
    they are services; ``waste`` the report's low, expected and high totals in tokens; ``filtered`` whether findings
    that people rest on are missing; ``everybody`` whether people without findings are in it; ``as_of`` its "now".
    """

    name: str
    version: str
    rules_digest: str
    complete: bool
    people: pl.DataFrame
    hits: pl.DataFrame
    rules: tuple[RuleRun, ...]
    kept_out: frozenset[str]
    waste: tuple[int, int, int]
    teams: int
    team_findings: int
    filtered: bool
    everybody: bool
    as_of: str


def read_report(content: bytes, name: str) -> Judgement:
    """Read a JSON report.

    Raises:
        InputError: it is no report of version 1, a figure in it is none, or it names a person twice.
    """
    body = content.removeprefix(b"\xef\xbb\xbf")
    try:
        version = msgspec.json.decode(body, type=_Version).schema_version
        if not re.fullmatch(r"1\.\d{1,6}", version):
            raise InputError(f"{name}: report of version {version!r:.40}; 1.x can be read", hint=_HINT)
        report = msgspec.json.decode(body, type=_Report)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InputError(f"{name}: no JSON report of tokenscan ({error})", hint=_HINT) from error
    return _judgement(report, name)


def judged(document: Mapping[str, Any], name: str) -> Judgement:
    """Return what a report that was just made says; ``document`` is that of ``Report.to_dict``."""
    return _judgement(msgspec.convert(document, type=_Report), name)


def _judgement(report: _Report, name: str) -> Judgement:
    named = [person for person in report.people if person.user is not None]
    people = pl.DataFrame(
        [(person.user, person.risk, person.band.value, person.waste_tokens) for person in named],
        schema=PEOPLE,
        orient="row",
    )
    twice = people["user"].filter(people["user"].is_duplicated())
    if len(twice):
        raise InputError(f"{name}: {twice.sort()[0]!r:.200} is ranked twice", hint=_HINT)
    counting = [finding for finding in report.findings if finding.suppression is None and finding.state != "resolved"]
    hits = [
        (one.subject.user, one.rule_id, (one.weight or 0.0) * (one.strength or 0.0), one.impact.waste_tokens)
        for one in counting
        if one.subject.kind == "user" and one.subject.user is not None
    ]
    known = {finding.fingerprint for finding in report.findings}
    return Judgement(
        name=name,
        version=report.tool.version,
        rules_digest=report.tool.rules_digest,
        complete=report.input.complete,
        people=people,
        hits=pl.DataFrame(hits, schema=HITS, orient="row"),
        rules=tuple(RuleRun(rule=rule.id, status=rule.status, reason=rule.reason or "") for rule in report.rules),
        kept_out=_names(report.input.service_accounts),
        waste=(
            report.totals.waste_tokens.low,
            report.totals.waste_tokens.expected,
            report.totals.waste_tokens.high,
        ),
        teams=len(report.teams),
        team_findings=sum(finding.subject.kind != "user" for finding in counting),
        filtered=any(fingerprint not in known for person in named for fingerprint in person.findings),
        everybody=len(named) >= report.input.users or any(person.risk < _ROUNDING for person in named),
        as_of=report.run.as_of,
    )


def _names(accounts: list[str]) -> frozenset[str]:
    """Return the names of "name (why)": every beginning that ends before a bracket, as names may hold one."""
    return frozenset(account[: match.start()] for account in accounts for match in re.finditer(r" \(|$", account))
