"""``tokenscan explain`` as an auditor meets it: from logs, from a saved report, and when the finding is not clear."""

from __future__ import annotations

import inspect
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from rich.cells import cell_len

from tests.paths import SAMPLES
from tokenscan.cli.app import main
from tokenscan.cli.commands.analyze import analyze
from tokenscan.cli.commands.evaluate import evaluate
from tokenscan.cli.commands.explain import explain
from tokenscan.cli.options_analysis import Analysis

LOGS = str(SAMPLES / "logs.parquet")
OPTIONS = ("--config", str(SAMPLES / "tokenscan.toml"), "--as-of", "2026-04-06")


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Run the command line in this process; returns exit code, stdout, stderr."""
    code = main(["explain", *args])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture(scope="module")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    target = tmp_path_factory.mktemp("samples") / "report.json"
    assert main(["analyze", LOGS, *OPTIONS, "--all-people", "-f", "json", "-o", str(target)]) == 0
    return str(target)


@pytest.fixture(scope="module")
def report(report_file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(report_file).read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def heaviest(report: dict[str, Any]) -> dict[str, Any]:
    """The weightiest finding about a person that claims single calls."""
    of_people = [
        one for one in report["findings"] if one["subject"]["kind"] == "user" and one["impact"]["waste_tokens"]
    ]
    found: dict[str, Any] = max(of_people, key=lambda one: (one["weight"] * one["strength"], one["fingerprint"]))
    return found


def test_every_finding_of_the_samples_can_be_explained_from_the_report(
    report_file: str, report: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert report["findings"]
    risks = {person["user"]: person["risk"] for person in report["people"]}
    for finding in report["findings"]:
        code, out, err = run(capsys, finding["fingerprint"], report_file, "-f", "json")
        assert (code, err) == (0, "")
        found = json.loads(out)
        assert found["finding"] == finding
        working = found["working"]
        if finding["subject"]["kind"] == "user":
            # The whole sum, from weights and strengths, gives the risk that the report ranks by; below one point that
            # only orders people about whom nothing counts.
            risk = risks[finding["subject"]["user"]]
            assert working["risk"]["value"] == pytest.approx(risk if risk >= 1 else 0, abs=0.1)
        assert working["contribution"]["value"] == pytest.approx(finding["weight"] * finding["strength"], rel=1e-5)


def test_from_logs_the_waste_adds_up_and_the_threshold_named_silences_the_rule(
    report: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    finding, moved = _with_a_change(report, capsys)
    target = tmp_path / "changed.json"
    changed = f"{finding['rule_id']}.{moved['param']}={moved['gone_at']}"
    assert main(["analyze", LOGS, *OPTIONS, "--set", changed, "-f", "json", "-o", str(target)]) == 0
    rest = {one["fingerprint"] for one in json.loads(target.read_text(encoding="utf-8"))["findings"]}
    assert finding["fingerprint"] not in rest
    others = {one["fingerprint"] for one in report["findings"] if one["rule_id"] != finding["rule_id"]}
    assert others <= rest


def _with_a_change(report: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Explain findings that claim waste, one a rule, until a parameter changes one; some stand at any value."""
    by_rule = {one["rule_id"]: one for one in report["findings"] if one["impact"]["waste_tokens"]}
    for finding in by_rule.values():
        code, out, err = run(capsys, finding["fingerprint"][:16], LOGS, *OPTIONS, "-f", "json", "--samples", "9")
        assert (code, err) == (0, "")
        found = json.loads(out)
        impact = finding["impact"]
        assert found["finding"] == finding
        assert sum(line["calls"] for line in found["waste"]) == impact["requests"]
        assert sum(line["waste_tokens"] for line in found["waste"]) == impact["waste_tokens"]
        assert set(finding["evidence"]["samples"]) <= {call["event_id"] for call in found["calls"]}
        for trial in found["would_change"]:
            if trial["gone_at"] is not None:
                return finding, trial
    raise AssertionError("no parameter changes any of them")


def test_no_prompt_is_shown_unless_asked_for(heaviest: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    args = (heaviest["fingerprint"], LOGS, *OPTIONS, "--no-trials")
    rows = pl.read_parquet(LOGS)
    texts = rows.filter(pl.col("user") == heaviest["subject"]["user"])["prompt"].drop_nulls().str.to_lowercase()
    long = [text for text in texts.unique().sort() if len(text) > 30 and text.isascii()]
    for form in ("table", "json", "markdown"):
        out = " ".join(run(capsys, *args, "-f", form, "--width", "200")[1].lower().split())
        assert not any(text in out for text in long)
    asked = json.loads(run(capsys, *args, "-f", "json", "--show-text", "2")[1])["prompts"]
    assert 1 <= len(asked["samples"]) <= 2
    assert all(sample["text"] for sample in asked["samples"])


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_table_keeps_to_its_width(
    width: int, report_file: str, heaviest: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, heaviest["fingerprint"], report_file, "--width", str(width))
    assert code == 0
    assert max(cell_len(line) for line in out.splitlines()) <= width
    assert heaviest["fingerprint"] in "".join(line.strip() for line in out.splitlines())


def test_several_findings_are_listed_and_none_is_chosen(
    report_file: str, report: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    rules = [one["rule_id"] for one in report["findings"]]
    often = max(set(rules), key=lambda rule: (rules.count(rule), rule))
    assert rules.count(often) > 1
    code, out, err = run(capsys, often, report_file)
    assert (code, out) == (2, "")
    assert f"{rules.count(often)} findings fit '{often}'" in err
    short = next(line for line in err.splitlines() if line.startswith("- ts1:")).split()[1]
    assert run(capsys, short, report_file, "-q")[0] == 0


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["ts1:0000"], "nothing to look into"),
        (["ts1:zzzz", "REPORT"], "no finding ts1:zzzz"),
        (["nobody-at-all", "REPORT"], "no finding 'nobody-at-all'"),
        (["ts1:0", "REPORT", LOGS], "is a report, and stands alone"),
        (["ts1:0", "REPORT", "--show-text", "2"], "a report holds no prompts"),
        (["ts1:0", "REPORT", "-f", "csv"], "unknown format 'csv'"),
        (["ts1:0", "REPORT", "--review", "soon"], "--review 'soon' is no date"),
    ],
)
def test_wrong_usage_is_exit_code_two(
    args: list[str], why: str, report_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *(arg.replace("REPORT", report_file) for arg in args))
    assert (code, out) == (2, "")
    assert why in err


def test_unusable_input_is_exit_code_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "report.json"
    broken.write_text('{"schema_version": "1.0", "tool": {"rules_digest": "x"}, "findings": [\x1b', encoding="utf-8")
    code, out, err = run(capsys, "ts1:0", str(broken))
    assert (code, out) == (3, "")
    assert "\x1b" not in err
    assert run(capsys, "ts1:0", str(tmp_path / "missing.parquet"))[0] == 3


def test_keys_in_another_order_are_the_same_report(
    report: dict[str, Any], heaviest: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "sorted.json"
    other.write_text(json.dumps(report, sort_keys=True), encoding="utf-8")
    assert run(capsys, heaviest["fingerprint"], str(other), "-f", "json")[0] == 0


def test_a_report_may_come_from_standard_input(
    report: dict[str, Any],
    heaviest: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.BufferedReader(io.BytesIO(json.dumps(report).encode()))  # type: ignore[arg-type]
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=stream))
    code, out, _ = run(capsys, heaviest["fingerprint"], "-", "-f", "json")
    assert (code, json.loads(out)["source"]["name"]) == (0, "standard input")


def test_output_goes_to_a_file(
    report_file: str, heaviest: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "finding.md"
    code, out, _ = run(capsys, heaviest["fingerprint"], report_file, "-f", "markdown", "-o", str(target))
    assert (code, out) == (0, "")
    assert target.read_text(encoding="utf-8").startswith("## ")


def test_commands_that_analyse_have_the_same_options() -> None:
    shared = inspect.signature(Analysis).parameters
    for command in (analyze, evaluate, explain):
        own = inspect.signature(command).parameters
        assert {name: own[name].default for name in shared} == {name: one.default for name, one in shared.items()}
        kinds = {name: own[name].annotation for name in shared}
        assert kinds == {name: inspect.signature(analyze).parameters[name].annotation for name in shared}


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert "tokenscan explain ts1:5d41402a report.json" in out
