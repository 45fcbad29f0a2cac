"""What several people do alike: prompts agreed on, exercises of a training, a team's template."""

from __future__ import annotations

import numpy as np

from tokenscan.simulate import dice
from tokenscan.simulate.asking import padded, reworded
from tokenscan.simulate.desk import Desk
from tokenscan.simulate.habit_model import Ring, Standup
from tokenscan.simulate.placing import in_a_row
from tokenscan.simulate.rows import Rows, rows, texts
from tokenscan.simulate.sizes import Said, answered, calls, habit_marks
from tokenscan.simulate.speaker import Speaker

_COMMANDS = (
    "Review the staged changes for correctness, naming and missing tests. Report a table, most severe first, and stop.",
    "Read the open ticket, restate the problem in two sentences, then propose a plan with at most five steps.",
    "Write the release note for the last merged change in our house style: one line for users, one for operators.",
)


def ring(desk: Desk, habit: Ring) -> Rows:
    """Return a person's copies of what the group agreed to send, within a few hours or days of each other."""
    rng, speaker, calendar = desk.rng, desk.speaker, desk.world.calendar
    shared = desk.group_stream()
    leader = Speaker.of(shared, desk.world.organisation.things)
    open_ = np.flatnonzero(calendar.workdays()).tolist()
    chosen = desk.events.tolist() or sorted(shared.sample(open_, min(habit.agreed, len(open_))))
    agreed = [(day, leader.say(habit.tongue, habit.section)) for day in chosen for _ in range(_a_day(desk, habit))]
    days, listed = [], []
    for day, text in agreed:
        if rng.random() >= habit.attends:
            continue
        later = day + int(rng.integers(0, habit.lasts))
        for _ in range(dice.count_of(rng, habit.copies)):
            own = reworded(speaker.rng, text, habit.reword) if habit.reword else text
            listed.append(padded(speaker, own, habit.pad) if habit.pad else own)
            days.append(min(later, calendar.days - 1))
    if not days:
        return rows(0)
    count = len(days)
    all_days = np.array(days)
    at = desk.midnight(all_days) + np.round(3_600_000 * (13.5 + 3.0 * rng.random(count)))
    order = np.argsort(at, kind="stable")
    model = desk.models(all_days, habit.model)
    gaming = desk.gaming(habit)
    said = Said(
        at=at[order].astype(np.int64),
        first=np.ones(count, np.bool_),
        text=texts(listed)[order],
        material=np.full(count, round(habit.material)),
        output=answered(desk, all_days, habit.answer, model),
        app=desk.apps(count, habit.app),
        model=model,
    )
    return calls(desk, said, gaming=gaming, used=habit_marks(desk, habit, count), work=habit.tasks)


def _a_day(desk: Desk, habit: Ring) -> int:
    """Return how many prompts go around on one of the group's days: a training has several exercises."""
    return max(1, habit.agreed // len(desk.events)) if len(desk.events) else 1


def standup(desk: Desk, habit: Standup) -> Rows:
    """Return the team's template: a stand-up from notes, or a slash-command that is the same text for everybody."""
    rng, speaker = desk.rng, desk.speaker
    days = desk.days_of(habit)
    if not len(days):
        return rows(0)
    team = dice.words(desk.world.seed, "team", desk.person.team, "commands")
    usual = team.choice(_COMMANDS)
    text = texts(usual if habit.command else speaker.say("daily", "standup") for _ in days)
    at = np.concatenate([in_a_row(desk, day, 8.4 + 0.8 * rng.random(), np.zeros(1)) for day in days.tolist()])
    model = desk.models(days, habit.model)
    said = Said(
        at=at.astype(np.int64),
        first=np.ones(len(days), np.bool_),
        text=text,
        material=np.round(dice.around(rng, habit.material, 0.6, len(days))).astype(np.int64),
        output=answered(desk, days, habit.answer, model),
        app=desk.apps(len(days), habit.app or "chat"),
        model=model,
    )
    return calls(desk, said, gaming=desk.gaming(habit), used=habit_marks(desk, habit, len(days)), work=habit.tasks)
