"""What everybody does: some conversations a day, bursty, heavy-tailed, with weeks and seasons."""

from __future__ import annotations

import numpy as np

from tokenscan.simulate.asking import follow_up, opening, subject
from tokenscan.simulate.desk import Desk
from tokenscan.simulate.placing import conversations, over_the_day, pauses
from tokenscan.simulate.rows import Array, Rows, rows, texts
from tokenscan.simulate.sizes import Said, answered, attached, calls, marks
from tokenscan.simulate.speaker import Speaker

_FRIDAY, _MONDAY = 4, 0
_SLOW = 0.75  # how much of yesterday's mood is left
_FOREIGN = 0.35


def ordinary(desk: Desk) -> Rows:
    """Return the ordinary calls of a person, in order of time within each day."""
    counts = daily_counts(desk)
    days = np.repeat(desk.worked, counts)
    if not len(days):
        return rows(0)
    rng, kind = desk.rng, desk.kind
    first = conversations(rng, counts, kind.talk)
    number = np.cumsum(first) - 1
    opened = np.flatnonzero(first)
    model = desk.models(days[opened])[number]
    output = answered(desk, days, desk.answer, model)
    at = over_the_day(desk, days, first, pauses(rng, output, kind.pause))
    said = Said(
        at=at,
        first=first,
        text=typed_texts(desk, days, first),
        material=attached(desk, days, first, desk.material),
        output=output,
        app=desk.apps(len(opened))[number],
        model=model,
    )
    return calls(desk, said, used=marks(desk, desk.used, len(days), gaming=False), work=1.0 / desk.per_task)


def daily_counts(desk: Desk) -> Array:
    """Draw how many prompts each worked day has."""
    rng, kind, calendar, days = desk.rng, desk.kind, desk.world.calendar, desk.worked
    count = len(days)
    # Moods last for days; single days have heavier tails than a normal distribution gives them.
    shocks, mood = rng.standard_normal(count), np.zeros(count)
    for place in range(1, count):
        mood[place] = _SLOW * mood[place - 1] + np.sqrt(1 - _SLOW**2) * shocks[place]
    swing = kind.burstiness * (0.6 * mood + 0.8 * np.clip(rng.standard_t(5, count), -4, 4) / 1.29)
    weekdays = calendar.weekdays()[days]
    level = desk.prompts * np.where(weekdays == _FRIDAY, 0.8, np.where(weekdays == _MONDAY, 0.95, 1.0))
    level = level * np.where(weekdays > _FRIDAY, 0.5, 1.0) * np.exp(swing - kind.burstiness**2 / 4)
    level = level * np.where(rng.random(count) < kind.rush, 3 + 3 * rng.random(count), 1.0)
    level = level * np.where(calendar.run_up()[days], kind.review_response, 1.0)
    level = level * np.where(calendar.quarter_ends()[days], kind.quarter_end, 1.0)
    level = level * np.where(np.isin(days, desk.events), kind.event, 1.0)
    if kind.ramp_weeks > 0:
        level = level * np.minimum(1.0, 0.25 + 0.75 * (days - kind.joins * calendar.days) / (7 * kind.ramp_weeks))
    level = np.where(rng.random(count) < kind.idle, 0.0, level)
    return np.asarray(np.minimum(rng.poisson(level), 400), np.int64)


def typed_texts(desk: Desk, days: Array, first: Array) -> Array:
    """Return what is typed, prompt by prompt."""
    speaker, person, kind = desk.speaker, desk.person, desk.kind
    share = _FOREIGN if not kind.language else 0.8
    own = own_templates(speaker, person.function) if kind.template_share else []
    listed: list[str] = []
    tongue, today = person.function, -1
    for day, opens in zip(days.tolist(), first.tolist(), strict=True):
        if day != today:
            speaker.next_day()
            today = day
        if opens:
            speaker.next_conversation()
            tongue = subject(speaker, person.function, person.tongue, share)
        if own and speaker.rng.random() < kind.template_share:
            listed.append(filled(speaker, own[int(len(own) * speaker.rng.random() ** 1.5)]))
        else:
            listed.append(opening(speaker, tongue) if opens else follow_up(speaker, tongue))
    return texts(listed)


def own_templates(speaker: Speaker, function: str) -> list[str]:
    """Return the templates that a person keeps in a note, to be filled each time."""
    return [f"{opening(speaker, function)[:240]} {speaker.say('everyday', 'want')}" for _ in range(4)]


def filled(speaker: Speaker, template: str) -> str:
    """Return a template with today's facts."""
    return f"{template}\n{speaker.say('everyday', 'mail_line')} {speaker.say('everyday', 'because')}"
