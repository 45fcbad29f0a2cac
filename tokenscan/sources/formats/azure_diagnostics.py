"""Azure OpenAI: diagnostic logs of category RequestResponse. They tell who called which model when, and no tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.azure_rows import azure_rows, azure_time, names_in, sampled
from tokenscan.sources.quarantine import Quarantine

CATEGORY = "RequestResponse"
_NAMES = (
    "time", "timegenerated", "category", "operationname", "correlationid", "durationms", "resultsignature",
    "resourceid", "objectid", "modeldeploymentname", "modelname", "requesttime", "responsetime", "apiname",
)  # fmt: skip
_TIMES = ("time", "timegenerated")
_TICKS = pl.when(pl.col("requesttime").str.contains("[1-9]")).then("requesttime")
_ADMINISTRATION = r"(?i)^(?:get|list|delete|cancel|retrieve|update|modify|upload|download)"
_MODEL_AT_WORK = r"(?i)completion|embedding|response|image|audio|speech|transcri|transla|realtime|generat|create_?run"
_GROUP, _ACCOUNT = r"(?i)/resourcegroups/([^/]+)", r"(?i)/accounts/([^/]+)"
_TICKS_IN_1970 = 621_355_968_000_000_000  # 100 ns each, since the year 1
_TICKS_A_MICROSECOND = 10
_AGREE_WITHIN = pl.duration(hours=1)
_LOOK_AT = 1 << 16
_MARKS = (b"modelDeploymentName", b"apiName")


class AzureDiagnostics:
    """Azure OpenAI diagnostic logs."""

    name = "azure-diagnostics"
    title = "Azure OpenAI diagnostic logs (RequestResponse)"
    family = "azure-openai"
    how_to_export = (
        "Add a diagnostic setting with category RequestResponse to the Azure OpenAI resource; copy the PT1H.json files "
        "of its storage account, or export the AzureDiagnostics table from Log Analytics."
    )
    carries: Mapping[str, str] = {"person": "with Entra sign-in", "text": "no", "tasks": "no", "cost": "no"}
    clock = "UTC, written in the log; the portal's CSV is taken as UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where records name the category and what Azure OpenAI adds to it; a table is looked into."""
        if probe.container in (Container.CSV, Container.PARQUET):
            (names,) = names_in(probe)
            if not names >= {"category", "operationname"}:
                return 0
            return 100 if {"modelname", "apiname"} <= names or _is_told_of(probe) else 0
        return 100 if any(_is_one(record) for record in sampled(probe)) else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames; rows of other categories and of operations that run no model are passed over."""
        for frame in azure_rows(probe, _NAMES, quarantine):
            calls = frame.filter(_is_call())
            started, took = _started(calls)
            logged = calls.select(
                ROW,
                # One correlation id may span several requests; each has its own moment.
                pl.concat_str("correlationid", pl.lit("@"), pl.coalesce(_TICKS, *_TIMES)).alias("event_id"),
                started.alias("timestamp"),
                pl.col("objectid").alias("user"),
                pl.col("resourceid").str.extract(_GROUP).str.to_lowercase().alias("team"),
                pl.col("resourceid").str.extract(_ACCOUNT).str.to_lowercase().alias("app"),
                pl.coalesce("modelname", "modeldeploymentname").alias("model"),
                pl.lit("azure").alias("provider"),
                pl.coalesce(convert.milliseconds(calls["durationms"]), took).alias("latency_ms"),
                pl.col("resultsignature").alias("status"),
            )
            yield raw_frame(logged, self.name, probe, options, quarantine)


def _is_one(record: Mapping[str, object]) -> bool:
    names = {name.lower() for name in record}
    category = next((value for name, value in record.items() if name.lower() == "category"), None)
    return category == CATEGORY and bool({"apiname", "modeldeploymentname", "modelname", "requesttime"} & names)


def _is_told_of(probe: Probe) -> bool:
    if probe.container is not Container.CSV:
        return False
    try:
        with probe.file.open() as stream:
            head = stream.read(_LOOK_AT)
    except OSError:
        return False
    return CATEGORY.encode() in head and any(mark in head for mark in _MARKS)


def _is_call() -> pl.Expr:
    operation = pl.col("operationname")
    runs = operation.str.contains(_MODEL_AT_WORK) & ~operation.str.contains(_ADMINISTRATION)
    has_model = pl.col("modelname").is_not_null() | pl.col("modeldeploymentname").is_not_null()
    return (pl.col("category").fill_null(CATEGORY) == CATEGORY) & runs.fill_null(has_model)


def _started(calls: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Return when each call began and how many milliseconds its ticks say it took.

    The ticks are exact to a fraction of a second; where they contradict the record's time, that one counts.
    """
    logged = convert.timestamp(azure_time(calls.select(pl.coalesce(_TIMES).alias("t")).to_series()))
    began, ended = _moment(calls["requesttime"]), _moment(calls["responsetime"])
    ticks = pl.DataFrame({"logged": logged, "from": began, "to": ended})
    agree = (pl.col("from") - pl.col("logged")).abs() <= _AGREE_WITHIN
    took = (pl.col("to") - pl.col("from")).dt.total_milliseconds()
    told = ticks.select(
        started=pl.when(agree | pl.col("logged").is_null()).then("from").otherwise("logged"),
        took=pl.when(took >= 0).then(took),
    )
    return told["started"], told["took"]


def _moment(ticks: pl.Series) -> pl.Series:
    """Return .NET ticks as UTC datetimes; null where they are none of this century."""
    count = pl.col("t").cast(pl.Int64, strict=False) - _TICKS_IN_1970
    micros = pl.when(count.is_between(0, 10**17)).then(count // _TICKS_A_MICROSECOND)
    moment = micros.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return ticks.alias("t").to_frame().select(moment).to_series()
