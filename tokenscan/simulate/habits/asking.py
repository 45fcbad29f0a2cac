"""Conversations beside the ordinary ones: idle questions, trivial ones, pushes before a review, unread answers."""

from __future__ import annotations

import numpy as np

from tokenscan.simulate.desk import Desk
from tokenscan.simulate.habit_model import Asks, Habit
from tokenscan.simulate.placing import conversations, over_the_day, pauses, pick_days
from tokenscan.simulate.rows import Array, Rows, rows, texts
from tokenscan.simulate.sizes import Said, answered, attached, calls, habit_marks


def asks(desk: Desk, habit: Asks) -> Rows:
    """Return conversations with texts from one section of a phrase file."""
    days = pick_days(desk.rng, desk.days_of(habit), habit.count)
    counts = np.unique(days, return_counts=True)[1]
    first = conversations(desk.rng, counts, habit.session) if len(days) else np.zeros(0, np.bool_)
    speaker = desk.speaker
    listed = []
    for opens in first.tolist():
        if opens:
            speaker.next_conversation()
        listed.append(speaker.typed(speaker.say(habit.tongue, habit.section)))
    return talked(desk, habit, days, first, texts(listed), (habit.pause, habit.reads))


def talked(
    desk: Desk, habit: Habit, days: Array, first: Array, text: Array, pace: tuple[float, bool] = (110.0, True)
) -> Rows:
    """Return conversations spread over their days; ``pace`` is the median pause, and whether answers are read."""
    if not len(days):
        return rows(0)
    number, opened = np.cumsum(first) - 1, np.flatnonzero(first)
    model = desk.models(days[opened], habit.model)[number]
    output = answered(desk, days, habit.answer, model)
    gaming = desk.gaming(habit)
    said = Said(
        at=over_the_day(desk, days, first, pauses(desk.rng, output, pace[0], reads=pace[1])),
        first=first,
        text=text,
        material=attached(desk, days, first, habit.material),
        output=output,
        app=desk.apps(len(opened), habit.app)[number],
        model=model,
    )
    return calls(desk, said, gaming=gaming, used=habit_marks(desk, habit, len(days)), work=habit.tasks)
