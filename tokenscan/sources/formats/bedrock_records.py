"""Read one AWS Bedrock model-invocation record, bare or as CloudWatch wraps it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tokenscan.sources.decoded import BadRecordError, as_text, mapping, objects
from tokenscan.sources.formats.body_usage import as_count
from tokenscan.sources.formats.model_bodies import Body, read_body
from tokenscan.sources.formats.tags import tags_of

SCHEMA = "ModelInvocationLog"
FIELDS = (
    "event_id", "timestamp", "user", "user_kind", "team", "org", "session_id", "task_id", "app", "model",
    "request", "prompt", "response", "tool_name", "input_tokens", "cache_read_tokens", "cache_write_tokens",
    "cache_write_1h_tokens", "output_tokens", "reasoning_tokens", "latency_ms", "status",
)  # fmt: skip
_DEPTH = 4  # a record in a message in a list of events
_NULL = msgspec.Raw(b"null")
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
# Session names that SDKs and services make up: of one role that many share, not of a person.
_MACHINE = re.compile(
    r"i-[0-9a-f]{8,}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+(?:\.\d+)?"
    r"|(?:botocore|aws|boto|session|eks|ecs|web-identity|assume|githubactions).*\d{6,}.*"
    r"|githubactions|aws-?sdk.*|awscli.*|codebuild.*"
)
_USER_TURN = re.compile(
    r"(?s).*<\|start_header_id\|>user<\|end_header_id\|>(.*?)(?:<\|eot_id\|>.*)?"
    r"|.*\[INST\](.*?)(?:\[/INST\].*)?|.*\n\nHuman:(.*?)(?:\n\nAssistant:.*)?"
)

_Any = str | float | int | bool | list[Any] | None


class _Input(msgspec.Struct, gc=False):
    inputBodyJson: msgspec.Raw = _NULL  # noqa: N815 (AWS's spelling, here and below)
    inputTokenCount: Any = None  # noqa: N815
    cacheReadInputTokenCount: Any = None  # noqa: N815
    cacheWriteInputTokenCount: Any = None  # noqa: N815


class _Output(msgspec.Struct, gc=False):
    outputBodyJson: msgspec.Raw = _NULL  # noqa: N815
    outputTokenCount: Any = None  # noqa: N815


class _Record(msgspec.Struct, gc=False):
    schemaType: Any = None  # noqa: N815
    timestamp: Any = None
    accountId: Any = None  # noqa: N815
    identity: Any = None
    requestId: Any = None  # noqa: N815
    operation: Any = None
    modelId: Any = None  # noqa: N815
    input: _Input | _Any = None
    output: _Output | _Any = None
    requestMetadata: Any = None  # noqa: N815
    errorCode: Any = None  # noqa: N815
    status: Any = None
    at_message: Any = msgspec.field(name="@message", default=None)
    message: Any = None
    events: Any = None
    logEvents: Any = None  # noqa: N815
    results: Any = None


class _Asked(msgspec.Struct, gc=False):
    messages: msgspec.Raw = _NULL
    prompt: Any = None
    inputText: Any = None  # noqa: N815
    message: Any = None


_RECORD = msgspec.json.Decoder(_Record)
_INPUT = msgspec.json.Decoder(_Input)
_OUTPUT = msgspec.json.Decoder(_Output)
_ASKED = msgspec.json.Decoder(_Asked)


def calls_of(record: bytes, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield the calls that a record tells of, as fields; what is no invocation is passed over.

    Raises:
        BadRecordError: an invocation whose counts are no numbers.
    """
    line = _RECORD.decode(record)
    if line.schemaType == SCHEMA or (line.modelId is not None and (line.requestId or line.input or line.output)):
        yield _call(line)
    elif depth < _DEPTH:
        for inner in inner_records(line.at_message, line.message, line.events, line.logEvents, line.results):
            yield from calls_of(inner, depth + 1)


def inner_records(*wrappers: Any) -> Iterator[bytes]:
    """Yield what CloudWatch's wrappers hold: a message, a list of events, or rows of an Insights answer."""
    for wrapper in wrappers:
        if isinstance(wrapper, str) and wrapper.lstrip().startswith("{"):
            yield wrapper.encode("utf-8", "replace")
        elif isinstance(wrapper, dict):
            yield msgspec.json.encode(wrapper)
        elif isinstance(wrapper, list):
            for item in wrapper:
                row = {str(cell.get("field")): cell.get("value") for cell in objects(item)}
                if isinstance(item, dict) or row:
                    yield msgspec.json.encode(row or item)


def _call(line: _Record) -> Mapping[str, Any]:
    asked = _part(line.input, _INPUT, _Input)
    answered = _part(line.output, _OUTPUT, _Output)
    body = read_body(as_text(answered.outputBodyJson))
    tags = tags_of(line.requestMetadata)
    user, kind = (tags.pop("user"), None) if "user" in tags else caller(line.identity)
    model, profile = _model(line.modelId, body)
    account = as_text(line.accountId)
    return {
        "event_id": body.response_id or as_text(line.requestId),
        "timestamp": as_text(line.timestamp),
        "user": user,
        "user_kind": kind,
        "team": account,
        "org": account,
        "app": profile,
        "model": model,
        "latency_ms": body.latency_ms,
        "status": "error" if line.errorCode else as_text(line.status),
        "response": body.response,
        "tool_name": body.tool_name,
        **({} if "embed" in (model or "") else _question(asked.inputBodyJson)),
        **_tokens(asked, answered, body),
        **tags,
    }


def _part(value: Any, decoder: msgspec.json.Decoder[Any], empty: type[Any]) -> Any:
    """Return the input or output of a record, also where a table keeps it as JSON text."""
    if isinstance(value, str):
        try:
            return decoder.decode(value)
        except _UNREADABLE:
            return empty()
    return value if isinstance(value, empty) else empty()


def _tokens(asked: _Input, answered: _Output, body: Body) -> Mapping[str, int | None]:
    told = {
        name: _count(name, getattr(place, name))
        for place, names in ((asked, asked.__struct_fields__[1:]), (answered, answered.__struct_fields__[1:]))
        for name in names
    }
    plain, read, write, output = told.values()
    parts = [count for count in (plain, read, write) if count is not None]
    # Older records tell of the cache in the body only.
    sums = [count for count in (sum(parts) if parts else None, body.input_tokens) if count is not None]
    return {
        "input_tokens": max(sums) if sums else None,
        "cache_read_tokens": body.cache_read_tokens if read is None else read,
        "cache_write_tokens": body.cache_write_tokens if write is None else write,
        "cache_write_1h_tokens": body.cache_write_1h_tokens,
        "output_tokens": body.output_tokens if output is None else output,
        "reasoning_tokens": body.reasoning_tokens,
    }


def _count(name: str, value: Any) -> int | None:
    count = as_count(value)
    if count is None and value is not None:
        raise BadRecordError(f"{name} is not a usable number")
    return count


def caller(identity: Any) -> tuple[str | None, str | None]:
    """Return who signed the call, and what kind of name it is: the ARN's last part, or a role that machines share."""
    known = identity[0] if isinstance(identity, list) and identity else identity
    arn = mapping(known).get("arn") if isinstance(known, dict) else known
    if isinstance(arn, str) and arn.lstrip().startswith("{"):
        return None, None
    if not isinstance(arn, str) or not arn.strip():
        return None, None
    parts = arn.strip().split(":")
    account, path = (parts[4], ":".join(parts[5:])) if len(parts) > 5 else ("", arn.strip())
    kind, *names = path.split("/")
    name = names[-1] if names else f"{account}:{path}"
    if "@" in name:
        return name, "email"
    if kind == "assumed-role" and len(names) > 1 and _MACHINE.fullmatch(name.lower()):
        name = names[0]
    return name, "arn"


def _model(model_id: Any, body: Body) -> tuple[str | None, str | None]:
    """Return the model, and the profile of an account's own that it was called through, if any."""
    name = as_text(model_id)
    if name is None or not name.startswith("arn:"):
        return name or body.model, None
    resource = name.split(":", 5)[-1]
    kind, slash, tail = resource.partition("/")
    if kind in ("inference-profile", "foundation-model") and slash:
        return tail, None
    return body.model or name, resource


def _question(body: msgspec.Raw) -> Mapping[str, str]:
    """Return the request, or the prompt where it is plain text."""
    text = as_text(body)
    if not text or not text.lstrip().startswith("{"):
        return {}
    try:
        asked = _ASKED.decode(text)
    except _UNREADABLE:
        return {"request": text}
    if bytes(asked.messages) != b"null":
        return {"request": text}
    plain = next((said for said in (asked.prompt, asked.inputText, asked.message) if isinstance(said, str)), "")
    turn = _USER_TURN.fullmatch(plain)
    typed = next((group for group in turn.groups() if group is not None), plain) if turn else plain
    return {"prompt": typed.strip()} if typed.strip() else {}
