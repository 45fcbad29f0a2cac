"""The shapes of lines in a Claude Code session file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sample_logs.generator.dice import hexadecimal, uuid

if TYPE_CHECKING:
    import random
    from datetime import datetime

Line = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every line of a session repeats."""

    session_id: str
    cwd: str
    branch: str
    version: str
    model: str
    agent_id: str = ""


@dataclass(slots=True)
class Transcript:
    """A session file in the making; lines chain to their parent by ``uuid``."""

    setting: Setting
    rng: random.Random
    now: datetime
    lines: list[Line] = field(default_factory=list)
    parent: str | None = None

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(milliseconds=round(1000 * seconds))

    def stamp(self) -> str:
        """Return the time in the format of the log."""
        return f"{self.now:%Y-%m-%dT%H:%M:%S}.{self.now.microsecond // 1000:03d}Z"

    def add(self, kind: str, **rest: object) -> Line:
        """Append a line of this type behind the last one."""
        setting = self.setting
        line: Line = {
            "parentUuid": self.parent,
            "isSidechain": bool(setting.agent_id),
            "userType": "external",
            "cwd": setting.cwd,
            "sessionId": setting.session_id,
            "version": setting.version,
            "gitBranch": setting.branch,
            "type": kind,
            **rest,
            "uuid": uuid(self.rng),
            "timestamp": self.stamp(),
        }
        if setting.agent_id:
            line["agentId"] = setting.agent_id
        self.lines.append(line)
        self.parent = str(line["uuid"])
        return line

    def user(self, content: str | list[dict[str, object]], **rest: object) -> Line:
        """Append what the log calls a user line: typed text, a tool's result, or the harness speaking."""
        return self.add("user", message={"role": "user", "content": content}, **rest)

    def bare(self, kind: str, **rest: object) -> None:
        """Append a line that belongs to no chain, such as a summary or a file snapshot."""
        self.lines.append({"type": kind, **rest})


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Token counts of one response, in the vendor's sense: the four parts do not overlap."""

    fresh: int
    cache_write: int
    cache_read: int
    output: int

    def as_json(self, output: int) -> dict[str, object]:
        """Return the ``usage`` object of a line written when ``output`` tokens had been streamed."""
        return {
            "input_tokens": self.fresh,
            "cache_creation_input_tokens": self.cache_write,
            "cache_read_input_tokens": self.cache_read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.cache_write,
                "ephemeral_1h_input_tokens": 0,
            },
            "output_tokens": output,
            "service_tier": "standard",
        }


def response(transcript: Transcript, blocks: list[dict[str, object]], usage: Usage) -> None:
    """Append one model response: a line per content block, all with one id, the output count growing."""
    rng = transcript.rng
    message_id, request_id = f"msg_01{hexadecimal(rng, 22)}", f"req_011{hexadecimal(rng, 21)}"
    for place, block in enumerate(blocks, 1):
        last = place == len(blocks)
        streamed = usage.output if last else max(1, usage.output * place // (4 * len(blocks)))
        message = {
            "model": transcript.setting.model,
            "id": message_id,
            "type": "message",
            "role": "assistant",
            "content": [block],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage.as_json(streamed),
        }
        transcript.add("assistant", message=message, requestId=request_id)
        transcript.wait(0.3 + rng.random())


def sub_agent_line(transcript: Transcript, agent_id: str, model: str, text: str, usage: Usage) -> None:
    """Append the ``progress`` line in which older versions record a sub-agent's call, and only there."""
    rng = transcript.rng
    message = {
        "model": model,
        "id": f"msg_01{hexadecimal(rng, 22)}",
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": text}],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage.as_json(usage.output),
    }
    inner = {
        "type": "assistant",
        "message": message,
        "requestId": f"req_011{hexadecimal(rng, 21)}",
        "uuid": uuid(rng),
        "timestamp": transcript.stamp(),
    }
    data = {
        "type": "agent_progress",
        "message": inner,
        "normalizedMessages": [],
        "prompt": "",
        "agentId": agent_id,
    }
    transcript.add(
        "progress",
        data=data,
        toolUseID=f"agent_{message['id']}",
        parentToolUseID=f"toolu_01{hexadecimal(rng, 22)}",
    )
