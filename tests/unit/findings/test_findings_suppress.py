from __future__ import annotations

from datetime import date

import pytest

from tests.unit import findings_factory as make
from tokenscan.config import SuppressEntry
from tokenscan.errors import UsageError
from tokenscan.findings.model import Finding, Suppression, SuppressionStatus
from tokenscan.findings.suppress import idle, suppress, unused
from tokenscan.findings.suppress_check import check_suppressions

TODAY = date(2026, 6, 1)
FINDINGS = (
    make.finding("ann", rule_id="big-days", fingerprint="ts1:1"),
    make.finding("bob", rule_id="big-nights", fingerprint="ts1:2", team="t2"),
    make.finding(None, rule_id="team-days", fingerprint="ts1:3", team="t2"),
    make.finding("deploy[bot]", rule_id="big-days", fingerprint="ts1:4", team=None),
)


def entry(rule: str = "*", expires: date = TODAY, reason: str = "agreed", **rest: object) -> SuppressEntry:
    return SuppressEntry(rule=rule, reason=reason, expires=expires, **rest)  # type: ignore[arg-type]


def hidden(*entries: SuppressEntry, findings: tuple[Finding, ...] = FINDINGS) -> list[str]:
    return [item.fingerprint for item in suppress(findings, entries, TODAY).findings if item.suppression]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (entry("big-days"), ["ts1:1", "ts1:4"]),
        (entry("big-*"), ["ts1:1", "ts1:2", "ts1:4"]),
        (entry("Big-*"), []),
        (entry(match={"team": "t2"}), ["ts1:2", "ts1:3"]),
        (entry(match={"user": "a*"}), ["ts1:1"]),
        (entry(match={"user": "deploy[bot]"}), ["ts1:4"]),
        (entry(match={"kind": "team"}), ["ts1:3"]),
        (entry("big-*", match={"team": "t2", "user": "bob"}), ["ts1:2"]),
        (entry("big-*", match={"team": "t2", "user": "ann"}), []),
        (entry(match={"app": "ide"}), []),
        (entry(fingerprint="ts1:2"), ["ts1:2"]),
        (entry("team-days", fingerprint="ts1:2"), []),
        (entry(fingerprint="ts1:2", match={"user": "ann"}), []),
    ],
)
def test_what_an_entry_hides(given: SuppressEntry, expected: list[str]) -> None:
    assert hidden(given) == expected


def test_a_hidden_finding_says_why_and_until_when() -> None:
    found = suppress(FINDINGS, [entry("big-days", date(2027, 1, 31), "shared template")], TODAY).findings
    assert found[0].suppression == Suppression(reason="shared template", expires=date(2027, 1, 31))
    assert [item.fingerprint for item in found] == [item.fingerprint for item in FINDINGS]


def test_the_first_entry_that_fits_gives_the_reason_and_none_that_fits_is_called_idle() -> None:
    found = suppress(FINDINGS, [entry("big-*", reason="first"), entry("big-days", reason="second")], TODAY)
    assert found.findings[0].suppression == Suppression(reason="first", expires=TODAY)
    assert found.notes == ()


def test_an_entry_lasts_through_its_last_day() -> None:
    assert hidden(entry(expires=date(2026, 6, 1))) != []
    expired = suppress(FINDINGS, [entry("big-days", date(2026, 5, 31))], TODAY)
    assert [item.suppression for item in expired.findings] == [None] * 4
    assert expired.notes == ("suppression of big-days expired on 2026-05-31: its findings are shown again",)


def test_an_entry_that_hides_nothing_is_noted() -> None:
    notes = suppress(FINDINGS, [entry("big-days"), entry("no-such", reason="moved on")], TODAY).notes
    assert notes == ("suppression of no-such (moved on) matches nothing",)


def test_what_became_of_every_entry_is_told_in_the_order_of_the_config() -> None:
    entries = [
        entry("big-*", owner="ann", ticket="OPS-1"),
        entry("big-days", date(2026, 5, 31)),
        entry("no-such"),
        entry("slow-*"),
    ]
    found = suppress(FINDINGS, entries, TODAY, ran={"big-days", "no-such"}).entries
    assert [(one.rule, one.status, one.findings) for one in found] == [
        ("big-*", SuppressionStatus.ACTIVE, 3),
        ("big-days", SuppressionStatus.EXPIRED, 0),
        ("no-such", SuppressionStatus.UNUSED, 0),
        ("slow-*", SuppressionStatus.NOT_LOOKED_FOR, 0),
    ]
    assert (found[0].decision.owner, found[0].decision.ticket) == ("ann", "OPS-1")
    assert unused(found) == ["suppression of no-such (agreed) matches nothing"]
    assert len(idle(found)) == 2


def test_an_entry_goes_by_the_name_behind_a_pseudonym_or_by_the_whole_pseudonym() -> None:
    mark = "person-0123456789abcdef"
    findings = (make.finding(mark, rule_id="big-days", fingerprint="ts1:9"),)
    names = {mark: "peter@acme.example"}

    def hits(pattern: str) -> int:
        return suppress(findings, [entry(match={"user": pattern})], TODAY, behind=names).entries[0].findings

    assert [hits(pattern) for pattern in ("peter@*", mark, "p*", "pers*", "*@acme.example", "person-*")] == [
        1, 1, 1, 0, 1, 0,
    ]  # fmt: skip


def test_an_entry_that_can_never_do_anything_is_refused() -> None:
    rules = ["big-days", "big-nights"]
    check_suppressions([entry("big-*", match={"team": "t1"}), entry("*")], rules)
    with pytest.raises(UsageError) as raised:
        check_suppressions([entry("big-day"), entry("big-*", match={"users": "ann", "app": "ide"})], rules)
    assert str(raised.value).splitlines() == [
        "config: suppress[0].rule: no rule 'big-day'; did you mean 'big-days'?",
        "config: suppress[1].match: findings have no 'app'; one of user, team, kind",
        "config: suppress[1].match: findings have no 'users'; did you mean 'user'?; one of user, team, kind",
    ]
