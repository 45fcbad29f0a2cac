"""One person at work: own streams of chance, own measures, own days."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from tokenscan.simulate import dice
from tokenscan.simulate.calendar import Calendar, Days, midnights
from tokenscan.simulate.functions import APPS, FUNCTIONS, MODELS, Function
from tokenscan.simulate.habit_model import Habit
from tokenscan.simulate.kind import Kind
from tokenscan.simulate.names import Organisation
from tokenscan.simulate.people import Person
from tokenscan.simulate.rows import Array
from tokenscan.simulate.speaker import Speaker

_DAYS_OF_PART_TIME = ((0, 1, 2), (0, 1, 3), (1, 2, 3), (0, 2, 4), (2, 3, 4))
_MIGRATION = 0.45  # when in the period models are changed
_NO_MARKS = 0.08  # share of people of whom no log tells whether they use answers


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What all people share."""

    seed: int
    calendar: Calendar
    organisation: Organisation
    hides: bool  # gamers fake marks of use, and honest people differ more


@dataclass(slots=True, kw_only=True)
class Desk:
    """A person with everything that is drawn once."""

    person: Person
    world: World
    rng: np.random.Generator
    speaker: Speaker
    prompts: float  # a working day
    material: float
    answer: float
    per_task: float
    used: float
    known: float
    fakes: bool
    begin: float
    model: int
    worked: Days  # day numbers
    events: Days
    sessions: int = 0

    @property
    def kind(self) -> Kind:
        """Return the person's kind."""
        return self.person.kind

    @property
    def function(self) -> Function:
        """Return what is usual where the person works."""
        return FUNCTIONS[self.person.function]

    def new_sessions(self, count: int) -> int:
        """Reserve session numbers and return the first."""
        first = self.sessions
        self.sessions += count
        return first

    def midnight(self, days: Array) -> Array:
        """Return when these local days begin, in milliseconds UTC."""
        calendar = self.world.calendar
        return np.asarray(midnights(calendar.start, calendar.days, self.person.zone)[days])

    def day_of(self, at: Array) -> Array:
        """Return the local day of each moment."""
        calendar = self.world.calendar
        starts = midnights(calendar.start, calendar.days, self.person.zone)
        return np.asarray(np.clip(np.searchsorted(starts, at, side="right") - 1, 0, calendar.days - 1))

    def apps(self, count: int, app: str = "") -> Array:
        """Draw the app of so many conversations."""
        choices = (app,) if app else self.function.apps
        return np.array([APPS.index(name) for name in choices])[self.rng.integers(0, len(choices), count)]

    def models(self, days: Array, model: str = "") -> Array:
        """Draw the model of conversations on these days: mostly the favourite, another one after a migration."""
        if model:
            return np.full(len(days), MODELS.index(model))
        others = np.array([MODELS.index(name) for name in self.function.models])
        drawn = others[self.rng.integers(0, len(others), len(days))]
        chosen = np.where(self.rng.random(len(days)) < 0.82, self.model, drawn)
        if self.kind.migrates:
            late = days >= _MIGRATION * self.world.calendar.days
            chosen = np.where(late, MODELS.index("gemini-2.5-pro"), chosen)
        return chosen

    def gaming(self, habit: Habit) -> bool:
        """Return whether a habit is gaming: as it says itself, else as the label of the kind says."""
        return habit.waste if habit.waste is not None else self.kind.label == "gamer"

    def days_of(self, habit: Habit) -> Days:
        """Draw the days on which a habit shows."""
        calendar = self.world.calendar
        if habit.when == "event":
            return self.events
        days = self.worked
        if habit.when == "before_review":
            days = days[calendar.run_up()[days]]
        elif habit.when == "quarter_end":
            days = days[calendar.quarter_ends()[days]]
        return days[self.rng.random(len(days)) < habit.days]

    def group_stream(self) -> random.Random:
        """Return a stream that everybody of the group shares."""
        return dice.words(self.world.seed, "agreed", self.person.seat.kind, self.person.seat.group)


def sit_down(person: Person, world: World) -> Desk:
    """Draw what is particular about a person."""
    seat, kind = person.seat, person.kind
    rng = dice.numbers(world.seed, "work", seat.kind, seat.number)
    usual = FUNCTIONS[person.function]
    measures = np.exp(rng.standard_normal(4) * (0.42, 0.4, 0.3, 0.18))
    spread = 0.13 if world.hides else 0.06
    models = [MODELS.index(name) for name in usual.models]
    desk = Desk(
        person=person,
        world=world,
        rng=rng,
        speaker=Speaker.of(dice.words(world.seed, "texts", seat.kind, seat.number), world.organisation.things),
        prompts=usual.prompts * kind.rate * float(measures[0]),
        material=usual.material * kind.material * float(measures[1]),
        answer=usual.answer * kind.answers * float(measures[2]),
        per_task=usual.per_task * kind.per_task * float(measures[3]),
        used=float(np.clip(usual.used * kind.used + spread * rng.standard_normal(), 0.04, 0.95)),
        known=0.0 if rng.random() < _NO_MARKS else 0.6 + 0.35 * rng.random(),
        fakes=world.hides and rng.random() < 0.5,
        begin=kind.hours[0] + 0.55 * float(rng.standard_normal()),
        model=models[int(rng.integers(0, len(models)))],
        worked=_worked(rng, kind, world.calendar),
        events=_events(person, world),
    )
    if len(desk.events):
        desk.worked = np.union1d(desk.worked, desk.events)
    return desk


def _worked(rng: np.random.Generator, kind: Kind, calendar: Calendar) -> Days:
    """Draw the days worked: no weekends as a rule, no holidays, some leave, not before joining."""
    weekdays = calendar.weekdays()
    open_ = calendar.workdays()
    at_weekend = (weekdays >= 5) & (rng.random(calendar.days) < kind.weekend)
    if kind.fte < 0.9:
        open_ &= np.isin(weekdays, _DAYS_OF_PART_TIME[int(rng.integers(0, len(_DAYS_OF_PART_TIME)))])
    for _ in range(int(rng.poisson(calendar.days / 130))):
        first = int(rng.integers(0, calendar.days))
        open_[first : first + int(rng.choice((2, 5, 7, 14)))] = False
    present = (open_ & (rng.random(calendar.days) > 0.03)) | at_weekend
    present[: int(kind.joins * calendar.days)] = False
    return np.flatnonzero(present).astype(np.int64)


def _events(person: Person, world: World) -> Days:
    """Draw the days on which something happens to the person, the same for everybody of a group."""
    count, pieces = person.kind.event_days
    open_ = np.flatnonzero(world.calendar.workdays())
    settled = open_[int(len(open_) * 0.25) :]  # there has to be a time before
    if not count or len(settled) < count:
        return np.zeros(0, np.int64)
    shared = person.kind.group > 1
    who = (person.seat.kind, person.seat.group) if shared else (person.seat.kind, person.seat.group, person.seat.number)
    rng = dice.words(world.seed, "events", *who)
    length = -(-count // max(1, pieces))
    firsts = sorted(rng.sample(range(max(1, len(settled) - length)), min(pieces, max(1, len(settled) - length))))
    chosen = {int(settled[min(first + step, len(settled) - 1)]) for first in firsts for step in range(length)}
    return np.array(sorted(chosen)[:count], np.int64)
