"""Sweeps and gates: what is asked for, and what comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.evaluate.small_case import PEOPLE, report, write
from tokenscan.errors import UsageError
from tokenscan.evaluate.gates import failure, parse_gate
from tokenscan.evaluate.labels import read_labels
from tokenscan.evaluate.population import Draw, pooled
from tokenscan.evaluate.reports import judged
from tokenscan.evaluate.score import scores
from tokenscan.evaluate.sweep import SweepRequest, all_variants, parse_sweep, swept


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    return Draw(judgement=judged(report(), "r"), labels=read_labels(Path(write(tmp_path)[1])), labels_name="l")


def test_a_sweep_names_rule_parameter_and_values() -> None:
    assert parse_sweep("personal-spike.ratio= 5,10 ,20") == SweepRequest(
        rule="personal-spike", param="ratio", values=("5", "10", "20")
    )
    assert parse_sweep("r.apps=a,b;c").values == ("a,b", "c")
    assert all_variants([parse_sweep("r.p=1,2"), parse_sweep("s.q=3")]) == [(), ("r.p=1",), ("r.p=2",), ("s.q=3",)]


@pytest.mark.parametrize("text", ["", "ratio=5", "personal-spike.ratio", "r.p=", "r.p=1,,2", ".p=1", "r.=1", "r.p=1,1"])
def test_other_sweeps_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--sweep"):
        parse_sweep(text)


def test_each_value_is_scored_beside_the_one_in_force(draw: Draw) -> None:
    calm = [person for person in PEOPLE if person[0] != "h1@x.example"]
    [sweep] = swept(draw, [parse_sweep("r.p=9")], [judged(report(), "a"), judged(report(calm), "b")], ["5"])
    assert [(step.value, step.current, len(step.accused)) for step in sweep.steps] == [("5", True, 3), ("9", False, 2)]
    # Without h1 above it, the gamer at 45 enters fourth of five: 3/5.
    assert sweep.steps[1].scores.pr_auc == pytest.approx((1 + 1 + 3 / 5 + 4 / 6) / 4)
    assert sweep.same


def test_a_sweep_on_other_logs_says_so(draw: Draw) -> None:
    [sweep] = swept(draw, [parse_sweep("r.p=9")], [judged(report(PEOPLE[:2]), "a"), judged(report(), "b")], ["5"])
    assert not sweep.same


@pytest.mark.parametrize(
    ("gate", "met"),
    [
        ("pr_auc=0.76", True),
        ("pr_auc=77%", False),
        ("roc_auc=0.77", True),
        ("precision=0.5", True),
        ("precision=0.51", False),
        ("strong.precision=66%", True),
        ("recall=0.75", True),
        ("strong.recall=0.51", False),
        ("specificity=0.5", True),
        ("strong.specificity=0.84", False),  # five of six
        ("precision_at_5_percent=0.08", False),
    ],
)
def test_gates(draw: Draw, gate: str, met: bool) -> None:
    assert (failure(parse_gate(gate), scores(pooled([draw]).accounts)) == "") is met


def test_what_is_unknown_meets_no_gate(draw: Draw) -> None:
    nobody = pooled([Draw(judgement=judged(report([]), "r"), labels=draw.labels, labels_name="l")])
    assert "unknown" in failure(parse_gate("precision=0"), scores(nobody.accounts))


@pytest.mark.parametrize("text", ["", "pr_auc", "pr_auc=", "pr_auc=2", "pr_auc=nan", "pr_auc=-0.1", "charm=0.5"])
def test_other_gates_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--fail-under"):
        parse_gate(text)
