"""Give prompts their times and turn them into rows of the chat assistant's export."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sample_logs.generator.calls import Call, Session, Turn
from sample_logs.generator.diary import utc
from sample_logs.generator.dice import around, chance, dice, hexadecimal, pick

if TYPE_CHECKING:
    import random
    from datetime import date, datetime

    from sample_logs.generator.desk import Desk

APPS = {
    "support": ("helpdesk-sidebar", "helpdesk-sidebar", "chat", "mail-addon"),
    "engineering": ("ide-chat", "ide-chat", "chat"),
    "finance": ("chat", "chat", "spreadsheet-addon", "mail-addon"),
    "legal": ("chat", "document-addon", "mail-addon"),
}
MODELS = {
    "support": ("gpt-5-mini", "gpt-5-mini", "claude-haiku-4-5"),
    "engineering": ("claude-sonnet-4-5", "gpt-5", "claude-sonnet-4-5"),
    "finance": ("gpt-5-mini", "gpt-5", "gpt-5-mini"),
    "legal": ("gpt-5", "claude-sonnet-4-5", "gpt-5"),
}
TICKETS = {"support": ("SUP", 10200), "engineering": ("ENG", 4100)}
PAUSE_MEDIAN, PAUSE_SPREAD, LONGEST_PAUSE = 105.0, 1.15, 1500.0
USUAL_ANSWER = 550.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Part of a working day, in local hours."""

    begin: float = 8.6
    hours: float = 7.6


def place(desk: Desk, day: date, sessions: list[Session], span: Span | None = None) -> list[Call]:
    """Spread conversations over a day as people do: log-normal pauses, a lunch break, free time between."""
    rng = desk.rng
    # An office in Asia opens after midnight UTC, so that a working day is one UTC day everywhere.
    opens = 9.05 if desk.person.site == "asia" else 8.4
    span = span or Span(begin=opens + 0.9 * rng.random())
    pauses = [[_pause(rng, turn) for turn in session] for session in sessions]
    talking = sum(map(sum, pauses))
    squeeze = min(1.0, 0.75 * span.hours * 3600 / talking) if talking else 1.0
    free = span.hours * 3600 - talking * squeeze
    shares = [rng.expovariate(1.0) for _ in range(len(sessions) + 1)]
    lunch = 3600 * (2.9 + 0.8 * rng.random())
    lunch_break = 3600 * (0.6 + 0.6 * rng.random()) if span.hours > 6 else 0.0
    start, clock, calls = utc(desk.person.site, day, span.begin), 0.0, []
    for session, gaps, share in zip(sessions, pauses, shares[:-1], strict=True):
        clock += free * share / sum(shares)
        times = []
        for gap in gaps:
            times.append(start + timedelta(seconds=clock + (lunch_break if clock > lunch else 0.0)))
            clock += gap * squeeze
        calls += converse(desk, session, times)
    return calls


def converse(desk: Desk, session: Session, times: list[datetime], app: str = "") -> list[Call]:
    """Turn one conversation into calls: context grows, parts of it come from the cache, some calls fail first."""
    rng = desk.rng
    stub = Stub(
        user=desk.person.user,
        session_id=f"c_{hexadecimal(rng, 10)}",
        app=app or pick(rng, APPS[desk.person.function]),
        model=_model(desk),
        task_id=_ticket(rng, desk.person.function),
    )
    calls: list[Call] = []
    context, before = 0, None
    for turn, time in zip(session, times, strict=True):
        at, warm = time, before is not None and (time - before).total_seconds() < 300
        while chance(rng, desk.habit.errors) and at - time < timedelta(seconds=20):
            calls.append(stub.failed(rng, turn, at))
            at += timedelta(milliseconds=round(around(rng, 3200, 0.4)))
        cached = int(context * 0.9) // 128 * 128 if warm and chance(rng, 0.6) else 0
        call = stub.answered(rng, turn, at, cached)
        calls.append(call)
        context, before = call.input_tokens + call.output_tokens, at
    return calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """What all calls of a conversation share."""

    user: str
    session_id: str
    app: str
    model: str
    task_id: str | None

    def answered(self, rng: random.Random, turn: Turn, at: datetime, cached: int) -> Call:
        """Return the row of a call that worked."""
        output = round(max(12.0, min(0.5 * turn.tokens, around(rng, _typical_answer(turn), 0.45))))
        latency = round(700 + output * around(rng, 9.0, 0.3))
        return self._call(turn, at, (turn.tokens - output + cached, cached, output), latency)

    def failed(self, rng: random.Random, turn: Turn, at: datetime) -> Call:
        """Return the row of a call that failed at once."""
        return self._call(turn, at, None, round(around(rng, 900, 0.4)))

    def _call(self, turn: Turn, at: datetime, tokens: tuple[int, int, int] | None, latency: int) -> Call:
        full, cached, output = tokens or (0, 0, 0)
        return Call(
            at=at.replace(microsecond=at.microsecond // 1000 * 1000),
            user=self.user,
            session_id=self.session_id,
            app=self.app,
            model=self.model,
            prompt=turn.prompt,
            input_tokens=full,
            cache_read_tokens=cached,
            output_tokens=output,
            latency_ms=latency,
            ok=tokens is not None,
            used=turn.used if tokens else None,
            task_id=self.task_id,
        )


def _typical_answer(turn: Turn) -> float:
    """Return the usual length of an answer in tokens; long material does not get a proportionally long one."""
    return 0.085 * min(turn.tokens, math.sqrt(8000.0 * turn.tokens))


def _pause(rng: random.Random, turn: Turn) -> float:
    """Draw the seconds from one prompt to the next: the answer has to arrive and to be read."""
    answer = _typical_answer(turn)
    median = PAUSE_MEDIAN * math.sqrt(max(0.6, answer / USUAL_ANSWER))
    return 1.0 + 0.022 * answer + min(LONGEST_PAUSE, around(rng, median, PAUSE_SPREAD))


def _model(desk: Desk) -> str:
    models = MODELS[desk.person.function]
    favourite = pick(dice("model", desk.person.user), models)
    return favourite if chance(desk.rng, 0.8) else pick(desk.rng, models)


def _ticket(rng: random.Random, function: str) -> str | None:
    if function not in TICKETS or not chance(rng, 0.45):
        return None
    prefix, first = TICKETS[function]
    return f"{prefix}-{first + int(rng.random() * 800)}"
