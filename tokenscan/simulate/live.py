"""Let everybody live through the period: all calls, what came of them, and the truth about each person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tokenscan.simulate import dice
from tokenscan.simulate.calendar import calendar
from tokenscan.simulate.changes import change, failed
from tokenscan.simulate.desk import Desk, World, sit_down
from tokenscan.simulate.functions import APPS, FUNCTIONS, MODELS, PROVIDERS
from tokenscan.simulate.habits import show
from tokenscan.simulate.kind import load_kinds
from tokenscan.simulate.names import found
from tokenscan.simulate.options import Options
from tokenscan.simulate.ordinary import ordinary
from tokenscan.simulate.people import Person, population
from tokenscan.simulate.rows import Array, Rows, joined

_CHARS_A_TOKEN = 4.2
_A_DAY = 86_400_000  # milliseconds that the last night may go on
Progress = Callable[[str, int, int], None]

_CALLS: dict[str, pl.DataType | type[pl.DataType]] = {
    "event_id": pl.String,
    "timestamp": pl.Datetime("us", "UTC"),
    "person": pl.UInt32,  # place in ``Lives.people``
    "session_id": pl.String,
    "task_id": pl.String,
    "app": pl.String,
    "model": pl.String,
    "provider": pl.String,
    "prompt": pl.String,
    "response_chars": pl.Int64,
    "input_tokens": pl.Int64,  # cache reads and writes included
    "cache_read_tokens": pl.Int64,
    "cache_write_tokens": pl.Int64,
    "output_tokens": pl.Int64,
    "latency_ms": pl.Int64,
    "status": pl.String,
    "is_agent": pl.Boolean,
    "used": pl.Boolean,
    "waste_tokens": pl.Int64,  # the truth: not part of any log
    "copy": pl.Boolean,  # the logger wrote the row before twice
}
CALLS = pl.Schema(_CALLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """A population's period. ``calls`` are in order of time, ``outcomes`` by date and user."""

    options: Options
    world: World
    people: tuple[Person, ...]
    calls: pl.DataFrame
    outcomes: pl.DataFrame
    planned: tuple[tuple[Person, tuple[int, ...]], ...]


def live(options: Options, progress: Progress = lambda _stage, _done, _total: None) -> Lives:
    """Simulate a population.

    Raises:
        UsageError: the file of kinds is invalid.
    """
    kinds = load_kinds(options.kinds)
    people = population(options, kinds)
    world = World(
        seed=options.seed,
        calendar=calendar(options.start, options.days),
        organisation=found(options.seed, options.people),
        hides=options.preset == "hard",
    )
    frames, outcomes, planned = [], [], []
    for place, person in enumerate(people):
        desk = sit_down(person, world)
        made = _calls(desk)
        frames.append(_frame(desk, made, place))
        if person.kind.tracked and not person.is_service:
            outcomes.append(_outcomes(desk, made))
        if person.kind.event_known and len(desk.events):
            planned.append((person, tuple(desk.events.tolist())))
        progress("simulating people", place + 1, len(people))
    calls = pl.concat(frames).sort("timestamp", "person", "event_id", "copy")
    done = pl.concat(outcomes) if outcomes else pl.DataFrame(schema=_OUTCOMES)
    return Lives(
        options=options,
        world=world,
        people=tuple(people),
        calls=calls,
        outcomes=done.sort("date", "user"),
        planned=tuple(planned),
    )


def _calls(desk: Desk) -> Rows:
    """Return all of a person's calls as logged, in order of time."""
    made = ordinary(desk) if not desk.person.is_service else joined([])
    for habit in desk.kind.habits:
        made = joined([made, show(desk, habit, made)])
    made = failed(desk, made)
    for entry in desk.kind.changes:
        made = change(desk, entry, made)
    made = made.take(made["at"] < desk.midnight(np.array([desk.world.calendar.days]))[0] + _A_DAY)
    return made.take(np.lexsort((made["same"], made["session"], made["at"])))


def _frame(desk: Desk, made: Rows, place: int) -> pl.DataFrame:
    """Return calls as a table (CALLS), with ids of their own."""
    seat = desk.person.seat
    salt = f"{dice.words(desk.world.seed, 'ids', seat.kind, seat.number).getrandbits(48):012x}"
    number = np.cumsum(made["same"] == 0)
    ticket = FUNCTIONS[desk.person.function].ticket
    columns: dict[str, Any] = {
        "event_id": [f"{salt}{one:06x}" for one in number.tolist()],
        "timestamp": pl.Series(made["at"] * 1000).cast(CALLS["timestamp"]),
        "person": np.full(len(made), place),
        "session_id": [f"{salt}{one:04x}" for one in made["session"].tolist()],
        "task_id": [None if one < 0 else f"{ticket}-{one}" for one in made["ticket"].tolist()],
        "app": [APPS[one] for one in made["app"].tolist()],
        "model": [MODELS[one] for one in made["model"].tolist()],
        "provider": [PROVIDERS[one] for one in made["model"].tolist()],
        "prompt": [text or None for text in made["text"].tolist()],
        "response_chars": np.round(_CHARS_A_TOKEN * made["output"]).astype(np.int64),
        "input_tokens": made["plain"] + made["read"] + made["written"],
        "cache_read_tokens": made["read"],
        "cache_write_tokens": made["written"],
        "output_tokens": made["output"],
        "latency_ms": made["latency"],
        "status": ["ok" if one else "error" for one in made["ok"].tolist()],
        "is_agent": _or_unknown(made["agent"]),
        "used": _or_unknown(made["used"]),
        "waste_tokens": made["waste"],
        "copy": made["same"] > 0,
    }
    return pl.DataFrame([pl.Series(name, values, strict=False).cast(CALLS[name]) for name, values in columns.items()])


def _or_unknown(column: Array) -> pl.Series:
    """Return 1 as true, 0 as false and -1 as unknown."""
    return pl.Series(column > 0).set(pl.Series(column < 0), None)


_OUTCOMES = pl.Schema({"date": pl.Date, "user": pl.String, "tasks_completed": pl.Int64, "errors": pl.Int64})
_STEADINESS = 6.0  # shape of the gamma noise on a day's tasks: life is noisier than Poisson


def _outcomes(desk: Desk, made: Rows) -> pl.DataFrame:
    """Draw the tasks completed on each day worked, or with calls, from the real work in them."""
    rng = dice.numbers(desk.world.seed, "outcomes", desk.person.seat.kind, desk.person.seat.number)
    days = desk.day_of(made["at"])
    length = desk.world.calendar.days
    work = np.bincount(days, made["work"] * made["ok"], length)
    claimed = rng.poisson(np.bincount(days, made["claim"], length))
    shown = np.union1d(desk.worked, days).astype(np.int64)
    tasks = rng.poisson(work * rng.gamma(_STEADINESS, 1 / _STEADINESS, length))
    errors = rng.poisson(0.03 + 0.04 * tasks)
    return pl.DataFrame(
        {
            "date": [desk.world.calendar.day(int(day)) for day in shown],
            "user": [desk.person.user] * len(shown),
            "tasks_completed": (tasks + claimed)[shown],
            "errors": errors[shown],
        },
        schema=_OUTCOMES,
    )
