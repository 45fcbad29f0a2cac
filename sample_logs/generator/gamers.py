"""Days of the planted people: each kind wastes tokens in its own way, none of them all day long."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sample_logs.generator.calls import Session, Turn
from sample_logs.generator.clock import Span, converse, place
from sample_logs.generator.confounders import ordinary
from sample_logs.generator.desk import Desk, conversations, sized, usual_count
from sample_logs.generator.diary import (
    BURST_DAYS,
    LEADERBOARD_START,
    REVIEW_RUN_UP,
    RING_DAYS,
    utc,
)
from sample_logs.generator.dice import chance, pick
from sample_logs.generator.work import Work, mixed, themed

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from datetime import date


def scripted_loop(desk: Desk, day: date) -> Work:
    """Write a morning of light use, then a script that asks one of six things at a steady pace."""
    rng = desk.rng
    own = [session[:1] for session in conversations(desk, usual_count(desk, day))]
    calls = place(desk, day, own, Span(begin=8.5, hours=4.5))
    wishes = desk.book.grammars["gamers"].sections["loop"]
    count, period = 35 + int(16 * rng.random()), 62 + 31 * rng.random()
    at = utc(desk.person.site, day, 13.6 + 1.2 * rng.random())
    times = [at + timedelta(seconds=period * (step + 0.05 * rng.gauss(0.0, 1.0))) for step in range(count)]
    turns = [
        Turn(prompt=prompt, tokens=sized(desk, 1900), used=False if chance(rng, 0.9) else None)
        for prompt in _drawn(desk.words, wishes, count)
    ]
    return Work(calls=calls + converse(desk, tuple(turns), times, "chat"), tasks=3.2)


def copy_ring(desk: Desk, day: date) -> Work:
    """Write an ordinary day; on agreed days the ring's prompt of the day comes on top."""
    work = ordinary(desk, day)
    if day not in RING_DAYS:
        return work
    rng, book = desk.rng, desk.book.grammars["gamers"]
    prompt = book.fill(desk.words, book.sections["ring"][RING_DAYS.index(day)])
    copies: list[Session] = [
        (Turn(prompt=prompt, tokens=sized(desk, 5200), used=False),) for _ in range(1 + int(2 * rng.random()))
    ]
    # Copied within the same few hours, from Europe's afternoon to New York's morning.
    calls = place(desk, day, copies, Span(begin=15.2 if desk.person.site == "europe" else 9.4, hours=1.8))
    return Work(calls=work.calls + calls, tasks=work.tasks)


def review_spiker(desk: Desk, day: date) -> Work:
    """Write an ordinary day, or one of the two weeks before the review with three times the volume."""
    if not REVIEW_RUN_UP[0] <= day <= REVIEW_RUN_UP[1]:
        return ordinary(desk, day)
    tasks = usual_count(desk, day) / desk.habit.per_task
    count = max(8, usual_count(desk, day, 2.5))
    idle = round(0.65 * count)
    tokens = 1.4 * desk.habit.tokens
    pushed = themed(desk, ("gamers", "review_push"), idle, tokens=tokens, used=0.03)
    own = conversations(desk, count - idle, size=1.25)
    return Work(calls=place(desk, day, mixed(desk, pushed, own)), tasks=tasks)


def regenerator(desk: Desk, day: date) -> Work:
    """Write a day with a few small requests, each sent five to nine times in a row."""
    rng = desk.rng
    count = usual_count(desk, day)
    runs: list[Session] = []
    for _ in range(2 + int(2.4 * rng.random())):
        prompt = desk.book.fresh(desk.words, "gamers", "regenerate")
        again = 5 + int(5 * rng.random())
        runs.append(
            tuple(
                Turn(prompt=prompt, tokens=sized(desk, 2600), used=False if chance(rng, 0.85) else None)
                for _ in range(again)
            )
        )
    sessions = mixed(desk, runs, conversations(desk, count))
    return Work(calls=place(desk, day, sessions), tasks=2.3)


def prompts_per_task(desk: Desk, day: date) -> Work:
    """Write a day full of trivial questions and nearly without results."""
    count = usual_count(desk, day)
    idle = round(0.88 * count)
    trivial = themed(desk, ("gamers", "trivial"), idle, tokens=desk.habit.tokens, used=0.04)
    own = conversations(desk, count - idle, used=0.3)
    return Work(calls=place(desk, day, mixed(desk, trivial, own)), tasks=0.72)


def burster(desk: Desk, day: date) -> Work:
    """Write an ordinary day, or one of a few with many times the usual volume and no result."""
    if day not in BURST_DAYS:
        return ordinary(desk, day)
    count = 42 + int(16 * desk.rng.random())
    volume = (13 + 6 * desk.rng.random()) * desk.habit.prompts * desk.habit.tokens
    sessions = themed(desk, ("gamers", "inflate"), count, tokens=volume / count, used=0.0)
    return Work(calls=place(desk, day, sessions), tasks=0.1)


def duplicate_list(desk: Desk, day: date) -> Work:
    """Write a day in which every third prompt comes from a short personal list."""
    count = usual_count(desk, day)
    wishes = desk.book.grammars["gamers"].sections["list"]
    from_list = sum(chance(desk.rng, 0.33) for _ in range(count))
    repeats: list[Session] = [
        (
            Turn(
                prompt=pick(desk.words, wishes),
                tokens=sized(desk, 3200),
                used=False if chance(desk.rng, 0.8) else None,
            ),
        )
        for _ in range(from_list)
    ]
    own = conversations(desk, count - from_list)
    return Work(
        calls=place(desk, day, mixed(desk, repeats, own)),
        tasks=1.15 * (count - from_list) / desk.habit.per_task,
    )


def team_leaderboard(desk: Desk, day: date) -> Work:
    """Write an ordinary day, or one since the team counts tokens on a board: longer, more, nothing gained."""
    if day < LEADERBOARD_START:
        return ordinary(desk, day)
    tasks = usual_count(desk, day) / desk.habit.per_task
    count = usual_count(desk, day, 1.5)
    half = count // 2
    inflated = themed(desk, ("gamers", "inflate"), half, tokens=3.9 * desk.habit.tokens, used=0.08)
    own = conversations(desk, count - half, size=2.4, used=0.3)
    return Work(calls=place(desk, day, mixed(desk, inflated, own)), tasks=tasks)


def _drawn(rng: random.Random, wishes: Sequence[str], count: int) -> list[str]:
    """Draw from a list without drawing the same entry twice in a row."""
    drawn = [pick(rng, wishes)]
    while len(drawn) < count:
        drawn.append(pick(rng, [wish for wish in wishes if wish != drawn[-1]]))
    return drawn
