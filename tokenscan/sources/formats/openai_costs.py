"""OpenAI organisation costs: API pages and the dashboard's CSV of what was billed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.formats.openai_pages import COSTS, USAGE, kinds, read_pages
from tokenscan.sources.quarantine import Quarantine


class OpenAICosts:
    """Daily bills of an OpenAI organisation."""

    name = COSTS
    title = "OpenAI organisation costs (API pages, dashboard CSV)"
    family = "openai"
    how_to_export = (
        "Save the pages of GET /v1/organization/costs with group_by=project_id,line_item, or export costs from the "
        "dashboard as CSV."
    )
    carries: Mapping[str, str] = {"person": "no", "text": "no", "tasks": "no", "cost": "billed"}
    clock = "UTC days"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where results of costs are found and none of usage, which tells more."""
        found = kinds(probe)
        return 100 if COSTS in found and USAGE not in found else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a result."""
        yield from read_pages(probe, options, quarantine)
