"""Read the nested cells of LangSmith runs: metadata and tags, messages as LangChain serialises them, usage, answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl

from tokenscan.sources.convert import text
from tokenscan.sources.decoded import mapping, objects
from tokenscan.sources.formats.langfuse_fields import told_fields
from tokenscan.sources.formats.otel_values import first
from tokenscan.sources.formats.tags import tags_of
from tokenscan.sources.formats.tracing_messages import answer_of, as_request, decoded, flat

NOTED = ("user", "session_id", "team", "task_id", "app", "model", "provider")
_SESSION = ("session_id", "thread_id", "conversation_id")
# What providers' own ids of answers look like; other ids name something else.
_PROVIDERS_ID = re.compile(r"(?:chatcmpl-|cmpl-|msg_|resp_|gen-|embd-).+")


class _Answer(NamedTuple):
    response: str | None = None
    tool_name: str | None = None
    response_id: str | None = None
    model: str | None = None
    input_tokens: str | None = None
    output_tokens: str | None = None
    cache_read_tokens: str | None = None
    cache_write_tokens: str | None = None
    reasoning_tokens: str | None = None


ANSWERED = _Answer._fields


def noted_fields(extra: pl.Series, tags: pl.Series) -> pl.DataFrame:
    """Return NOTED of the columns ``extra`` (its ``metadata``) and ``tags``."""
    notes = [mapping(mapping(decoded(value)).get("metadata")) for value in text(extra).to_list()]
    rows = [[_noted(note).get(name) for name in NOTED] for note in notes]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(NOTED, pl.String), orient="row")
    tagged = told_fields(tags, pl.Series([None] * len(tags), dtype=pl.String))
    return frame.with_columns(frame[name].fill_null(tagged[name]) for name in tagged.columns)


def requests(inputs: pl.Series) -> pl.Series:
    """Return the requests in a column ``inputs`` as text that any reader of chat requests understands."""
    return pl.Series([_request(value) for value in text(inputs).to_list()], dtype=pl.String)


def answer_fields(outputs: pl.Series) -> pl.DataFrame:
    """Return ANSWERED of a column ``outputs``."""
    rows = [_answer(mapping(decoded(value))) for value in text(outputs).to_list()]
    return pl.DataFrame(rows, schema=dict.fromkeys(ANSWERED, pl.String), orient="row")


def provider_id(value: Any) -> str | None:
    """Return an id if it is one that a provider gives to an answer."""
    return value if isinstance(value, str) and _PROVIDERS_ID.fullmatch(value) else None


def _noted(notes: Mapping[str, Any]) -> dict[str, str]:
    told = tags_of(dict(notes))
    told.pop("session_id", None)
    named = {"session_id": first((notes,), _SESSION), "model": notes.get("ls_model_name"),
             "provider": notes.get("ls_provider")}  # fmt: skip
    return told | {name: str(value) for name, value in named.items() if isinstance(value, str | int) and value != ""}


def _request(value: str | None) -> str | None:
    sent = decoded(value)
    if not isinstance(sent, dict):
        return as_request(sent)
    for name in ("messages", "prompts", "prompt", "input"):
        if sent.get(name):
            return as_request(sent[name], sent.get("system"))
    return None


def _answer(outputs: Mapping[str, Any]) -> _Answer:
    """Return what an answer tells: a provider's own body, or LangChain's generations with the message inside."""
    messages = [*_messages(outputs)]
    said, tool = answer_of(messages)
    bodies = [outputs, *(mapping(message.get("response_metadata")) for message in messages),
              mapping(outputs.get("llm_output"))]  # fmt: skip
    usage = [mapping(place.get("usage_metadata")) for place in (outputs, *messages)]
    usage += [mapping(outputs.get("usage")), mapping(mapping(outputs.get("llm_output")).get("token_usage"))]
    into = [mapping(place.get(name)) for place in usage for name in ("input_token_details", "prompt_tokens_details")]
    out = [
        mapping(place.get(name)) for place in usage for name in ("output_token_details", "completion_tokens_details")
    ]
    # Of a provider's raw usage only OpenAI's names are sure to include cached tokens.
    metadata = usage[:-2]
    ids = (provider_id(place.get("id")) for place in (*bodies, *messages))
    return _Answer(
        said,
        tool,
        next((name for name in ids if name), None),
        _word(first(bodies, ("model", "model_name"))),
        _word(first(metadata, ("input_tokens",)) or first(usage, ("prompt_tokens",))),
        _word(first(metadata, ("output_tokens",)) or first(usage, ("completion_tokens",))),
        _word(first(into, ("cache_read", "cached_tokens"))),
        _word(first(into, ("cache_creation",))),
        _word(first(out, ("reasoning", "reasoning_tokens"))),
    )


def _word(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _messages(outputs: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the messages of an answer, unwrapped."""
    for generation in objects([*flat(outputs.get("generations"))]):
        message = mapping(generation.get("message"))
        yield dict(mapping(message.get("kwargs")) or mapping(message.get("data")) or message or generation)
    for choice in objects(outputs.get("choices")):
        yield dict(mapping(choice.get("message")))
    if outputs.get("role") is not None or outputs.get("content") is not None:
        yield dict(outputs)
    yield from objects(outputs.get("output")) + objects(outputs.get("messages"))
