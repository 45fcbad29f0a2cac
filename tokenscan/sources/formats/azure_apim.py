"""Azure API Management in front of Azure OpenAI: its log of model calls, and what its gateway log tells of them.

The log of model calls has a row with the tokens (sequence number 0) and rows with pieces of the messages; all share
the correlation id of the call. Who called stands in the gateway log only, as the subscription key that was used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import ROW, links_frame, raw_frame
from tokenscan.sources.formats.azure_gateway import GATEWAY, gateway_calls, gateway_links
from tokenscan.sources.formats.azure_messages import joined
from tokenscan.sources.formats.azure_rows import azure_rows, azure_time, names_in
from tokenscan.sources.formats.model_bodies import read_bodies
from tokenscan.sources.quarantine import Quarantine

_LLM = ("time", "timegenerated", "category", "correlationid", "sequencenumber", "deploymentname", "modelname",
        "prompttokens", "completiontokens", "totaltokens", "requestmessages", "responsemessages")  # fmt: skip
_NAMES = tuple(dict.fromkeys(_LLM + GATEWAY))
_CALL_LOG = {"correlationid", "sequencenumber"}
_CALL_LOG_TELLS = {"prompttokens", "totaltokens", "requestmessages", "responsemessages"}
_GATEWAY_LOG = {"correlationid", "apimsubscriptionid"}
_GATEWAY_LOG_TELLS = {"responsecode", "backendresponsecode", "apiid", "url"}
_BODIES = {"requestbody", "responsebody", "backendrequestbody", "backendresponsebody"}


class AzureApim:
    """Azure API Management logs of model calls."""

    name = "azure-apim"
    title = "Azure API Management (LLM log, gateway log)"
    family = "azure-openai"
    how_to_export = (
        "Turn on the generative AI gateway logs in API Management, then export ApiManagementGatewayLlmLog and "
        "ApiManagementGatewayLogs from Log Analytics, both: the second says whose key was used."
    )
    carries: Mapping[str, str] = {"person": "subscription key", "text": "if logged", "tasks": "no", "cost": "no"}
    clock = "UTC, written in the log; the portal's CSV is taken as UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where a record has a call's sequence number, or the gateway's subscription or bodies."""
        return 100 if any(_fits(names) for names in names_in(probe)) else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield a RAW frame of the file's calls and LINKS frames that say whose they are."""
        calls = []
        for frame in azure_rows(probe, _NAMES, quarantine):
            rows = frame.with_columns(
                when=azure_time(frame.select(pl.coalesce("time", "timegenerated").alias("t")).to_series())
            )
            of_call = pl.col("sequencenumber").is_not_null()
            calls.append(rows.filter(of_call).select(ROW, "when", *_LLM))
            gateway = rows.filter(~of_call)
            yield links_frame(gateway_links(gateway), self.name)
            yield raw_frame(gateway_calls(gateway), self.name, probe, options, quarantine)
        if calls:
            yield raw_frame(_calls(pl.concat(calls)), self.name, probe, options, quarantine)


def _fits(names: frozenset[str]) -> bool:
    llm = names >= _CALL_LOG and bool(names & _CALL_LOG_TELLS)
    gateway = names >= _GATEWAY_LOG and bool(names & _GATEWAY_LOG_TELLS)
    bodies = bool(names & _BODIES) and names >= {"category", "correlationid"}
    return llm or gateway or bodies


def _calls(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row a call: the tokens of its first row, the messages put together in order.

    A call that the gateway tried again keeps its id; the attempt with the most tokens counts.
    """
    place = pl.col("sequencenumber").str.strip_suffix(".0").cast(pl.Int64, strict=False)
    counts = ("prompttokens", "completiontokens", "totaltokens")
    # Rows of messages say 0 tokens, or nothing.
    numbered = rows.with_columns(
        _place=place, _call=pl.coalesce("correlationid", pl.format("row {}", ROW))
    ).with_columns(pl.when(pl.col("_place") == 0).then(name).alias(name) for name in counts)
    most = [*(pl.col(name).cast(pl.Float64, strict=False) for name in counts), pl.col(ROW)]
    texts = ("requestmessages", "responsemessages")
    pieces = numbered.unique(["_call", "_place", *texts], keep="any").sort("_call", "_place", ROW)
    said = pieces.group_by("_call", maintain_order=True).agg(pl.col(name).drop_nulls() for name in texts)
    told = (
        numbered.sort("_call", *most, descending=[False, True, True, True, False], nulls_last=True)
        .group_by("_call", maintain_order=True)
        .agg(pl.col(ROW).min(), pl.col("when").min(), *(pl.col(name).drop_nulls().first() for name in (
            "correlationid", "modelname", "deploymentname", *counts)))
    )  # fmt: skip
    calls = told.join(said, on="_call", how="left", maintain_order="left").sort(ROW)
    answered = read_bodies(joined(calls["responsemessages"], wrap='{"output":%s}'))
    return calls.select(
        ROW,
        pl.col("correlationid").alias("event_id"),
        pl.col("correlationid").alias("link_id"),
        pl.col("when").alias("timestamp"),
        pl.coalesce("modelname", "deploymentname").alias("model"),
        pl.lit("azure").alias("provider"),
        pl.col("prompttokens").alias("input_tokens"),
        pl.col("completiontokens").alias("output_tokens"),
        pl.col("totaltokens").alias("total_tokens"),
        pl.lit("true").alias("cache_inside_input"),
        joined(calls["requestmessages"]).alias("request"),
        answered["response"],
        answered["tool_name"],
    )
