"""Nights of a small organisation, analysed by the real program, and the scripts of ``docs/recipes`` run on them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.paths import ROOT
from tokenscan.cli.app import main

RECIPES = ROOT / "docs" / "recipes"
REQUIRED = os.environ.get("TOKENSCAN_TEST_TOOLS") == "required"  # read before a fixture clears the environment
HOSTILE = "eve\x1b[31m$(touch pwned)`touch pwned`';\"</script>{noformat}[code]<b>@everyone ```\u202e"


def needs(*programs: str) -> None:
    """Skip where a program is missing; in CI that is a failure, for there the recipes have to be tried."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing and REQUIRED:
        pytest.fail(f"not installed: {', '.join(missing)}")
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


def write_log(folder: Path, spikes: Mapping[str, int], name: str = "calls.jsonl") -> Path:
    """Write three weeks of two people with level use, and of people with one day of so many tokens a call."""
    people = {"ann@example.com": 900, "bob@example.com": 900, **spikes}
    rows = [
        {
            "timestamp": f"2026-02-{day:02d}T{hour:02d}:00:00Z",
            "user": user,
            "model": "gpt-5.5",
            "input_tokens": tokens if day == 20 else 900,
        }
        for user, tokens in people.items()
        for day in range(1, 22)
        for hour in range(8, 14)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def findings(folder: Path, log: Path, *options: str) -> list[dict[str, Any]]:
    """Return what the program finds, less what has not changed since the last call for this folder."""
    report, lines, known = folder / "report.json", folder / "findings.jsonl", folder / "known.json"
    if known.exists():
        options = (*options, "--baseline", str(known))
    args = ["analyze", str(log), "--no-config", "-q", "--select", "personal-spike", "--as-of", "2026-03-01"]
    assert main([*args, *options, "-f", "json", "-o", str(report), "--also", f"jsonl={lines}"]) == 0
    assert main(["baseline", "write", str(report), "-o", str(known)]) == 0
    found = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    return [one for one in found if one["state"] != "unchanged"]


def run(
    script: str, *args: str, cwd: Path, env: Mapping[str, str], told: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script of ``docs/recipes`` with nothing but a path and ``env`` in its environment."""
    given = {"PATH": os.environ["PATH"], "HOME": str(cwd), "LC_ALL": "C.UTF-8", **env}
    return subprocess.run(
        [str(RECIPES / script), *args], cwd=cwd, env=given, input=told, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
