from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from tests.unit import findings_factory as make
from tests.unit.calls_factory import call, log
from tests.unit.privacy.small_log import KEY
from tokenscan.findings.judge import CLAIMS
from tokenscan.findings.model import Excerpt, Finding
from tokenscan.privacy.excerpts import with_excerpts

PROMPTS = ["fix test 7 of case 12", "fix test 8 of case 13", "write to ann@acme.example", f"deploy with {KEY} now"]


def shown(
    findings: list[Finding], claims: list[tuple[int, int]], wanted: int = 2, **rest: Any
) -> list[tuple[Excerpt, ...]]:
    rows = [call("ann", f"2026-03-02 09:{minute:02}", prompt=PROMPTS[minute % 4]) for minute in range(6)]
    found = log(rows)
    table = pl.DataFrame([(finding, row, "row", 1.0, "high") for finding, row in claims], schema=CLAIMS, orient="row")
    return [one.evidence.prompts for one in with_excerpts(findings, table, found.events, found.prompts, wanted, **rest)]


def test_the_commonest_prompts_of_each_finding_come_first_masked() -> None:
    # Rows 0 and 4 send prompt 0, rows 1 and 5 prompt 1, row 2 prompt 2.
    found = shown([make.finding(), make.finding("bob")], [(0, 0), (0, 4), (0, 2), (0, 0), (1, 1)])
    assert [(one.calls, one.text) for one in found[0]] == [(2, "fix test <n> of case <n>"), (1, "write to <email>")]
    assert [one.calls for one in found[1]] == [1]


def test_a_finding_without_claims_shows_its_samples() -> None:
    sampled = make.finding(evidence=replace(make.finding().evidence, samples=("e3", "gone")))
    assert [one.text for one in shown([sampled], [])[0]] == ["write to <email>"]


def test_secrets_never_show_and_names_go_where_they_are_known() -> None:
    found = shown([make.finding()], [(0, 3)], scrub=lambda text: text.replace("deploy", "P1"))
    assert KEY.lower() not in found[0][0].text.lower()
    assert found[0][0].text.startswith("p1") or found[0][0].text.startswith("P1")


def test_without_text_nothing_is_added() -> None:
    found = log([call("ann", "2026-03-02 09:00", prompt="hello")])
    assert with_excerpts(
        [make.finding()], pl.DataFrame(schema=CLAIMS), found.events, found.prompts.drop("text"), 3
    ) == (make.finding(),)
    assert shown([make.finding()], []) == [()]
