"""Decode what LiteLLM keeps in JSON columns: whose key it was, what task it was for, how tokens were cached.

Text in these columns may be encoded twice, and any field may have any type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources.lenient_json import repaired

# Counts stay text, so that one that is no number is seen as such and not as missing.
USAGE = pl.Schema(
    dict.fromkeys(("input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning"), pl.String())
)
METADATA = pl.Schema(
    dict.fromkeys(
        ("email", "key_user", "key_end_user", "key_alias", "team_alias", "key_team", "org", "key_agent",
         "key_status", "task", "client_session", "mcp_tool"),
        pl.String(),
    )
    | dict(USAGE)
)  # fmt: skip
_TASK_KEYS = frozenset(
    ("task", "task_id", "ticket", "ticket_id", "ticket_key", "issue", "issue_id", "issue_key", "jira", "jira_key",
     "story", "work_item", "branch")
)  # fmt: skip
_SESSION_KEYS = ("session_id", "trace_id", "conversation_id", "litellm_session_id", "litellm_trace_id")
_INPUT_DETAILS = ("prompt_tokens_details", "input_tokens_details")
_OUTPUT_DETAILS = ("completion_tokens_details", "output_tokens_details")
_NO_USAGE = (None,) * len(USAGE)
_TICKET = re.compile(r"(?!(?:GPT|UTF|SHA|ISO|RFC|CVE)-)[A-Z][A-Z0-9]{1,9}-\d{1,7}")
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
_DEPTH = 3


class _Metadata(msgspec.Struct, gc=False):
    user_api_key_user_email: Any = None
    user_api_key_user_id: Any = None
    user_api_key_end_user_id: Any = None
    user_api_key_alias: Any = None
    user_api_key_team_alias: Any = None
    user_api_key_team_id: Any = None
    user_api_key_org_id: Any = None
    user_agent: Any = None
    status: Any = None
    spend_logs_metadata: Any = None
    requester_metadata: Any = None
    mcp_tool_call_metadata: Any = None
    usage_object: Any = None
    additional_usage_values: Any = None


_ANY = msgspec.json.Decoder(Any)
_METADATA = msgspec.json.Decoder(_Metadata | str | float | int | bool | list[Any] | None)


def metadata_fields(metadata: pl.Series, tags: pl.Series) -> pl.DataFrame:
    """Return the METADATA columns of the JSON columns ``metadata`` and ``request_tags``."""
    pairs = zip(metadata, tags, strict=True)
    rows = [_fields(_decoded(text, _METADATA), _decoded(listed, _ANY)) for text, listed in pairs]
    return pl.DataFrame(rows, schema=METADATA, orient="row")


def usage_fields(usage: pl.Series) -> pl.DataFrame:
    """Return the USAGE columns of a column of JSON usage objects, counts as text."""
    return pl.DataFrame([_usage(_mapping(text)) for text in usage], schema=USAGE, orient="row")


def _decoded(text: str | None, decoder: msgspec.json.Decoder[Any]) -> Any:
    """Return the value of JSON text, or of JSON text in JSON text; None where it is neither."""
    for _ in range(_DEPTH):
        if not isinstance(text, str) or text.lstrip()[:1] not in ("{", "[", '"'):
            return None
        try:
            value = decoder.decode(text)
        except _UNREADABLE:
            value = _decoded_again(text, decoder)
        if not isinstance(value, str):
            return value
        text = value
    return None


def _decoded_again(text: str, decoder: msgspec.json.Decoder[Any]) -> Any:
    again = repaired(text)
    try:
        return None if again is None else decoder.decode(again)
    except _UNREADABLE:
        return None


def _fields(data: Any, tags: Any) -> tuple[str | None, ...]:
    data = data if isinstance(data, _Metadata) else _Metadata()
    notes, sent = _mapping(data.spend_logs_metadata), _mapping(data.requester_metadata)
    session = (place[key] for place in (notes, sent) for key in _SESSION_KEYS if place.get(key))
    return (
        _word(data.user_api_key_user_email),
        _word(data.user_api_key_user_id),
        _word(data.user_api_key_end_user_id),
        _word(data.user_api_key_alias),
        _word(data.user_api_key_team_alias),
        _word(data.user_api_key_team_id),
        _word(data.user_api_key_org_id),
        _word(data.user_agent),
        _word(data.status),
        next(_tasks(notes, sent, tags), None),
        _word(next(session, None)),
        _word(_mapping(data.mcp_tool_call_metadata).get("name")),
        *_usage(_mapping(data.usage_object), _mapping(data.additional_usage_values)),
    )


def _tasks(notes: Mapping[str, Any], sent: Mapping[str, Any], tags: Any) -> Iterator[str]:
    """Yield what names a task: a field or a ``key:value`` tag of that name, or a tag that is a ticket number."""
    for place in (notes, sent):
        for key, value in place.items():
            if key.lower() in _TASK_KEYS and (word := _word(value)):
                yield word
    for tag in tags if isinstance(tags, list) else []:
        if isinstance(tag, str):
            key, separator, value = tag.replace("=", ":", 1).partition(":")
            if separator and key.strip().lower() in _TASK_KEYS and value.strip():
                yield value.strip()
            elif _TICKET.fullmatch(tag.strip()):
                yield tag.strip()


def _usage(*places: Mapping[str, Any]) -> tuple[str | None, ...]:
    objects = [place for place in places if place]
    if not objects:
        return _NO_USAGE
    into = [_mapping(usage.get(key)) for usage in objects for key in _INPUT_DETAILS]
    out = [_mapping(usage.get(key)) for usage in objects for key in _OUTPUT_DETAILS]
    ages = [_mapping(usage.get("cache_creation")) for usage in objects]
    ages += [_mapping(details.get("cache_creation_token_details")) for details in into]
    return (
        _count(objects, "prompt_tokens", "input_tokens"),
        _count(objects, "completion_tokens", "output_tokens"),
        _count([*objects, *into], "cache_read_input_tokens", "cached_tokens"),
        _count([*objects, *into], "cache_creation_input_tokens", "cache_creation_tokens"),
        _count(ages, "ephemeral_1h_input_tokens"),
        _count(out, "reasoning_tokens"),
    )


def _count(places: Iterable[Mapping[str, Any]], *keys: str) -> str | None:
    """Return the first count given; a 0 in one place does not outweigh a count in another."""
    given = [str(place[key]) for place in places for key in keys if place.get(key) is not None]
    return next((value for value in given if value != "0"), given[0] if given else None)


def _mapping(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str):
        value = _decoded(value, _ANY)
    return value if isinstance(value, dict) else {}


def _word(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value).strip() or None
