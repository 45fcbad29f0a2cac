"""Read token counts from a model's answer, whole or as the chunks of a stream, whatever vendor's names it uses.

Counters of a stream are cumulative or told piecemeal (Anthropic: input first, output last), never to be added: the
largest of each name counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tokenscan.sources.convert import MAX_TOKENS
from tokenscan.sources.decoded import mapping, objects

_METRICS = "amazon-bedrock-invocationMetrics"


class Counts(NamedTuple):
    """Tokens of one call: ``input`` includes the cache, ``output`` includes reasoning; null = not told."""

    input: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    cache_write_1h: int | None = None
    output: int | None = None
    reasoning: int | None = None


# Per vendor's way of counting: canonical count -> its names, as paths; the first that is told counts.
_NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "openai": {
        "input": ("prompt_tokens", "input_tokens"),
        "output": ("completion_tokens", "output_tokens"),
        "cache_read": (
            "prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens", "cache_read_input_tokens",
        ),
        "cache_write": ("cache_creation_input_tokens",),
        "reasoning": ("completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens"),
        "total": ("total_tokens",),
    },
    "anthropic": {
        "input": ("input_tokens",),
        "output": ("output_tokens",),
        "cache_read": ("cache_read_input_tokens",),
        "cache_write": ("cache_creation_input_tokens",),
        "cache_write_1h": ("cache_creation.ephemeral_1h_input_tokens",),
    },
    "bedrock": {
        "input": ("inputTokens", "inputTokenCount"),
        "output": ("outputTokens", "outputTokenCount"),
        "cache_read": ("cacheReadInputTokens", "cacheReadInputTokenCount"),
        "cache_write": ("cacheWriteInputTokens", "cacheWriteInputTokenCount"),
    },
    "gemini": {
        "input": ("promptTokenCount", "prompt_token_count"),
        "answer": ("candidatesTokenCount", "candidates_token_count"),
        "reasoning": ("thoughtsTokenCount", "thoughts_token_count"),
        "tools": ("toolUsePromptTokenCount", "tool_use_prompt_token_count"),
        "cache_read": ("cachedContentTokenCount", "cached_content_token_count"),
    },
    "llama": {"input": ("prompt_token_count",), "output": ("generation_token_count",)},
    "titan": {"input": ("inputTextTokenCount",), "output": ("totalOutputTextTokenCount", "tokenCount")},
}  # fmt: skip
_APART = frozenset({"anthropic", "bedrock"})  # cache tokens stand beside the input


def usage_of(chunks: Iterable[Mapping[str, Any]]) -> Counts:
    """Return the counts that the chunks of one answer tell; a whole answer is one chunk."""
    told: dict[str, dict[str, int]] = {}
    for chunk in chunks:
        for style, place in _places(chunk):
            counts = told.setdefault(style, {})
            for name, paths in _NAMES[style.removesuffix("+")].items():
                count = _first_count(place, paths)
                if count is not None:
                    counts[name] = max(count, counts.get(name, 0))
    # What Bedrock adds to a vendor's stream repeats the vendor's own counts.
    known = [(style.removesuffix("+"), counts) for style, counts in sorted(told.items(), key=_added) if counts]
    return _settled(*known[0]) if known else Counts()


def _added(item: tuple[str, Any]) -> bool:
    return item[0].endswith("+")


def _places(chunk: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Yield where counts may stand in a chunk, and in whose names."""
    inner = (chunk, mapping(chunk.get("message")), mapping(chunk.get("response")), mapping(chunk.get("metadata")))
    for usage in (mapping(place.get("usage")) for place in inner):
        if usage:
            yield _style(usage), usage
    for name in ("usageMetadata", "usage_metadata"):
        yield "gemini", mapping(chunk.get(name))
    yield "bedrock+", mapping(chunk.get(_METRICS))
    if "generation" in chunk:
        yield "llama", chunk
    if "inputTextTokenCount" in chunk or "outputText" in chunk:
        results = objects(chunk.get("results"))
        said = [count for result in results if (count := as_count(result.get("tokenCount"))) is not None]
        yield "titan", {**chunk, "tokenCount": sum(said) if said else None}


def _style(usage: Mapping[str, Any]) -> str:
    if usage.keys() & {"prompt_tokens", "completion_tokens", "input_tokens_details", "output_tokens_details"}:
        return "openai"
    return "anthropic" if usage.keys() & {"input_tokens", "output_tokens"} else "bedrock"


def _first_count(place: Mapping[str, Any], paths: Iterable[str]) -> int | None:
    for path in paths:
        value: Any = place
        for key in path.split("."):
            value = mapping(value).get(key)
        count = as_count(value)
        if count is not None:
            return count
    return None


def as_count(value: Any) -> int | None:
    """Return a JSON value as a token count, null where it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(MAX_TOKENS)):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_TOKENS:
        return None
    return int(value) if value == int(value) else None


def _settled(style: str, told: Mapping[str, int]) -> Counts:
    read, write, reasoning = told.get("cache_read"), told.get("cache_write"), told.get("reasoning")
    input_, output = told.get("input"), told.get("output")
    if style == "gemini":
        input_ = _sum(input_, told.get("tools"))
        output = _sum(told.get("answer"), reasoning)
    elif style in _APART or _stands_apart(told):
        input_ = _sum(input_, read, write)
    return Counts(input_, read, write, told.get("cache_write_1h"), output, reasoning)


def _stands_apart(told: Mapping[str, int]) -> bool:
    """Say whether cache tokens cannot be part of the input: gateways give Claude's counts OpenAI's names."""
    cache = told.get("cache_read", 0) + told.get("cache_write", 0)
    input_, output = told.get("input", 0), told.get("output", 0)
    return cache > input_ or 0 < cache == told.get("total", 0) - input_ - output


def _sum(*counts: int | None) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None
