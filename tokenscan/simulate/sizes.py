"""How many tokens a call takes: conversations send their history again, part of which a cache holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tokenscan.simulate import dice
from tokenscan.simulate.desk import Desk
from tokenscan.simulate.functions import WORDY
from tokenscan.simulate.habit_model import Habit
from tokenscan.simulate.placing import answers
from tokenscan.simulate.rows import Array, Rows, rows

_CHARS_A_TOKEN = 4.2
_SYSTEM = np.array([420, 900, 350, 1200, 500, 600, 9000, 0, 700])  # tokens of each app's own instructions
_LONGEST_CONTEXT = 180_000
_WARM = 300_000  # milliseconds for which a cache keeps a conversation
_IS_CACHED = 0.55
_MATERIAL_SPREAD = 1.15
_MOST_MATERIAL = 2_000_000  # what a kind's factors cannot exceed


def text_tokens(text: Array) -> Array:
    """Return the tokens of texts."""
    return np.fromiter((1 + int(len(one) / _CHARS_A_TOKEN) for one in text), np.int64, len(text))


def attached(desk: Desk, days: Array, first: Array, median: float) -> Array:
    """Draw the tokens that people attach when they open a conversation."""
    grown = desk.kind.growth ** (days / desk.world.calendar.days)
    drawn = dice.around(desk.rng, median, _MATERIAL_SPREAD, len(days)) * grown * first
    return np.asarray(np.minimum(np.round(drawn), _MOST_MATERIAL), np.int64)


def wordy(models: Array) -> Array:
    """Return how long the answers of models are next to others."""
    return np.asarray(WORDY)[models]


def marks(desk: Desk, share: float, count: int, *, gaming: bool) -> Array:
    """Draw marks of use; some gamers copy what they do not need, to look busy."""
    if gaming and desk.fakes:
        share = max(share, 0.8 * desk.used)
    used = desk.rng.random(count) < share
    return np.where(desk.rng.random(count) < desk.known, used, -1)


def habit_marks(desk: Desk, habit: Habit, count: int) -> Array:
    """Draw the marks of use of a habit's answers."""
    if not habit.marked:
        return np.full(count, -1)
    return marks(desk, habit.used, count, gaming=desk.gaming(habit))


def history(session_first: Array, sizes: Array) -> Array:
    """Return what was said before in the same conversation, given which rows open one."""
    total = np.cumsum(sizes) - sizes
    opened = np.maximum.accumulate(np.where(session_first, np.arange(len(sizes)), 0))
    return np.asarray(np.minimum(total - total[opened], _LONGEST_CONTEXT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Conversations, one after the other, row by row; ``first`` says which rows open one."""

    at: Array  # milliseconds since 1970 (UTC)
    first: Array
    text: Array
    material: Array  # tokens attached
    output: Array
    app: Array
    model: Array


def calls(desk: Desk, said: Said, *, gaming: bool = False, **truth: Array | float) -> Rows:
    """Return the rows of conversations; all their tokens are waste where it is gaming. ``truth``: more columns."""
    count, at, first = len(said.at), said.at, said.first
    if not count:
        return rows(0)
    rng = desk.rng
    own = text_tokens(said.text) + said.material
    before = history(first, own + said.output)
    system = _SYSTEM[said.app]
    warm = (np.diff(at, prepend=at[0]) < _WARM) & ~first & (rng.random(count) < _IS_CACHED) & desk.kind.cached
    read = np.where(warm, (system + before) * 9 // 10 // 128 * 128, 0)
    number = np.cumsum(first) - 1
    made = rows(
        count,
        at=at,
        session=desk.new_sessions(int(number[-1]) + 1) + number,
        text=said.text,
        plain=system + before + own - read,
        read=read,
        output=said.output,
        app=said.app,
        model=said.model,
        latency=np.round(650 + said.output * dice.around(rng, 9.0, 0.3, count)),
        ticket=_tickets(desk, first),
        **{"agent": -1, "used": -1, **truth},
    )
    return made.changed(waste=made.tokens) if gaming else made


def _tickets(desk: Desk, first: Array) -> Array:
    """Draw the tickets of conversations, where the function works on tickets."""
    number = np.cumsum(first) - 1
    drawn = desk.rng.integers(1000, 9999, int(number[-1]) + 1)
    has = desk.rng.random(len(drawn)) < (0.45 if desk.function.ticket else 0.0)
    return np.asarray(np.where(has, drawn, -1)[number])


def answered(desk: Desk, days: Array, median: float, models: Array) -> Array:
    """Draw the tokens of these models' answers on these days."""
    return answers(desk, days, median, wordy(models))
