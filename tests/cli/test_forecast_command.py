"""``tokenscan forecast`` from the outside."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tokenscan.cli.app import main
from tokenscan.cli.commands.forecast import SCENARIOS
from tokenscan.cli.exit_codes import ExitCode

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in a folder without a config; return exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def forecast(*options: str) -> tuple[int, str, str]:
        code = main(["forecast", *options])
        told = capsys.readouterr()
        return code, told.out, told.err

    return forecast


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Write 60 days of two people, a dollar a day each."""
    first = datetime(2026, 1, 5, 10, tzinfo=UTC)
    rows: list[dict[str, Any]] = [
        {
            "timestamp": first + timedelta(days=day),
            "user": user,
            "input_tokens": 800,
            "output_tokens": 900,
            "cost_usd": 1.0,
        }
        for day in range(60)
        for user in ("ann", "bob")
    ]
    path = tmp_path / "logs.parquet"
    pl.DataFrame(rows).write_parquet(path)
    return path


def test_plain_numbers_give_a_table(run: Run) -> None:
    code, out, err = run("--people", "2000", "--monthly-usd", "120000", "--multiplier", "2.5")
    assert (code, err) == (ExitCode.DONE, "")
    lines = {" ".join(line.split()) for line in out.splitlines()}
    assert "Spend a year $1,440,000.00 = 12 \u00d7 $120,000.00" in lines
    assert "Share of waste 60% = 1 \u2212 1 / 2.5" in lines
    assert "Waste a year $864,000.00 = 12 \u00d7 $72,000.00" in lines


def test_json_is_the_payload_and_nothing_else(run: Run) -> None:
    code, out, err = run("--monthly-usd", "$50_000", "--waste-share", "30%", "-f", "json", "--months", "2")
    told = json.loads(out)
    assert (code, err) == (ExitCode.DONE, "")
    assert told["scenarios"][0]["years"][0]["spend_usd"] == 100_000
    assert told["scenarios"][0]["years"][0]["waste_usd"] == 30_000


def test_one_scenario_comes_with_today(run: Run) -> None:
    _, out, _ = run("--monthly-usd", "100", "--price-growth", "-50%", "--scenario", "prices", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["scenario"] for row in rows] == ["base"] * 12 + ["prices"] * 12
    assert rows[-1]["spend_usd"] == "50.000000"
    assert rows[-1]["against_base_usd"] == "-50.000000"


def test_every_scenario_can_be_asked_for(run: Run) -> None:
    options = ["--monthly-usd", "100", "--price-growth", "5%", "--adoption", "0.1:0.9", "--mix", "mid:mini=0.1"]
    _, out, _ = run(*options, "-f", "json")
    assert [one["id"] for one in json.loads(out)["scenarios"]] == [*SCENARIOS]


def test_logs_give_the_base(run: Run, logs: Path) -> None:
    code, out, err = run(str(logs), "--people", "4", "--adoption", "75%", "--waste-share", "0", "-f", "json")
    told = json.loads(out)
    assert (code, err) == (ExitCode.DONE, "")
    # 120 dollars in 60 days, of two of four people.
    assert told["base"]["monthly_usd"] == 60.833333
    assert (told["base"]["adoption"], told["base"]["people"], told["base"]["origin"]) == (0.5, 4, "log")
    adoption = next(one for one in told["scenarios"] if one["id"] == "adoption")
    assert adoption["months"][-1]["spend_usd"] == 91.25


def test_a_people_file_says_who_is_there(run: Run, logs: Path, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("user,team\nann,a\nbob,a\ncid,b\neve,b\nfay,b\n", encoding="utf-8")
    _, out, _ = run(str(logs), "--people", str(people), "--waste-share", "0", "-f", "json")
    assert json.loads(out)["base"]["adoption"] == 0.4


def test_analyze_and_forecast_in_one_pipe(
    run: Run, logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["analyze", str(logs), "-q", "-f", "json"]) == ExitCode.DONE
    report = capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(report.encode())))
    code, out, _ = run("--report", "-", "-f", "json")
    told = json.loads(out)
    assert (code, told["base"]["origin"]) == (ExitCode.DONE, "report")
    assert told["base"]["monthly_usd"] == 60.833333


def test_the_file_is_written_whole(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "forecast.md"
    code, out, _ = run("--monthly-usd", "5", "-f", "markdown", "-o", str(target))
    assert (code, out) == (ExitCode.DONE, "")
    assert target.read_text(encoding="utf-8").startswith("## tokenscan forecast\n")


def test_unreadable_rows_make_it_incomplete(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    good = "".join(f"2026-01-{day:02}T10:00:00Z,ann,100,1.5\n" for day in range(1, 29))
    path.write_text(f"timestamp,user,input_tokens,cost_usd\n{good}not a day,ann,100,1.5\n", encoding="utf-8")
    code, out, err = run(str(path), "--waste-share", "0", "-f", "json")
    assert (code, json.loads(out)["complete"]) == (ExitCode.INCOMPLETE, False)
    assert "incomplete" in err
    assert run(str(path), "--waste-share", "0", "--max-bad-rows", "10%")[0] == ExitCode.DONE


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ([], 2, "nothing to forecast from"),
        (["--people", "2000"], 2, "nothing to forecast from"),
        (["--monthly-usd", "-5"], 2, "--monthly-usd"),
        (["--monthly-usd", "1", "--waste-share", "60"], 2, "60% is 0.6"),
        (["--monthly-usd", "1", "--people", "people.csv"], 2, "no number"),
        (["--monthly-usd", "1", "--people", "-3"], 2, "--people"),
        (["--monthly-usd", "1", "--adoption", "50%"], 2, "FROM:TO"),
        (["--monthly-usd", "1", "--adoption", "0.4:1"], 2, "linear"),
        (["--monthly-usd", "1", "--mix", "premium=1"], 2, "premium:mini=0.3"),
        (["--monthly-usd", "1", "--scenario", "doom"], 2, "one of base"),
        (["--monthly-usd", "1", "-f", "html"], 2, "formats: table"),
        (["--monthly-usd", "1", "--color", "red"], 2, "one of auto"),
        (["--monthly-usd", "1", "-o", "nowhere/x.json"], 2, "no folder"),
        (["--monthly-usd", "1", "--price-growth", "-100%"], 2, "above -100%"),
        (["--monthly-usd", "1", "--report", "x.json"], 3, "cannot be read"),
        (["--tokens", "5/day"], 2, "--usd-per-million"),
        (["nowhere.parquet"], 3, "nowhere.parquet"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint(run: Run, options: list[str], code: int, said: str) -> None:
    found, out, err = run(*options)
    assert (found, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_logs_without_prices_are_no_base(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("timestamp,user,model\n2026-01-05T10:00:00Z,ann,our-model\n", encoding="utf-8")
    code, out, err = run(str(path))
    assert (code, out) == (ExitCode.NO_INPUT, "")
    assert "[[prices]]" in err


def test_help_has_examples(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == ExitCode.DONE
    assert "tokenscan forecast --people 2000 --monthly-usd 120000 --multiplier 2.5" in out
