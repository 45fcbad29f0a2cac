"""Write calls as rows of LiteLLM's ``LiteLLM_SpendLogs`` table, one JSON object a line."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from tokenscan.simulate.live import Lives
from tokenscan.simulate.people import Person

# Dollars a million tokens: uncached input, cached input, output. The gateway's own estimate, as it is.
_PRICES = {
    "gpt-5-nano": (0.05, 0.005, 0.4),
    "gpt-5-mini": (0.25, 0.025, 2.0),
    "gpt-5": (1.25, 0.125, 10.0),
    "claude-haiku-4-5": (1.0, 0.1, 5.0),
    "claude-sonnet-4-5": (3.0, 0.3, 15.0),
    "claude-opus-4-5": (5.0, 0.5, 25.0),
    "gemini-2.5-flash": (0.3, 0.03, 2.5),
    "gemini-2.5-pro": (1.25, 0.125, 10.0),
}
_VENDORS = {"google": "gemini"}
_json = msgspec.json.Encoder(order="sorted")


def write_litellm(lives: Lives, folder: Path, *, text: bool) -> None:
    """Write ``spend_logs.jsonl``; without text as by a proxy that does not store prompts."""
    with (folder / "spend_logs.jsonl").open("wb") as file:
        write_spend_logs(lives, lives.calls, file, text=text)


def write_spend_logs(lives: Lives, calls: pl.DataFrame, file: Any, *, text: bool) -> None:
    """Append rows to an open file."""
    keys = [hashlib.sha256(f"key of {person.user}".encode()).hexdigest() for person in lives.people]
    for some in calls.iter_slices(20_000):
        records = (
            _row(call, lives.people[call["person"]], keys[call["person"]], text=text)
            for call in some.iter_rows(named=True)
        )
        file.write(b"".join(_json.encode(record) + b"\n" for record in records))


def _row(call: dict[str, Any], person: Person, key: str, *, text: bool) -> dict[str, object]:
    ok = call["status"] == "ok"
    total = call["input_tokens"] + call["output_tokens"]
    ended = call["timestamp"] + timedelta(milliseconds=call["latency_ms"])
    body = {"model": call["model"], "messages": [{"role": "user", "content": call["prompt"]}] if call["prompt"] else []}
    tags = [call["app"], *([f"task:{call['task_id']}"] if call["task_id"] else [])]
    return {
        "request_id": f"chatcmpl-{call['event_id']}",
        "call_type": "acompletion",
        "api_key": key,
        "spend": _spend(call) if ok else 0.0,
        "total_tokens": total,
        "prompt_tokens": call["input_tokens"],
        "completion_tokens": call["output_tokens"],
        "startTime": _stamp(call["timestamp"]),
        "endTime": _stamp(ended),
        "model": call["model"],
        "model_group": call["model"],
        "custom_llm_provider": _VENDORS.get(call["provider"], call["provider"]),
        "user": person.key_owner,
        "metadata": _json.encode(_metadata(call, person, ok=ok)).decode(),
        "cache_hit": "None",
        "cache_key": "Cache OFF",
        "request_tags": _json.encode(tags).decode(),
        "team_id": "" if person.is_service else person.team,
        "end_user": "",
        "messages": "{}",
        "response": "{}",
        "proxy_server_request": _json.encode(body).decode() if text else "{}",
        "session_id": call["session_id"],
        "status": "success" if ok else "failure",
    }


def _metadata(call: dict[str, Any], person: Person, *, ok: bool) -> dict[str, object]:
    usage = {
        "completion_tokens": call["output_tokens"],
        "prompt_tokens": call["input_tokens"],
        "total_tokens": call["input_tokens"] + call["output_tokens"],
        "prompt_tokens_details": {"cached_tokens": call["cache_read_tokens"]},
        "cache_creation_input_tokens": call["cache_write_tokens"],
        "cache_read_input_tokens": call["cache_read_tokens"],
    }
    return {
        "usage_object": usage if ok else None,
        "user_api_key_user_id": person.key_owner,
        "user_agent": f"{call['app']}/2.1",
        "status": "success" if ok else "failure",
    }


def _spend(call: dict[str, Any]) -> float:
    fresh, cached, answer = _PRICES[call["model"]]
    read = call["cache_read_tokens"]
    return float(
        round(((call["input_tokens"] - read) * fresh + read * cached + call["output_tokens"] * answer) / 1e6, 8)
    )


def _stamp(at: Any) -> str:
    """Return UTC without a zone, in milliseconds, as the column ``timestamp(3)`` prints."""
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"
