"""Claude Code: session files ``~/.claude/projects/**/*.jsonl``.

One answer of the model is written as one line a content block, each with the whole usage; all lines are passed on
under the message's id, and the event table counts them once. Sub-agents' calls stand in files of their own or in
``progress`` lines of their parent; roll-ups of their usage in tool results are not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.documents import record_blocks
from tokenscan.sources.formats.claude_lines import Line, Message, Part, Report, decode_line
from tokenscan.sources.formats.claude_turns import Turns
from tokenscan.sources.logins import login_in
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.session_calls import SessionCall, session_frame
from tokenscan.sources.typed_lines import BadLineError, microseconds, summed

_SYNTHETIC = "<synthetic>"  # the client's own error text, never sent to a model
_OF_A_LINE = frozenset({"parentUuid", "isSidechain", "cwd", "version"})
_SIDE_LINES = {"summary": "leafUuid", "file-history-snapshot": "snapshot", "queue-operation": "operation",
               "last-prompt": "sessionId", "custom-title": "sessionId", "system": "sessionId"}  # fmt: skip


class ClaudeCode:
    """Claude Code session files."""

    name = "claude-code"
    title = "Claude Code session files"
    family = "claude-code"
    how_to_export = "Copy ~/.claude/projects from each machine; people are known by their login in the paths."
    carries: Mapping[str, str] = {"person": "login in paths", "text": "yes", "tasks": "git branch", "cost": "no"}
    clock = "UTC, written in the log"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where any line of a session is found; a file of side lines only is one too."""
        if probe.container not in (Container.JSONL, Container.JSON):
            return 0
        return max((_score_record(record) for record in probe.sample), default=0)

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a line that carries usage; what cannot be read goes to the quarantine."""
        session = _Session(options)
        for lines in record_blocks(probe, quarantine):
            calls = []
            for number, text in lines:
                try:
                    call = session.call(number, decode_line(text))
                except BadLineError as error:
                    quarantine.add(probe.file.name, [number], str(error))
                else:
                    if call is not None:
                        calls.append(call)
            if calls:
                yield session_frame(calls, session.turns, self.name, probe)


def _score_record(record: Mapping[str, Any]) -> int:
    if record.keys() >= {"type", "sessionId", "uuid"} and record.keys() & _OF_A_LINE:
        return 100 if "message" in record else 90
    message = record.get("message")
    if "sessionId" in record and isinstance(message, dict) and isinstance(message.get("usage"), dict):
        return 90
    mark = _SIDE_LINES.get(str(record.get("type")))
    return 80 if mark is not None and mark in record else 0


class _Session:
    """What is known of a file so far: turns, and who works in which session."""

    def __init__(self, options: ReadOptions) -> None:
        self.turns = Turns()
        self._latest = options.latest
        self._logins: dict[str | None, str] = {}

    def call(self, number: int, line: Line) -> SessionCall | None:
        """Return the call that a line tells of, if any.

        Raises:
            BadLineError: it tells of one, but not when, or its counts are none.
        """
        turn = self.turns.follow(line)
        told = _told(line)
        message = told.message if told is not None else None
        if told is None or not isinstance(message, Message) or message.usage is None or message.model == _SYNTHETIC:
            return None
        moment = microseconds(told.timestamp or line.timestamp, self._latest)
        call_id = message.id or told.request_id or line.uuid
        place = self.turns.place(call_id, turn, aside=told is not line or bool(line.is_sidechain))
        said, tool = _content(message)
        usage = message.usage
        read, write = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
        return SessionCall(
            event_id=call_id or None,
            timestamp=moment,
            session_id=line.session_id or None,
            user=self._login(line),
            branch=line.git_branch,
            model=message.model or None,
            provider="anthropic",
            input=summed(usage.input_tokens, read, write),
            cache_read=read,
            cache_write=write,
            cache_write_1h=usage.cache_creation.ephemeral_1h_input_tokens if usage.cache_creation else None,
            output=usage.output_tokens,
            reasoning=None,
            cost=line.cost_usd if told is line else None,
            status="error" if line.is_api_error_message else "ok",
            tool_name=tool,
            response=said,
            turn=place.turn,
            is_agent=place.is_agent,
            row=number,
            other_id=told.request_id or None,
        )

    def _login(self, line: Line) -> str | None:
        """Return the login in the working folder; a session that leaves the home folder keeps its person."""
        if (login := login_in(line.cwd)) is not None:
            self._logins[line.session_id] = login
        return self._logins.get(line.session_id)


def _told(line: Line) -> Line | Report | None:
    """Return what may tell of a call: the line itself, or a sub-agent's report in it."""
    if line.type == "progress":
        report = line.data.message if line.data is not None else None
        return report if isinstance(report, Report) else None
    return line if line.type in ("assistant", None) else None


def _content(message: Message) -> tuple[str | None, str | None]:
    """Return the text of a message, null where there is none, and the name of the first tool it calls."""
    if not isinstance(message.content, list):
        return message.content or None, None
    blocks = [part for part in message.content if isinstance(part, Part)]
    said = "\n".join(block.text for block in blocks if block.type == "text" and block.text)
    return said or None, next((block.name for block in blocks if block.type == "tool_use"), None)
