"""What the README shows is what the program prints."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.paths import ROOT
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.ruleset.load import load_rules

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_excerpt_is_the_head_of_the_demo_report() -> None:
    block = re.compile(r"^```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    golden = (Path(__file__).parent / "table-80.txt").read_text(encoding="utf-8")
    head = golden.split("\n", 1)[1].split("WHY THEY STAND OUT", 1)[0].rstrip("\n") + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        text = block.sub(lambda _: f"```text\n{head}```", README)
        (ROOT / "README.md").write_text(text, encoding="utf-8")
        return
    assert block.findall(README) == [head]


def test_it_opens_with_the_two_commands() -> None:
    first = README.split("```sh\n", 1)[1].split("```", 1)[0].splitlines()
    assert [line.split("#")[0].strip() for line in first] == ["make demo", "make test"]


def test_it_lists_every_rule_and_every_exit_code() -> None:
    for rule in load_rules().rules:
        assert f"| {rule.id} |" in README
    for code in ExitCode:
        assert re.search(rf"^\| .*\b{code.value}\b", README, re.MULTILINE), code
