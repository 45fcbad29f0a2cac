"""The same again: prompts from a personal list, and requests sent several times in a row."""

from __future__ import annotations

import numpy as np

from tokenscan.simulate.asking import padded, reworded
from tokenscan.simulate.desk import Desk
from tokenscan.simulate.dice import around
from tokenscan.simulate.habit_model import Repeats, Runs
from tokenscan.simulate.habits.asking import talked
from tokenscan.simulate.placing import over_the_day, pick_days
from tokenscan.simulate.rows import Rows, rows, texts
from tokenscan.simulate.sizes import Said, answered, attached, calls, habit_marks

_BY_BUTTON = 0.65  # share of runs in which the app is told to answer again


def repeats(desk: Desk, habit: Repeats) -> Rows:
    """Return prompts from a list, each in a conversation of its own."""
    days = pick_days(desk.rng, desk.days_of(habit), habit.count)
    speaker = desk.speaker
    wishes = [speaker.say("idle", habit.section) for _ in range(habit.listed)]
    listed = []
    for _ in days:
        text = wishes[int(len(wishes) * speaker.rng.random() ** 1.4)]
        text = reworded(speaker.rng, text, habit.reword) if habit.reword else text
        listed.append(padded(speaker, text, habit.pad) if habit.pad else text)
    return talked(desk, habit, days, np.ones(len(days), np.bool_), texts(listed))


def runs(desk: Desk, habit: Runs) -> Rows:
    """Return requests sent again and again; all but the first of a run, and what is kept, are for nothing."""
    rng, speaker = desk.rng, desk.speaker
    opened = pick_days(rng, desk.days_of(habit), habit.runs)
    if not len(opened):
        return rows(0)
    lengths = rng.integers(habit.length[0], max(habit.length) + 1, len(opened))
    lengths = np.maximum(lengths, 1)
    days = np.repeat(opened, lengths)
    first = np.zeros(len(days), np.bool_)
    first[np.cumsum(lengths) - lengths] = True
    listed: list[str] = []
    for length in lengths.tolist():
        speaker.next_conversation()
        text = speaker.typed(speaker.say(habit.tongue, habit.section))
        again = (reworded(speaker.rng, text, habit.reword) if habit.reword else text for _ in range(length - 1))
        listed += [text, *again]
    number = np.cumsum(first) - 1
    model = desk.models(opened, habit.model)[number]
    output = answered(desk, days, habit.answer, model)
    gaming = desk.gaming(habit)
    last = np.append(first[1:], True)
    picked = last & (rng.random(len(opened)) < habit.picks)[number]
    used = np.where(picked & (desk.known > 0), 1, habit_marks(desk, habit, len(days)))
    said = Said(
        at=over_the_day(desk, days, first, 2.0 + 0.011 * output + around(rng, habit.pause, 0.8, len(days))),
        first=first,
        text=texts(listed),
        material=attached(desk, days, first, habit.material),
        output=output,
        app=desk.apps(len(opened), habit.app)[number],
        model=model,
    )
    made = calls(desk, said, used=used, work=np.where(first, habit.tasks, 0.0))
    # The button for another answer sends the same context again; who types again sends the last answer too.
    button = (rng.random(len(opened)) < _BY_BUTTON)[number]
    begun = np.flatnonzero(first)[number]
    made = made.changed(
        plain=np.where(button, made["plain"][begun], made["plain"]), read=np.where(button, 0, made["read"])
    )
    return made.changed(waste=made.tokens * ~first) if gaming else made
