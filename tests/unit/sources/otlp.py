"""Write OTLP JSON as a collector's file exporter does."""

from __future__ import annotations

from typing import Any

SECOND = 1_000_000_000
START = 1_772_442_000 * SECOND  # 2026-03-02 09:00:00 UTC
Json = dict[str, Any]


def value(told: Any) -> Json:
    """Return a value as OTLP wraps it: whole numbers as text."""
    if isinstance(told, bool):
        return {"boolValue": told}
    if isinstance(told, int):
        return {"intValue": str(told)}
    if isinstance(told, float):
        return {"doubleValue": told}
    if isinstance(told, list):
        return {"arrayValue": {"values": [value(item) for item in told]}}
    if isinstance(told, dict):
        return {"kvlistValue": {"values": attributes(told)}}
    return {"stringValue": told}


def attributes(told: Json) -> list[Json]:
    return [{"key": key, "value": value(item)} for key, item in told.items()]


def span(
    number: int, told: Json, parent: int | None = None, *, second: int = 0, trace: str = "t1", **more: Any
) -> Json:
    return {
        "traceId": trace,
        "spanId": f"s{number}",
        "parentSpanId": f"s{parent}" if parent is not None else "",
        "name": "made",
        "startTimeUnixNano": str(START + second * SECOND),
        "endTimeUnixNano": str(START + (second + 1) * SECOND),
        "attributes": attributes(told),
    } | more


def log_record(told: Json, *, second: int = 0, **more: Any) -> Json:
    return {"timeUnixNano": str(START + second * SECOND), "attributes": attributes(told)} | more


def spans(*items: Json, resource: Json | None = None) -> Json:
    """Return one line of a traces file."""
    scopes = [{"scope": {"name": "made"}, "spans": list(items)}]
    return {"resourceSpans": [{"resource": {"attributes": attributes(resource or {})}, "scopeSpans": scopes}]}


def logs(*items: Json, resource: Json | None = None) -> Json:
    """Return one line of a logs file."""
    scopes = [{"scope": {"name": "made"}, "logRecords": list(items)}]
    return {"resourceLogs": [{"resource": {"attributes": attributes(resource or {})}, "scopeLogs": scopes}]}
