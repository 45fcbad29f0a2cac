"""The report of ``sample_logs`` in every format, byte for byte.

``UPDATE_GOLDEN=1 make test`` writes them anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.paths import ROOT
from tokenscan.cli.app import main
from tokenscan.report.formats import FORMATS

GOLDEN = Path(__file__).parent
LOGS = ["sample_logs", "--config", "sample_logs/tokenscan.toml"]
FILES = {
    "table": "table-80.txt",
    "json": "report.json",
    "jsonl": "findings.jsonl",
    "csv": "findings.csv",
    "markdown": "report.md",
    "sarif": "report.sarif",
    "html": "report.html",
    "ocsf": "findings.ocsf.jsonl",
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the report in every format, all of one run."""
    folder = tmp_path_factory.mktemp("reports")
    also = [part for kind, name in FILES.items() if kind != "table" for part in ("--also", f"{kind}={folder / name}")]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        table = ["-o", str(folder / FILES["table"]), "--width", "80"]
        assert main(["analyze", *LOGS, "--as-of", "2026-04-06", *table, *also]) == 0
    return folder


def compare(name: str, text: str) -> None:
    golden = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_format_has_a_golden_report() -> None:
    assert set(FILES) == set(FORMATS)


@pytest.mark.parametrize("name", FILES.values())
def test_the_report_of_the_sample_logs_has_not_changed(name: str, reports: Path) -> None:
    text = (reports / name).read_text(encoding="utf-8")
    # When a report was made is all that may differ.
    if name == "report.json":
        text = json.dumps(json.loads(text) | {"run": {}}, indent=2, ensure_ascii=False) + "\n"
    elif name == "report.sarif":
        text = re.sub(r'("(?:start|end)TimeUtc": )"[^"]*"', r'\1""', text)
    elif name == "report.html":
        # Drawings are half a megabyte of paths, and their numbers stand in the tables below them.
        text = re.sub(r"<svg.*?</svg>", "<svg/>", text, flags=re.DOTALL)
        text = re.sub(r"<div><dt>(?:Run started|Command line|Prompts compared by)</dt><dd>.*?</dd></div>\n", "", text)
    compare(name, text)


@pytest.mark.parametrize(
    ("name", "args"),
    [("table-200.txt", ["analyze", *LOGS, "--as-of", "2026-04-06", "--width", "200"]),
     ("inspect.txt", ["inspect", *LOGS, "--width", "120"])],
)  # fmt: skip
def test_what_the_terminal_shows_has_not_changed(
    name: str, args: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(args) == 0
    compare(name, capsys.readouterr().out)
