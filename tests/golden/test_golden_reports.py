"""The report of ``sample_logs`` in every format, byte for byte.

``UPDATE_GOLDEN=1 make test`` writes them anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.paths import ROOT
from tokenscan.cli.app import main

GOLDEN = Path(__file__).parent
ARGS = ["analyze", "sample_logs", "--config", "sample_logs/tokenscan.toml", "--as-of", "2026-04-06"]
OUTPUTS = {
    "table-80.txt": ["--width", "80"],
    "table-200.txt": ["--width", "200"],
    "report.json": ["-f", "json"],
    "findings.jsonl": ["-f", "jsonl"],
    "inspect.txt": [],
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_report_of_the_sample_logs_has_not_changed(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    args = ARGS if name != "inspect.txt" else ["inspect", *ARGS[1:4], "--width", "120"]
    assert main([*args, *OUTPUTS[name]]) == 0
    text = capsys.readouterr().out
    if name == "report.json":
        report = json.loads(text)
        report["run"] = {}
        text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    golden = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
