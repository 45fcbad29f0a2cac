"""Cloudflare AI Gateway: log pages of its REST API, and Logpush files.

Logpush tells no time of a call; it stands in the file's name, to half a minute or so, or in an answer that says when it
was made. With a public key set it encrypts bodies and metadata; such rows tell of nobody, and are set aside unless
something of them can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.flat import call_id, inner_columns, logged_cost, text_frames
from tokenscan.sources.formats.labels import labels
from tokenscan.sources.quarantine import Quarantine

_REST = frozenset({"created_at", "provider", "model", "tokens_in", "tokens_out", "cached"})
_LOGPUSH = frozenset({"Gateway", "Provider", "Model", "StatusCode"})
# REST's names, and Logpush's for the same.
_NAMES = {
    "created_at": ("Timestamp", "Datetime", "CreatedAt"),
    "provider": ("Provider",),
    "model": ("Model",),
    "status_code": ("StatusCode",),
    "cached": ("Cached",),
    "duration": ("Duration",),
    "tokens_in": ("TokensIn",),
    "tokens_out": ("TokensOut",),
    "cost": ("Cost",),
    "metadata": ("Metadata",),
    "request": ("request_body", "RequestBody"),
    "response": ("response_body", "ResponseBody"),
    "gateway": ("gateway_id", "Gateway"),
    "limited": ("RateLimited",),
}
_COLUMNS = frozenset({"id", "success", *_NAMES, *(name for others in _NAMES.values() for name in others)})
_SECRET = ("metadata", "request", "response")
_WINDOW = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z?_\d{8}T\d{6}Z?")


class Cloudflare:
    """Cloudflare AI Gateway logs."""

    name = "cloudflare"
    title = "Cloudflare AI Gateway (REST log pages, Logpush)"
    family = "cloudflare"
    how_to_export = (
        "Save the pages of GET /accounts/…/ai-gateway/gateways/…/logs, or collect Logpush files and decrypt them with "
        "your private key; send the user in cf-aig-metadata."
    )
    carries: Mapping[str, str] = {
        "person": "if sent as metadata",
        "text": "decrypted Logpush",
        "tasks": "if sent as metadata",
        "cost": "estimated",
    }
    clock = "UTC; Logpush rows have the time of their file"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the columns of a log page or of a Logpush row are found."""
        columns = inner_columns(probe, "result")
        return 100 if columns >= _REST or columns >= _LOGPUSH else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a call to a provider or answered from the gateway's cache."""
        for frame in text_frames(probe, _COLUMNS, "result", quarantine):
            rows = frame.with_columns(pl.coalesce(name, *others).alias(name) for name, others in _NAMES.items())
            rows = _readable(rows, probe, quarantine)
            yield raw_frame(_calls(rows, probe), self.name, probe, options, quarantine)


def _readable(rows: pl.DataFrame, probe: Probe, quarantine: Quarantine) -> pl.DataFrame:
    """Return rows without encrypted values; rows that then tell neither who nor how much go to the quarantine."""
    secret = {
        name: pl.all_horizontal(
            pl.col(name).str.starts_with("{"),
            *(pl.col(name).str.json_path_match(f"$.{key}").is_not_null() for key in ("key", "iv", "data")),
        ).fill_null(value=False)
        for name in _SECRET
    }
    lost = secret["metadata"] & secret["response"] & pl.col("tokens_in").is_null()
    quarantine.add(probe.file.name, rows.filter(lost)[ROW], "encrypted; decrypt it with your private key first")
    plain = [pl.when(~is_secret).then(name).alias(name) for name, is_secret in secret.items()]
    return rows.filter(~lost).with_columns(plain)


def _calls(rows: pl.DataFrame, probe: Probe) -> pl.DataFrame:
    who = labels(rows["metadata"])
    cached, limited = (convert.boolean(rows[name].replace("HIT", "true")) for name in ("cached", "limited"))
    failed = pl.when(pl.lit(limited)).then(pl.lit("error"))
    rows = rows.with_columns(
        is_cache_hit=cached.cast(pl.String),
        status=pl.coalesce(failed, "status_code", "success"),
    )
    return rows.select(
        ROW,
        *who.drop("app"),
        *_times(rows, probe, cached),
        event_id=call_id("response", pl.coalesce("id", _own_id(probe)), pl.lit(cached)),
        app=pl.coalesce(pl.lit(who["app"]), "gateway"),
        model="model",
        provider="provider",
        request="request",
        answer="response",
        input_tokens="tokens_in",
        output_tokens="tokens_out",
        cost_usd=logged_cost(rows, "cost", ("tokens_in", "tokens_out")),
        latency_ms="duration",
        status="status",
        is_cache_hit="is_cache_hit",
    )


def _times(rows: pl.DataFrame, probe: Probe, cached: pl.Series) -> list[pl.Expr]:
    """Return the time of each call, and its grain.

    Rows that do not tell their own time share one with others; as single calls they would look like a machine's.
    """
    match = _WINDOW.search(probe.file.name)
    opened = "{}-{}-{}T{}:{}:{}Z".format(*match.groups()) if match else None
    answered = pl.coalesce(pl.col("response").str.json_path_match(path) for path in ("$.created", "$.created_at"))
    made = rows.select(pl.when(~pl.lit(cached).fill_null(value=False)).then(answered).alias("made"))["made"]
    own = pl.col("created_at")
    return [
        pl.coalesce(own, pl.when(pl.lit(convert.timestamp(made)).is_not_null()).then(made), pl.lit(opened, pl.String))
        .alias("timestamp"),
        pl.when(own.is_null()).then(pl.lit("bucket")).otherwise(pl.lit("call")).alias("grain"),
        pl.lit("1").alias("n_requests"),
    ]  # fmt: skip


def _own_id(probe: Probe) -> pl.Expr:
    """Return an id of a Logpush row, which has none: its place in a file that is named once and for all."""
    if not _WINDOW.search(probe.file.name):
        return pl.lit(None, pl.String)
    stem = PurePath(probe.file.name).name.split(".")[0]
    return pl.concat_str(pl.lit(f"cloudflare-{stem}-"), ROW)
