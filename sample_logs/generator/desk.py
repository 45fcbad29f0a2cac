"""One person's desk: how many prompts a day, how large, in which conversations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sample_logs.generator.calls import Session, Turn
from sample_logs.generator.dice import around, chance, dice, pick
from sample_logs.generator.prompts import follow_up, opening, topic

if TYPE_CHECKING:
    import random
    from datetime import date

    from sample_logs.generator.organisation import Person
    from sample_logs.generator.prompts import Phrasebook

KNOWN_USE = 0.78  # share of answers of which the assistant knows whether they were copied or sent
ASKED_AGAIN = 0.012  # honest people re-send an old prompt now and then
STOP_TALKING = 0.44


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """Medians of one person's ordinary use."""

    prompts: float = 5.3  # a day
    tokens: float = 7600.0  # fresh tokens a prompt
    per_task: float = 3.9  # prompts a completed task
    used: float = 0.4  # share of answers acted on, where known
    swing: float = 0.3  # standard deviation of the logarithm of a day's volume
    errors: float = 0.008  # share of prompts that fail at first


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A person at work. ``words`` draws texts and ``rng`` all else, so that new phrases leave the numbers alone."""

    person: Person
    habit: Habit
    rng: random.Random
    words: random.Random
    book: Phrasebook
    history: list[str]


def usual_count(desk: Desk, day: date, factor: float = 1.0) -> int:
    """Draw how many prompts an ordinary day has."""
    if chance(desk.rng, 0.03):
        return 0
    busy = 0.85 if day.weekday() == 4 else 1.0
    return max(1, round(around(desk.rng, desk.habit.prompts * busy * factor, desk.habit.swing)))


def conversations(desk: Desk, count: int, size: float = 1.0, used: float | None = None) -> list[Session]:
    """Split a day's prompts into ordinary conversations; ``size`` scales their tokens."""
    day_size = size * around(desk.rng, 1.0, 0.2)
    sessions: list[Session] = []
    while count > 0:
        length = min(count, 9, 1 + int(math.log(max(desk.rng.random(), 1e-9)) / math.log(1 - STOP_TALKING)))
        about = topic(desk.words, desk.person)
        turns = [_turn(desk, _first_prompt(desk, about), day_size, used)]
        for _ in range(length - 1):
            prompt = follow_up(desk.words, desk.book, desk.person, about)
            turns.append(_turn(desk, prompt, 0.8 * day_size, used))
        sessions.append(tuple(turns))
        count -= length
    return sessions


def acted_on(rng: random.Random, share: float) -> bool | None:
    """Draw whether an answer was used; None where the assistant can not know."""
    return chance(rng, share) if chance(rng, KNOWN_USE) else None


def sized(desk: Desk, median: float) -> int:
    """Draw the fresh tokens of one prompt."""
    return max(60, round(around(desk.rng, median, 0.5)))


def personal(habit: Habit, person: Person) -> Habit:
    """Spread people around the medians of their role."""
    rng = dice("habit", person.user)
    return Habit(
        prompts=around(rng, habit.prompts, 0.14),
        tokens=around(rng, habit.tokens, 0.14),
        per_task=min(4.9, max(3.1, around(rng, habit.per_task, 0.1))),
        used=habit.used + 0.04 * (2 * rng.random() - 1),
        swing=habit.swing,
        errors=habit.errors,
    )


def _first_prompt(desk: Desk, about: str) -> str:
    if desk.history and chance(desk.words, ASKED_AGAIN):
        return pick(desk.words, desk.history)
    prompt = opening(desk.words, desk.book, desk.person, about)
    desk.history.append(prompt)
    return prompt


def _turn(desk: Desk, prompt: str, size: float, used: float | None) -> Turn:
    share = desk.habit.used if used is None else used
    return Turn(prompt=prompt, tokens=sized(desk, desk.habit.tokens * size), used=acted_on(desk.rng, share))
