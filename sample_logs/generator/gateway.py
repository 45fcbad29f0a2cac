"""Calls through the API gateway: engineers' editor plugins and scripts, and the service accounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sample_logs.generator.diary import DIGEST_START, FIRST, LAST, days_between, utc, worked_days
from sample_logs.generator.dice import around, chance, dice, hexadecimal, pick, poisson, uuid
from sample_logs.generator.organisation import DECLARED_SERVICES, PEOPLE, UNDECLARED_SERVICE
from sample_logs.generator.prompts import typed

if TYPE_CHECKING:
    import random

    from sample_logs.generator.organisation import Person
    from sample_logs.generator.prompts import Phrasebook

PROVIDER_TROUBLE = date(2026, 2, 10)
CALLS_A_DAY = {"agentic_coder": 0.6, "on_call": 1.1, "copy_ring": 1.0}
BUSIEST = "Leila Haddad"
CI, INDEXER = DECLARED_SERVICES


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCall:
    """One request at the gateway."""

    request_id: str
    at: datetime
    owner: str
    team: str
    session_id: str
    agent: str  # user agent of the client
    model: str
    messages: tuple[tuple[str, str], ...]  # (role, text), the last one is the prompt
    tokens: tuple[int, int, int]  # prompt (cached included), cached, completion; zeros when it failed
    seconds: float
    ok: bool = True
    cache_hit: str = "None"
    tag: str = ""


def engineer_calls(book: Phrasebook) -> list[GatewayCall]:
    """Return the calls of all engineers, retries and repeated requests included."""
    calls: list[GatewayCall] = []
    for person in PEOPLE:
        if person.function == "engineering":
            rng = dice("gateway", person.user)
            mean = 2.6 if person.name == BUSIEST else CALLS_A_DAY.get(person.role, 1.2)
            for day in worked_days(person):
                for _ in range(poisson(rng, mean / 1.7)):
                    calls += _plugin_session(rng, book, person, day)
    return calls


def _plugin_session(rng: random.Random, book: Phrasebook, person: Person, day: date) -> list[GatewayCall]:
    at = utc(person.site, day, 9.0 + 7.6 * rng.random())
    trouble = 0.5 if day == PROVIDER_TROUBLE else 0.03
    stub = GatewayCall(
        request_id="",
        at=at,
        owner=person.key_owner,
        team=person.team,
        session_id=uuid(rng),
        agent=pick(rng, ("editor-plugin/4.2", "editor-plugin/4.2", "python-client/1.9")),
        model=pick(rng, ("claude-sonnet-4-5", "claude-sonnet-4-5", "gpt-5-mini")),
        messages=(("system", "You are a coding assistant. Answer briefly."),),
        tokens=(0, 0, 0),
        seconds=0.0,
        tag=f"ENG-{4100 + int(800 * rng.random())}" if chance(rng, 0.3) else "",
    )
    calls: list[GatewayCall] = []
    for _ in range(pick(rng, (1, 1, 1, 2, 2, 3))):
        prompt = typed(rng, book.fresh(rng, "platform_daily", "gateway"), person)
        stub = replace(stub, at=at, messages=(*stub.messages, ("user", prompt)))
        while chance(rng, trouble) and at - stub.at < timedelta(seconds=40):
            calls.append(replace(_answered(rng, stub, at, 0), tokens=(0, 0, 0), seconds=0.4, ok=False))
            at += timedelta(seconds=1.5 + 5 * rng.random())
        calls.append(_answered(rng, stub, at, round(around(rng, 4600, 0.6))))
        if chance(rng, 0.03):
            at += timedelta(seconds=20 + 60 * rng.random())
            calls.append(_from_cache(calls[-1], at))
        at += timedelta(seconds=15 + min(1400.0, around(rng, 120, 1.1)))
        stub = replace(stub, messages=(*stub.messages, ("assistant", "(answer left out)")))
    return calls


def _answered(rng: random.Random, stub: GatewayCall, at: datetime, size: int) -> GatewayCall:
    completion = round(max(15.0, size * around(rng, 0.1, 0.5)))
    cached = size // 2 // 128 * 128 if len(stub.messages) > 2 else 0
    seconds = 0.6 + completion * around(rng, 0.013, 0.3)
    shape = f"chatcmpl-{uuid(rng)}" if stub.model.startswith("gpt") else f"msg_01{hexadecimal(rng, 22)}"
    return replace(stub, request_id=shape, at=at, tokens=(size + cached, cached, completion), seconds=seconds)


def _from_cache(call: GatewayCall, at: datetime) -> GatewayCall:
    """Return the row the gateway writes when the same request is answered from its own cache."""
    name = f"{call.request_id}_cache_hit{at.timestamp():.3f}"
    return replace(call, request_id=name, at=at, seconds=0.01, cache_hit="True")


def service_calls(book: Phrasebook) -> list[GatewayCall]:
    """Return the calls of the two declared service accounts and of the one that nobody declared."""
    calls: list[GatewayCall] = []
    rng = dice("services")
    for day in days_between(FIRST, LAST):
        if day.weekday() > 0 and day.weekday() < 6:
            calls += _job(rng, book, _Job(CI, "platform", "nightly", day, time(1, 30)), 4 + poisson(rng, 1.2))
        if day.weekday() < 5:
            calls += _job(rng, book, _Job(INDEXER, "platform", "index", day, time(5, 0)), 3)
        for hour in range(24 if day >= DIGEST_START else 0):
            calls += _job(rng, book, _Job(UNDECLARED_SERVICE, "", "digest", day, time(hour, 5)), 1)
    return calls


@dataclass(frozen=True, slots=True)
class _Job:
    owner: str
    team: str
    section: str
    day: date
    start: time


def _job(rng: random.Random, book: Phrasebook, job: _Job, count: int) -> list[GatewayCall]:
    at = datetime.combine(job.day, job.start, UTC) + timedelta(milliseconds=round(300 + 900 * rng.random()))
    calls: list[GatewayCall] = []
    for _ in range(count):
        stub = GatewayCall(
            request_id="",
            at=at,
            owner=job.owner,
            team=job.team,
            session_id=uuid(rng),
            agent=f"{job.owner}/1.0",
            model="gpt-5-mini",
            messages=(("user", book.fresh(rng, "batch", job.section)),),
            tokens=(0, 0, 0),
            seconds=0.0,
        )
        calls.append(_answered(rng, stub, at, round(around(rng, 2400, 0.3))))
        at += timedelta(seconds=calls[-1].seconds + 0.5 + 2 * rng.random())
    return calls
