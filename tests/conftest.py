"""Shared by all tests: a scrubbed environment, and repeatable examples in CI."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

import tokenscan

# A change must not fail on luck: CI tries the same examples each time, a developer's machine new ones.
# Nothing is timed.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("developer", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "developer")
# Under a sanitizer or valgrind nothing is quick.
settings.register_profile("slow", derandomize=True, deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """`make test-fallback` and `make sanitize` test a build of their own: make sure that it is the one imported."""
    for chosen in config.getini("pythonpath")[:1]:
        if not Path(tokenscan.__file__).is_relative_to(chosen):
            raise pytest.UsageError(f"tokenscan is imported from {tokenscan.__file__}, not from {chosen}")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell sets must not decide a test."""
    for name in list(os.environ):
        if name in {"NO_COLOR", "FORCE_COLOR", "CI", "COLUMNS", "LINES"} or name.startswith("TOKENSCAN_"):
            monkeypatch.delenv(name)
