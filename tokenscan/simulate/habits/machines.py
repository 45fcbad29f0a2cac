"""What a machine paces: scripts in a loop, filled templates, samples of one prompt, jobs by the clock."""

from __future__ import annotations

import msgspec
import numpy as np

from tokenscan.simulate.asking import reworded
from tokenscan.simulate.desk import Desk
from tokenscan.simulate.dice import around, count_of, one_of
from tokenscan.simulate.functions import API_APP
from tokenscan.simulate.habit_model import Cron, Habit, Loop, Samples, Template
from tokenscan.simulate.placing import in_a_row
from tokenscan.simulate.rows import Array, Rows, joined, rows, texts
from tokenscan.simulate.sizes import Said, answered, calls, habit_marks

_A_SHEET = 30  # rows that an add-on sends in one conversation


def loop(desk: Desk, habit: Loop) -> Rows:
    """Return scripts that ask for the entries of a list at a pace of their own, one a day."""
    rng, speaker = desk.rng, desk.speaker
    wishes = [speaker.say("idle", "idle") for _ in range(habit.listed)]
    parts = []
    for day in desk.days_of(habit).tolist():
        count = count_of(rng, habit.count)
        gaps = one_of(rng, *habit.period) * np.exp(habit.jitter * rng.standard_normal(count))
        listed, before = [], ""
        for _ in range(count):
            before = speaker.rng.choice([wish for wish in wishes if wish != before] or wishes)
            listed.append(reworded(speaker.rng, before, habit.reword) if habit.reword else before)
        at = in_a_row(desk, day, one_of(rng, *habit.begin), gaps)
        first = np.zeros(count, np.bool_)
        first[:1] = True
        parts.append(_sent(desk, habit, day, at, first, texts(listed)))
    return joined(parts)


def template(desk: Desk, habit: Template) -> Rows:
    """Return a sheet of rows put into one wording, a fresh filling each time."""
    rng, speaker = desk.rng, desk.speaker
    parts = []
    for day in desk.days_of(habit).tolist():
        speaker.next_conversation()
        count = count_of(rng, habit.count)
        gaps = 3.0 + np.minimum(900.0, around(rng, habit.pause, habit.spread, count))
        listed = [speaker.say(habit.tongue, habit.section) for _ in range(count)]
        at = in_a_row(desk, day, one_of(rng, *habit.begin), gaps)
        parts.append(_sent(desk, habit, day, at, np.arange(count) % _A_SHEET == 0, texts(listed)))
    return joined(parts)


def samples(desk: Desk, habit: Samples) -> Rows:
    """Return prompts sent many times at once through the API, to compare models or settings."""
    rng, speaker = desk.rng, desk.speaker
    parts = []
    habit = msgspec.structs.replace(habit, app=habit.app or API_APP)
    for day in desk.days_of(habit).tolist():
        hour = desk.begin + 7 * rng.random()
        for _ in range(count_of(rng, habit.prompts)):
            speaker.next_conversation()
            count = count_of(rng, habit.copies)
            text = texts([speaker.say("engineering")] * count)
            at = in_a_row(desk, day, hour, rng.exponential(habit.gap, count))
            made = _sent(desk, habit, day, at, np.ones(count, np.bool_), text)
            parts.append(made.changed(session=np.full(count, desk.new_sessions(1))))
            hour += 0.1 + 0.5 * rng.random()
    return joined(parts)


def cron(desk: Desk, habit: Cron) -> Rows:
    """Return a job that runs by the clock, weekends and holidays included."""
    rng, speaker = desk.rng, desk.speaker
    ticks = np.arange(habit.hours[0] * 60 + rng.random(), habit.hours[1] * 60, habit.period)
    days = np.arange(desk.world.calendar.days)[int(desk.kind.joins * desk.world.calendar.days) :]
    days = desk.days_of(habit) if habit.at_work else days
    minutes = np.tile(ticks, len(days)) + 0.02 * rng.random(len(days) * len(ticks))
    days = np.repeat(days, len(ticks))
    if not len(days):
        return rows(0)
    at = np.asarray(desk.midnight(days) + np.round(60_000 * minutes), np.int64)
    usual = speaker.say(habit.tongue, habit.section)
    text = texts(usual if habit.fixed else speaker.say(habit.tongue, habit.section) for _ in range(len(at)))
    return _sent(desk, habit, days, at, np.ones(len(at), np.bool_), text)


def _sent(desk: Desk, habit: Habit, days: int | Array, at: Array, first: Array, text: Array) -> Rows:
    """Return calls of one app and model."""
    count = len(at)
    all_days = np.broadcast_to(np.asarray(days), count)
    model = desk.models(all_days[:1], habit.model).repeat(count) if count else all_days
    gaming = desk.gaming(habit)
    output = answered(desk, all_days, habit.answer, model)
    said = Said(
        at=at,
        first=first,
        text=text,
        material=np.full(count, round(habit.material)),
        output=output,
        app=desk.apps(1, habit.app or "chat").repeat(count),
        model=model,
    )
    return calls(
        desk,
        said,
        gaming=gaming,
        used=habit_marks(desk, habit, count),
        work=habit.tasks,
    )
