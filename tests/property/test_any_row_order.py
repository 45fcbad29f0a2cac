"""No finding depends on an order of rows that Polars does not promise, not even in its last bit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest

import tokenscan
from tests.paths import SAMPLES
from tests.samples import CONFIG
from tests.unpromised import scrambled
from tokenscan import engine
from tokenscan.detectors.base import Detection, NotEvaluated, Tables
from tokenscan.ruleset.effective import EffectiveRule

Outcomes = dict[str, Detection | NotEvaluated]


def analysed() -> tuple[str, Outcomes]:
    """Return the report on the sample logs as JSON, and what each rule found before anything was rounded."""
    detect, outcomes = engine.detect, dict[str, Any]()

    def kept(rule: EffectiveRule, tables: Tables) -> Detection | NotEvaluated:
        outcomes[rule.rule.id] = detect(rule, tables)
        return outcomes[rule.rule.id]

    with patch.object(engine, "detect", kept):
        report = tokenscan.analyze(SAMPLES, CONFIG, as_of=datetime(2026, 4, 6, tzinfo=UTC), all_people=True)
    return json.dumps(report.to_dict(), sort_keys=True), outcomes


@pytest.fixture(scope="module")
def expected() -> tuple[str, Outcomes]:
    return analysed()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_report_is_the_same_in_whatever_order_groups_and_joins_come(
    seed: int, expected: tuple[str, Outcomes]
) -> None:
    with scrambled(seed):
        report, outcomes = analysed()
    assert outcomes.keys() == expected[1].keys()
    for name, outcome in outcomes.items():
        known = expected[1][name]
        if isinstance(outcome, NotEvaluated) or isinstance(known, NotEvaluated):
            assert outcome == known, name
            continue
        assert outcome.notes == known.notes, name
        for part in ("candidates", "claims", "stated"):
            assert getattr(outcome, part).equals(getattr(known, part)), (name, part)
    assert report == expected[0]


def test_scrambling_leaves_alone_what_is_promised() -> None:
    rows = pl.DataFrame({"key": range(50), "half": [n // 2 for n in range(50)]})
    calm = [rows.group_by("half").agg(pl.len()), rows.join(rows, on="key"), rows.unique("half")]
    with scrambled(1):
        wild = [rows.group_by("half").agg(pl.len()), rows.join(rows, on="key"), rows.unique("half")]
        again = rows.group_by("half", maintain_order=True).agg(pl.len())
        assert rows.join(rows, on="key", maintain_order="left")["key"].to_list() == [*range(50)]
        assert rows.unique("half", keep="first", maintain_order=True)["key"].to_list() == [*range(0, 50, 2)]
        assert again["half"].to_list() == [*range(25)]
    for one, other in zip(calm, wild, strict=True):
        assert not one.equals(other)
        assert sorted(one.rows()) == sorted(other.rows())
