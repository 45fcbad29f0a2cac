"""AWS Bedrock: model-invocation logs, as S3 holds them and as CloudWatch exports wrap them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources.any_container import read_any
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.fields import raw_frame
from tokenscan.sources.formats.bedrock_records import FIELDS, SCHEMA, calls_of, inner_records
from tokenscan.sources.quarantine import Quarantine

_LEAST = frozenset({"requestId", "modelId", "operation", "input"})
_WRAPPERS = ("@message", "message", "events", "logEvents", "results")
_DOTTED = frozenset({"requestId", "modelId", "input.inputTokenCount"})
_COLUMNS = frozenset(
    {
        "@message", "message", "schemaType", "timestamp", "@timestamp", "accountId", "identity", "identity.arn",
        "requestId", "operation", "modelId", "input", "output", "requestMetadata", "errorCode", "status",
        *(f"input.{name}" for name in ("inputBodyJson", "inputTokenCount", "cacheReadInputTokenCount",
                                       "cacheWriteInputTokenCount")),
        *(f"output.{name}" for name in ("outputBodyJson", "outputTokenCount")),
    }
)  # fmt: skip
_LOOK_AT = 1 << 20  # a record's text may stand before its name
_SAMPLED = 5


class Bedrock:
    """AWS Bedrock model-invocation logs."""

    name = "bedrock"
    title = "AWS Bedrock model-invocation logs"
    family = "bedrock"
    how_to_export = (
        "Turn on model invocation logging in Bedrock, in each account and region, then copy from the bucket "
        "AWSLogs/<account>/BedrockModelInvocationLogs/, or export @message with CloudWatch Logs Insights."
    )
    carries: Mapping[str, str] = {"person": "IAM name", "text": "up to 100 KB", "tasks": "if tagged", "cost": "no"}
    clock = "UTC, written in the log"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where a record says that it is one, or has an invocation's ids and counts; also inside CloudWatch's."""
        if probe.container is Container.CSV and probe.columns & {"@message", "message"}:
            return 100 if _names_schema(probe) else 0
        if probe.columns >= _DOTTED or (probe.container is Container.PARQUET and probe.columns >= _LEAST):
            return 100
        return 100 if any(_is_call(record) for record in probe.sample) else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames; invocations with unreadable counts or times go to the quarantine."""
        decode = calls_of if probe.container in (Container.JSON, Container.JSONL) else _row_calls
        for frame in read_any(probe, _COLUMNS, FIELDS, decode, quarantine):
            logged = frame.with_columns(
                provider=pl.lit(self.name),
                # Converse says "no cache" with zeros, older records with nothing; either way the input is whole.
                cache_inside_input=pl.lit("true"),
            )
            yield raw_frame(logged, self.name, probe, options, quarantine)


def _is_call(record: Mapping[str, Any], depth: int = 0) -> bool:
    if record.get("schemaType") == SCHEMA:
        return True
    asked = record.get("input")
    if record.keys() >= _LEAST and isinstance(asked, dict) and "inputTokenCount" in asked:
        return True
    if depth > _SAMPLED or not record.keys() & set(_WRAPPERS):
        return False
    wrapped = [record.get(name) for name in _WRAPPERS]
    heads = [value[:_SAMPLED] if isinstance(value, list) else value for value in wrapped]
    return any(_is_call(inner, depth + 1) for inner in map(_decoded, inner_records(*heads)))


def _decoded(record: bytes) -> Mapping[str, Any]:
    try:
        value = msgspec.json.decode(record)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _names_schema(probe: Probe) -> bool:
    """Look into a table of log messages, whose columns say nothing."""
    try:
        with probe.file.open() as stream:
            head = stream.read(_LOOK_AT)
    except OSError:
        return False
    return SCHEMA.encode() in head or all(mark in head for mark in (b"modelId", b"requestId", b"inputBodyJson"))


def _row_calls(record: bytes) -> Iterator[Mapping[str, Any]]:
    """Read a row whose nested values are JSON text, or columns named by path as Logs Insights shows them."""
    row: dict[str, Any] = dict(_decoded(record))
    for column in [name for name in row if "." in name]:
        outer, _, inner = column.partition(".")
        if isinstance(row.get(outer, {}), dict):
            row.setdefault(outer, {})[inner] = row.pop(column)
    if "timestamp" not in row and "@timestamp" in row:
        row["timestamp"] = row["@timestamp"]
    identity = row.get("identity")
    if isinstance(identity, str) and identity.lstrip().startswith(("{", "[")):
        row["identity"] = _decoded(identity.encode()) or identity
    yield from calls_of(msgspec.json.encode(row))
