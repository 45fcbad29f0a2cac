"""Anthropic Admin API reports: usage of messages, costs, and Claude Code's analytics by person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.formats.anthropic_reports import CODE, COSTS, USAGE, kinds, read_reports
from tokenscan.sources.quarantine import Quarantine


class AnthropicUsage:
    """Sums of tokens from the Admin API."""

    name = USAGE
    title = "Anthropic Admin API, usage of messages"
    family = "anthropic"
    how_to_export = (
        "Save the pages of GET /v1/organizations/usage_report/messages with group_by[] of account_id, api_key_id, "
        "workspace_id and model, one page a line or file."
    )
    carries: Mapping[str, str] = {"person": "if grouped by account", "text": "no", "tasks": "no", "cost": "no"}
    clock = "UTC buckets"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where results of usage are found, less where every bucket seen is empty."""
        found = kinds(probe)
        if CODE in found:
            return 0
        if USAGE in found:
            return 100
        return 90 if found == {"bucket"} else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a result."""
        yield from read_reports(probe, options, quarantine)


class AnthropicCosts:
    """Bills from the Admin API."""

    name = COSTS
    title = "Anthropic Admin API, costs"
    family = "anthropic"
    how_to_export = (
        "Save the pages of GET /v1/organizations/cost_report with group_by[] of workspace_id and description, one page "
        "a line or file."
    )
    carries: Mapping[str, str] = {"person": "no", "text": "no", "tasks": "no", "cost": "billed"}
    clock = "UTC days"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where results of costs are found and nothing that tells more."""
        found = kinds(probe)
        return 100 if COSTS in found and not found & {USAGE, CODE} else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a result."""
        yield from read_reports(probe, options, quarantine)


class AnthropicClaudeCode:
    """A person's days with Claude Code, from the Admin API."""

    name = CODE
    title = "Anthropic Admin API, Claude Code analytics"
    family = "anthropic"
    how_to_export = (
        "Save the pages of GET /v1/organizations/usage_report/claude_code?starting_at=DAY for each day, one page a "
        "line or file."
    )
    carries: Mapping[str, str] = {"person": "yes", "text": "no", "tasks": "no", "cost": "estimated"}
    clock = "UTC days"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where records of a person's day are found."""
        return 100 if CODE in kinds(probe) else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a person, day and model."""
        yield from read_reports(probe, options, quarantine)
