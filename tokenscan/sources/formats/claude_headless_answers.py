"""One answer of headless Claude Code, put together from the lines that tell of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tokenscan.sources.fields import ROW
from tokenscan.sources.formats.claude_headless_lines import NULL, Block, Line, Message
from tokenscan.sources.formats.claude_headless_totals import MOST_OUTPUT, Spent, plain, shares

Told = dict[str, Any]


class Answer:
    """One answer of the model, from whatever lines tell of it; ``row`` is the first."""

    def __init__(self, row: int, event_id: str | None, line: Line, prompt: str | None) -> None:
        self.row, self.event_id, self.session_id = row, event_id, line.session_id
        # A sub-agent is asked by its parent, not by whoever started the run.
        self.prompt = prompt if line.parent_tool_use_id is None else None
        self.time: int | None = None
        self.model: str | None = None
        self.tool: str | None = None
        self.spent = Spent()
        self.finished = False
        self.estimated = False
        self.weight = 1
        self._said: list[str] = []

    def grow(self, message: Message) -> None:
        """Take in a line's part of it."""
        self.model = self.model or message.model
        self.finished |= message.stop_reason is not None
        if message.usage is not None:
            self.spent.grow(message.usage)
        content = message.content
        blocks = [Block(type="text", text=content)] if isinstance(content, str) else content or []
        for block in blocks:
            if isinstance(block, Block):
                self._take(block)

    def _take(self, block: Block) -> None:
        self.weight += len(block.text or block.thinking or "") + _size(block)
        if block.type == "text" and block.text:
            self._said.append(block.text)
        elif block.type == "tool_use":
            self.tool = self.tool or block.name

    def told(self, user: str | None) -> Told:
        """Return it as fields of RAW."""
        return counts(self.spent) | {
            ROW: self.row,
            "event_id": self.event_id,
            "timestamp": self.time,
            "session_id": self.session_id,
            "user": user,
            "model": self.model,
            "status": "ok",
            "tool_name": self.tool,
            "response": "\n".join(self._said) or None,
            "prompt": self.prompt,
            "prompt_kind": None if self.prompt is None else "harness",
            "tokens_quality": "estimated" if self.estimated else None,
        }


def complete(answers: Iterable[Answer], outputs: Mapping[str, int]) -> None:
    """Give answers that only tell how they began their part of the output that their model's total has beyond all."""
    models: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        models[plain(answer.model)].append(answer)
    for model, of_model in models.items():
        begun = [answer for answer in of_model if not answer.finished]
        extra = outputs.get(model, 0) - sum(answer.spent.output or 0 for answer in of_model)
        if 0 < extra <= MOST_OUTPUT * len(begun):
            for answer, share in zip(begun, shares(extra, (answer.weight for answer in begun)), strict=True):
                answer.spent.output = (answer.spent.output or 0) + share
                answer.estimated = True


def counts(spent: Spent) -> Told:
    """Return token counts as fields of RAW."""
    return {
        "input_tokens": spent.whole_input,
        "cache_read_tokens": spent.read,
        "cache_write_tokens": spent.write,
        "cache_write_1h_tokens": spent.write_1h,
        "output_tokens": spent.output,
    }


def _size(block: Block) -> int:
    return 0 if block.input is NULL else memoryview(block.input).nbytes
