"""Turns the streams and the context of a rule's test into the tables that a real log and config would give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from tokenscan.context.model import ALIASES, OUTCOMES, PEOPLE, Context, Planned, Quota, Review
from tokenscan.events.schema import RAW
from tokenscan.ruleset import timing
from tokenscan.ruleset.cases import Call, Person, RuleTest, Stream, cycled, listed

SOURCE = "selftest"
FIRST_CALL = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday


def raw_events(test: RuleTest) -> pl.DataFrame:
    """Return the calls of all streams in the RAW schema, sorted by time and event id."""
    zones = {user: timing.zone(person.timezone) for person in test.people for user in listed(person.user)}
    rows = [
        row | {"event_id": f"s{number}-{user}-{row['source_row']}"}
        for number, stream in enumerate(test.streams, start=1)
        for user in listed(stream.user)
        for row in _calls(stream, user, zones.get(user, timing.zone("UTC")))
    ]
    rows += [_event(call, number) for number, call in enumerate(test.events)]
    return pl.DataFrame(rows, schema=RAW).sort("timestamp", "event_id")


def context(test: RuleTest) -> Context:
    """Return people, outcomes and calendar as the test states them."""
    people = [_person(person, user) for person in test.people for user in listed(person.user)]
    names = [{"alias": row["user"], "user": row["user"]} for row in people]
    return Context(
        people=pl.DataFrame(people, schema=PEOPLE).sort("user"),
        aliases=pl.DataFrame(names, schema=ALIASES).sort("alias"),
        outcomes=_outcomes(test),
        reviews=tuple(Review(name=f"review of {day}", day=day) for day in test.reviews),
        quotas=tuple(
            Quota(metric=item.metric, period=item.period, minimum=item.minimum, teams=frozenset(item.teams))
            for item in test.quotas
        ),
        holidays=frozenset(test.holidays),
        planned=tuple(
            Planned(
                name=item.name,
                start=item.start,
                end=item.end,
                teams=frozenset(item.teams),
                users=frozenset(item.users),
            )
            for item in test.planned
        ),
    )


def _calls(stream: Stream, user: str, zone: ZoneInfo) -> Iterator[dict[str, object]]:
    """Yield the calls of one person in a stream, as rows of RAW but for the event id."""
    number = 0
    pauses: tuple[str | float, ...] = listed(stream.gap)
    for day_number, day in enumerate(timing.days(stream.days, weekends=stream.weekends)):
        start = timing.clock(cycled(stream.start, day_number))
        moment = datetime.combine(day, start, tzinfo=zone).astimezone(UTC)
        for place in range(cycled(stream.calls, day_number)):
            slots = {"{n}": number + 1, "{i}": place + 1, "{d}": day_number + 1, "{user}": user}
            yield {"timestamp": moment, "user": user} | _call(stream, number, slots, day)
            moment += timing.gap(pauses[number % len(pauses)])
            number += 1


def _call(stream: Stream, number: int, slots: Mapping[str, object], day: date) -> dict[str, object]:
    """Return what call ``number`` (from 0) of a stream says besides who and when."""
    prompt, response = _text(stream.prompt, number, slots), _text(stream.response, number, slots)
    session = f"{slots['{user}']} {day}" if stream.session == "day" else _fill(stream.session, slots)
    return {
        "grain": "call",
        "n_requests": 1,
        "user_kind": "login",
        "team": stream.team,
        "session_id": None if stream.session == "none" else session,
        "session_quality": "none" if stream.session == "none" else "client",
        "task_id": _text(stream.task_id, number, slots),
        "app": _text(stream.app, number, slots),
        "model": cycled(stream.model, number),
        "prompt_scope": "none" if prompt is None else "last_user",
        "prompt_truncated": False,
        "input_tokens": cycled(stream.input_tokens, number),
        "cache_read_tokens": cycled(stream.cache_read_tokens, number),
        "cache_write_tokens": cycled(stream.cache_write_tokens, number),
        "output_tokens": cycled(stream.output_tokens, number),
        "reasoning_tokens": cycled(stream.reasoning_tokens, number),
        "tokens_quality": "logged",
        "cost_kind": "unknown",
        "latency_ms": cycled(stream.latency_ms, number),
        "status": cycled(stream.status, number),
        "is_agent": cycled(stream.is_agent, number),
        "tool_name": cycled(stream.tool_name, number),
        "used": cycled(stream.used, number),
        "source_format": SOURCE,
        "source_file": SOURCE,
        "source_row": number + 1,
        "prompt": prompt,
        "prompt_kind": stream.prompt_kind,
        "response": response,
        "response_chars": None if response is None else len(response),
    }


def _event(call: Call, number: int) -> dict[str, object]:
    """Return a call that a test states by itself, as a row of RAW."""
    when = call.timestamp or FIRST_CALL + timedelta(minutes=number)
    said = {name: getattr(call, name) for name in call.__struct_fields__ if name != "cost_usd"}
    cost = None if call.cost_usd is None else round(call.cost_usd * 10**9)
    return said | {
        "event_id": f"e{number + 1}",
        "timestamp": when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC),
        "grain": "call",
        "n_requests": 1,
        "user_kind": "none" if call.user is None else "login",
        "session_quality": "none" if call.session_id is None else "client",
        "prompt_scope": "none" if call.prompt is None else "last_user",
        "prompt_truncated": False,
        "tokens_quality": "logged",
        "cost_nanousd": cost,
        "cost_kind": "unknown" if cost is None else "logged",
        "source_format": SOURCE,
        "source_file": SOURCE,
        "source_row": number + 1,
    }


def _outcomes(test: RuleTest) -> pl.DataFrame:
    """Return one row a person and day with the tasks that the streams state."""
    done: dict[tuple[date, str], float] = {}
    for stream in test.streams:
        for number, day in enumerate(timing.days(stream.days, weekends=stream.weekends)):
            for user in listed(stream.user) if stream.tasks is not None else ():
                done[day, user] = done.get((day, user), 0.0) + (cycled(stream.tasks, number) or 0.0)
    rows = [{"date": day, "user": user, "tasks_completed": tasks} for (day, user), tasks in sorted(done.items())]
    return pl.DataFrame(rows, schema=OUTCOMES)


def _person(person: Person, user: str) -> dict[str, object]:
    return {
        "user": user,
        "team": person.team,
        "function": person.function,
        "kind": person.kind,
        "timezone": person.timezone,
        "start_date": person.start_date,
        "end_date": person.end_date,
        "fte": person.fte,
    }


def _text(value: str | tuple[str, ...] | None, number: int, slots: Mapping[str, object]) -> str | None:
    text = cycled(value, number)
    return None if text is None else _fill(text, slots)


def _fill(text: str, slots: Mapping[str, object]) -> str:
    for slot, value in slots.items():
        text = text.replace(slot, str(value))
    return text
