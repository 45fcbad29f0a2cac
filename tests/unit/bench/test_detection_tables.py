"""The evaluation of the README: its tables say what evaluations say, and the same seeds give the same people."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from bench.detection import HONEST, Population, judge, main
from bench.detection_tables import beside_the_thresholds, by_dose, by_kind, what_columns_buy
from tests.unit.evaluate.small_case import report, write
from tokenscan.cli.app import main as command_line
from tokenscan.evaluate.labels import read_labels
from tokenscan.evaluate.population import Draw
from tokenscan.evaluate.reports import judged
from tokenscan.simulate.options import Options


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Ten accounts: 3 of 4 gamers and 3 of 6 innocent ones in a band; true waste known of three gamers: 1,800."""
    labels = write(tmp_path)[1]
    return Draw(judgement=judged(report(), "case"), labels=read_labels(Path(labels)), labels_name="case")


def test_figures_are_those_of_the_evaluation(draw: Draw) -> None:
    table = beside_the_thresholds({"base": {1: [draw]}}, {"base": [draw]})
    row = next(line for line in table.splitlines() if "worth a look or strong" in line)
    cells = [cell.strip() for cell in row.replace("\u2013", "-").strip("|").split("|")]
    # Claimed of gamers whose waste is known: 800 + 700 of 1,800; of innocent ones 50 and 10.
    assert cells[2:] == [
        "0.768", "50% (12-88%)", "75% (19-99%)", "3 of 6 (≤ 88%)", "7.3% (0.9-36%)", "0.83", "3.3%",
    ]  # fmt: skip
    assert "| base | any of nine thresholds | 0.768 |" in table


def test_each_dose_is_held_against_all_innocent_accounts(draw: Draw) -> None:
    # Risks 90 and 45 (full), 70 and 10 (half), each against 65, 50, 45 and three times 0: half of the recall at
    # precision 1, the other half at 2 of 5. Claimed 800 of 1,000 and 700 of 800.
    assert [line for line in by_dose({"base": [draw]}).splitlines() if line.startswith("| base")] == [
        "| base | full | 0.700 | 2 of 2 | 1 of 2 | 0.80 |",
        "| base | half | 0.700 | 1 of 2 | 1 of 2 | 0.88 |",
    ]


def test_kinds_that_were_accused_are_named(draw: Draw) -> None:
    tables = by_kind({"base": [draw]})
    assert "| loop | 1 of 1 | 1 of 1 |" in tables  # full and half dose
    assert "| ring | 1 of 1 | 0 of 1 |" in tables
    assert "| batch | 1 of 1 (1) |" in tables
    assert "| 0 other kinds | 0 of 0 (0) |" in tables


def test_every_variant_has_a_row(draw: Draw) -> None:
    table = what_columns_buy({"base": {"everything": [draw], "no outcomes": [draw]}, HONEST: {"everything": [draw]}})
    assert [line.split("|")[2].strip() for line in table.splitlines() if line.startswith("| base")] == [
        "everything",
        "no outcomes",
    ]


def test_a_small_population_is_judged_the_same_twice(tmp_path: Path) -> None:
    population = Population(group=HONEST, options=Options(people=12, days=10, seed=5, gamer_share=0.2))
    first, second = (judge(population, tmp_path / name) for name in ("one", "two"))
    for one, other in ((first.tokenscan, second.tokenscan), (first.literal, second.literal)):
        for key, value in one.items():
            people = value.judgement.people.sort("user")
            assert people.equals(other[key].judgement.people.sort("user"))
            assert set(value.labels["user"]) & set(people["user"])
    assert first.literal[1].judgement.people.filter(pl.col("band") != "none").height > 0


def test_kept_reports_are_what_evaluate_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--people", "12", "--days", "10", "--gamer-share", "0.3"]
    main(["--base", "5", "--hard", "--honest", *sizes, "--reports", str(tmp_path)])
    printed = capsys.readouterr().out
    assert printed.startswith("* base: preset base, seed 5, 12 people and 10 days each, 30% of the people game\n")
    assert printed.count("\n**") == 5
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == sorted(
        f"base-5{variant}{ending}"
        for variant in ("", "-no-prompt-text", "-no-outcomes", "-no-used")
        for ending in (".json", ".labels.csv")
    )
    code = command_line(["evaluate", str(tmp_path / "base-5.json"), str(tmp_path / "base-5.labels.csv"), "-f", "json"])
    assert code == 0
