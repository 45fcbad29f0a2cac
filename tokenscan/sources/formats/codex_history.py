"""Tell a Codex thread's own lines from those copied from the thread it was forked from.

A fork or a sub-agent may begin with its parent's whole history, token counts and all, written anew within moments or
with the times they had. Those calls are the parent's; its own file tells of them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from tokenscan.sources.formats.codex_lines import Line, Payload, Source, Subagent

_UUID_OF_A_TIME = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A copy is written in one go; the answer to something new takes longer than this to arrive.
_PAUSE = timedelta(seconds=1)
_LAST_SECOND = 1 << 35  # of a number of seconds; beyond it are milliseconds


class History:
    """Follows the lines of one file; ``thread`` is whose file it is, ``began`` when the file's name says it began.

    That a thread was forked stands in its first line; should that be lost, older lines are still its parent's.
    """

    def __init__(self, began: datetime | None = None) -> None:
        self.thread: Payload | None = None
        self._copied = False
        self._begun = began
        self._boundary: int | None = None
        self._saw_turn = False
        self._saw_own = False
        self._previous: datetime | None = None

    def is_copied(self, line: Line) -> bool:
        """Take in the next line and say whether it is another thread's."""
        if line.type == "session_meta" and line.payload is not None:
            self._meet(line.payload, line.timestamp)
        elif self._copied and self._is_own(line):
            self._copied = False
        copied = self._copied or self._is_older(line)
        self._saw_own |= line.type != "session_meta" and not copied
        self._previous = max(filter(None, (self._previous, _zoned(line.timestamp))), default=None)
        return copied

    def _meet(self, thread: Payload, time: datetime | None) -> None:
        if self.thread is not None and thread.id == self.thread.id:
            return
        if self.thread is not None and not self._saw_own:
            self._copied = True  # the head of another thread's history
            return
        # The file's own thread, or one of several that were put into one file.
        self.thread = thread
        self._begun = time_in_id(thread.id) or _zoned(thread.timestamp) or _zoned(time)
        self._boundary = _first_own(thread)
        self._copied = self._boundary is not None or parent_of(thread) is not None
        self._saw_turn = self._saw_own = False
        self._previous = None

    def _is_older(self, line: Line) -> bool:
        time = _zoned(line.timestamp)
        return time is not None and self._begun is not None and time < self._begun - _PAUSE

    def _is_own(self, line: Line) -> bool:
        if self._boundary is not None and line.ordinal is not None:
            return line.ordinal >= self._boundary
        payload, time = line.payload, _zoned(line.timestamp)
        begun = _turn_begun(payload) if payload is not None else None
        if begun is not None and self._begun is not None:
            self._saw_turn = True
            return begun >= (self._begun if begun.microsecond else self._begun.replace(microsecond=0))
        if self._saw_turn or time is None or (self._begun is not None and time < self._begun):
            return False
        return self._previous is not None and time - self._previous >= _PAUSE


def parent_of(thread: Payload) -> str | None:
    """Return the thread that another one was forked from or started by."""
    source = thread.source if isinstance(thread.source, Source) else None
    spawn = source.subagent.thread_spawn if source is not None and isinstance(source.subagent, Subagent) else None
    return thread.forked_from_id or thread.parent_thread_id or (spawn.parent_thread_id if spawn is not None else None)


def time_in_id(name: str | None) -> datetime | None:
    """Return when an id of the kind that carries its time (UUID version 7) was made."""
    match = _UUID_OF_A_TIME.search(name) if name else None
    return _EPOCH + timedelta(milliseconds=int(match[1] + match[2], 16)) if match else None


def _first_own(thread: Payload) -> int | None:
    base = thread.history_base.end_ordinal_exclusive if thread.history_base is not None else None
    for told in (thread.subagent_history_start_ordinal, base):
        if isinstance(told, int) or (isinstance(told, str) and told.isdecimal() and len(told) < 16):
            return int(told)
    return None


def _turn_begun(payload: Payload) -> datetime | None:
    """Return when the turn began that a line opens or belongs to."""
    begun = time_in_id(payload.turn_id)
    told = payload.started_at
    if begun is not None or told is None:
        return begun
    try:
        if isinstance(told, str):
            return _zoned(datetime.fromisoformat(told))
        return _EPOCH + timedelta(seconds=told if told < _LAST_SECOND else told / 1000)
    except (ValueError, OverflowError):
        return None


def _zoned(time: datetime | None) -> datetime | None:
    return time if time is None or time.tzinfo else time.replace(tzinfo=UTC)
