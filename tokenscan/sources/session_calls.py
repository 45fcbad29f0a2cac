"""Calls read from session files of coding agents, and the RAW frames they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import polars as pl

from tokenscan.events.schema import RAW, TIMESTAMP
from tokenscan.sources import convert
from tokenscan.sources.base import Probe
from tokenscan.sources.logins import task_of


class SessionCall(NamedTuple):
    """One call as a session file tells of it; ``turn`` is negative where it belongs to none."""

    event_id: str | None
    timestamp: int  # µs since 1970
    session_id: str | None
    user: str | None
    branch: str | None
    model: str | None
    provider: str | None
    input: int | None
    cache_read: int | None
    cache_write: int | None
    cache_write_1h: int | None
    output: int | None
    reasoning: int | None
    cost: float | None
    status: str
    tool_name: str | None
    response: str | None
    turn: int
    is_agent: bool | None
    row: int
    other_id: str | None = None


class Prompts(Protocol):
    """Texts and kinds of the turns of a file, by turn number."""

    prompts: list[str | None]
    kinds: list[str]


# Made once: files are as many as sessions, and every expression and every text turned into an Enum costs time.
_ALWAYS = {"grain": "call", "n_requests": 1, "cache_inside_input": True, "is_cache_hit": False}
_SAME = {name: pl.Series(name, [_ALWAYS.get(name)], dtype) for name, dtype in RAW.items()}
_WORDS = {"user_kind": "login", "session_quality": "client", "prompt_scope": "last_user", "tokens_quality": "logged"}
_MARKS = {name: pl.Series(name, ["none", word], RAW[name]) for name, word in _WORDS.items()}
_STATUS = pl.Series("status", ["ok", "error"], RAW["status"])
_NAMES = {"input": "input_tokens", "cache_read": "cache_read_tokens", "cache_write": "cache_write_tokens",
          "cache_write_1h": "cache_write_1h_tokens", "output": "output_tokens", "reasoning": "reasoning_tokens",
          "row": "source_row"}  # fmt: skip


def session_frame(calls: Sequence[SessionCall], turns: Prompts, app: str, probe: Probe) -> pl.DataFrame:
    """Return the RAW frame of ``calls``; ``app`` is the agent's name and that of its log format."""
    told = dict(zip(SessionCall._fields, zip(*calls, strict=True), strict=True))
    numbers = [number if number >= 0 else None for number in told["turn"]]
    prompts = [None if number is None else turns.prompts[number] for number in numbers]
    turn = pl.Series(numbers, dtype=pl.UInt32)
    made = _derived(told) | _marks(told, prompts)
    made |= {name: pl.Series([text], dtype=pl.String) for name, text in _texts(app, probe).items()}
    # The text of a turn is shared by its calls, not copied for each.
    made["prompt"] = pl.Series(turns.prompts, dtype=pl.String).gather(turn)
    made["prompt_kind"] = pl.Series(turns.kinds, dtype=RAW["prompt_kind"]).gather(turn)
    made["prompt_truncated"] = pl.Series([None if text is None else False for text in prompts], dtype=pl.Boolean)
    for field, values in told.items():
        name = _NAMES.get(field, field)
        if name in RAW and name not in made:
            made[name] = pl.Series(name, values, pl.Int64 if name == "timestamp" else RAW[name])
    made["timestamp"] = made["timestamp"].cast(TIMESTAMP)
    columns = (made.get(name, _SAME[name]).alias(name) for name in RAW)
    return pl.DataFrame([each if len(each) == len(calls) else each.new_from_index(0, len(calls)) for each in columns])


def _texts(app: str, probe: Probe) -> dict[str, str]:
    return {"app": app, "source_format": app, "source_file": probe.file.name}


def _derived(told: Mapping[str, Sequence[Any]]) -> dict[str, pl.Series]:
    lengths = [None if said is None else len(said) for said in told["response"]]
    derived = {
        "response_chars": pl.Series(lengths, dtype=pl.Int64),
        "task_id": pl.Series([task_of(branch) for branch in told["branch"]], dtype=pl.String),
    }
    if any(cost is not None for cost in told["cost"]):
        nanousd = convert.nanousd(pl.Series(told["cost"], dtype=pl.Float64))
        kinds = ["logged" if cost is not None else None for cost in nanousd]
        derived |= {"cost_nanousd": nanousd, "cost_kind": pl.Series(kinds, dtype=RAW["cost_kind"])}
    return derived


def _marks(told: Mapping[str, Sequence[Any]], prompts: Sequence[str | None]) -> dict[str, pl.Series]:
    """Return the columns that say how good others are, picked from made words by number."""
    counted = [
        tokens if tokens is not None else output for tokens, output in zip(told["input"], told["output"], strict=True)
    ]
    known = {
        "user_kind": told["user"],
        "session_quality": told["session_id"],
        "prompt_scope": prompts,
        "tokens_quality": counted,
    }
    picked = {name: [int(value is not None) for value in values] for name, values in known.items()}
    marks = {name: _MARKS[name].gather(numbers) for name, numbers in picked.items()}
    return marks | {"status": _STATUS.gather([int(status != "ok") for status in told["status"]])}
