"""What a day at a desk yields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sample_logs.generator.calls import Session, Turn
from sample_logs.generator.desk import acted_on, sized
from sample_logs.generator.prompts import typed

if TYPE_CHECKING:
    from sample_logs.generator.calls import Call
    from sample_logs.generator.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The calls of a day, and the number of completed tasks to expect from it."""

    calls: list[Call]
    tasks: float


def themed(desk: Desk, source: tuple[str, str], count: int, *, tokens: float, used: float) -> list[Session]:
    """Return conversations of one to five prompts that all come from one section of a phrase file."""
    grammar, section = source
    sessions: list[Session] = []
    while count > 0:
        length = min(count, 1 + int(5 * desk.rng.random()))
        sessions.append(
            tuple(
                Turn(
                    prompt=typed(desk.words, desk.book.fresh(desk.words, grammar, section), desk.person),
                    tokens=sized(desk, tokens),
                    used=acted_on(desk.rng, used),
                )
                for _ in range(length)
            )
        )
        count -= length
    return sessions


def mixed(desk: Desk, *groups: list[Session]) -> list[Session]:
    """Return the conversations of several groups in a random order."""
    sessions = [session for group in groups for session in group]
    desk.rng.shuffle(sessions)
    return sessions
