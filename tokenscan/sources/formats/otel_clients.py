"""Read the events that coding agents write about themselves: Claude Code, Codex CLI and Gemini CLI.

Each event of a call is written when the call ends; who typed what stands in events of their own before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tokenscan.sources.formats.otel_calls import place_of, who
from tokenscan.sources.formats.otel_state import Turns
from tokenscan.sources.formats.otel_values import Item, added, first, moment, started, whole, word

CLIENTS = {"claude_code": "claude-code", "codex": "codex", "gemini_cli": "gemini-cli"}
_PROVIDERS = {"claude_code": "anthropic", "codex": "openai", "gemini_cli": "google"}
_MAIN = ("main", "repl_main_thread", "sdk")
_HIDDEN = frozenset({"<redacted>", "[redacted]"})
_ACCOUNT = ("user.email", "user.account_uuid", "user.account_id")
_DEVICE = ("user.id", "installation.id")


def client_of(event: str, item: Item) -> str | None:
    """Return which coding agent wrote an event, if any: by the event's name, else by that of its service."""
    head = event.partition(".")[0]
    if head in CLIENTS:
        return head
    service = str(item.resource.get("service.name", "")).lower()
    return next((client for client, app in CLIENTS.items() if service in (app, f"{app}-cli")), None)


def client_calls(client: str, event: str, item: Item, turns: Turns) -> Iterable[dict[str, Any]]:
    """Return the call that an event tells of, if it does; prompts are remembered in ``turns``."""
    kind = event.removeprefix(f"{client}.")
    if kind == "user_prompt":
        _remember(client, item, turns)
        return []
    if client == "claude_code":
        return [_claude(item, turns, failed=kind == "api_error")] if kind in ("api_request", "api_error") else []
    if client == "codex":
        return _codex(kind, item, turns)
    return [_gemini(item, turns, failed=kind == "api_error")] if kind in ("api_response", "api_error") else []


def claude_span(item: Item) -> dict[str, Any] | None:
    """Return the call that a span ``claude_code.llm_request`` tells of.

    It repeats an ``api_request`` event under the same request id; without that id it cannot be told from it, and is
    left out.
    """
    call_id = word((item.attributes,), ("request_id",))
    if call_id is None or not (item.attributes.keys() & {"input_tokens", "output_tokens"}):
        return None
    aside = word((item.attributes,), ("agent_id",)) is not None
    times = {"timestamp": moment(item.body, "startTimeUnixNano"), "ended": moment(item.body, "endTimeUnixNano")}
    return {**_claude_counts(item), **_client("claude_code", item), **times, "event_id": call_id,
            "status": "ok", "is_agent": True if aside else None, "latency_ms": None}  # fmt: skip


def _client(client: str, item: Item) -> dict[str, Any]:
    """Return what all events of a client have in common."""
    places = (item.attributes, item.resource)
    account, device = word(places, _ACCOUNT), word(places, _DEVICE)
    kind = None if account else "host" if device else "none"
    took = first(places[:1], ("duration_ms",))
    ended = moment(item.body, "timeUnixNano", "observedTimeUnixNano")
    began = started(ended, took) if ended is not None else first(places[:1], ("event.timestamp",))
    return {
        **who(item),
        "about": "call",
        "user": account or device,
        "user_kind": kind,
        "session_id": word(places, ("session.id", "conversation.id")),
        "app": CLIENTS[client],
        "provider": _PROVIDERS[client],
        "model": word(places[:1], ("model",)),
        "timestamp": began,
        "latency_ms": took,
        "cache_inside_input": True,
    }


def _turn(client: str, item: Item) -> str | None:
    """Return the key of the turn an event belongs to: Codex has one at a time in a conversation, others name it."""
    session = word((item.attributes, item.resource), ("session.id", "conversation.id"))
    name = "" if client == "codex" else word((item.attributes,), ("prompt.id", "prompt_id"))
    return f"{client}\x1f{session}\x1f{name}" if session is not None and name is not None else None


def _remember(client: str, item: Item, turns: Turns) -> None:
    text, turn = item.attributes.get("prompt"), _turn(client, item)
    hidden = not isinstance(text, str) or text.strip().lower() in _HIDDEN
    if turn is not None:
        turns.typed(turn, None if hidden else text)


def _numbered(client: str, item: Item) -> str | None:
    """Return an id of an event that has no request id: events of a session are numbered, or bear their moment."""
    session = word((item.attributes, item.resource), ("session.id", "conversation.id"))
    number = word((item.attributes,), ("event.sequence", "event.timestamp"))
    number = number or (str(time) if (time := moment(item.body, "timeUnixNano")) else None)
    return f"{client}:{session}:{number}" if session and number else place_of(item)


def _claude(item: Item, turns: Turns, *, failed: bool) -> dict[str, Any]:
    source = word((item.attributes,), ("query_source",))
    main = source is None or source.startswith(_MAIN)
    turn = _turn("claude_code", item) if main else None
    place = turns.place(turn, sure=source is not None, failed=failed)
    return {
        **(_claude_counts(item) if not failed else {}),
        **_client("claude_code", item),
        "event_id": word((item.attributes,), ("request_id",)) or _numbered("claude_code", item),
        "status": "error" if failed else "ok",
        "prompt": place.prompt,
        "is_agent": place.is_agent if main else True,
    }


def _claude_counts(item: Item) -> Mapping[str, Any]:
    """Return Claude Code's counts: ``input_tokens`` leaves both kinds of cache tokens out."""
    told = item.attributes
    read, write = told.get("cache_read_tokens"), told.get("cache_creation_tokens")
    return {
        "input_tokens": added(told.get("input_tokens"), read, write),
        "cache_read_tokens": read,
        "cache_write_tokens": write,
        "output_tokens": told.get("output_tokens"),
        "cost_usd": told.get("cost_usd"),
    }


def _codex(kind: str, item: Item, turns: Turns) -> Iterable[dict[str, Any]]:
    """Return the completed answer of a stream, which has the counts, or a request that was refused."""
    told = item.attributes
    code = whole(first((told,), ("http.response.status_code", "status_code")))
    refused = kind == "api_request" and (told.get("error.message") is not None or (code is not None and code >= 400))
    if not refused and (kind != "sse_event" or told.get("event.kind") != "response.completed"):
        return []
    place = turns.place(_turn("codex", item), sure=True, failed=refused)
    counts = {
        "input_tokens": told.get("input_token_count"),
        "cache_read_tokens": told.get("cached_token_count"),
        "output_tokens": told.get("output_token_count"),
        "reasoning_tokens": told.get("reasoning_token_count"),
    }
    call = {
        **(counts if not refused else {}),
        **_client("codex", item),
        "event_id": _numbered("codex", item),
        "status": "error" if refused else "ok",
        "prompt": place.prompt,
        "is_agent": place.is_agent,
    }
    # The duration of a stream's last event is not that of the call.
    moment_ended = moment(item.body, "timeUnixNano", "observedTimeUnixNano") or told.get("event.timestamp")
    return [call if refused else {**call, "timestamp": moment_ended, "latency_ms": None}]


def _gemini(item: Item, turns: Turns, *, failed: bool) -> dict[str, Any]:
    place = turns.place(_turn("gemini_cli", item), sure=True, failed=failed)
    return {
        **(_gemini_counts(item) if not failed else {}),
        **_client("gemini_cli", item),
        "event_id": _numbered("gemini_cli", item),
        "status": "error" if failed else "ok",
        "prompt": place.prompt,
        "is_agent": place.is_agent,
    }


def _gemini_counts(item: Item) -> Mapping[str, Any]:
    """Return Gemini CLI's counts: thoughts stand beside the output, unless the total says that they are inside."""
    told = item.attributes
    sent, said, thoughts = (told.get(f"{name}_token_count") for name in ("input", "output", "thoughts"))
    tools = told.get("tool_token_count")
    total = whole(told.get("total_token_count"))
    inside = total is not None and whole(thoughts) and added(sent, said, tools) == total
    return {
        "input_tokens": added(sent, tools),
        "cache_read_tokens": told.get("cached_content_token_count"),
        "output_tokens": said if inside else added(said, thoughts),
        "reasoning_tokens": thoughts,
    }
