"""Find what a person said last in a chat request, whatever vendor's shape it has.

Read are OpenAI chat and responses bodies, Anthropic and Bedrock bodies, Gemini contents, bare message lists, JSON text
inside JSON text, and plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
import polars as pl

from tokenscan.events.harness import kind_of, typed_text
from tokenscan.events.schema import PROMPT_KIND
from tokenscan.sources.lenient_json import repaired

_NULL = msgspec.Raw(b"null")
_EMPTY = frozenset({b"null", b'""', b"[]", b"{}"})
_DEPTH = 4  # JSON text inside JSON text; no logger nests deeper
# What gateways write in place of text they must not keep. Taken for a prompt, everybody would have the same one.
REDACTED = frozenset({"redacted-by-litellm", "redacted_by_litelm"})
_LOOKS_LIKE_JSON = re.compile(r'\s*(?:\{\s*"|\[\s*[{\["]|"\s*[\[{])')
# Text that may be JSON, and that says there is no prompt. Python knows more blanks than the regex does.
_MAYBE_JSON = r'^[\s\x1c-\x1f]*[\[{"]'
_NO_PROMPT = rf"(?i)^[\s\x1c-\x1f]*(null|none|{'|'.join(sorted(REDACTED))})?[\s\x1c-\x1f]*$"
_PERSON = frozenset({"user", "human"})
_ASIDE = frozenset({"system", "developer"})
_TOOL_RESULT = frozenset({"tool_result", "function_call_output", "tool-result"})
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)

TURNS = pl.Schema([("prompt", pl.String()), ("prompt_kind", PROMPT_KIND), ("context_id", pl.UInt64())])


class _Message(msgspec.Struct, gc=False):
    role: Any = None
    type: Any = None
    content: msgspec.Raw = _NULL
    parts: msgspec.Raw = _NULL
    tool_calls: msgspec.Raw = _NULL


class _Envelope(msgspec.Struct, gc=False):
    role: Any = None
    messages: msgspec.Raw = _NULL
    input: msgspec.Raw = _NULL
    contents: msgspec.Raw = _NULL
    prompt: msgspec.Raw = _NULL
    body: msgspec.Raw = _NULL
    system: msgspec.Raw = _NULL
    instructions: msgspec.Raw = _NULL
    previous_response_id: msgspec.Raw = _NULL


class _Part(msgspec.Struct, gc=False):
    type: Any = None
    text: Any = None
    toolResult: msgspec.Raw = _NULL  # noqa: N815 (Bedrock's spelling)
    functionResponse: msgspec.Raw = _NULL  # noqa: N815 (Gemini's spelling)


# Every kind of JSON value is allowed everywhere, so that a wrong type in one place never loses the rest.
_LIST = msgspec.json.Decoder(list[_Message | str | float | int | bool | list[Any] | None])
_PARTS = msgspec.json.Decoder(
    list[_Part | str | float | int | bool | list[Any] | None] | str | _Part | float | int | bool | None
)
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_STRING = msgspec.json.Decoder(str)


class _Turn(NamedTuple):
    prompt: str | None = None
    prompt_kind: str | None = None
    context_id: int | None = None


class _Conversation(NamedTuple):
    messages: Sequence[Any]
    before: tuple[msgspec.Raw, ...] = ()


class _Said(NamedTuple):
    """What one user message says: the typed text, and who put in what came last."""

    text: str | None
    last: str | None  # "human", "harness", "tool_result", "other" (an image), None = nothing


def last_user_turns(messages: pl.Series) -> pl.DataFrame:
    """Return the last user turn of each conversation: ``prompt``, ``prompt_kind``, ``context_id``.

    ``prompt_kind`` is null unless the call is an agent's step: ``tool_result`` where a tool's or an assistant's message
    was sent last, ``harness`` where nothing but a client's own notices was. ``prompt`` then is what the person typed
    before.
    ``context_id`` hashes what was sent before the prompt; null where that is nothing or unknown.
    """
    key = messages.cast(pl.String).alias("key")
    # What cannot be JSON is the prompt itself: nothing to take apart, and in a table that is most of them.
    plain = ~key.str.contains(_MAYBE_JSON) & ~key.str.contains(_NO_PROMPT)
    distinct = key.filter(~plain).drop_nulls().unique()
    turns = pl.DataFrame([_turn(text) for text in distinct], schema=TURNS, orient="row")
    joined = key.to_frame().join(turns.with_columns(distinct), on="key", how="left", maintain_order="left")
    prompt = pl.when(plain).then("key").otherwise("prompt").alias("prompt")
    return joined.select(prompt, "prompt_kind", "context_id")


def _turn(text: str) -> _Turn:
    try:
        return _read(text)
    except _UNREADABLE:
        pass
    again = repaired(text)
    if again is None:
        return _Turn() if _LOOKS_LIKE_JSON.match(text) else _plain(text)
    try:
        return _read(again)
    except _UNREADABLE:
        return _Turn()


def _read(text: str | bytes) -> _Turn:
    found = _conversation(text)
    if isinstance(found, str):
        return _plain(found)
    return _last_turn(found) if found is not None else _Turn()


def _plain(text: str) -> _Turn:
    hidden = not text.strip() or text.strip().lower() in REDACTED
    return _Turn(prompt=None if hidden else text)


def _conversation(text: str | bytes | msgspec.Raw, depth: int = 0) -> _Conversation | str | None:
    """Return the messages, or the text that stands in their place; None where there is neither."""
    start = _first_character(text)
    if start == "[":
        return _Conversation(_LIST.decode(text))
    if start == "{":
        return _unwrapped(text, depth)
    if start == '"':
        inner = _STRING.decode(text)
        if depth < _DEPTH and _first_character(inner) in ("[", "{", '"') and _LOOKS_LIKE_JSON.match(inner):
            return _conversation(inner, depth + 1)
        return inner
    return text if isinstance(text, str) and text.strip().lower() not in ("null", "none") else None


def _first_character(text: str | bytes | msgspec.Raw) -> str:
    head = text[:64] if isinstance(text, str) else bytes(memoryview(text)[:64]).decode("utf-8", "replace")
    return head.lstrip()[:1]


def _unwrapped(text: str | bytes | msgspec.Raw, depth: int) -> _Conversation | str | None:
    envelope = _ENVELOPE.decode(text)
    if envelope.role is not None:
        return _Conversation([msgspec.json.decode(text, type=_Message)])
    before = (envelope.system, envelope.instructions, envelope.previous_response_id)
    for field in (envelope.messages, envelope.input, envelope.contents, envelope.prompt, envelope.body):
        if depth < _DEPTH and _has(field) and _first_character(field) in ("[", "{", '"'):
            found = _conversation(field, depth + 1)
            if isinstance(found, str):
                found = _Conversation([found])
            return found and _Conversation(found.messages, found.before + tuple(b for b in before if _has(b)))
    return None


def _has(raw: msgspec.Raw) -> bool:
    return bytes(memoryview(raw)[:4]) not in _EMPTY


def _last_turn(talk: _Conversation) -> _Turn:
    """Walk back from the end: what came last says who makes the call, the last typed text is the prompt.

    A client appends its reminders to what a person or a tool says; they only count where nothing else is said.
    """
    sent_last: str | None = None
    for place in range(len(talk.messages) - 1, -1, -1):
        said = _said(talk.messages[place])
        if sent_last in (None, "harness"):
            sent_last = said.last or sent_last
        if said.text is not None or said.last == "other":
            kind = sent_last if sent_last in ("tool_result", "harness") else None
            if said.text is None or said.text.strip().lower() in REDACTED:
                return _Turn(prompt_kind=kind)
            return _Turn(said.text, kind, _context(talk, place))
    return _Turn(prompt_kind=sent_last if sent_last in ("tool_result", "harness") else None)


def _said(message: Any) -> _Said:
    if isinstance(message, str):
        return _Said(message, "human") if message.strip() else _Said(None, None)
    if not isinstance(message, _Message):
        return _Said(None, None)
    role = message.role if isinstance(message.role, str) else message.type
    role = role.lower() if isinstance(role, str) else "user"
    if role in _ASIDE:
        return _Said(None, None)
    if role not in _PERSON:
        return _Said(None, "tool_result")
    said = [part for part in _parts(message) if part.last is not None]
    typed = [part.text for part in said if part.text is not None]
    voices = [part.last for part in said if part.last != "harness"] or [part.last for part in said]
    return _Said("\n".join(typed) if typed else None, voices[-1] if voices else None)


def _parts(message: _Message) -> Iterator[_Said]:
    content = _PARTS.decode(message.content if _has(message.content) else message.parts)
    for part in content if isinstance(content, list) else [content]:
        text = part.text if isinstance(part, _Part) else part
        if isinstance(part, _Part) and _is_tool_result(part):
            yield _Said(None, "tool_result")
        elif isinstance(text, str) and text.strip():
            kind = kind_of(text)
            yield _Said(None, "harness") if kind == "harness" else _Said(typed_text(text), "human")
        elif isinstance(part, _Part) and not isinstance(text, str):
            yield _Said(None, "other")


def _is_tool_result(part: _Part) -> bool:
    named = isinstance(part.type, str) and part.type in _TOOL_RESULT
    return named or _has(part.toolResult) or _has(part.functionResponse)


def _context(talk: _Conversation, place: int) -> int | None:
    """Hash what was sent before message ``place``; how the JSON was written does not matter, only what it says."""
    if not place and not talk.before:
        return None
    digest = blake2b(digest_size=8)
    for raw in talk.before:
        digest.update(_canonical(raw) + b"\x1e")
    for message in talk.messages[:place]:
        if isinstance(message, _Message):
            role = message.role if isinstance(message.role, str) else ""
            parts = (message.content, message.parts, message.tool_calls)
            digest.update(role.encode() + b"\x1f" + b"\x1f".join(_canonical(part) for part in parts) + b"\x1e")
        else:
            digest.update(msgspec.json.encode(message) + b"\x1e")
    return int.from_bytes(digest.digest(), "little")


def _canonical(raw: msgspec.Raw) -> bytes:
    if raw is _NULL:
        return b"null"
    return msgspec.json.encode(msgspec.json.decode(raw), order="sorted")
