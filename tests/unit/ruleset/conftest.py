from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tokenscan.ruleset.load import RuleSet, load_rules
from tokenscan.ruleset.model import Rule

EXAMPLE = Path(__file__).parent / "rules" / "volume" / "personal-spike.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    ratio: float
    min_days: int
    ignore_apps: tuple[str, ...]


def params_of(kind: str) -> type:
    """Stand in for the detectors: these tests are about rule files, whichever detectors exist."""
    if kind != "personal-spike":
        raise ValueError("no built-in detector of that name")
    return Params


@pytest.fixture
def params_class() -> type[Params]:
    return Params


@pytest.fixture
def example_text() -> str:
    return EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture
def load() -> Callable[..., RuleSet]:
    return lambda *paths: load_rules(paths, shipped=False, params_of=params_of)


@pytest.fixture
def rule(load: Callable[..., RuleSet]) -> Rule:
    return load(EXAMPLE).get("personal-spike")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a rule file in its family's folder and return its path."""

    def _write(text: str, name: str = "personal-spike", family: str = "volume", root: str = "rules") -> Path:
        path = tmp_path / root / family / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return _write
