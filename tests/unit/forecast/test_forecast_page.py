"""The examples of docs/forecast.md are what the command prints, and the config of docs/model-tiers.md is one."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tokenscan.cli.app import main
from tokenscan.config import load_config
from tokenscan.economics.savings_table import tier_table

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLE = re.compile(r"```\n\$ tokenscan (?P<command>.+)\n(?P<shown>(?:   .+\n)+)```")


@pytest.mark.parametrize("example", [*EXAMPLE.finditer((DOCS / "forecast.md").read_text(encoding="utf-8"))])
def test_the_page_shows_what_is_printed(example: re.Match[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*shlex.split(example["command"]), "--width", "100", "--no-config"]) == 0
    printed = {" ".join(line.split()) for line in capsys.readouterr().out.splitlines()}
    shown = [" ".join(line.split()) for line in example["shown"].splitlines()]
    assert [line for line in shown if line not in printed] == []


def test_there_are_examples() -> None:
    assert len(EXAMPLE.findall((DOCS / "forecast.md").read_text(encoding="utf-8"))) == 6


def test_the_config_of_the_page_is_read(tmp_path: Path) -> None:
    found = re.search(r"```toml\n(.+?)```", (DOCS / "model-tiers.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    path = tmp_path / "tokenscan.toml"
    path.write_text(found[1], encoding="utf-8")
    table = tier_table(load_config(path).tiers)
    assert (len(table.rules), table.work["code-review"], table.models["gpt-5*"]) == (2, "mid", "mid")
