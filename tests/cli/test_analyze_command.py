"""``tokenscan analyze`` as users and scripts meet it: streams, exit codes, files, bad input."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

from tests.paths import SAMPLES
from tests.samples import AS_OF, CONFIG, sample_report
from tokenscan.cli.app import main
from tokenscan.prompts.numpy_engine import NumpyEngine
from tokenscan.report.schema import report_schema

SAMPLE_LOGS = ("analyze", str(SAMPLES), "--config", CONFIG, "--as-of", AS_OF)
WITHOUT_KERNEL = "prompts were compared without the compiled kernel: same findings, more slowly\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Ten calls of two people, one line of which is broken."""
    lines = [
        json.dumps(
            {
                "ts": f"2026-03-0{1 + n % 5}T10:00:{n:02d}Z",
                "user_id": f"u{n % 2}",
                "prompt_tokens": 100,
                "request_id": str(n),
            }
        )
        for n in range(10)
    ]
    lines.insert(3, '{"ts": "2026-03-01T10:')
    path = tmp_path / "calls.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def analysed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the command the report that is known already: what is tested comes after the analysis."""
    report = sample_report()
    monkeypatch.setattr("tokenscan.api.analyze", lambda *_, **__: report)


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Run the command line in this process; returns exit code, stdout, stderr."""
    code = main([*args])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_json_on_stdout_is_the_whole_payload_fits_its_schema_and_is_the_same_twice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = run(capsys, *SAMPLE_LOGS, "-f", "json", "--all-people")
    report = json.loads(out)
    jsonschema.validate(report, report_schema())
    assert (code, err) == (0, "")
    assert report["input"]["complete"] is True
    assert report.pop("run") != (again := sample_report().to_dict()).pop("run")
    assert json.dumps(report) == json.dumps(again)


def without_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("tokenscan.engine", "tokenscan.prompts.features", "tokenscan.prompts.intake"):
        monkeypatch.setattr(f"{module}.default_engine", NumpyEngine)
    monkeypatch.setenv("CI", "1")  # no progress bar


def test_an_installation_without_the_kernel_finds_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = sample_report().to_dict()
    without_kernel(monkeypatch)
    code, out, _ = run(capsys, *SAMPLE_LOGS, "-f", "json", "--all-people")
    found = json.loads(out)
    assert (code, found["run"]["engine"]) == (0, "numpy")
    assert json.dumps(usual | {"run": {}}) == json.dumps(found | {"run": {}})


@pytest.mark.parametrize("terminal", [True, False])
def test_people_are_told_once_that_there_is_no_kernel(
    terminal: bool, log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_kernel(monkeypatch)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    args = ("analyze", str(log), "--no-config", "--max-bad-rows", "50%", "-f", "json")
    assert run(capsys, *args)[2].count(WITHOUT_KERNEL) == int(terminal)
    assert run(capsys, *args, "-q")[2] == ""
    assert run(capsys, *args, "-v")[2].count(WITHOUT_KERNEL) == 1


def test_one_bad_line_costs_that_line_and_the_exit_code_says_so(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "analyze", str(log), "--no-config", "-f", "json")
    found = json.loads(out)["input"]
    assert code == 4
    assert (found["events"], found["bad_rows"], found["complete"]) == (10, 1, False)
    assert found["bad_row_samples"] == [{"file": "calls.jsonl", "row": 4, "reason": "JSON ends too early"}]
    assert "incomplete: 1 unreadable row" in err


def test_an_earlier_as_of_makes_no_row_bad_but_the_real_future_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("ts,user,prompt_tokens\n2026-03-01T10:00:00Z,ann,5\n2999-01-01T10:00:00Z,ann,5\n")
    code, out, _ = run(capsys, "analyze", str(path), "--no-config", "-f", "json", "--as-of", "2026-01-01")
    found = json.loads(out)["input"]
    assert (code, found["events"]) == (4, 1)
    assert found["bad_row_samples"] == [{"file": "calls.csv", "row": 3, "reason": "timestamp in the future"}]


def test_since_and_until_are_local_days_and_half_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "calls.csv"
    times = ["2026-03-01T22:59:59Z", "2026-03-01T23:00:00Z", "2026-03-02T22:59:59Z", "2026-03-02T23:00:00Z"]
    path.write_text("ts,user,prompt_tokens\n" + "".join(f"{time},ann,5\n" for time in times))
    args = ("--timezone", "Europe/Berlin", "--since", "2026-03-02", "--until", "2026-03-03")
    report = json.loads(run(capsys, "analyze", str(path), "--no-config", "-f", "json", *args)[1])
    assert report["totals"]["requests"] == 2


def test_max_bad_rows_allows_a_share(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "analyze", str(log), "--no-config", "--max-bad-rows", "10%", "-q")[0] == 0
    assert run(capsys, "analyze", str(log), "--no-config", "--max-bad-rows", "10%", "--strict", "-q")[0] == 4


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["analyze"], 2, "nothing to analyse"),
        (["analyze", "missing.csv"], 3, "does not exist"),
        (["analyze", "*.nothing"], 3, "no file matches"),
        (["analyze", "LOG", "--bogus"], 2, "No such option"),
        (["analyze", "LOG", "-f", "pdf"], 2, "formats: table, json"),
        (["analyze", "LOG", "--also", "json"], 2, "--also FORMAT=FILE"),
        (["analyze", "LOG", "--set", "personal-spike.ratoi=3"], 2, "ratio"),
        (["analyze", "LOG", "--set", "personal-spik.ratio=3"], 2, "personal-spike"),
        (["analyze", "LOG", "--select", "nonsense"], 2, "nonsense"),
        (["analyze", "LOG", "--review", "soon"], 2, "YYYY-MM-DD"),
        (["analyze", "LOG", "--since", "yesterday"], 2, "YYYY-MM-DD"),
        (["analyze", "LOG", "--timezone", "Mars/Base"], 2, "unknown time zone"),
        (["analyze", "LOG", "--timezone", "Mars/Base", "--since", "2026-01-01"], 2, "unknown time zone"),
        (["analyze", "LOG", "--timezone", "Europe/Berlin", "--since", "2026-03-29T02:30"], 2, "does not exist"),
        (["analyze", "LOG", "--map", "ts"], 2, "COLUMN=FIELD"),
        (["analyze", "LOG", "--map", "ts=moment"], 2, "no field 'moment'"),
        (["analyze", "LOG", "--source", "openai"], 2, "sources are auto"),
        (["analyze", "LOG", "--max-bad-rows", "some"], 2, "share of the rows"),
        (["analyze", "LOG", "--fail-on", "lots"], 2, "waste:USD"),
        (["analyze", "LOG", "--min-severity", "huge"], 2, "one of info"),
        (["analyze", "LOG", "--color", "pink"], 2, "one of auto"),
        (["analyze", "LOG", "--config", "missing.toml"], 2, "cannot be read"),
        (["analyze", "LOG", "--people", "missing.csv"], 2, "cannot be read"),
        (["analyze", "LOG", "-o", "no/such/folder/x.json"], 2, "no folder"),
        (["rules", "show", "personal-spik"], 2, "personal-spike"),
        (["rules", "check", "missing"], 2, "no such file or folder"),
        (["schema", "moon"], 2, "one of report"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_errors_say_what_to_do_and_leave_stdout_empty(
    args: list[str], code: int, said: str, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    got, out, err = run(capsys, *[str(log) if arg == "LOG" else arg for arg in args])
    assert (got, out) == (code, "")
    assert said in " ".join(err.replace("│", " ").split())


def test_a_file_in_place_of_a_command_is_answered_with_analyze(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, str(log))
    assert code == 2
    assert "Did you mean: tokenscan analyze" in " ".join(err.replace("│", " ").split())


def test_more_outputs_of_one_run_and_whole_files_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table, lines = tmp_path / "report.txt", tmp_path / "findings.jsonl"
    analysed(monkeypatch)
    code, out, err = run(capsys, *SAMPLE_LOGS, "-o", str(table), "--also", f"jsonl={lines}", "--width", "100")
    assert (code, out, err) == (0, "", "")
    assert table.read_text(encoding="utf-8").startswith("tokenscan ")
    assert "\x1b" not in table.read_text(encoding="utf-8")
    findings = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    assert {finding["schema_version"] for finding in findings} == {"1.0"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["findings.jsonl", "report.txt"]


@pytest.mark.parametrize(
    ("gate", "code"),
    [("low", 1), ("critical", 0), ("waste:1", 1), ("waste:100000", 0), ("share:1", 1), ("share:99", 0)],
)
def test_gates_decide_the_exit_code_and_never_the_report(
    gate: str, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    analysed(monkeypatch)
    got, out, _ = run(capsys, *SAMPLE_LOGS, "-f", "json", "--fail-on", gate)
    assert got == code
    assert json.loads(out)["totals"]["findings"]["high"] > 0


def test_standard_input_compressed_or_not(log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    import gzip

    for content in (log.read_bytes(), gzip.compress(log.read_bytes())):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        _, out, _ = run(capsys, "analyze", "-", "--no-config", "-f", "json")
        assert json.loads(out)["input"]["events"] == 10


def test_a_reader_that_goes_away_ends_quietly() -> None:
    args = [sys.executable, "-m", "tokenscan", *SAMPLE_LOGS, "-f", "json", "--all-people"]
    process = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), err) == (141, b"")


def test_nothing_from_a_log_reaches_the_terminal_raw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b]8;;http://x\x07[/red][bold]\u202eeve\x1b[31m=cmd()<script>"
    rows = [
        {"timestamp": f"2026-02-{d:02d}T{h:02d}:00:00Z", "user": evil, "team": evil, "model": evil, "input_tokens": t,
         "prompt": evil + str(h)}
        for d, t in ((d, 100_000 if d == 20 else 900) for d in range(1, 21)) for h in range(8, 14)
    ]  # fmt: skip
    folder = tmp_path / "\x1b[31mlogs"
    folder.mkdir()
    with (folder / "\x1b[5mcalls[red].parquet").open("wb") as file:
        pl.DataFrame(rows).write_parquet(file)
    for args in ([], ["-f", "json"], ["-f", "jsonl"], ["--color", "never"]):
        code, out, err = run(capsys, "analyze", str(folder), "--no-config", *args)
        assert code == 0
        assert "\x1b" not in out + err
        assert "\u202e" not in out + err
    assert run(capsys, "inspect", str(folder), "--no-config")[1].count("\x1b") == 0


def test_the_terminal_is_never_wider_than_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.cells import cell_len

    analysed(monkeypatch)
    for width in (80, 200):
        _, out, _ = run(capsys, *SAMPLE_LOGS, "--width", str(width))
        assert max(cell_len(line) for line in out.splitlines()) <= width


def test_internal_errors_are_code_70_without_a_traceback(
    log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("secret prompt text \x1b[31m")

    monkeypatch.setattr("tokenscan.api.analyze", explode)
    code, out, err = run(capsys, "analyze", str(log), "--no-config")
    assert (code, out) == (70, "")
    assert "internal error: RuntimeError" in err
    assert "Traceback" not in err
    assert "\x1b" not in err


def test_help_is_quick_to_load_because_heavy_libraries_stay_out() -> None:
    heavy = "{'polars', 'scipy', 'numpy', 'pyarrow', 'rapidfuzz', 'genai_prices', 'msgspec'}"
    code = (
        f"import sys; from tokenscan.cli.app import main; main(['--help']); print(sorted({heavy} & {{*sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("width", [80, 200])
def test_formats_are_listed_with_what_they_carry(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "inspect", "--formats", "--width", str(width))
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= width
    assert [line.split()[0] for line in out.splitlines() if line.startswith("litellm ")] == ["litellm"] * 2
    told = json.loads(run(capsys, "inspect", "--formats", "-f", "json")[1])
    assert {"name": "claude-code"}.items() <= next(item for item in told if item["name"] == "claude-code").items()
    assert all(set(item["carries"]) == {"person", "text", "tasks", "cost"} for item in told)


def test_inspect_says_what_a_file_is_and_which_rules_can_run(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "inspect", str(log), "--no-config", "-f", "json")
    seen = json.loads(out)
    assert code == 0
    file = seen["files"][0]
    assert (file["name"], file["format"], file["rows"], file["events"]) == ("calls.jsonl", "table", 11, 10)
    assert (file["bad_rows"], file["broken"], file["skipped"]) == (1, None, None)
    assert file["carries"] == {"user": 1.0, "text": 0.0, "tokens": 1.0, "cost": 0.0}
    rules = {rule["id"]: rule["reason"] for rule in seen["rules"]}
    assert rules["personal-spike"] is None
    assert rules["copied-prompt"] == "needs prompt text; the table input has none"
    assert rules["prompts-per-task"] == "needs outcomes (--outcomes FILE)"


def test_rules_can_be_listed_shown_and_checked(capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(run(capsys, "rules", "list", "-f", "json")[1])
    assert len(listed) == 32
    shown = run(capsys, "rules", "show", "personal-spike")[1]
    assert "founding documents" in shown
    assert run(capsys, "schema", "report")[0] == 0
