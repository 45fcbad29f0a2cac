"""Gemini CLI: session files ``~/.gemini/tmp/<project>/chats/session-*.json`` and ``.jsonl``.

A message of type ``gemini`` is an answer with the tokens of its call. Files of lines write a message again whenever
more of it is known, and rewinding lists the session anew; a message's id makes one call of all that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.events.harness import kind_of, typed_text
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.documents import record_blocks, rescued
from tokenscan.sources.formats.gemini_lines import Head, Message, Tokens, decode_message, decode_record, texts
from tokenscan.sources.logins import login_in
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.session_calls import SessionCall, session_frame
from tokenscan.sources.session_turns import NO_TURN, Place, TypedTurns
from tokenscan.sources.typed_lines import BadLineError, microseconds, summed

_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
_TYPES = frozenset({"user", "gemini", "info", "error", "warning"})
_UNIQUE = 32  # characters of an id that is one of a kind everywhere, such as a UUID
_WORKSPACE = re.compile(r"(?:directory:\**|^[ \t]*-)[ \t]*((?:/|[A-Za-z]:\\)\S+)", re.MULTILINE)
_FILES = "--- Content from referenced files ---"  # what follows was not typed


class GeminiCli:
    """Gemini CLI session files."""

    name = "gemini-cli"
    title = "Gemini CLI session files"
    family = "gemini-cli"
    how_to_export = "Copy ~/.gemini/tmp from each machine, or the `chats` folders in it."
    carries: Mapping[str, str] = {"person": "rarely (login in paths)", "text": "yes", "tasks": "no", "cost": "no"}
    clock = "UTC, written in the log"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where a session's head or its messages are found."""
        if probe.container not in (Container.JSONL, Container.JSON):
            return 0
        return max((_score_record(record) for record in probe.sample), default=0)

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row an answer; what cannot be read goes to the quarantine."""
        session = _Session(options)
        for records in record_blocks(probe, quarantine):
            calls: list[SessionCall] = []
            for number, record in records:
                for told in _strict(record, number, probe, quarantine):
                    calls += _calls(session, told, number, probe, quarantine)
            if calls:
                yield session_frame(calls, session.turns, self.name, probe)


def _score_record(record: Mapping[str, Any]) -> int:
    if record.keys() >= {"sessionId", "projectHash"} and record.keys() & {"messages", "startTime"}:
        return 100
    message = record.keys() >= {"id", "timestamp", "type", "content"} and str(record["type"]) in _TYPES
    return 90 if message and isinstance(record.get("tokens"), dict) else 70 if message else 0


def _strict(record: bytes, number: int, probe: Probe, quarantine: Quarantine) -> list[tuple[Head, list[bytes]]]:
    """Return what a record holds; one that a strict parser refuses is repaired first."""
    try:
        return [decode_record(record)]
    except _UNREADABLE:
        again, reason = rescued(record)
    told = []
    for repaired in again:
        try:
            told.append(decode_record(repaired))
        except _UNREADABLE:
            reason = reason or "a value of the wrong type"
    if reason:
        quarantine.add(probe.file.name, [number], reason)
    return told


def _calls(
    session: _Session, told: tuple[Head, list[bytes]], number: int, probe: Probe, quarantine: Quarantine
) -> Iterator[SessionCall]:
    head, messages = told
    session.meet(head)
    for place, message in enumerate(messages, 1):
        row = place if len(messages) > 1 else number  # a document's messages are its rows
        try:
            call = session.call(row, decode_message(message))
        except BadLineError as error:
            quarantine.add(probe.file.name, [row], str(error))
        else:
            if call is not None:
                yield call


class _Session:
    """What is known of a file so far."""

    def __init__(self, options: ReadOptions) -> None:
        self.turns = TypedTurns()
        self._latest = options.latest
        self._id: str | None = None
        self._user: str | None = None
        self._is_sub_agents = False
        self._opened: dict[str | None, int] = {}
        self._places: dict[str, Place] = {}

    def meet(self, head: Head) -> None:
        """Take in what a record says of its session."""
        self._id = head.session_id or self._id
        self._user = login_in(head.folder) or self._user
        self._is_sub_agents |= head.kind == "subagent"

    def call(self, row: int, message: Message) -> SessionCall | None:
        """Return the call that a message answers, if any.

        Raises:
            BadLineError: it answers one, but does not say when.
        """
        if message.type == "user":
            self._open(message)
        if message.type != "gemini":
            return None
        tokens = message.tokens
        counted = tokens is not None and bool(tokens.input or tokens.output or tokens.thoughts)
        said = "\n".join(texts(message.content)) or None
        if not counted and said is None:
            return None  # tools of an answer before, written apart from it
        time = microseconds(message.timestamp, self._latest)
        event_id = self._event_id(message.id)
        place = self._place(event_id)
        told = tokens if tokens is not None and counted else Tokens()
        return SessionCall(
            event_id=event_id,
            timestamp=time,
            session_id=self._id,
            user=self._user,
            branch=None,
            model=message.model or None,
            provider="google",
            input=summed(told.input, told.tool),
            cache_read=_at_most(told.cached, told.input),
            cache_write=None,
            cache_write_1h=None,
            output=summed(told.output, told.thoughts),
            reasoning=told.thoughts,
            cost=None,
            status="ok",
            tool_name=next((tool.name for tool in message.tool_calls or () if tool.name), None),
            response=said,
            turn=place.turn,
            is_agent=place.is_agent,
            row=row,
        )

    def _event_id(self, name: str | None) -> str | None:
        if not name:
            return None
        return name if len(name) >= _UNIQUE else f"gemini:{self._id or ''}:{name}"

    def _place(self, event_id: str | None) -> Place:
        """Return where a call stands; a message written again stands where it did first."""
        if event_id is not None and event_id in self._places:
            return self._places[event_id]
        place = Place(NO_TURN, is_agent=True) if self._is_sub_agents else self.turns.next_call(self.turns.latest)
        if event_id is not None:
            self._places[event_id] = place
        return place

    def _open(self, message: Message) -> None:
        """Open the turn of a typed message, or go back to it where the session is listed anew."""
        self.turns.saw_user = True
        if message.id is not None and message.id in self._opened:
            self.turns.latest = self._opened[message.id]
            return
        text = _typed([*texts(message.display_content)] or [*texts(message.content)])
        if text is None:
            return
        kind = kind_of(text)
        if kind != "harness":
            self._opened[message.id] = self.turns.open(typed_text(text), kind)
        elif (folder := _WORKSPACE.search(text)) is not None:
            self._user = self._user or login_in(folder[1])


def _typed(parts: list[str]) -> str | None:
    """Return what was typed, None where a tool's result or nothing is sent."""
    until = next((place for place, part in enumerate(parts) if part.lstrip().startswith(_FILES)), len(parts))
    return "\n".join(part for part in parts[:until] if part.strip()) or None


def _at_most(part: int | None, whole: int | None) -> int | None:
    return part if part is None or whole is None else min(part, whole)
