"""Files that lie beside logs of calls and are none: known by their columns, and passed over with a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tokenscan.sources.base import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A kind of file that tells of no calls: all of ``columns`` and none of ``without``; ``reason`` says what it is."""

    columns: frozenset[str]
    reason: str
    without: frozenset[str] = frozenset()


_OF_A_CALL = frozenset(
    {"timestamp", "time", "created_at", "date", "user", "requestId", "request_id", "session_id", "metadata"}
)

ASIDE: tuple[Aside, ...] = (
    Aside(
        columns=frozenset({"display", "pastedContents", "project", "timestamp"}),
        reason="what was typed in Claude Code, without calls; its session files under projects hold both",
    ),
    Aside(
        columns=frozenset({"api_requests", "date", "spend"}),
        reason="daily sums of LiteLLM, which repeat the calls of its SpendLogs",
    ),
    Aside(
        columns=frozenset({"total_seats", "seats"}),
        reason="a list of GitHub Copilot seats; it tells who may, not who did",
    ),
    Aside(
        columns=frozenset({"assignee", "last_activity_at", "last_activity_editor"}),
        reason="a list of GitHub Copilot seats; it tells who may, not who did",
    ),
    Aside(
        columns=frozenset({"Report Time", "Login", "Last Activity At", "Last Surface Used"}),
        reason="GitHub Copilot's list of seats with each one's last activity; it tells nothing of how much",
    ),
    Aside(
        columns=frozenset({"user_login", "team_id", "day"}),
        reason="GitHub Copilot's report on who is in which team; give teams in the people file",
    ),
    Aside(columns=frozenset({"teamMembers"}), reason="a list of a Cursor team's members"),
    Aside(
        columns=frozenset({"teamMemberSpend"}), reason="Cursor's spending so far in a billing cycle, which has no days"
    ),
    Aside(
        columns=frozenset({"resourceMetrics"}),
        without=frozenset({"resourceSpans", "resourceLogs"}),
        reason="OpenTelemetry metrics, sums of usage that traces and logs hold call by call; export those",
    ),
    Aside(
        columns=frozenset({"traceId", "observationId", "value", "dataType"}),
        reason="scores given to Langfuse traces, which are no calls",
    ),
    Aside(
        columns=frozenset({"trace_id", "observation_id", "value", "data_type"}),
        reason="scores given to Langfuse traces, which are no calls",
    ),
    Aside(
        columns=frozenset({"id", "userIds", "countTraces"}),
        reason="Langfuse's list of sessions, which sums up its observations; export those",
    ),
    *(
        Aside(
            columns=frozenset(body),
            without=_OF_A_CALL,
            reason="a body that Bedrock's logs keep beside the call's record",
        )
        for body in (
            {"anthropic_version", "messages"},
            {"inferenceConfig", "messages"},
            {"inputText", "textGenerationConfig"},
            {"output", "stopReason", "usage"},
            {"content", "role", "stop_reason", "usage"},
        )
    ),
    Aside(
        columns=frozenset({"effective_at", "actor", "type"}),
        reason="audit log of an OpenAI organisation: changes of settings, no calls",
    ),
    Aside(columns=frozenset({"email", "role", "added_at"}), reason="a list of an organisation's members"),
    Aside(columns=frozenset({"partial_key_hint", "workspace_id", "status"}), reason="a list of Anthropic API keys"),
)


# A line of text that begins as a JSON array does: ``[2026-03-02 09:00:00] [INFO] ...``.
_STAMPED = re.compile(rb"\[\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_OF_A_LOOP = re.compile(rb"^\[[^\]\n]{16,40}\] \[LOOP\] ", re.MULTILINE)


def is_text_log(head: bytes) -> bool:
    """Say whether a file's first bytes are lines of text that each begin with a time in brackets."""
    return _STAMPED.match(head) is not None


def why_text_aside(head: bytes) -> str:
    """Return what a text log is that lies beside logs of calls, or nothing where that is unknown."""
    known = is_text_log(head) and _OF_A_LOOP.search(head) is not None
    return "log of an agent loop, without calls; the output it keeps of each run holds them" if known else ""


def why_aside(probe: Probe) -> str:
    """Return why a file is none to analyse, or nothing where it may be one."""
    return next((known.reason for known in ASIDE if _is(known, probe)), "")


def _is(known: Aside, probe: Probe) -> bool:
    return known.columns <= probe.columns and not known.without & probe.columns
