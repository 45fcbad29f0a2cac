"""Tell which calls of a session a person started: the first one after what was typed, not the agent's own steps."""

from __future__ import annotations

from typing import NamedTuple

NO_TURN = -1


class Place(NamedTuple):
    """Where a call stands: its turn (``NO_TURN`` = none known) and whether it is an agent's step (None = unknown)."""

    turn: int
    is_agent: bool | None


class TypedTurns:
    """What was typed in one file, and which turns have had their first call."""

    def __init__(self) -> None:
        self.prompts: list[str | None] = []
        self.kinds: list[str] = []
        self.latest = NO_TURN
        self.saw_user = False  # a file without user rows is an export of calls only: it does not say who typed
        self._answered: set[int] = set()

    def open(self, text: str | None, kind: str) -> int:
        """Take in what a person typed (None = an image alone) and return the turn it opens."""
        self.saw_user = True
        self.prompts.append(text)
        self.kinds.append(kind)
        self.latest = len(self.prompts) - 1
        return self.latest

    def next_call(self, turn: int) -> Place:
        """Return where the next call of a turn stands."""
        if turn == NO_TURN:
            return Place(NO_TURN, is_agent=True if self.saw_user else None)
        place = Place(turn, is_agent=turn in self._answered)
        self._answered.add(turn)
        return place
