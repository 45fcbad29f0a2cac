"""Habits: what kinds of people do beside ordinary work, honest or not. One function a habit, by its record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tokenscan.simulate import habit_model as model
from tokenscan.simulate.desk import Desk
from tokenscan.simulate.habits import agents, asking, documents, groups, machines, repeating, targets
from tokenscan.simulate.rows import Rows

_SHOWN: Mapping[type[model.Habit], Callable[[Desk, Any], Rows]] = {
    model.Agents: agents.agents,
    model.Asks: asking.asks,
    model.Circular: agents.circular,
    model.Cron: machines.cron,
    model.Documents: documents.documents,
    model.Gesture: targets.gesture,
    model.Loop: machines.loop,
    model.Repeats: repeating.repeats,
    model.Ring: groups.ring,
    model.Runs: repeating.runs,
    model.Samples: machines.samples,
    model.Standup: groups.standup,
    model.Template: machines.template,
}


def show(desk: Desk, habit: model.AnyHabit, so_far: Rows) -> Rows:
    """Return the calls that a habit adds to what a person has done ``so_far``."""
    if isinstance(habit, model.TopUp):
        return targets.top_up(desk, habit, so_far)
    return _SHOWN[type(habit)](desk, habit)
