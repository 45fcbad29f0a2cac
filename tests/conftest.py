"""Shared by all tests: a scrubbed environment, and repeatable examples in CI."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A change must not fail on luck: CI tries the same examples each time, a developer's machine new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell sets must not decide a test."""
    for name in list(os.environ):
        if name in {"NO_COLOR", "FORCE_COLOR", "CI", "COLUMNS", "LINES"} or name.startswith("TOKENSCAN_"):
            monkeypatch.delenv(name)
