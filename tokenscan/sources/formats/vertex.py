"""Vertex AI: request-response logging, a BigQuery table of whole requests and answers that does not tell who called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.model_bodies import read_bodies
from tokenscan.sources.formats.tags import tagged
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import read_records

_COLUMNS = ("logging_time", "request_id", "model", "model_version", "deployed_model_id", "endpoint", "api_method",
            "full_request", "full_response", "metadata")  # fmt: skip
_SIGNATURE = frozenset({"logging_time", "full_request", "full_response"})
_OF_VERTEX = frozenset({"api_method", "request_id", "model", "deployed_model_id", "otel_log"})
_PUBLISHED = r"publishers/[^/]+/models/([^/]+)$"
_ERROR = ("$.error.code", "$.error.message", "$[0].error.code")
_LATENCY = ("$.request_latency", "$.requestLatency")


class Vertex:
    """Vertex AI request-response logs."""

    name = "vertex"
    title = "Vertex AI request-response logging"
    family = "vertex"
    how_to_export = (
        "Turn on request-response logging for the models in use (sampling rate 1), then export the BigQuery table as "
        "newline-delimited JSON, CSV or Parquet."
    )
    carries: Mapping[str, str] = {"person": "only in labels", "text": "yes", "tasks": "in labels", "cost": "no"}
    clock = "UTC, written in the log"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the table's columns are found."""
        return 100 if probe.columns >= _SIGNATURE and probe.columns & _OF_VERTEX else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a logged request."""
        for frame in read_records(probe, _COLUMNS, quarantine):
            told = [convert.text(frame[name]) for name in frame.columns if name in _COLUMNS]
            missing = [pl.lit(None, pl.String).alias(name) for name in _COLUMNS if name not in frame.columns]
            yield raw_frame(
                _calls(frame.select(ROW).with_columns(*told, *missing)), self.name, probe, options, quarantine
            )


def _calls(rows: pl.DataFrame) -> pl.DataFrame:
    body = read_bodies(rows["full_response"])
    model = pl.coalesce(pl.col("model").str.extract(_PUBLISHED), "model", body["model"], "model_version")
    request_id = pl.col("request_id").str.strip_suffix(".0")
    failed = pl.any_horizontal(pl.col("full_response").str.json_path_match(path).is_not_null() for path in _ERROR)
    # Chunks of one stream may be logged as rows of one request, under one id of either kind.
    return rows.select(
        ROW,
        pl.coalesce(body["response_id"], pl.concat_str(pl.lit("vertex-"), request_id)).alias("event_id"),
        pl.col("logging_time").alias("timestamp"),
        model.alias("model"),
        pl.lit("vertex_ai").alias("provider"),
        pl.col("full_request")
        .str.replace_all('"function_response":', '"functionResponse":', literal=True)
        .alias("request"),
        *(body[name] for name in body.columns if name not in {"response_id", "model", "latency_ms"}),
        pl.lit("true").alias("cache_inside_input"),
        pl.coalesce(pl.col("metadata").str.json_path_match(path) for path in _LATENCY).alias("latency_ms"),
        pl.when(failed).then(pl.lit("error")).alias("status"),
        *tagged(rows.select(pl.col("full_request").str.json_path_match("$.labels").alias("t")).to_series()),
    )
