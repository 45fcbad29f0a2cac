"""The report on the sample logs, made once a test process: reading and judging them takes seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import tokenscan
from tests.paths import SAMPLES
from tokenscan.report.model import Report

CONFIG = str(SAMPLES / "tokenscan.toml")
AS_OF = "2026-04-06"


@cache
def sample_report() -> Report:
    """Return what is found in all sample logs, everybody listed."""
    return tokenscan.analyze(SAMPLES, CONFIG, as_of=datetime(2026, 4, 6, tzinfo=UTC), all_people=True)
