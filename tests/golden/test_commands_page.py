"""The page on commands is what the program says of itself; ``UPDATE_GOLDEN=1`` writes it anew."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from rich.cells import cell_len
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from tests.paths import ROOT
from tokenscan.cli.app import app, main
from tokenscan.cli.exit_codes import ExitCode
from tokenscan.cli.help import commands, in_order, long_name, options

PAGE = ROOT / "docs" / "commands.md"
WIDTH = 80
MEANING = {
    ExitCode.DONE: "done; there may be findings",
    ExitCode.GATE: "`--fail-on` was met (`evaluate`: `--fail-under` was not)",
    ExitCode.USAGE: "usage, config or rule file invalid",
    ExitCode.NO_INPUT: "no usable input",
    ExitCode.INCOMPLETE: 'incomplete; what could be done is done, and a report says `"complete": false`',
    ExitCode.INTERNAL: "internal error: please report it",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.CLOSED_PIPE: "the reader closed the pipe",
}
HEAD = """# Commands

This page is what `--help` prints. stdout carries the payload and nothing else; notes, progress and errors go to stderr.

## Exit codes

| code | meaning |
|---|---|
{codes}

A higher row of this order wins: 70, 2, 3, 4, 1, 0. The code never depends on the format.

## Variables

Every option can come from an environment variable; one on the command line goes before it, and it goes before the
config. A switch is set by `1`. Several values are separated by blanks, several paths by `:` (Windows: `;`). In the help
and in errors a variable is named where it is set.

| variable | option | of |
|---|---|---|
{variables}

Further variables: `NO_COLOR`, `FORCE_COLOR`, `COLUMNS`, `CI` (no progress bar), and `TOKENSCAN_LOG=debug`, which shows
where an internal error happened; it may quote the log.
"""


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Render as on a terminal of 80 columns without colour, wherever this runs."""
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setattr(rich_utils, "FORCE_TERMINAL", False)
    monkeypatch.setattr(rich_utils, "COLOR_SYSTEM", None)
    monkeypatch.setattr(rich_utils, "MAX_WIDTH", None)


def program() -> TyperGroup:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def every() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield all commands as the help orders them."""
    found = dict(commands(program()))
    for name in in_order(path[0] for path in found if len(path) == 1):
        yield from ((path, command) for path, command in found.items() if path[0] == name)


def told(capsys: pytest.CaptureFixture[str], *path: str) -> str:
    assert main([*path, "--help"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return "\n".join(line.rstrip() for line in out.strip().splitlines())


def page(capsys: pytest.CaptureFixture[str]) -> str:
    codes = "\n".join(f"| {code.value} | {MEANING[code]} |" for code in ExitCode)
    head = HEAD.format(codes=codes, variables="\n".join(variables()))
    blocks = [f"## tokenscan\n\n```text\n {told(capsys)}\n```\n"]
    blocks += [
        f"{'#' * (len(path) + 1)} {' '.join(path)}\n\n```text\n {told(capsys, *path)}\n```\n" for path, _ in every()
    ]
    return "\n".join([head, *blocks])


def variables() -> list[str]:
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, command in every():
        if isinstance(command, TyperCommand):
            for option in options(command):
                rows[str(option.envvar), long_name(option)].append(" ".join(path))
    return [f"| `{name}` | `{option}` | {', '.join(of)} |" for (name, option), of in sorted(rows.items())]


def test_the_page_is_what_the_program_says(capsys: pytest.CaptureFixture[str]) -> None:
    text = page(capsys)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, "UPDATE_GOLDEN=1 pytest tests/golden/test_commands_page.py"


def test_every_help_fits_and_has_examples_that_can_be_copied(capsys: pytest.CaptureFixture[str]) -> None:
    found = {(): program(), **dict(every())}
    for path, command in found.items():
        text = told(capsys, *path)
        assert max(map(cell_len, text.splitlines())) <= WIDTH
        assert "\x1b" not in text
        lines = [line for line in (command.help or "").splitlines() if line.startswith("  ")]
        assert lines or len(path) > 1, path  # a group may have those of its commands
        assert all(line in text for line in lines), path  # as they are: no line of them is broken


def test_every_command_says_its_exit_codes() -> None:
    for path, command in every():
        if isinstance(command, TyperCommand):
            assert "[bold]Exit codes[/bold]: 0 " in (command.help or ""), path


def test_a_variable_belongs_to_one_option_and_counts_as_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, command in every():
        if isinstance(command, TyperCommand):
            names = [option.envvar for option in options(command)]
            assert len(names) == len(set(names)), path
    monkeypatch.setenv("TOKENSCAN_WIDTH", "9")
    assert main(["rules", "list", "--no-config"]) == 2
    assert "TOKENSCAN_WIDTH" in capsys.readouterr().err
    monkeypatch.setenv("TOKENSCAN_WIDTH", "60")
    assert main(["rules", "list", "--no-config"]) == 0
    assert max(map(cell_len, capsys.readouterr().out.splitlines())) <= 60
    assert main(["rules", "list", "--no-config", "--width", "100"]) == 0
    assert max(map(cell_len, capsys.readouterr().out.splitlines())) > 60


def test_an_option_goes_before_the_variable_of_the_config(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOKENSCAN_CONFIG", "nowhere.toml")
    assert main(["rules", "list"]) == 2
    assert "nowhere.toml" in capsys.readouterr().err
    assert main(["rules", "list", "--no-config"]) == 0


def test_repeatable_options_take_several_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOKENSCAN_RULES", os.pathsep.join(["nowhere", "neither"]))
    assert main(["rules", "list", "--no-config"]) == 2
    assert "nowhere" in capsys.readouterr().err
