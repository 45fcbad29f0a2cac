"""Codex CLI: rollout files ``~/.codex/sessions/**/rollout-*.jsonl``, also of its desktop and editor versions.

A call is told by a ``token_count`` event (newer versions: also by a ``token_usage_record``). What it used is read off
the thread's running total, and its id is made of the thread and that total, so that growing copies of one session
tell of the same calls. What a fork or a sub-agent copied from its parent is left to the parent's own file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from tokenscan.events.harness import kind_of, typed_text
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.documents import record_blocks
from tokenscan.sources.formats.codex_history import History, parent_of, time_in_id
from tokenscan.sources.formats.codex_lines import Line, Payload, Source, decode_line
from tokenscan.sources.formats.codex_meter import Meter, Reading
from tokenscan.sources.logins import login_in
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.session_calls import SessionCall, session_frame
from tokenscan.sources.session_turns import NO_TURN, Place, TypedTurns
from tokenscan.sources.typed_lines import BadLineError, microseconds

_TYPES = frozenset({"session_meta", "turn_context", "response_item", "event_msg", "compacted", "token_usage_record"})
_LINE = frozenset({"timestamp", "type", "payload"})
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INJECTED = frozenset({"environment_context", "user_instructions"})
# Started by a script, or by another program through the MCP server.
_HEADLESS = frozenset({"exec", "mcp"})


class Codex:
    """Codex rollout files."""

    name = "codex"
    title = "Codex CLI rollouts"
    family = "codex"
    how_to_export = (
        "Copy ~/.codex/sessions and ~/.codex/archived_sessions from each machine; people are known by their login in "
        "the paths."
    )
    carries: Mapping[str, str] = {"person": "login in paths", "text": "yes", "tasks": "git branch", "cost": "no"}
    clock = "UTC, written in the log"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where lines are of a rollout's types."""
        if probe.container not in (Container.JSONL, Container.JSON):
            return 0
        return max((_score_record(record) for record in probe.sample), default=0)

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a call of this file's own thread; what cannot be read goes to the quarantine."""
        rollout = _Rollout(probe.file.name, options)
        for lines in record_blocks(probe, quarantine):
            calls = []
            for number, text in lines:
                try:
                    call = rollout.call(number, decode_line(text))
                except BadLineError as error:
                    quarantine.add(probe.file.name, [number], str(error))
                else:
                    if call is not None:
                        calls.append(call)
            if calls:
                yield session_frame(calls, rollout.turns, self.name, probe)


def _score_record(record: Mapping[str, Any]) -> int:
    if not record.keys() >= _LINE or not isinstance(record["payload"], dict):
        return 0
    kind = record["type"]
    if not isinstance(kind, str) or kind not in _TYPES:
        return 0
    return 100 if kind in ("session_meta", "turn_context", "token_usage_record") else 90


class _Rollout:
    """What is known of a file so far: whose thread it is, its model, its turns and its running total."""

    def __init__(self, name: str, options: ReadOptions) -> None:
        self.turns = TypedTurns()
        self._latest = options.latest
        named = _UUID.search(name.rsplit("/", 1)[-1])
        self._file_thread = named[0] if named else None
        self._history = History(time_in_id(self._file_thread))
        self._head: Payload | None = None
        self._begin(None)

    def _begin(self, head: Payload | None) -> None:
        """Forget the thread before: a file may hold several that were put together."""
        self._head = head
        self._meter = Meter()
        self.turns.latest = NO_TURN
        self._user: str | None = None
        self._model: str | None = None
        self._said: list[str] = []
        self._tool: str | None = None

    def call(self, number: int, line: Line) -> SessionCall | None:
        """Return the call that a line tells of, if any.

        Raises:
            BadLineError: it tells of one, but not when, or its counts are none.
        """
        copied = self._history.is_copied(line)
        if self._history.thread is not self._head:
            self._begin(self._history.thread)
        payload = line.payload
        if payload is None:
            return None
        if not copied:
            self._follow(line.type, payload)
        if line.type == "event_msg" and payload.type == "token_count" and payload.info is not None:
            time = 0 if copied else microseconds(line.timestamp, self._latest)
            reading = self._meter.count(payload.info.total_token_usage, payload.info.last_token_usage)
            model = payload.info.model
        elif line.type == "token_usage_record" and not copied:
            time = microseconds(line.timestamp, self._latest)
            reading, model = self._meter.record(payload.usage, payload.thread_token_usage), payload.model
        else:
            return None
        return None if copied or reading is None else self._made(number, time, reading, payload.response_id, model)

    def _made(
        self, number: int, time: int, reading: Reading, response_id: str | None, model: str | None
    ) -> SessionCall:
        head = self._head or Payload()
        thread = head.id or self._file_thread
        agent = _is_agents(head)
        place = Place(NO_TURN, is_agent=True) if agent == "sub" else self.turns.next_call(self.turns.latest)
        spent = reading.spent
        said, self._said = "\n".join(self._said), []
        tool, self._tool = self._tool, None
        return SessionCall(
            event_id=response_id or f"codex:{thread or time}:{reading.mark}",
            timestamp=time,
            session_id=(head.session_id or parent_of(head) if agent == "sub" else None) or thread,
            user=self._user,
            branch=head.git.branch if head.git is not None else None,
            model=model or self._model,
            provider=head.model_provider or None,
            input=spent.input,
            cache_read=spent.cached,
            cache_write=spent.written,
            cache_write_1h=None,
            output=spent.output,
            reasoning=spent.reasoning,
            cost=None,
            status="ok",
            tool_name=tool,
            response=said or None,
            turn=place.turn,
            is_agent=True if agent else place.is_agent,
            row=number,
        )

    def _follow(self, kind: str | None, payload: Payload) -> None:
        if kind in ("session_meta", "turn_context"):
            self._settle(payload.cwd, payload.model)
        elif kind == "response_item":
            self._follow_answer(payload)
        elif kind == "event_msg" and payload.type == "user_message" and payload.kind not in _INJECTED:
            self._open(payload.message)
        elif kind == "event_msg" and payload.item is not None and payload.item.type == "UserMessage":
            self._open("\n".join(part.text for part in payload.item.content or () if part.text))
        elif kind == "event_msg" and payload.thread_settings is not None:
            self._settle(payload.thread_settings.cwd, payload.thread_settings.model)

    def _settle(self, folder: str | None, model: str | None) -> None:
        # A thread that leaves the home folder keeps its person.
        self._user = login_in(folder) or self._user
        self._model = model or self._model

    def _follow_answer(self, payload: Payload) -> None:
        if payload.type == "message" and payload.role == "assistant":
            self._said += [part.text for part in payload.content or () if part.text]
        elif payload.type == "message" and payload.role == "user":
            self.turns.saw_user = True
        elif payload.type is not None and payload.type.endswith("_call") and self._tool is None:
            self._tool = payload.name or payload.type.removesuffix("_call")

    def _open(self, text: str | None) -> None:
        self.turns.saw_user = True
        if text is None or not text.strip():
            self.turns.open(None, "human")
        elif (kind := kind_of(text)) != "harness":
            self.turns.open(typed_text(text), kind)


def _is_agents(head: Payload) -> str:
    """Say whether a thread is a sub-agent's (``sub``), run without a person at the keyboard (``headless``), or not."""
    source = head.source
    if head.thread_source == "subagent" or (isinstance(source, Source) and source.subagent is not None):
        return "sub"
    by_script = isinstance(source, Source) or source in _HEADLESS or (not source and head.originator == "codex_exec")
    return "headless" if by_script or head.thread_source not in (None, "", "user") else ""
