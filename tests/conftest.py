"""Shared by all tests: a scrubbed environment."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell sets must not decide a test."""
    for name in list(os.environ):
        if name in {"NO_COLOR", "FORCE_COLOR", "CI", "COLUMNS", "LINES"} or name.startswith("TOKENSCAN_"):
            monkeypatch.delenv(name)
