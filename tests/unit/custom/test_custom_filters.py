"""Rules with a filter: which calls they mean, and how these are grouped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.calls_factory import call, context, log
from tests.unit.custom.own_rules import analysed, text
from tokenscan.report.model import Report

CALLS = [
    call("ann", "2026-01-05 09:00", app="chat", session="s1", output_tokens=1),
    call("ann", "2026-01-05 09:30", app="chat", session="s1", output_tokens=500),
    call("ann", "2026-01-06 09:00", app="ide", session="s2", output_tokens=1),
    call("bob", "2026-01-06 09:00", app="ide", session="s3", output_tokens=1),
]
LEAST = '[params.least]\ntype = "int"\ndefault = 1\ndoc = "d."\norigin = "o"'


def filtered(folder: Path, more: str = "", rule: dict[str, Any] | None = None, **part: Any) -> Report:
    lines = "\n".join(f"{key} = {value!r}" for key, value in part.items())
    content = text(part=f"[filter]\n{lines}", more=more, **{"kind": "filter"} | (rule or {}))
    return analysed(folder, content, log(CALLS), context(outcomes=[]))


def told(report: Report) -> list[tuple[str | None, float, int]]:
    return sorted((one.subject.user, one.evidence.value, one.impact.waste_tokens) for one in report.findings)


def test_the_calls_that_match_are_the_waste(tmp_path: Path) -> None:
    report = filtered(tmp_path, where="output_tokens <= 1", group_by=["user"], waste=1.0)
    assert told(report) == [("ann", 2, 1602), ("bob", 1, 801)]
    assert report.totals.waste_tokens.expected == 2403
    assert report.findings[0].impact.basis == "100% of the calls that the filter matches"


@pytest.mark.parametrize(("waste", "tokens"), [(0.0, 0), (0.5, 800), ("tokens", 1602), ("cost", 1602)])
def test_waste_is_a_share_of_the_calls(tmp_path: Path, waste: float | str, tokens: int) -> None:
    """Half of two calls of 801 tokens is 400 each: shares are rounded call by call, half to even."""
    report = filtered(tmp_path, where="output_tokens <= 1 AND user = 'ann'", group_by=["user"], waste=waste)
    assert report.totals.waste_tokens.expected == tokens


def test_a_group_must_meet_having_and_parameters_are_named_like_columns(tmp_path: Path) -> None:
    parts = {"where": "output_tokens <= least", "group_by": ["user"], "having": "requests > least"}
    rule = {"value_param": "least", "message": "{user}: {requests} calls on {days} days, limit {least}"}
    report = filtered(tmp_path, LEAST, rule, **parts)
    assert [finding.message for finding in report.findings] == ["ann: 2 calls on 2 days, limit 1"]


@pytest.mark.parametrize(
    ("table", "where", "expected"),
    [
        ("sessions", "requests = 2", [("ann", 2, 2101)]),
        ("user_days", "day = DATE '2026-01-06'", [("ann", 1, 801), ("bob", 1, 801)]),
        ("sessions", "minutes > 1000", []),
    ],
)
def test_a_filter_on_another_table_means_the_calls_behind_its_rows(
    tmp_path: Path, table: str, where: str, expected: list[Any]
) -> None:
    assert told(filtered(tmp_path, table=table, where=where, group_by=["user"], waste=1.0)) == expected


def test_without_groups_all_calls_are_one_finding_of_the_organisation(tmp_path: Path) -> None:
    report = filtered(tmp_path, where="app = 'ide'", value="users", waste=1.0)
    (finding,) = report.findings
    assert (finding.subject.kind, finding.evidence.value, finding.impact.waste_tokens) == ("organisation", 2, 1602)
    assert filtered(tmp_path, where="app = 'none'").findings == ()
