"""Days of honest people, the ordinary ones and those that look odd at first sight."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sample_logs.generator.calls import Turn
from sample_logs.generator.clock import Span, converse, place
from sample_logs.generator.desk import Desk, conversations, sized, usual_count
from sample_logs.generator.diary import BATCH_DAYS, INCIDENT, utc
from sample_logs.generator.dice import around, chance
from sample_logs.generator.work import Work, themed

if TYPE_CHECKING:
    from datetime import date


def ordinary(desk: Desk, day: date) -> Work:
    """Write a day like any other."""
    count = usual_count(desk, day)
    return Work(calls=place(desk, day, conversations(desk, count)), tasks=count / desk.habit.per_task)


def with_standup(desk: Desk, day: date, work: Work) -> Work:
    """Add the stand-up template that the whole platform team uses every morning."""
    if not chance(desk.rng, 0.95):
        return work
    notes = desk.book.fresh(desk.words, "platform_daily", "standup")
    turn = Turn(prompt=notes, tokens=sized(desk, 1500), used=chance(desk.rng, 0.93))
    at = utc(desk.person.site, day, 8.1 + 0.25 * desk.rng.random())
    return Work(calls=converse(desk, (turn,), [at], "chat") + work.calls, tasks=work.tasks)


def on_call(desk: Desk, day: date) -> Work:
    """Write a day of the engineer on call: one real incident, with much work done in it."""
    if day != INCIDENT:
        return ordinary(desk, day)
    sessions = themed(desk, ("platform_daily", "incident"), 54, tokens=1.05 * desk.habit.tokens, used=0.68)
    calls = place(desk, day, sessions, Span(begin=8.5, hours=10.5))
    return Work(calls=calls, tasks=54 / desk.habit.per_task)


def hackathon(desk: Desk, day: date) -> Work:
    """Write a day of the planned hackathon."""
    count = round(desk.habit.prompts * (7.5 + 3.0 * desk.rng.random()))
    sessions = themed(desk, ("platform_daily", "hack"), count, tokens=desk.habit.tokens, used=0.4)
    calls = place(desk, day, sessions, Span(begin=9.1, hours=8.0))
    return Work(calls=calls, tasks=count / (1.4 * desk.habit.per_task))


def batch_analyst(desk: Desk, day: date) -> Work:
    """Write a day of the analyst who classifies invoice lines through a template, a fresh line each time."""
    work = ordinary(desk, day)
    if day not in BATCH_DAYS:
        return work
    rng = desk.rng
    at, calls = utc(desk.person.site, day, 13.2 + 0.4 * rng.random()), []
    lines = 135 + int(31 * rng.random())
    session, times = [], []
    for _ in range(lines):
        prompt = desk.book.fresh(desk.words, "batch", "template")
        session.append(Turn(prompt=prompt, tokens=sized(desk, 420), used=chance(rng, 0.94)))
        times.append(at)
        at += timedelta(seconds=4 + min(900.0, around(rng, 26, 0.95)))
    calls = [call for call in work.calls if call.at < times[0]]
    for first in range(0, lines, 30):
        chunk = slice(first, first + 30)
        calls += converse(desk, tuple(session[chunk]), times[chunk], "spreadsheet-addon")
    return Work(calls=calls, tasks=work.tasks + lines / 5)


def new_joiner(desk: Desk, day: date) -> Work:
    """Write a day of someone who starts in February and grows into the job."""
    weeks = (day - desk.person.start).days / 7
    factor = min(1.1, 0.45 + 0.11 * weeks)
    count = usual_count(desk, day, factor)
    return Work(calls=place(desk, day, conversations(desk, count)), tasks=0.9 * count / desk.habit.per_task)
