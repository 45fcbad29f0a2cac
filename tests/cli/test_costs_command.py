"""``tokenscan costs`` as people and jobs run it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import tokenscan
from tests.paths import SAMPLES
from tokenscan.cli import options_costs
from tokenscan.cli.app import main
from tokenscan.costing.formats import FORMATS
from tokenscan.costing.model import Key
from tokenscan.costing.order import SORTS
from tokenscan.costing.schema import costs_schema
from tokenscan.report.schema import report_schema

PEOPLE = "user,team,kind\nann,a,human\nbob,b,human\nci,,service\n"


def run(capsys: pytest.CaptureFixture[str], *args: str | Path) -> tuple[int, str, str]:
    code = main([str(arg) for arg in args])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a log of 29 days from 2 March, two people, a service, nobody, and a model without a price."""
    users = ["ann", "ann", "bob", "ci", None]
    models = ["gpt-4o", "gpt-4o", "gpt-4o-mini", "gpt-4o-mini", "in-house"]
    lines = [
        {"timestamp": f"2026-03-{2 + n // 5:02}T10:00:{n % 5:02}Z", "user": users[n % 5],
         "model": models[n % 5], "provider": "openai", "input_tokens": 1000, "output_tokens": 100,
         "event_id": f"call-number-{n}"}
        for n in range(145)
    ]  # fmt: skip
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "people.csv").write_text(PEOPLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# gpt-4o: 1,000 * $2.50 + 100 * $10 a million = $0.0035 a call; gpt-4o-mini: 0.15 and 0.60, so $0.00021.
GPT, MINI = 3_500_000, 210_000


def told(capsys: pytest.CaptureFixture[str], *args: str | Path) -> dict[str, Any]:
    code, out, err = run(capsys, "costs", *args, "-f", "json")
    assert (code, err) == (0, "")
    document: dict[str, Any] = json.loads(out)
    jsonschema.validate(document, costs_schema(), cls=jsonschema.Draft202012Validator)
    return document


@pytest.mark.usefixtures("folder")
def test_json_by_several_keys_and_the_same_bytes_twice(capsys: pytest.CaptureFixture[str]) -> None:
    args = ("log.jsonl", "--people", "people.csv", "--by", "team", "--by", "model")
    found = told(capsys, *args)
    assert [(group["team"], group["model"], group["cost_nanousd"]) for group in found["groups"]] == [
        ("a", "gpt-4o", 58 * GPT),
        (None, "gpt-4o-mini", 29 * MINI),
        (None, "in-house", 0),
        ("b", "gpt-4o-mini", 29 * MINI),
    ]
    assert found["groups"][2]["cost_usd"] is None
    assert found["total"]["cost_nanousd"] == 58 * (GPT + MINI)
    assert found["total"]["people"] == 2
    assert found["unknown_models"] == [
        {"model": "in-house", "requests": 29, "tokens": 29 * 1100, "share_of_tokens": 0.2}
    ]
    again = told(capsys, "log.jsonl", "--people", "people.csv", "--by", "team,model")
    assert again | {"run": None} == found | {"run": None}
    first, second = (run(capsys, "costs", *args, "-f", "json", "--as-of", "2026-05-01") for _ in range(2))
    assert first == second


@pytest.mark.usefixtures("folder")
def test_it_says_what_an_analysis_and_the_api_say(capsys: pytest.CaptureFixture[str]) -> None:
    cut = ("--people", "people.csv", "--since", "2026-03-09", "--until", "2026-03-20", "--as-of", "2026-05-01")
    total = told(capsys, "log.jsonl", *cut)["total"]
    report = json.loads(run(capsys, "analyze", "log.jsonl", *cut, "-f", "json")[1])["totals"]
    assert (total["cost_usd"], total["requests"], total["tokens"]["total"]) == (
        report["cost_usd"], report["requests"], report["tokens"],
    )  # fmt: skip
    assert (total["unpriced"]["requests"], total["unpriced"]["tokens"]) == (
        report["unpriced_requests"], report["unpriced_tokens"],
    )  # fmt: skip
    assert tokenscan.costs("log.jsonl", "user").total.nanousd == 58 * (GPT + MINI)


def test_a_store_tells_the_same(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    run(capsys, "ingest", "log.jsonl", "--store", "usage", "-q")
    from_log, from_store = told(capsys, "log.jsonl", "--by", "day"), told(capsys, "--store", "usage", "--by", "day")
    assert from_log["groups"] == from_store["groups"]
    assert told(capsys, folder / "usage", "--by", "day")["groups"] == from_log["groups"]


@pytest.mark.usefixtures("folder")
def test_files_are_written_whole_and_stdout_stays_empty(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, out, err = run(
        capsys, "costs", "log.jsonl", "--by", "user", "-f", "csv", "-o", "costs.csv", "--also", "json=costs.json",
        "--also", "table=costs.txt",
    )  # fmt: skip
    assert (code, out, err) == (0, "", "")
    rows = list(csv.DictReader(io.StringIO((folder / "costs.csv").read_text())))
    assert [(row["row"], row["user"], row["cost_usd"]) for row in rows] == [
        ("group", "ann", "0.203000000"), ("group", "bob", "0.006090000"), ("group", "ci", "0.006090000"),
        ("group", "", ""), ("total", "", "0.215180000"),
    ]  # fmt: skip
    assert json.loads((folder / "costs.json").read_text())["by"] == ["user"]
    assert "COSTS BY USER" in (folder / "costs.txt").read_text()


@pytest.mark.usefixtures("folder")
def test_the_table_shows_nobodys_and_unpriced_calls(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "costs", "log.jsonl", "--by", "user", "--width", "80")
    assert (code, err) == (0, "")
    assert "(no user) unknown" in " ".join(out.split())
    assert "29 calls with 20% of the tokens have no known price" in " ".join(out.split())


@pytest.mark.usefixtures("folder")
def test_prices_of_a_file_hold_and_are_named(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    text = "model,input_usd_per_million,output_usd_per_million\nin-house,1,1\n"
    (folder / "prices.csv").write_text(text)
    found = told(capsys, ".", "--prices", "prices.csv", "--by", "model")
    assert {group["model"]: group["cost_nanousd"] for group in found["groups"]}["in-house"] == 29 * 1_100_000
    assert (found["prices"]["file"], found["prices"]["contract_prices"]) == ("prices.csv", 1)
    assert found["input"]["notes"] == []
    report = json.loads(run(capsys, "analyze", "log.jsonl", "--prices", "prices.csv", "-f", "json")[1])
    assert report["totals"]["cost_usd"] == found["total"]["cost_usd"]
    assert report["totals"]["unknown_models"] == []
    assert report["prices"] == found["prices"]


BUDGETS = """
[[budgets]]
monthly_usd = 0.1
[[budgets]]
team = "b"
monthly_usd = 0.0075
"""


@pytest.mark.parametrize(
    ("command", "gate", "code", "named"),
    [
        ("costs", "budget", 1, ["organisation"]),
        ("costs", "budget:watch", 1, ["organisation", "team b"]),
        ("analyze", "budget", 1, []),
        ("costs", None, 0, []),
    ],
)
def test_a_spent_budget_fails_a_job(
    capsys: pytest.CaptureFixture[str], folder: Path, command: str, gate: str | None, code: int, named: list[str]
) -> None:
    (folder / "tokenscan.toml").write_text(f'people = "people.csv"\n{BUDGETS}')
    wanted = ["--fail-on", gate] if gate else []
    # 29 days of bob's calls are $0.00609: 81 % of the budget.
    result, out, err = run(capsys, command, "log.jsonl", "--as-of", "2026-03-30T12:00", "-q", "-f", "json", *wanted)
    assert result == code
    jsonschema.validate(json.loads(out), costs_schema() if command == "costs" else report_schema())
    assert [budget["level"] for budget in json.loads(out)["budgets"]] == ["over", "watch"]
    assert [line.split(": ")[2] for line in err.splitlines()] == named


@pytest.mark.usefixtures("folder")
def test_a_gate_on_budgets_without_any_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "costs", "log.jsonl", "-q", "--fail-on", "budget")
    assert (code, err) == (0, "tokenscan: --fail-on budget, but the config has no [[budgets]]\n")


def test_an_analysis_shows_budgets_and_prices(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "tokenscan.toml").write_text(f'people = "people.csv"\n{BUDGETS}')
    out = run(capsys, "analyze", "log.jsonl", "--as-of", "2026-03-30T12:00", "-q", "--width", "100")[1]
    assert "BUDGETS OF 2026-03" in out
    assert "list prices of genai-prices" in out
    assert "in-house 20% of the tokens" in " ".join(out.split())


@pytest.mark.parametrize(
    ("args", "code", "hint"),
    [
        ((), 2, "tokenscan costs logs.parquet"),
        (("log.jsonl", "--by", "squad"), 2, "one of user, team"),
        (("log.jsonl", "--by", ""), 2, "one of user, team"),
        (("log.jsonl", "--sort", "colour"), 2, "one of cost"),
        (("log.jsonl", "-f", "html"), 2, "formats: table, json, csv"),
        (("log.jsonl", "--fail-on", "high"), 2, "one of budget"),
        (("log.jsonl", "--also", "json"), 2, "--also FORMAT=FILE"),
        (("log.jsonl", "-o", "no/where.json"), 2, "make it first"),
        (("log.jsonl", "--prices", "none.csv"), 2, ""),
        (("log.jsonl", "--timezone", "Mars"), 2, "IANA"),
        (("none.jsonl",), 3, ""),
        (("log.jsonl", "--config", "none.toml"), 2, "--config"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_done_is_said_and_stdout_stays_empty(
    capsys: pytest.CaptureFixture[str], args: tuple[str, ...], code: int, hint: str
) -> None:
    result, out, err = run(capsys, "costs", *args)
    assert (result, out) == (code, "")
    assert hint in err
    assert "Traceback" not in err


def test_unreadable_rows_make_it_incomplete(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    with (folder / "log.jsonl").open("a") as file:
        file.write('{"timestamp": "yesterday", "user": "ann"}\n' * 20)
    code, out, err = run(capsys, "costs", "log.jsonl", "-f", "json")
    assert (code, json.loads(out)["input"]["complete"]) == (4, False)
    assert "20 unreadable rows" in err
    assert run(capsys, "costs", "log.jsonl", "-f", "json", "--max-bad-rows", "50%")[0] == 0


@pytest.mark.usefixtures("folder")
def test_no_call_in_the_window_is_a_report_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "costs", "log.jsonl", "--since", "2026-04-15")
    assert (code, "No calls to report on." in out) == (0, True)
    assert told(capsys, "log.jsonl", "--since", "2026-04-15")["groups"] == []


def test_the_choices_offered_are_the_choices_there_are() -> None:
    assert tuple(Key) == options_costs.KEYS
    assert FORMATS == options_costs.FORMATS
    assert SORTS == options_costs.SORTS


def test_the_schema_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(run(capsys, "schema", "costs")[1]) == costs_schema()


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """One analysis and one cost report of the samples, with the same options."""

    analysis: dict[str, Any]
    costs: dict[str, Any]


@pytest.fixture(scope="module")
def samples() -> Samples:
    config = SAMPLES / "tokenscan.toml"
    log = tokenscan.read_logs(SAMPLES)
    found = tokenscan.costs(log, ["team", "model", "month"], config)
    return Samples(analysis=tokenscan.analyze(log, config).to_dict(), costs=found.to_dict())


def test_the_samples_cost_what_their_analysis_says(samples: Samples) -> None:
    totals, total, groups = samples.analysis["totals"], samples.costs["total"], samples.costs["groups"]
    assert total["cost_usd"] == totals["cost_usd"]
    assert total["requests"] == totals["requests"]
    assert total["tokens"]["total"] == totals["tokens"]
    assert sum(group["cost_nanousd"] for group in groups) == total["cost_nanousd"]
    # Teams in the analysis are those that are large enough, without programs: never more than the team's line here.
    spent: dict[str | None, float] = {}
    for group in groups:
        spent[group["team"]] = spent.get(group["team"], 0) + (group["cost_usd"] or 0)
    assert samples.analysis["teams"]
    for team in samples.analysis["teams"]:
        assert team["cost_usd"] <= spent[team["team"]] + 1e-5


def test_under_pseudonyms_nobody_is_named_and_nothing_else_changes(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    budget = '[[budgets]]\nuser = "ann"\nmonthly_usd = 1\n'
    (folder / "tokenscan.toml").write_text(f'people = "people.csv"\n{budget}')
    run(capsys, "pseudonym", "new-key", "key")
    args = ("log.jsonl", "--by", "user", "--as-of", "2026-03-30")
    named, hidden = told(capsys, *args), told(capsys, *args, "--pseudonymize", "--key-file", "key")
    assert not any(f'"{name}"' in json.dumps(hidden) for name in ("ann", "bob", "ci"))
    assert [group["cost_nanousd"] for group in hidden["groups"]] == [group["cost_nanousd"] for group in named["groups"]]
    assert hidden["total"] == named["total"]
    assert hidden["budgets"][0]["scope"]["user"] == hidden["groups"][0]["user"]
    assert hidden["budgets"][0]["used_usd"] == named["budgets"][0]["used_usd"] > 0
