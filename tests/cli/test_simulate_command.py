"""``tokenscan simulate`` from the outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokenscan.cli.app import main
from tokenscan.cli.exit_codes import ExitCode


def test_it_writes_what_analyze_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "draw"
    assert main(["simulate", str(out), "--people", "12", "--days", "14", "--seed", "2"]) == ExitCode.DONE
    told = capsys.readouterr().out
    assert "14 accounts" in told or "15 accounts" in told
    assert sorted(path.name for path in out.iterdir()) == [
        *("labels.csv", "logs", "outcomes.csv", "people.csv", "tokenscan.toml")
    ]
    assert main(["analyze", str(out / "logs"), "--config", str(out / "tokenscan.toml"), "-q"]) == ExitCode.DONE


def test_quiet_is_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--people", "3", "--days", "7", "-q", "--no-text"]
    assert main(["simulate", str(tmp_path / "draw"), *options]) == ExitCode.DONE
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--preset", "wild"], "unknown preset"),
        (["--format", "xml"], "unknown format"),
        (["--format", "claude-code", "--no-text"], "hold prompts"),
        (["--start", "yesterday"], "no date"),
        (["--people", "0"], "0 people"),
        (["--kinds", "nowhere.toml"], "cannot be read"),
    ],
)
def test_what_can_not_be_is_a_usage_error(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", str(tmp_path / "draw"), *options]) == ExitCode.USAGE
    assert said in capsys.readouterr().err
    assert not (tmp_path / "draw").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["simulate", str(tmp_path)]) == ExitCode.USAGE
    assert "not an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
