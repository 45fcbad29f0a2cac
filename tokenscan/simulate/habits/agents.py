"""Agents: at work for somebody who codes, or going around in circles."""

from __future__ import annotations

import numpy as np

from tokenscan.simulate.desk import Desk
from tokenscan.simulate.dice import around, count_of, one_of
from tokenscan.simulate.functions import AGENT_APP, APPS
from tokenscan.simulate.habit_model import Agents, Circular
from tokenscan.simulate.placing import conversations, in_a_row, over_the_day, pick_days
from tokenscan.simulate.rows import Array, Rows, joined, rows, texts
from tokenscan.simulate.sizes import habit_marks, marks, text_tokens
from tokenscan.simulate.speaker import slipped

_STEP = 6.5  # median seconds between an agent's calls, and the spread of their logarithm
_STEP_SPREAD = 1.0
_WIDE, _BRIEF = (14_000, 150_000), (2_500, 18_000)  # an agent's own context, and what it shortens the rest to
_WORD_MODELS = ("claude-sonnet-4-5", "claude-opus-4-5")


def agents(desk: Desk, habit: Agents) -> Rows:
    """Return sessions of a coding agent: a typed prompt, then steps that send the growing context again."""
    rng, speaker = desk.rng, desk.speaker
    typed = pick_days(rng, desk.days_of(habit), habit.turns)
    if not len(typed):
        return rows(0)
    opens = conversations(rng, np.unique(typed, return_counts=True)[1], 6.0)
    steps = 1 + rng.geometric(1.0 / max(1.0, habit.steps), len(typed))
    listed = []
    for new in opens.tolist():
        if new:
            speaker.next_conversation()
        listed.append(speaker.typed(speaker.say("agent", "ask" if new else "go_on")))
    turn = np.repeat(np.arange(len(typed)), steps)
    begins = np.zeros(len(turn), np.bool_)
    begins[np.cumsum(steps) - steps] = True
    gaps = np.minimum(240.0, around(rng, _STEP, _STEP_SPREAD, len(turn)))
    last = np.append(begins[1:], True)
    gaps = np.where(last, np.minimum(1700.0, around(rng, 150.0, 1.1, len(turn))), gaps)
    first = begins & opens[turn]
    at = over_the_day(desk, typed[turn], first, gaps)
    told = rng.random() < habit.told
    text = texts(listed)[turn]
    made = _steps(desk, at, first, text, desk.models(typed, habit.model or str(rng.choice(_WORD_MODELS)))[turn])
    if told:
        made = made.changed(text=np.where(begins, text, ""), agent=np.where(begins, 0, 1))
    used = np.where(last, marks(desk, habit.used or desk.used, len(turn), gaming=False), -1)
    made = made.changed(used=used, work=np.where(begins, habit.tasks or 1.0 / desk.per_task, 0.0))
    return made.changed(waste=made.tokens) if desk.gaming(habit) else made


def circular(desk: Desk, habit: Circular) -> Rows:
    """Return sessions in which agents pass the same messages around, one a day."""
    rng, speaker = desk.rng, desk.speaker
    parts = []
    told = rng.random() < 0.5
    for day in desk.days_of(habit).tolist():
        speaker.next_conversation()
        count = count_of(rng, habit.calls)
        known = {"thing": speaker.rng.choice(speaker.topic["thing"])}
        lap = [speaker.say("idle", f"step_{name}", known) for name in "abc"[: 2 + int(rng.random() < 0.5)]]
        listed = []
        for place in range(count):
            noisy = rng.random() < habit.noise
            text = speaker.say("idle", "step_noise", known) if noisy else lap[place % len(lap)]
            listed.append(slipped(speaker.rng, text) if rng.random() < habit.noise else text)
        at = in_a_row(desk, day, one_of(rng, *habit.begin), np.minimum(120.0, around(rng, 9.0, 0.6, count)))
        models = desk.models(np.full(1, day), habit.model).repeat(count)
        made = _steps(desk, at, np.arange(count) == 0, texts(listed), models, _BRIEF)
        made = made.changed(agent=np.full(count, 1 if told else -1))
        parts.append(made.changed(used=habit_marks(desk, habit, count)))
    made = joined(parts)
    return made.changed(waste=made.tokens) if desk.gaming(habit) else made


def _steps(desk: Desk, at: Array, first: Array, text: Array, model: Array, context: tuple[int, int] = _WIDE) -> Rows:
    """Return an agent's calls: what is new is written to a cache, what was said is read from it."""
    rng, count = desk.rng, len(at)
    if not count:
        return rows(0)
    new = np.round(around(rng, 850.0, 1.0, count)).astype(np.int64) + text_tokens(text)
    output = np.clip(np.round(around(rng, 150.0, 1.1, count)), 3, 8000).astype(np.int64)
    total = np.cumsum(new + output) - new - output
    opened = np.maximum.accumulate(np.where(first, np.arange(count), 0))
    held = context[0] + (total - total[opened]) % context[1]
    number = np.cumsum(first) - 1
    return rows(
        count,
        at=at,
        session=desk.new_sessions(int(number[-1]) + 1) + number,
        text=text,
        plain=rng.integers(1, 10, count),
        read=np.where(first, 0, held),
        written=np.where(first, held + new, new),
        output=output,
        app=APPS.index(AGENT_APP),
        model=model,
        latency=np.round(600 + output * around(rng, 9.0, 0.3, count)),
        agent=-1,
        used=-1,
    )
