"""Write the agent sessions in Claude Code's folder layout, and count what their people typed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from sample_logs.generator.agent_sessions import PLANS, RESUMED, Script, human_turn, open_session, perform
from sample_logs.generator.dice import dice

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from sample_logs.generator.grammar import Grammar

    Lines = list[dict[str, object]]


def write_claude_code(grammar: Grammar, folder: Path) -> None:
    """Write every session; the last one resumes an earlier one and so repeats its history."""
    for plan in PLANS:
        files = perform(grammar, plan)
        _write(folder, f"/Users/{plan.login}/work/{plan.project}", files)
        if (plan.login, plan.project) == (RESUMED.login, RESUMED.project):
            history = next(iter(files.values()))
    _write(folder, f"/Users/{RESUMED.login}/work/{RESUMED.project}", _resume(grammar, history))


def human_turns() -> dict[tuple[str, date], int]:
    """Return how many prompts each login typed on each day."""
    return {(plan.login, plan.day): plan.turns for plan in (*PLANS, RESUMED)}


def _resume(grammar: Grammar, history: Lines) -> dict[str, Lines]:
    """Return a session that begins with a copy of an earlier one: new session id, old message ids."""
    script = Script(grammar, dice("agent", RESUMED.login, RESUMED.day), RESUMED)
    transcript = open_session(script)
    session_id = transcript.setting.session_id
    chained = [line for line in history if "uuid" in line]
    transcript.lines += [line | {"sessionId": session_id} for line in chained]
    transcript.parent = str(chained[-1]["uuid"])
    context = 48000
    for number in range(1, RESUMED.turns + 1):
        context = human_turn(script, transcript, number, context)
    return {f"{session_id}.jsonl": transcript.lines}


def _write(folder: Path, cwd: str, files: dict[str, Lines]) -> None:
    for name, lines in files.items():
        path = folder / "projects" / re.sub(r"[^A-Za-z0-9]", "-", cwd) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
        path.write_bytes(text.encode())
