"""What people do for a published number: fill up the week, or touch the tool once."""

from __future__ import annotations

import numpy as np

from tokenscan.simulate.calendar import QUOTA
from tokenscan.simulate.desk import Desk
from tokenscan.simulate.dice import count_of, one_of
from tokenscan.simulate.habit_model import Gesture, Habit, TopUp
from tokenscan.simulate.rows import Array, Rows, rows, texts
from tokenscan.simulate.sizes import Said, answered, attached, calls, habit_marks

_PIECE = 6000  # tokens of one call that fills up


def top_up(desk: Desk, habit: TopUp, so_far: Rows) -> Rows:
    """Return calls that lift a week just above the target; weeks above it anyway stay as they are."""
    rng, calendar = desk.rng, desk.world.calendar
    weeks = calendar.weeks()
    had = np.bincount(weeks[desk.day_of(so_far["at"])], so_far.tokens, weeks[-1] + 1)
    days: list[int] = []
    sizes: list[int] = []
    for week in range(int(weeks[-1]) + 1):
        at_work = desk.worked[weeks[desk.worked] == week]
        missing = round(QUOTA * one_of(rng, *habit.over) - had[week])
        if len(at_work) < 2 or missing <= 0 or rng.random() >= habit.weeks:
            continue
        pieces = max(1, round(missing / _PIECE))
        cuts = rng.multinomial(missing, rng.dirichlet(np.full(pieces, 6.0)))
        when = at_work[-2:] if habit.late else at_work
        days += sorted(rng.choice(when, pieces).tolist())
        sizes += cuts.tolist()
    made = _alone(desk, habit, np.array(days, np.int64), "idle")
    if not len(made):
        return made
    # The texts are what they are; attached material makes up the rest, so that the week ends where it should.
    output = np.minimum(made["output"], np.array(sizes) // 3)
    made = made.changed(output=output, plain=np.maximum(np.array(sizes) - output, 1))
    return made.changed(waste=made.tokens * desk.gaming(habit))


def gesture(desk: Desk, habit: Gesture) -> Rows:
    """Return a tiny call or two on one of the last days of each week."""
    rng, calendar = desk.rng, desk.world.calendar
    weeks = calendar.weeks()[desk.worked]
    days: list[int] = []
    for week in np.unique(weeks).tolist():
        late = desk.worked[weeks == week][-2:]
        days += [int(rng.choice(late))] * count_of(rng, habit.count)
    made = _alone(desk, habit, np.array(days, np.int64), "trivial")
    plain = np.minimum(made["plain"], 300)
    made = made.changed(plain=plain, output=np.minimum(made["output"], 120))
    return made.changed(waste=made.tokens * desk.gaming(habit))


def _alone(desk: Desk, habit: Habit, days: Array, section: str) -> Rows:
    """Return single calls in the second half of these days."""
    if not len(days):
        return rows(0)
    rng, speaker = desk.rng, desk.speaker
    count = len(days)
    at = np.sort(desk.midnight(days) + np.round(3_600_000 * (desk.begin + 3 + 5 * rng.random(count))))
    model = desk.models(days, habit.model)
    gaming = desk.gaming(habit)
    said = Said(
        at=at.astype(np.int64),
        first=np.ones(count, np.bool_),
        text=texts(speaker.typed(speaker.say("idle", section)) for _ in range(count)),
        material=attached(desk, days, np.ones(count, np.bool_), habit.material),
        output=answered(desk, days, habit.answer, model),
        app=desk.apps(count, habit.app),
        model=model,
    )
    return calls(desk, said, gaming=gaming, used=habit_marks(desk, habit, count), work=habit.tasks)
