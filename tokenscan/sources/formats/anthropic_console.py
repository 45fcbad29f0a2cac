"""Anthropic console exports: CSV files of tokens and of costs by day, key, workspace and model.

They count no requests. The two cannot be joined: one has the model's id, the other its display name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.anthropic_keys import app, key_owner, team
from tokenscan.sources.formats.buckets import BucketIds, added
from tokenscan.sources.formats.flat import TABLES, text_frames
from tokenscan.sources.quarantine import Quarantine

_DIMENSIONS = ("usage_date_utc", "api_key", "workspace", "usage_type", "context_window", "inference_geo", "speed")
_USAGE = frozenset({"usage_date_utc", "usage_output_tokens"})
_COSTS = frozenset({"usage_date_utc", "cost_usd"})
_READ = "usage_input_tokens_cache_read"
_WRITTEN = ("usage_input_tokens_cache_write_5m", "usage_input_tokens_cache_write_1h")
_INPUT = ("usage_input_tokens_no_cache", *_WRITTEN, _READ)
_OUTPUT = "usage_output_tokens"


class AnthropicConsoleUsage:
    """Daily sums of tokens from the Anthropic console."""

    name = "anthropic-console-usage"
    title = "Anthropic console usage (CSV of tokens)"
    family = "anthropic"
    how_to_export = "In the Claude console open Usage, choose a month, and export the tokens as CSV."
    carries: Mapping[str, str] = {"person": "from Claude Code keys", "text": "no", "tasks": "no", "cost": "no"}
    clock = "UTC days"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the columns of the export are found."""
        return 100 if probe.container in TABLES and probe.columns >= _USAGE else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a day and combination of key, model and so on."""
        dimensions = (*_DIMENSIONS, "model_version")
        ids = BucketIds(self.name, dimensions, probe)
        for rows in text_frames(probe, {*dimensions, *_INPUT, _OUTPUT}, "data", quarantine):
            logged = rows.select(
                ROW,
                *_shared(),
                event_id=ids.of(rows, _OUTPUT),
                model="model_version",
                input_tokens=added(rows, *_INPUT),
                cache_read_tokens=_READ,
                cache_write_tokens=added(rows, *_WRITTEN),
                cache_write_1h_tokens=_WRITTEN[1],
                output_tokens=_OUTPUT,
                cache_inside_input=pl.lit(value=True),
            )
            yield raw_frame(logged, self.name, probe, options, quarantine)


class AnthropicConsoleCosts:
    """Daily bills from the Anthropic console."""

    name = "anthropic-console-costs"
    title = "Anthropic console costs (CSV)"
    family = "anthropic"
    how_to_export = "In the Claude console open Cost, choose a month, and export it as CSV."
    carries: Mapping[str, str] = {"person": "from Claude Code keys", "text": "no", "tasks": "no", "cost": "billed"}
    clock = "UTC days"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the columns of the export are found."""
        return 100 if probe.container in TABLES and probe.columns >= _COSTS else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a day, key, model and kind of token."""
        dimensions = (*_DIMENSIONS, "model", "token_type", "cost_type")
        ids = BucketIds(self.name, dimensions, probe)
        for rows in text_frames(probe, {*dimensions, "cost_usd"}, "data", quarantine):
            logged = rows.select(
                ROW,
                *_shared(),
                event_id=ids.of(rows, "cost_usd"),
                model="model",
                cost_usd="cost_usd",
                cost_kind=pl.lit("charged"),
            )
            yield raw_frame(logged, self.name, probe, options, quarantine)


def _shared() -> list[pl.Expr]:
    owner = key_owner("api_key")
    return [
        pl.col("usage_date_utc").alias("timestamp"),
        pl.lit("day").alias("grain"),
        pl.lit("0").alias("n_requests"),
        owner.alias("user"),
        pl.when(owner.is_not_null()).then(pl.lit("key")).alias("user_kind"),
        team("workspace").alias("team"),
        app("api_key", "workspace").alias("app"),
        pl.lit("anthropic").alias("provider"),
    ]
