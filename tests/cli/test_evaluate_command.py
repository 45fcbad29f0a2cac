"""``tokenscan evaluate`` as rule authors and their CI meet it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from rich.cells import cell_len

from tests.paths import SAMPLES
from tests.unit.evaluate.small_case import LABELS, PEOPLE, report, write
from tokenscan.cli.app import main
from tokenscan.evaluate.schema import evaluation_schema

SPIKE = "personal-spike.ratio"


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Run the command line in this process; returns exit code, stdout, stderr."""
    code = main(["evaluate", *args])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_json_is_the_whole_payload_and_fits_the_published_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *write(tmp_path), "-f", "json")
    assert (code, err) == (0, "")
    assert main(["schema", "evaluation"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema == evaluation_schema()
    jsonschema.validate(json.loads(out), schema)
    assert run(capsys, *write(tmp_path), "-f", "json")[1] == out


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_table_keeps_to_its_width_and_names_who_was_accused_and_why(
    width: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, *write(tmp_path), "--width", str(width))
    assert code == 0
    assert max(cell_len(line) for line in out.splitlines()) <= width
    assert not any(line.endswith(" ") for line in out.splitlines())
    told = " ".join(out.split())
    assert "It holds 3 of 6 innocent accounts." in told
    assert "0.768; a ranking" in told
    if width >= 80:
        assert "h1@x.example" in told
        assert "copied-prompt, duplicate-share" in told


def test_pairs_are_pooled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = [*write(tmp_path), *write(tmp_path, name="2")]
    found = json.loads(run(capsys, *pairs, "-f", "json")[1])
    assert (found["accounts"]["all"], len(found["draws"]), found["pr_auc"]) == (20, 2, 0.767857)
    assert "EACH DRAW" in run(capsys, *pairs)[1]


def test_a_report_may_come_from_standard_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps(report()).encode()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    code, out, _ = run(capsys, "-", write(tmp_path)[1], "-f", "json")
    assert (code, json.loads(out)["accounts"]["all"]) == (0, 10)


def test_output_goes_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "evaluation.json"
    code, out, _ = run(capsys, *write(tmp_path), "-f", "json", "-o", str(target))
    assert (code, out) == (0, "")
    assert json.loads(target.read_text(encoding="utf-8"))["schema_version"] == "1.0"


def test_a_gate_that_is_not_met_is_exit_code_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = write(tmp_path)
    assert run(capsys, *paths, "--fail-under", "recall=0.7")[0] == 0
    code, out, err = run(
        capsys, *paths, "-q", "-f", "json", "--fail-under", "recall=0.7", "--fail-under", "precision=0.9"
    )
    assert (code, err) == (1, "tokenscan: precision is 0.5, less than 0.9\n")
    assert json.loads(out)["bands"]["strong"]["gamers"] == 2


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ([], "belong together"),
        (["REPORT"], "belong together"),
        (["REPORT", "LABELS", "REPORT"], "belong together"),
        (["-", "LABELS", "-", "LABELS"], "standard input can be one report only"),
        (["REPORT", "LABELS", "-f", "csv"], "unknown format 'csv'"),
        (["REPORT", "LABELS", "--fail-under", "beauty=1"], "--fail-under"),
        (["REPORT", "LABELS", "--sweep", f"{SPIKE}=5"], "--sweep needs the logs"),
        (["REPORT", "LABELS", "--logs", "x.csv"], "--logs without --sweep"),
        (["REPORT", "LABELS", "--sweep", "ratio=5", "--logs", "x.csv"], "write --sweep RULE.PARAM"),
        (["REPORT", "LABELS", "REPORT", "LABELS", "--sweep", f"{SPIKE}=5", "--logs", "x.csv"], "one REPORT and LABELS"),
        (["REPORT", "LABELS", "--sweep", "personal-spik.ratio=5", "--logs", "x.csv"], "no rule 'personal-spik'"),
        (["REPORT", "LABELS", "--sweep", "personal-spike.rat=5", "--logs", "x.csv"], "no such parameter"),
        (["REPORT", "LABELS", "--sweep", f"{SPIKE}=5,lots", "--logs", "x.csv"], "expected a number"),
    ],
)
def test_wrong_usage_is_exit_code_two(
    args: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = write(tmp_path)
    code, out, err = run(capsys, *(arg.replace("REPORT", first).replace("LABELS", second) for arg in args))
    assert (code, out) == (2, "")
    assert why.replace("REPORT", first).replace("LABELS", second) in err or why in err


@pytest.mark.parametrize("broken", ["report", "labels"])
@pytest.mark.parametrize("content", [None, b"", b"\xff\x00\x1b[2J", b"[1, 2]", b"user\nann\n"])
def test_unusable_input_is_exit_code_three(
    broken: str, content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = dict(zip(("report", "labels"), map(Path, write(tmp_path)), strict=True))
    if content is None:
        paths[broken].unlink()
    else:
        paths[broken].write_bytes(content)
    code, out, err = run(capsys, *map(str, paths.values()))
    assert (code, out) == (3, "")
    assert err.startswith("tokenscan: ")
    assert "\x1b" not in err


def test_no_name_reaches_the_terminal_raw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]0;owned\x07e\u202evil[bold]\u200b\n"
    people = [(evil, 95.0, 5, [("rule\x1b[31m", 0.95, 1.0, 5)]), *PEOPLE]
    document = report(people)
    document["rules"].append({"id": "r\x1b[2J", "status": "failed", "reason": "boom\x1b[2J\u202e"})
    labels = LABELS + '"\x1b[2Jgone\u202e",gamer,"ki\x1b[31mnd","do\u202ese",,\n'
    labels += f'"{evil}",honest,"ki\x1b[31mnd",,,\n'
    paths = write(tmp_path, document, labels)
    for args in ([], ["-f", "json"], ["--width", "200", "--top", "0"]):
        code, out, err = run(capsys, *paths, *args)
        assert code == 0
        assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(out + err)
    assert "evil[bold]" in run(capsys, *paths, "--width", "200")[1]


@pytest.fixture(scope="module")
def sample_report(tmp_path_factory: pytest.TempPathFactory) -> str:
    target = tmp_path_factory.mktemp("samples") / "report.json"
    args = [str(SAMPLES / "logs.parquet"), "--config", str(SAMPLES / "tokenscan.toml"), "--as-of", "2026-04-06"]
    assert main(["analyze", *args, "--all-people", "-f", "json", "-o", str(target)]) == 0
    return str(target)


def sweep(capsys: pytest.CaptureFixture[str], sample_report: str, *args: str) -> dict[str, Any]:
    logs = ["--logs", str(SAMPLES / "logs.parquet"), "--config", str(SAMPLES / "tokenscan.toml")]
    code, out, err = run(capsys, sample_report, str(SAMPLES / "labels.csv"), "-f", "json", *logs, *args)
    assert (code, err) == (0, "")
    found = json.loads(out)
    jsonschema.validate(found, evaluation_schema())
    return found


def test_a_sweep_gives_what_analyses_with_each_value_give(
    sample_report: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = sweep(capsys, sample_report, "--sweep", f"{SPIKE}=20")
    [steps] = found["sweeps"]
    assert steps["current_gives_report"] is True
    assert [(step["value"], step["current"]) for step in steps["steps"]] == [("10", True), ("20", False)]
    parts = ("accounts", "pr_auc", "roc_auc", "bands", "false_accusations")
    assert {part: steps["steps"][0][part] for part in parts} == {part: found[part] for part in parts}
    by_hand = str(tmp_path / "by-hand.json")
    args = [str(SAMPLES / "logs.parquet"), "--config", str(SAMPLES / "tokenscan.toml"), "--as-of", "2026-04-06"]
    assert main(["analyze", *args, "--set", f"{SPIKE}=20", "-f", "json", "-o", by_hand]) == 0
    other = json.loads(run(capsys, by_hand, str(SAMPLES / "labels.csv"), "-f", "json")[1])
    assert {part: steps["steps"][1][part] for part in parts} == {part: other[part] for part in parts}


def test_logs_are_read_and_prompts_compared_once_however_many_values(
    sample_report: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tokenscan import api

    calls = []
    for name in ("load_log", "groundwork"):
        original = getattr(api, name)
        monkeypatch.setattr(api, name, lambda *args, _run=original, _name=name: calls.append(_name) or _run(*args))
    found = sweep(capsys, sample_report, "--sweep", f"{SPIKE}=5,20", "--sweep", "personal-spike.min_z=3")
    assert calls == ["load_log", "groundwork"]
    assert [len(one["steps"]) for one in found["sweeps"]] == [3, 2]


def test_a_sweep_with_other_options_than_the_report_says_so(
    sample_report: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = sweep(capsys, sample_report, "--sweep", f"{SPIKE}=20", "--ignore", "scripted-timing")
    assert found["sweeps"][0]["current_gives_report"] is False
    assert any("other logs or options" in note for note in found["notes"])
