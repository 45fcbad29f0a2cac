"""LangSmith: runs as the SDK lists them (JSON, JSON lines) or as bulk exports hold them (Parquet).

Runs form trees, and LangSmith adds the usage of calls up on every run above them: only runs of type ``llm`` count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import ROW, links_frame, raw_frame
from tokenscan.sources.formats.langsmith_fields import answer_fields, noted_fields, requests
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import read_records

_TEXT = ("id", "run_type", "trace_id", "parent_run_id", "dotted_order", "status", "error", "reference_example_id",
         "session_id", "session_name", "extra", "tags", "inputs", "outputs", "prompt_tokens", "completion_tokens",
         "total_tokens", "total_cost", "prompt_token_details", "completion_token_details")  # fmt: skip
_TIMES = ("start_time", "end_time")
_RUN = frozenset({"run_type", "trace_id", "dotted_order"})
_RUN_LEAST = frozenset({"run_type", "trace_id", "start_time", "inputs", "outputs"})
_RUN_ID_CHARS = 36


class LangSmith:
    """LangSmith run exports."""

    name = "langsmith"
    title = "LangSmith runs (list_runs, bulk export)"
    family = "langsmith"
    how_to_export = (
        "Write the runs of client.list_runs(project_name=…) to JSON lines, or set up a bulk export and copy its "
        "Parquet files."
    )
    carries: Mapping[str, str] = {"person": "if in metadata", "text": "yes", "tasks": "if in metadata",
                                  "cost": "estimated"}  # fmt: skip
    clock = "UTC; times without a zone are UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the columns of runs are found."""
        if probe.columns >= _RUN:
            return 100
        return 90 if probe.columns >= _RUN_LEAST else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames of model calls, and LINKS frames of other runs that say who stands behind their trace."""
        for frame in read_records(probe, (*_TEXT, *_TIMES), quarantine):
            runs = _as_text(frame)
            leaf = _is_call(runs)
            links = _links(runs.filter(~leaf))
            if links.height:
                yield links_frame(links, self.name)
            calls = runs.filter(leaf)
            if calls.height:
                yield raw_frame(_fields(calls), self.name, probe, options, quarantine)


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    given = [convert.text(frame[name]) for name in _TEXT if name in frame.columns]
    times = [frame[name] for name in _TIMES if name in frame.columns]
    missing = [pl.lit(None, pl.String).alias(name) for name in (*_TEXT, *_TIMES) if name not in frame.columns]
    return frame.select(ROW).with_columns(*given, *times, *missing)


def _links(runs: pl.DataFrame) -> pl.DataFrame:
    noted = noted_fields(runs["extra"], runs["tags"]).select("user", "session_id", "team", "task_id")
    told = noted.with_columns(runs["trace_id"].alias("link_id"))
    return told.filter(pl.any_horizontal(pl.col(noted.columns).is_not_null()))


def _is_call(runs: pl.DataFrame) -> pl.Series:
    """Say per run whether it is a call to a model that somebody made: not an evaluation's.

    A model run that has another one below it is none: a chat model around a wrapped client is one call.
    """
    model = (pl.col("run_type").str.to_lowercase() == "llm") & pl.col("reference_example_id").is_null()
    path = pl.col("dotted_order").str.split(".")
    before = path.list.head(path.list.len() - 1)
    calls = runs.filter(model)
    above = calls.select(before.list.explode(keep_nulls=False, empty_as_null=False).str.tail(_RUN_ID_CHARS)).to_series()
    parents = pl.concat([above, calls["parent_run_id"].drop_nulls()])
    outer = pl.col("id").is_in(parents.implode()).fill_null(value=False)
    return runs.select(model.fill_null(value=False) & ~outer).to_series()


def _fields(calls: pl.DataFrame) -> pl.DataFrame:
    noted, told = noted_fields(calls["extra"], calls["tags"]), answer_fields(calls["outputs"])
    into, out = calls["prompt_token_details"], calls["completion_token_details"]
    failed = (pl.col("status").str.to_lowercase() == "error") | pl.col("error").is_not_null()
    return calls.select(
        ROW,
        noted["user"], noted["session_id"], noted["team"], noted["task_id"], noted["provider"],
        told["response"], told["tool_name"],
        noted["app"].fill_null(calls["session_name"]).fill_null(calls["session_id"]),  # the project, for LangSmith
        noted["model"].fill_null(told["model"]),
        told["response_id"].fill_null(calls["id"]).alias("event_id"),
        pl.col("start_time").alias("timestamp"),
        pl.col("end_time").alias("ended"),
        pl.col("trace_id").alias("link_id"),
        requests(calls["inputs"]).alias("request"),
        calls["prompt_tokens"].fill_null(told["input_tokens"]).alias("input_tokens"),
        calls["completion_tokens"].fill_null(told["output_tokens"]).alias("output_tokens"),
        "total_tokens",
        told["cache_read_tokens"].fill_null(into.str.json_path_match("$.cache_read")),
        told["cache_write_tokens"].fill_null(into.str.json_path_match("$.cache_creation")),
        told["reasoning_tokens"].fill_null(out.str.json_path_match("$.reasoning")),
        pl.col("total_cost").alias("cost_usd"),
        pl.when(failed).then(pl.lit("error")).otherwise(pl.col("status")).alias("status"),
        pl.lit(value=True).alias("cache_inside_input"),
    )  # fmt: skip
