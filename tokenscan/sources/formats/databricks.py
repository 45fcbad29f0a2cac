"""Databricks: inference tables (whole requests and answers) and usage tables (counts) of model serving and AI Gateway.

All are tables of calls under one request id, so that a call in a usage table and an inference table is counted once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.databricks_columns import COLUMNS, is_databricks, named
from tokenscan.sources.formats.model_bodies import read_bodies
from tokenscan.sources.formats.tags import tagged
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import read_records

_PRINCIPAL = r"(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_TABULAR = ("$.dataframe_records", "$.dataframe_split", "$.instances", "$.inputs")  # input of models that are no LLMs
_EMBEDDING = "$.data[0].embedding"
_DETAILS = {
    "cache_read_tokens": ("$.cache_read_input_tokens", "$.cached_tokens"),
    "cache_write_tokens": ("$.cache_creation_input_tokens",),
    "reasoning_tokens": ("$.output_reasoning_tokens", "$.reasoning_tokens"),
}


class Databricks:
    """Databricks inference and usage tables."""

    name = "databricks"
    title = "Databricks model serving and AI Gateway (inference tables, usage tables)"
    family = "databricks"
    how_to_export = (
        "Export the endpoint's inference table (<catalog>.<schema>.<prefix>_payload), system.serving.endpoint_usage or "
        "system.ai_gateway.usage as Parquet, CSV or JSON lines."
    )
    carries: Mapping[str, str] = {"person": "yes", "text": "inference tables", "tasks": "if tagged", "cost": "no"}
    clock = "UTC; times without a zone are taken as UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the columns of one of the tables are found."""
        return 100 if is_databricks(probe) else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames; calls of models that are no LLMs, and of tools, are passed over."""
        for frame in read_records(probe, COLUMNS, quarantine):
            rows = named(frame, probe)
            rows = rows.filter(pl.col("service_type").str.contains("(?i)mcp").fill_null(value=False).not_())
            yield raw_frame(_calls(rows), self.name, probe, options, quarantine)


def _calls(rows: pl.DataFrame) -> pl.DataFrame:
    body = read_bodies(rows["answer"])
    tabular = pl.any_horizontal(pl.col("request").str.json_path_match(path).is_not_null() for path in _TABULAR)
    counted = pl.coalesce("input", "output", body["input_tokens"], body["output_tokens"]).is_not_null()
    llm = rows.select(~tabular.fill_null(value=False) | counted).to_series()
    rows, body = rows.filter(llm), body.filter(llm)
    embedded = pl.col("answer").str.json_path_match(_EMBEDDING).is_not_null().fill_null(value=False)
    # Usage tables keep a request's tags in a column, inference tables in the request.
    tags = tagged(rows["tags"], rows.select(pl.col("request").str.json_path_match("$.usage_context")).to_series())
    return rows.select(
        ROW,
        "event_id",
        "timestamp",
        *_who(rows, tags[0]),
        "org",
        pl.coalesce(body["model"], "model", pl.col("request").str.json_path_match("$.model")).alias("model"),
        pl.when(~embedded).then("request").alias("request"),
        body["response"],
        body["tool_name"],
        "status",
        "latency_ms",
        *_tokens(rows, body),
        *(column for column in tags if column.name not in ("user", "app")),
        pl.coalesce(next(column for column in tags if column.name == "app"), "user_agent", "app").alias("app"),
    )


def _who(rows: pl.DataFrame, tagged_user: pl.Series) -> list[pl.Series]:
    """Return who called; a job or an application that calls for people may say in its tags for whom."""
    user = pl.col("user")
    typed = pl.col("user_type").str.contains("(?i)service").fill_null(value=False)
    principal = user.is_not_null() & (typed | user.str.contains(_PRINCIPAL).fill_null(value=False))
    person = pl.when(user.is_null() | principal).then(tagged_user)
    told = rows.select(
        user=pl.coalesce(person, user), user_kind=pl.when(principal & person.is_null()).then(pl.lit("key"))
    )
    return told.get_columns()


def _tokens(rows: pl.DataFrame, body: pl.DataFrame) -> list[pl.Series]:
    """Return the counts: those of the answer, whose conventions are known, else those of the usage table.

    Of the latter nobody says whether the input includes the cache. Where the total tells, it is settled here; else it
    is left open, to be decided from the numbers.
    """
    told = rows.select(
        "input",
        "output",
        **{
            name: pl.coalesce(pl.col("details").str.json_path_match(path) for path in paths)
            for name, paths in _DETAILS.items()
        },
        _in=convert.tokens(rows["input"]),
        _all=convert.tokens(rows["total"]) - convert.tokens(rows["output"]).fill_null(0),
        _asked=body["input_tokens"],
    )
    cache = pl.sum_horizontal(
        convert.tokens(told[name]).fill_null(0).alias(name) for name in ("cache_read_tokens", "cache_write_tokens")
    )
    apart = ((cache > 0) & (pl.col("_all") == pl.col("_in") + cache)).fill_null(value=False)
    answered = pl.col("_asked").is_not_null()
    return told.select(
        input_tokens=pl.when(answered)
        .then(pl.col("_asked").cast(pl.String))
        .when(apart)
        .then((pl.col("_in") + cache).cast(pl.String))
        .otherwise("input"),
        output_tokens=pl.coalesce(body["output_tokens"].cast(pl.String), "output"),
        **{name: pl.coalesce(body[name].cast(pl.String), name) for name in _DETAILS},
        cache_inside_input=pl.when(answered | apart | (cache == 0)).then(pl.lit("true")),
    ).get_columns()
