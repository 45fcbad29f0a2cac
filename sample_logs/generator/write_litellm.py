"""Write the gateway's calls as rows of LiteLLM's ``LiteLLM_SpendLogs`` table, one JSON object a line."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING

from sample_logs.generator.dice import chance, dice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from sample_logs.generator.gateway import GatewayCall

# Dollars a million tokens: uncached input, cached input, output.
PRICES = {
    "gpt-5-mini": (0.25, 0.025, 2.0),
    "claude-sonnet-4-5": (3.0, 0.3, 15.0),
}
WRITTEN_TWICE = 0.006


def write_litellm(calls: Iterable[GatewayCall], path: Path) -> None:
    """Write rows in order of their start; a few are written twice, as a restarted logger does."""
    rng = dice("logger")
    lines: list[str] = []
    for call in sorted(calls, key=lambda call: (call.at, call.request_id)):
        line = json.dumps(_row(call), ensure_ascii=False, separators=(",", ":"))
        lines += [line, line] if chance(rng, WRITTEN_TWICE) else [line]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\n".join(lines) + "\n").encode())


def _row(call: GatewayCall) -> dict[str, object]:
    prompt, _, completion = call.tokens
    vendor = "openai" if call.model.startswith("gpt") else "anthropic"
    body = {
        "model": call.model,
        "messages": [{"role": role, "content": text} for role, text in call.messages],
    }
    return {
        "request_id": call.request_id,
        "call_type": "acompletion",
        "api_key": _key(call),
        "spend": _spend(call),
        "total_tokens": prompt + completion,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "startTime": _stamp(call.at),
        "endTime": _stamp(call.at + timedelta(seconds=call.seconds)),
        "model": call.model,
        "model_group": call.model,
        "custom_llm_provider": vendor,
        "user": call.owner,
        "metadata": json.dumps(_metadata(call), separators=(",", ":")),
        "cache_hit": call.cache_hit,
        "cache_key": "Cache OFF",
        "request_tags": json.dumps([call.tag] if call.tag else []),
        "team_id": call.team,
        "organization_id": "",
        "end_user": "",
        "requester_ip_address": None,
        "messages": "{}",
        "response": "{}",
        "proxy_server_request": json.dumps(body, ensure_ascii=False),
        "session_id": call.session_id,
        "status": "success" if call.ok else "failure",
        "mcp_namespaced_tool_name": None,
        "agent_id": None,
    }


def _metadata(call: GatewayCall) -> dict[str, object]:
    prompt, cached, completion = call.tokens
    error = {
        "error_code": "503",
        "error_class": "ServiceUnavailableError",
        "llm_provider": "",
        "traceback": "",
        "error_message": "upstream overloaded",
    }
    usage = {
        "completion_tokens": completion,
        "prompt_tokens": prompt,
        "total_tokens": prompt + completion,
        "completion_tokens_details": None,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    return {
        "usage_object": usage if call.ok else None,
        "user_api_key_alias": f"{call.owner}-key",
        "user_api_key_user_id": call.owner,
        "user_api_key_team_alias": call.team or None,
        "spend_logs_metadata": None,
        "user_agent": call.agent,
        "status": "success" if call.ok else "failure",
        "error_information": None if call.ok else error,
        "attempted_retries": None,
    }


def _spend(call: GatewayCall) -> float:
    if not call.ok or call.cache_hit == "True":
        return 0.0
    prompt, cached, completion = call.tokens
    fresh_price, cached_price, output_price = PRICES[call.model]
    dollars = (prompt - cached) * fresh_price + cached * cached_price + completion * output_price
    return round(dollars / 1e6, 8)


def _key(call: GatewayCall) -> str:
    return hashlib.sha256(f"sample key of {call.owner}".encode()).hexdigest()


def _stamp(at: datetime) -> str:
    """Return UTC without a zone, in milliseconds, as the column ``timestamp(3)`` prints."""
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"
