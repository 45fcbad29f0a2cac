"""The Tab key: scripts loaded by real shells, and lists that say what the program says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

from tokenscan.cli import complete
from tokenscan.cli.app import main
from tokenscan.cli.exit_codes import SEVERITIES
from tokenscan.report.formats import FORMATS
from tokenscan.ruleset.load import load_rules
from tokenscan.ruleset.model import Family
from tokenscan.sources.registry import sources

REQUIRED = os.environ.get("TOKENSCAN_TEST_TOOLS") == "required"  # read before a fixture clears the environment
SHOW = {
    "bash": """
        complete -p tokenscan >/dev/null
        COMP_WORDS=({words}) COMP_CWORD={last} COMPREPLY=()
        _tokenscan_completion tokenscan
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """,
    # What zsh would show is what the completion function hands to _arguments.
    "zsh": """
        _arguments() {{ print -l -- "$@" }}
        _files() {{ print -- _files }}
        words=({words}) CURRENT={position}
        _tokenscan_completion
    """,
    "fish": "complete --do-complete '{line}'",
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `tokenscan`, run by this Python."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "tokenscan"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tokenscan "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return folder


@pytest.fixture(params=sorted(SHOW))
def shell(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if shutil.which(name) is None:
        assert not REQUIRED, f"{name} is not installed"
        pytest.skip(f"needs {name}")
    return name


@cache
def script_of(shell: str, program: Path) -> str:
    command = [program / "tokenscan", "completion", shell]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def offered(shell: str, program: Path, *words: str) -> str:
    """Return what a shell offers where the last of the words is being typed."""
    line = " ".join(["tokenscan", *words])
    said = [f"'{word}'" for word in ("tokenscan", *words)]
    show = SHOW[shell].format(words=" ".join(said), last=len(words), position=len(said), line=line)
    options = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    env = {"PATH": f"{program}:{os.environ['PATH']}", "HOME": str(program), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [shell, *options, "-c", script_of(shell, program) + show],
        capture_output=True,
        text=True,
        env=env,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("words", "expected", "unexpected"),
    [
        (("an",), ("analyze",), ("explain",)),
        (("analyze", "--min-s"), ("--min-severity",), ("--min-confidence",)),
        (("analyze", "-f", "m"), ("markdown",), ("json",)),
        (("analyze", "--format", ""), ("table", "ocsf"), ("analyze",)),
        (("analyze", "--state", "new,w"), ("new,worse",), ("new,unchanged",)),
        (("rules", "show", "copied"), ("copied-prompt",), ("personal-spike",)),
        (("rules", "show", ""), ("copied-prompt", "personal-spike"), ("table",)),
        (("schema", ""), ("report", "config"), ("table",)),
        (("completion", "f"), ("fish",), ("zsh",)),
    ],
)
def test_a_shell_offers_what_fits(
    shell: str, program: Path, words: tuple[str, ...], expected: tuple[str, ...], unexpected: tuple[str, ...]
) -> None:
    shown = offered(shell, program, *words)
    assert all(word in shown for word in expected)
    assert not any(word in shown for word in unexpected)


def test_where_nothing_is_offered_files_are(shell: str, program: Path, tmp_path: Path) -> None:
    shown = offered(shell, program, "analyze", "--people", str(tmp_path))
    assert "tokenscan" not in shown.replace(str(tmp_path), "").replace("_files", "")


def test_rules_of_further_folders_are_offered_too(shell: str, program: Path, tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "our-own.toml").touch()
    assert "our-own" in offered(shell, program, "analyze", "--rules", str(tmp_path), "--select", "our")


def test_an_unknown_shell_is_answered_with_those_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "one of bash, zsh, fish" in err


def test_the_lists_are_what_the_program_knows() -> None:
    assert tuple(FORMATS) == complete.FORMATS
    assert complete.LEVELS == SEVERITIES
    assert sorted(family.value for family in Family) == sorted(complete.FAMILIES)
    assert sorted(complete.SOURCES[1:]) == sorted(source.name for source in sources())

    context = SimpleNamespace(params={})
    assert complete.rules(context, "") == sorted(rule.id for rule in load_rules().rules)


def test_nothing_heavy_is_loaded_for_it(program: Path) -> None:
    code = (
        "import sys; from tokenscan.cli import complete; from tokenscan.cli.app import app; complete.rules("
        "type('C', (), {'params': {}}), 'x'); print(sorted({'polars', 'numpy', 'msgspec', 'rich'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
