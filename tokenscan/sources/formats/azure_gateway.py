"""Read Azure API Management's gateway log: whose key a call used, and calls whose bodies it keeps."""

from __future__ import annotations

import polars as pl

from tokenscan.sources.fields import ROW
from tokenscan.sources.formats.model_bodies import read_bodies

GATEWAY = ("time", "timegenerated", "correlationid", "apimsubscriptionid", "apiid", "productid", "responsecode",
           "totaltime", "durationms", "url", "requestbody", "responsebody", "backendrequestbody",
           "backendresponsebody")  # fmt: skip
_OF_A_MODEL = r'"(?:messages|input|prompt|choices|usage|output)"\s*:'
_MODEL_URL = r"(?i)openai|completions|responses|embeddings|messages|models|inference|/ai/"
_DEPLOYMENT = r"(?i)/deployments/([^/?]+)"


def gateway_links(rows: pl.DataFrame) -> pl.DataFrame:
    """Return who stands behind each correlation id: the subscription, which is a key, its product and its API."""
    key = pl.col("apimsubscriptionid")
    return rows.filter(key.is_not_null() | pl.col("productid").is_not_null()).select(
        pl.col("correlationid").alias("link_id"),
        key.alias("user"),
        pl.when(key.is_not_null()).then(pl.lit("key")).alias("user_kind"),
        pl.col("productid").alias("team"),
        pl.col("apiid").alias("app"),
    )


def gateway_calls(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the calls of models among requests whose bodies were kept.

    Bodies stand there twice, as the client sent them and as the backend got them; one is read. They are cut at 8 KB:
    what is left of a cut answer may still tell its tokens. The id is the correlation id, which the log of model calls
    has too, so that a call in both logs is counted once.
    """
    asked, said = pl.coalesce("requestbody", "backendrequestbody"), pl.coalesce("responsebody", "backendresponsebody")
    calls = rows.with_columns(asked=asked, said=said).filter(
        pl.any_horizontal(pl.col("asked", "said").str.contains(_OF_A_MODEL).fill_null(value=False))
        & pl.col("url").str.contains(_MODEL_URL).fill_null(value=True)
    )
    told = read_bodies(calls["said"]).drop("latency_ms")
    cut = {name: told[name].fill_null(_count(calls["said"], *names)) for name, names in _CUT.items()}
    of_embedding = pl.col("url").str.contains("(?i)embedding").fill_null(value=False)
    return calls.select(
        ROW,
        pl.col("correlationid").alias("event_id"),
        pl.col("correlationid").alias("link_id"),
        pl.col("when").alias("timestamp"),
        pl.col("apimsubscriptionid").alias("user"),
        pl.when(pl.col("apimsubscriptionid").is_not_null()).then(pl.lit("key")).alias("user_kind"),
        pl.col("productid").alias("team"),
        pl.col("apiid").alias("app"),
        pl.coalesce(
            told["model"], _text(calls["said"], "model"), _text(calls["asked"], "model"), _deployment(calls["url"])
        ).alias("model"),
        pl.lit("azure").alias("provider"),
        pl.when(~of_embedding).then("asked").alias("request"),
        *(told[name] for name in told.columns if name not in {"response_id", "model", *cut}),
        *(column.alias(name) for name, column in cut.items()),
        pl.lit("true").alias("cache_inside_input"),
        pl.coalesce("totaltime", "durationms").alias("latency_ms"),
        pl.col("responsecode").alias("status"),
    )


_CUT = {
    "input_tokens": ("prompt_tokens", "input_tokens"),
    "output_tokens": ("completion_tokens", "output_tokens"),
    "cache_read_tokens": ("cached_tokens",),
}


def _count(bodies: pl.Series, *names: str) -> pl.Series:
    """Return a count out of a body that was cut; inside a string its name would stand between escaped quotes."""
    pattern = rf'"(?:{"|".join(names)})"\s*:\s*(\d{{1,10}})\b'
    return bodies.str.extract(pattern).cast(pl.Int64, strict=False)


def _text(bodies: pl.Series, name: str) -> pl.Series:
    return bodies.str.extract(rf'"{name}"\s*:\s*"([^"\\]{{1,200}})"')


def _deployment(urls: pl.Series) -> pl.Series:
    return urls.str.extract(_DEPLOYMENT)
