"""Read what a model said and which tool it called first from its answer, whole or as the chunks of a stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tokenscan.sources.decoded import mapping, objects


@dataclass(slots=True)
class Said:
    """What an answer says: whole texts, pieces of a streamed one, and names of the tools called, in order."""

    texts: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)

    def text(self) -> str | None:
        """Return the text, null where there is none; a stream's pieces count where no whole text was sent."""
        whole = "\n".join(text for text in self.texts if text.strip())
        return whole or "".join(self.pieces) or None

    def note(self, value: Any, kept: list[str]) -> None:
        """Keep a value where it is text with something in it."""
        if isinstance(value, str) and value:
            kept.append(value)


def said_in(chunks: Iterable[Mapping[str, Any]]) -> Said:
    """Return what the chunks of one answer say; a whole answer is one chunk."""
    said = Said()
    for chunk in chunks:
        _content(chunk.get("content"), said)
        _content(mapping(mapping(chunk.get("output")).get("message")).get("content"), said)  # Converse
        _openai(chunk, said)
        _gemini(chunk, said)
        _anthropic_stream(chunk, said)
        _bedrock(chunk, said)
    return said


def _content(content: Any, said: Said) -> None:
    """Note a message's content: text, or parts of Anthropic's, OpenAI's or Converse's shape."""
    said.note(content, said.texts)
    for part in objects(content):
        if part.get("type") in ("tool_use", "server_tool_use"):
            said.note(part.get("name"), said.tools)
        elif part.get("type") not in ("thinking", "reasoning"):
            said.note(part.get("text"), said.texts)
        said.note(mapping(part.get("toolUse")).get("name"), said.tools)


def _openai(chunk: Mapping[str, Any], said: Said) -> None:
    for choice in objects(chunk.get("choices"))[:1]:
        message, delta = mapping(choice.get("message")), mapping(choice.get("delta"))
        _content(message.get("content"), said)
        said.note(delta.get("content"), said.pieces)
        for part in objects(delta.get("content")):
            said.note(part.get("text"), said.pieces)
        said.note(choice.get("text"), said.pieces)
        for call in (*objects(message.get("tool_calls")), *objects(delta.get("tool_calls"))):
            said.note(mapping(call.get("function")).get("name"), said.tools)
        said.note(mapping(message.get("function_call")).get("name"), said.tools)
    if chunk.get("type") == "response.output_text.delta":
        said.note(chunk.get("delta"), said.pieces)
    for items in (chunk.get("output"), mapping(chunk.get("response")).get("output")):
        for item in objects(items):
            _content(item.get("content"), said)
            if item.get("type") == "function_call":
                said.note(item.get("name"), said.tools)
            for call in objects(item.get("tool_calls")):
                said.note(mapping(call.get("function")).get("name"), said.tools)


def _gemini(chunk: Mapping[str, Any], said: Said) -> None:
    for candidate in objects(chunk.get("candidates"))[:1]:
        for part in objects(mapping(candidate.get("content")).get("parts")):
            if part.get("thought") is not True:
                said.note(part.get("text"), said.pieces)
            for name in ("functionCall", "function_call"):
                said.note(mapping(part.get(name)).get("name"), said.tools)


def _anthropic_stream(chunk: Mapping[str, Any], said: Said) -> None:
    said.note(mapping(chunk.get("delta")).get("text"), said.pieces)
    block = mapping(chunk.get("content_block"))
    said.note(block.get("text"), said.pieces)
    if block.get("type") in ("tool_use", "server_tool_use"):
        said.note(block.get("name"), said.tools)


def _bedrock(chunk: Mapping[str, Any], said: Said) -> None:
    """Note what models on Bedrock say in shapes of their own: Converse streams, Titan, Llama, older ones."""
    said.note(mapping(mapping(chunk.get("contentBlockDelta")).get("delta")).get("text"), said.pieces)
    start = mapping(mapping(chunk.get("contentBlockStart")).get("start"))
    said.note(mapping(start.get("toolUse")).get("name"), said.tools)
    for name in ("generation", "outputText", "completion", "text"):
        said.note(chunk.get(name), said.pieces)
    for result in objects(chunk.get("results")):
        said.note(result.get("outputText"), said.texts)
    for output in objects(chunk.get("outputs")):
        said.note(output.get("text"), said.pieces)
