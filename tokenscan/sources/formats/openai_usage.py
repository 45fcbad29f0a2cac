"""OpenAI organisation usage: API pages and the dashboard's CSV of requests and tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.formats.openai_pages import USAGE, kinds, read_pages
from tokenscan.sources.quarantine import Quarantine


class OpenAIUsage:
    """Sums of requests and tokens of an OpenAI organisation."""

    name = USAGE
    title = "OpenAI organisation usage (API pages, dashboard CSV)"
    family = "openai"
    how_to_export = (
        "Save the pages of GET /v1/organization/usage/completions with group_by=user_id,model,project_id (one page a "
        "line or file), or export usage from the dashboard as CSV."
    )
    carries: Mapping[str, str] = {"person": "if grouped by user", "text": "no", "tasks": "no", "cost": "no"}
    clock = "UTC buckets"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where results of usage are found, less where every bucket seen is empty."""
        found = kinds(probe)
        if USAGE in found:
            return 100
        return 90 if found == {"bucket"} else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a result."""
        yield from read_pages(probe, options, quarantine)
