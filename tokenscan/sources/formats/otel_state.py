"""What a reader of telemetry remembers between records: who typed what, and which span stands above which."""

from __future__ import annotations

from typing import NamedTuple

_SPANS_KEPT = 500_000


class Place(NamedTuple):
    """Where a call stands: what was typed before it, and whether it is an agent's step (None = unknown)."""

    prompt: str | None
    is_agent: bool | None


class Turns:
    """Tells the call that answers a person from those that an agent makes on its way."""

    def __init__(self) -> None:
        self._prompts: dict[str, str | None] = {}
        self._answered: set[str] = set()

    def typed(self, turn: str, prompt: str | None) -> None:
        """Open a turn; a prompt whose text is not logged opens one too."""
        self._prompts[turn] = prompt
        self._answered.discard(turn)

    def place(self, turn: str | None, *, sure: bool, failed: bool = False) -> Place:
        """Return where the next call of a turn stands. A call that failed leaves the turn to be answered.

        ``sure`` says that the log tells main calls from side calls; without that the first call may be either.
        """
        if turn is None:
            return Place(None, None)
        later = turn in self._answered
        if not failed:
            self._answered.add(turn)
        return Place(self._prompts.get(turn), True if later else (False if sure else None))


class Ancestors:
    """Tells spans above a counted one: they repeat its usage.

    Children end, and so are written, before their parents, mostly; links of spans seen are kept for those that are not.
    Only the last half million to a million are, so that a file of any size can be read.
    """

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._older: dict[str, str] = {}
        self._below: dict[str, frozenset[str]] = {}  # span -> ids of the answers counted below it
        self._below_older: dict[str, frozenset[str]] = {}

    def add(self, span: str, parent: str | None, *, counted: bool, answer: str | None = None) -> None:
        """Take in a span; where it or one below it is counted, all above it are marked. ``answer`` is its id."""
        if parent is None:
            return
        if len(self._parents) >= _SPANS_KEPT:
            self._older, self._parents = self._parents, {}
            self._below_older, self._below = self._below, {}
        self._parents[span] = parent
        below = self._answers(span)
        if counted or below is not None:
            self._mark(parent, (below or frozenset()) | ({answer} if answer else set()))

    def repeats(self, span: str, answer: str | None) -> bool:
        """Say whether a counted span stands below this one. One with the same answer is no child but a twin."""
        below = self._answers(span)
        return below is not None and answer not in below

    def _answers(self, span: str) -> frozenset[str] | None:
        return self._below.get(span, self._below_older.get(span))

    def _mark(self, span: str | None, answers: frozenset[str]) -> None:
        while span is not None:
            known = self._answers(span)
            if known is not None and answers <= known:
                return
            self._below[span] = answers | (known or frozenset())
            span = self._parents.get(span) or self._older.get(span)
