"""The tests inside a rule file: a few streams of calls in, the findings they must produce out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct

Count = Annotated[int, Meta(ge=0, le=10**12)]
Share = Annotated[float, Meta(ge=0, le=1)]
Word = Annotated[str, Meta(min_length=1, max_length=200)]
Scalar = bool | int | float | str

T = TypeVar("T")


class Person(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the people file; a list of users makes one row each."""

    user: Word | tuple[Word, ...]
    team: Word | None = None
    function: Word | None = None
    kind: Literal["human", "service"] = "human"
    timezone: Word = "UTC"
    start_date: date | None = None
    end_date: date | None = None
    fte: Annotated[float, Meta(gt=0, le=2)] | None = None


class PlannedBurst(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A legitimate burst known beforehand; both days belong to it."""

    name: Word
    start: date
    end: date
    teams: tuple[Word, ...] = ()
    users: tuple[Word, ...] = ()


class QuotaTarget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A published usage target."""

    metric: Literal["tokens", "requests", "cost_usd", "active_days"]
    period: Literal["day", "week", "month"]
    minimum: Annotated[float, Meta(ge=0)]
    teams: tuple[Word, ...] = ()


class Stream(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Calls of one person (or of each of several), so many a day.

    ``days`` is "FIRST..LAST", Monday to Friday unless ``weekends``, or a list of dates. A list is cycled: over the
    days for ``calls``, ``start`` and ``tasks``, over the calls of the stream for everything else. ``start`` is in the
    person's own time zone. ``gap`` is the time to the next call, "90s", "7m", "1h" or seconds. In ``prompt``,
    ``response`` and ``session``, ``{n}`` is the running number over the stream, ``{i}`` the number within the day,
    ``{d}`` the number of the day (all from 1) and ``{user}`` the user. ``session`` "day" is one session a person and
    day, "none" none. ``tasks`` goes into the outcomes of each day.
    """

    user: Word | Annotated[tuple[Word, ...], Meta(min_length=1)]
    days: str | Annotated[tuple[date, ...], Meta(min_length=1)]
    weekends: bool = False
    calls: Count | tuple[Count, ...] = 1
    start: str | tuple[str, ...] = "09:00"
    gap: str | float | tuple[str | float, ...] = "7m"
    input_tokens: Count | tuple[Count, ...] = 1000
    output_tokens: Count | tuple[Count, ...] = 300
    cache_read_tokens: Count | tuple[Count, ...] = 0
    cache_write_tokens: Count | tuple[Count, ...] = 0
    reasoning_tokens: Count | tuple[Count, ...] = 0
    prompt: str | tuple[str, ...] | None = None
    prompt_kind: Literal["human", "command", "harness", "tool_result"] | None = None
    response: str | tuple[str, ...] | None = None
    session: Word = "day"
    task_id: str | tuple[str, ...] | None = None
    app: str | tuple[str, ...] | None = None
    model: str | tuple[str, ...] = "gpt-5-mini"
    tool_name: str | tuple[str, ...] | None = None
    status: Literal["ok", "error"] | tuple[Literal["ok", "error"], ...] = "ok"
    used: bool | tuple[bool, ...] | None = None
    is_agent: bool | tuple[bool, ...] | None = None
    latency_ms: Count | tuple[Count, ...] | None = None
    team: Word | None = None
    tasks: float | tuple[float, ...] | None = None


class Call(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call, for tests that need but a few.

    Without a ``timestamp``, calls are a minute apart from a Monday 09:00 UTC.
    ``cost_usd`` is what the call cost; without it nothing is known about its cost, for price lists change.
    """

    user: Word | None = None
    timestamp: datetime | None = None
    team: Word | None = None
    session_id: Word | None = None
    task_id: Word | None = None
    app: Word | None = None
    model: Word | None = None
    provider: Word | None = None
    tool_name: Word | None = None
    prompt: str | None = None
    response_chars: Count | None = None
    input_tokens: Count = 1000
    cache_read_tokens: Count = 0
    cache_write_tokens: Count = 0
    output_tokens: Count = 300
    reasoning_tokens: Count = 0
    cost_usd: Annotated[float, Meta(ge=0, le=10**6)] | None = None
    latency_ms: Count | None = None
    status: Literal["ok", "error"] = "ok"
    used: bool | None = None
    is_agent: bool | None = None


class Expect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding that must be there.

    ``user`` or ``team`` or ``subject`` says whose; a team alone means the team itself, not one of its members.
    ``cleared`` means that it crossed the threshold and is told with the innocent reason, not held against anyone.
    """

    user: Word | None = None
    team: Word | None = None
    subject: Literal["user", "team", "organisation", "account", "prompt"] | None = None
    value: float | None = None
    strength_at_least: Share | None = None
    strength_below: Share | None = None
    confidence: Literal["low", "medium", "high"] | None = None
    cleared: bool = False
    waste_tokens: Count | None = None
    metrics: dict[str, Scalar] = {}


class RuleTest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One test: parameters that differ from the defaults, context, streams or single calls, and what must be found.

    No ``expect`` means silent, cleared candidates aside. ``not_evaluated`` is part of the reason the rule must give for
    not judging.
    """

    name: Word
    streams: tuple[Stream, ...] = ()
    events: tuple[Call, ...] = ()
    params: dict[str, bool | int | float | str | tuple[str | int, ...]] = {}
    reviews: tuple[date, ...] = ()
    holidays: tuple[date, ...] = ()
    planned: tuple[PlannedBurst, ...] = ()
    quotas: tuple[QuotaTarget, ...] = ()
    people: tuple[Person, ...] = ()
    expect: tuple[Expect, ...] = ()
    not_evaluated: Word | None = None


def listed(value: T | tuple[T, ...]) -> tuple[T, ...]:
    """Return a value or a list of values as a list."""
    return value if isinstance(value, tuple) else (value,)


def cycled(value: T | tuple[T, ...], number: int) -> T:
    """Return a value, or the one of a list whose turn ``number`` (from 0) is."""
    return value[number % len(value)] if isinstance(value, tuple) else value
