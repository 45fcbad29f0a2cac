"""Write calls as Claude Code session files, one a session, below ``projects/`` as on the people's machines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from tokenscan.simulate.live import Lives
from tokenscan.simulate.people import Person

_json = msgspec.json.Encoder()
_VERSION = "2.1.34"


def write_claude_code(lives: Lives, folder: Path, *, text: bool) -> None:
    """Write all calls; failed ones become the client's own notes, which are no calls."""
    write_sessions(lives, lives.calls, folder / "projects", text=text)


def write_sessions(lives: Lives, calls: pl.DataFrame, folder: Path, *, text: bool) -> None:
    """Write one file a session; the text of prompts can not be left out, for it is what a turn begins with."""
    assert text
    by_session = calls.sort("person", "session_id", "timestamp", "event_id", "copy")
    made: set[Path] = set()
    for (place, session), part in by_session.group_by("person", "session_id", maintain_order=True):
        person = lives.people[int(str(place))]
        cwd = f"/Users/{person.login}/work/{_project(str(session))}"
        path = folder / re.sub(r"[^A-Za-z0-9]", "-", cwd) / f"{_uuid(str(session))}.jsonl"
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        lines = _lines(part.to_dicts(), person, cwd, _uuid(str(session)))
        path.write_bytes(b"".join(_json.encode(line) + b"\n" for line in lines))


def _lines(calls: list[dict[str, Any]], person: Person, cwd: str, session: str) -> Iterator[dict[str, object]]:
    parent: str | None = None
    before = None
    for number, call in enumerate(calls):
        common = {
            "parentUuid": parent,
            "isSidechain": False,
            "userType": "external",
            "cwd": cwd,
            "sessionId": session,
            "version": _VERSION,
            "gitBranch": call["task_id"] or "main",
            "timestamp": f"{call['timestamp']:%Y-%m-%dT%H:%M:%S}.{call['timestamp'].microsecond // 1000:03d}Z",
        }
        typed = call["prompt"] is not None and call["prompt"] != before and not call["copy"]
        # An agent's step sends the person's words again; the file holds them once.
        if (typed or not call["is_agent"]) and not call["copy"] and not (call["app"] == "coding-agent" and not typed):
            yield common | {"type": "user", "message": {"role": "user", "content": call["prompt"] or ""},
                            "uuid": _uuid(f"{session}{number}u")}  # fmt: skip
            common["parentUuid"] = _uuid(f"{session}{number}u")
            before = call["prompt"]
        parent = _uuid(f"{session}{number}a")
        yield common | {"type": "assistant", "uuid": parent, **_answer(call, person)}


def _answer(call: dict[str, Any], person: Person) -> dict[str, object]:
    if call["status"] == "error":
        failure = {"id": f"err_{call['event_id']}", "role": "assistant", "model": "<synthetic>", "type": "message",
                   "content": [{"type": "text", "text": "API Error: 529 overloaded"}],
                   "usage": {"input_tokens": 0, "output_tokens": 0}}  # fmt: skip
        return {"message": failure, "isApiErrorMessage": True}
    read, write = call["cache_read_tokens"], call["cache_write_tokens"]
    usage = {
        "input_tokens": call["input_tokens"] - read - write,
        "cache_creation_input_tokens": write,
        "cache_read_input_tokens": read,
        "output_tokens": call["output_tokens"],
    }
    message: dict[str, object] = {
        "id": f"msg_{call['event_id']}",
        "type": "message",
        "role": "assistant",
        "model": call["model"],
        "content": [{"type": "text", "text": f"({call['response_chars']} characters for {person.login})"}],
        "stop_reason": None,
        "usage": usage,
    }
    return {"message": message, "requestId": f"req_{call['event_id']}"}


def _uuid(name: str) -> str:
    import hashlib

    raw = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"


def _project(session: str) -> str:
    return ("portal", "rates", "planner", "bridge")[int(session[-1], 16) % 4]
