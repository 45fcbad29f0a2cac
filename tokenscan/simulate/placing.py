"""When things happen: conversations over a day, pauses within them."""

from __future__ import annotations

import numpy as np

from tokenscan.simulate import dice
from tokenscan.simulate.desk import Desk
from tokenscan.simulate.rows import Array

_LONGEST_PAUSE = 1700.0
_PAUSE_SPREAD = 1.1  # of the logarithm, as measured on people who chat and on people who code
_USUAL_ANSWER = 450.0


def conversations(rng: np.random.Generator, counts: Array, mean: float) -> Array:
    """Return which calls open a conversation, for so many calls a day; lengths are geometric with this mean."""
    first = rng.random(int(counts.sum())) < 1.0 / max(1.0, mean)
    ends = np.cumsum(counts)
    starts = (ends - counts)[counts > 0]
    first[starts] = True
    return np.asarray(first, np.bool_)


def pauses(rng: np.random.Generator, answers: Array, median: float, *, reads: bool = True) -> Array:
    """Draw the seconds from one prompt to the next: the answer has to arrive and, mostly, to be read."""
    medians = median * np.sqrt(np.maximum(0.5, answers / _USUAL_ANSWER)) if reads else np.full(len(answers), median)
    drawn = medians * np.exp(_PAUSE_SPREAD * rng.standard_normal(len(answers)) * (1.0 if reads else 0.35))
    return np.asarray(1.0 + 0.013 * answers + np.minimum(_LONGEST_PAUSE, drawn))


def over_the_day(desk: Desk, days: Array, first: Array, gaps: Array) -> Array:
    """Return times (milliseconds) of calls in the order of their days: free time lies between conversations.

    ``gaps`` are the seconds after each call. Long days stretch to 13 hours; beyond that, gaps shrink.
    """
    if not len(days):
        return np.zeros(0, np.int64)
    rng = desk.rng
    dates, starts, slot, counts = np.unique(days, return_index=True, return_inverse=True, return_counts=True)
    talk = np.bincount(slot, gaps)
    hours = desk.kind.hours[1] - desk.kind.hours[0] + 0.4 * rng.standard_normal(len(dates))
    hours = np.clip(talk / (0.75 * 3600), np.maximum(1.0, hours), 13.0)
    squeeze = np.minimum(1.0, 0.85 * hours * 3600 / np.maximum(talk, 1.0))
    free = hours * 3600 - talk * squeeze
    share = rng.exponential(1.0, len(days)) * first
    share = share / (np.bincount(slot, share) + rng.exponential(1.0, len(dates)) + 1e-9)[slot]
    before = np.concatenate([[0.0], gaps[:-1]])
    before[starts] = 0.0
    lead = np.cumsum(before * squeeze[slot] + share * free[slot])
    clock = lead - np.repeat(lead[starts] - (share * free[slot])[starts], counts)
    noon = 3600 * (2.8 + 0.9 * rng.random(len(dates)))
    away = np.where(hours > 6, 3600 * (0.4 + 0.7 * rng.random(len(dates))), 0.0)
    clock += np.where(clock > noon[slot], away[slot], 0.0)
    begin = desk.begin + 0.35 * rng.standard_normal(len(dates))
    return np.asarray(desk.midnight(days) + np.round(1000 * (begin[slot] * 3600 + clock)), np.int64)


def in_a_row(desk: Desk, day: int, hour: float, gaps: Array) -> Array:
    """Return times (milliseconds) from an hour of a day on; ``gaps`` are the seconds after each call."""
    clock = np.concatenate([[0.0], np.cumsum(gaps)[:-1]]) if len(gaps) else gaps
    return np.asarray(desk.midnight(np.array([day]))[0] + np.round(1000 * (hour * 3600 + clock)), np.int64)


def pick_days(rng: np.random.Generator, days: Array, span: tuple[int, int]) -> Array:
    """Return each day as often as something happens on it."""
    return np.repeat(days, rng.integers(span[0], max(span) + 1, len(days)))


def answers(desk: Desk, days: Array, median: float, wordy: Array) -> Array:
    """Draw the tokens of answers; they grow over the period where the kind says so."""
    grown = desk.kind.growth ** (days / desk.world.calendar.days)
    drawn = dice.around(desk.rng, median, 0.75, len(days)) * grown * wordy
    return np.asarray(np.clip(np.round(drawn), 6, 12_000), np.int64)
