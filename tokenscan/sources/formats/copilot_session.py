"""One event of a Copilot session file -> what is counted or remembered of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from tokenscan.sources.decoded import Fields, mapping, objects
from tokenscan.sources.logins import login_in

# ``what`` says which kind of row it is; the other columns are text as the log has them.
EVENT = ("what", "time", "event", "session", "user", "branch", "model", "prompt", "call", "turn", "text", "tool",
         "aside", "count", "input", "output", "cache_read", "cache_write", "reasoning")  # fmt: skip
_NULL = msgspec.Raw(b"null")


class _Event(msgspec.Struct, gc=False):
    type: Any = None
    id: Any = None
    timestamp: Any = None
    agentId: Any = None  # noqa: N815 (Copilot's spelling); of a sub-agent
    data: msgspec.Raw = _NULL


_EVENT = msgspec.json.Decoder(_Event)
_DATA = msgspec.json.Decoder(dict[str, Any] | None)


def decode_event(record: bytes) -> list[Fields]:
    """Return the rows of EVENT that a line tells of; most lines tell of none."""
    event = _EVENT.decode(record)
    reader = _READERS.get(event.type) if isinstance(event.type, str) else None
    if reader is None:
        return []
    rows = reader(_DATA.decode(event.data) or {})
    common = {"time": event.timestamp, "event": event.id}
    if event.agentId:
        # What a sub-agent is told and when its turns begin says nothing of the person's own.
        return [row | common | {"aside": "true"} for row in rows if row["what"] not in ("prompt", "turn")]
    return [row | common for row in rows]


def _started(data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    yield {"what": "start", "session": data.get("sessionId"), "model": data.get("selectedModel")} | _place(
        mapping(data.get("context"))
    )


def _moved(data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    yield {"what": "context"} | _place(data)


def _place(context: Mapping[str, Any]) -> dict[str, Any]:
    return {"user": _login(context.get("cwd")), "branch": context.get("branch")}


def _login(folder: Any) -> str | None:
    return login_in(folder) if isinstance(folder, str) else None


def _hooked(data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    given = mapping(data.get("input"))
    if given.get("sessionId") or given.get("cwd"):
        yield {"what": "context", "session": given.get("sessionId"), "user": _login(given.get("cwd"))}


def _model_changed(data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    yield {"what": "model", "model": data.get("newModel")}


def _typed(data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    said = data.get("content")
    # A message with a source was put in by a skill or by the client.
    if data.get("source") in (None, "", "user") and isinstance(said, str) and said.strip():
        yield {"what": "prompt", "prompt": said}


def _turn_started(data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    yield {"what": "turn", "turn": data.get("turnId")}


def _answered(data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    tools = objects(data.get("toolRequests"))
    text = data.get("content")
    yield {
        "what": "call",
        "call": data.get("apiCallId") or data.get("messageId"),
        "model": data.get("model"),
        "turn": data.get("turnId"),
        "text": text if isinstance(text, str) else None,
        "tool": next((tool["name"] for tool in tools if tool.get("name")), None),
        "aside": "true" if data.get("parentToolCallId") else None,
        "output": data.get("outputTokens"),
    }


def _used(data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    # Recordings of the event stream hold the tokens of each call; the files that Copilot itself keeps do not.
    aside = "true" if data.get("parentToolCallId") else None
    if data.get("apiCallId"):
        yield {"what": "call", "call": data["apiCallId"], "model": data.get("model"), "aside": aside} | _tokens(data)


def _ended(data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for model, metrics in mapping(data.get("modelMetrics")).items():
        told = mapping(metrics)
        count = mapping(told.get("requests")).get("count")
        yield {"what": "end", "model": model, "count": count} | _tokens(mapping(told.get("usage")))
    if not mapping(data.get("modelMetrics")):
        yield {"what": "end"}


def _tokens(usage: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "input": usage.get("inputTokens"),
        "output": usage.get("outputTokens"),
        "cache_read": usage.get("cacheReadTokens"),
        "cache_write": usage.get("cacheWriteTokens"),
        "reasoning": usage.get("reasoningTokens"),
    }


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Iterable[dict[str, Any]]]] = {
    "session.start": _started,
    "session.resume": _started,
    "session.context_changed": _moved,
    "session.model_change": _model_changed,
    "session.shutdown": _ended,
    "hook.start": _hooked,
    "user.message": _typed,
    "assistant.turn_start": _turn_started,
    "assistant.message": _answered,
    "assistant.usage": _used,
}
TYPES = frozenset(_READERS)
