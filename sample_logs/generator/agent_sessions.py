"""The stories behind the Claude Code session files: three engineers, nine sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sample_logs.generator.diary import utc
from sample_logs.generator.dice import around, chance, dice, hexadecimal, pick, uuid
from sample_logs.generator.transcript import Setting, Transcript, Usage, response, sub_agent_line

if TYPE_CHECKING:
    import random

    from sample_logs.generator.grammar import Grammar

BIG, SMALL = "claude-opus-4-5-20251101", "claude-haiku-4-5-20251001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One session: who, when, on what, and which peculiarities of the log it shows."""

    login: str
    day: date
    hour: float
    project: str
    turns: int
    version: str = "2.1.34"
    features: tuple[str, ...] = ()


PLANS = (
    Plan(login="tbrandt", day=date(2026, 1, 14), hour=9.6, project="rate-service", turns=6,
         features=("sub_agent_progress", "command")),
    Plan(login="tbrandt", day=date(2026, 2, 10), hour=13.4, project="slot-planner", turns=5,
         features=("interrupted",)),
    Plan(login="tbrandt", day=date(2026, 3, 24), hour=10.2, project="slot-planner", turns=6,
         version="2.1.52", features=("command", "summary")),
    Plan(login="wlindgren", day=date(2026, 1, 27), hour=14.1, project="edi-bridge", turns=6,
         features=("summary", "compacted")),
    Plan(login="wlindgren", day=date(2026, 2, 24), hour=9.9, project="customs-api", turns=5,
         version="2.1.47", features=("sub_agent_folder",)),
    Plan(login="wlindgren", day=date(2026, 3, 18), hour=13.1, project="customs-api", turns=5,
         version="2.1.47", features=("command",)),
    Plan(login="salmeida", day=date(2026, 2, 4), hour=10.4, project="quote-web", turns=6,
         features=("sub_agent_progress",)),
    Plan(login="salmeida", day=date(2026, 3, 25), hour=9.3, project="quote-web", turns=4,
         version="2.1.52"),
)  # fmt: skip
RESUMED = Plan(login="wlindgren", day=date(2026, 3, 19), hour=9.4, project="customs-api", turns=3, version="2.1.47")


@dataclass(frozen=True, slots=True)
class Script:
    """A grammar and the generator it draws from, for one session."""

    grammar: Grammar
    rng: random.Random
    plan: Plan

    def say(self, section: str) -> str:
        """Return one sentence."""
        return self.grammar.say(self.rng, section, login=self.plan.login)


def perform(grammar: Grammar, plan: Plan) -> dict[str, list[dict[str, object]]]:
    """Return the lines of a session by file, relative to the project's folder."""
    script = Script(grammar, dice("agent", plan.login, plan.day), plan)
    transcript = open_session(script)
    _preamble(script, transcript)
    context = 16000 + int(9000 * script.rng.random())
    for number in range(plan.turns):
        if number == 3 and "compacted" in plan.features:
            _compact(script, transcript)
            context = 21000
        context = human_turn(script, transcript, number, context)
    name = transcript.setting.session_id
    files = {f"{name}.jsonl": transcript.lines}
    if "sub_agent_folder" in plan.features:
        agent = hexadecimal(script.rng, 7)
        files[f"{name}/subagents/agent-{agent}.jsonl"] = _sub_agent_file(script, transcript, agent)
    return files


def open_session(script: Script) -> Transcript:
    """Return an empty session file."""
    plan, rng = script.plan, script.rng
    setting = Setting(
        session_id=uuid(rng),
        cwd=f"/Users/{plan.login}/work/{plan.project}",
        branch=f"{pick(rng, ('fix', 'feat', 'chore'))}/{script.say('branch_word')}",
        version=plan.version,
        model=BIG,
    )
    site_hour = utc("europe", plan.day, plan.hour)
    return Transcript(setting, rng, site_hour)


def human_turn(script: Script, transcript: Transcript, number: int, context: int) -> int:
    """Append a typed prompt and the agent's steps up to its answer; return the new context size."""
    rng, plan = script.rng, script.plan
    _snapshot(transcript)
    transcript.user(script.say("ask" if number == 0 or chance(rng, 0.25) else "go_on"))
    steps = 3 + int(5 * rng.random())
    for step in range(steps):
        transcript.wait(2 + around(rng, 4.0, 0.6))
        last = step == steps - 1
        written = 250 + int(around(rng, 900, 0.7))
        usage = Usage(
            fresh=1 + int(6 * rng.random()),
            cache_write=written,
            cache_read=context,
            output=round(around(rng, 420 if last else 190, 0.6)),
        )
        context += written + usage.output
        if last:
            response(transcript, [_text(script, "say")], usage)
        else:
            _tool_step(script, transcript, usage)
        if step == 1 and number == 1 and "sub_agent_progress" in plan.features:
            _sub_agent_progress(script, transcript)
    transcript.add("system", subtype="turn_duration", durationMs=8000 + 9000 * steps, isMeta=False)
    if number == 2 and "interrupted" in plan.features:
        transcript.user([{"type": "text", "text": "[Request interrupted by user for tool use]"}])
    transcript.wait(20 + min(1500.0, around(rng, 150, 1.0)))
    return context


def _preamble(script: Script, transcript: Transcript) -> None:
    features = script.plan.features
    if "summary" in features:
        transcript.bare("summary", summary=script.say("summary"), leafUuid=uuid(script.rng))
    hook = {"type": "hook_progress", "hookEvent": "SessionStart", "hookName": "SessionStart:startup"}
    tool = uuid(script.rng)
    transcript.add("progress", data=hook | {"command": "callback"}, parentToolUseID=tool, toolUseID=tool)
    transcript.wait(20)
    if "command" in features:
        caveat = "Caveat: The messages below were generated by the user while running local commands."
        transcript.user(caveat, isMeta=True)
        command = pick(script.rng, ("model", "status", "clear"))
        transcript.user(
            f"<command-name>/{command}</command-name>\n<command-message>{command}</command-message>"
            "\n<command-args></command-args>"
        )
        transcript.user("<local-command-stdout>Done</local-command-stdout>")
        transcript.wait(9)


def _compact(script: Script, transcript: Transcript) -> None:
    text = (
        "This session is being continued from a previous conversation that ran out of context."
        f" The conversation is summarized below: {script.say('say')} {script.say('thought')}"
    )
    transcript.user(text, isCompactSummary=True, isVisibleInTranscriptOnly=True)
    transcript.wait(12)


def _snapshot(transcript: Transcript) -> None:
    identity = uuid(transcript.rng)
    inner = {"messageId": identity, "trackedFileBackups": {}, "timestamp": transcript.stamp()}
    transcript.bare("file-history-snapshot", messageId=identity, snapshot=inner, isSnapshotUpdate=False)


def _text(script: Script, section: str) -> dict[str, object]:
    return {"type": "text", "text": script.say(section)}


def _tool_step(script: Script, transcript: Transcript, usage: Usage) -> None:
    """Append a response that calls a tool, and the tool's result, which the log calls a user line."""
    rng = script.rng
    tool = pick(rng, ("Bash", "Read", "Grep", "Edit", "Read"))
    tool_id = f"toolu_01{hexadecimal(rng, 22)}"
    arguments: dict[str, object] = {
        "Bash": {"command": "make test", "description": "Run the tests"},
        "Read": {"file_path": f"{transcript.setting.cwd}/{script.say('path')}"},
        "Grep": {"pattern": script.say("branch_word").replace("-", "_"), "output_mode": "content"},
        "Edit": {"file_path": f"{transcript.setting.cwd}/{script.say('path')}", "replace_all": False},
    }
    blocks: list[dict[str, object]] = []
    if chance(rng, 0.5):
        blocks.append({"type": "thinking", "thinking": script.say("thought"), "signature": ""})
    if chance(rng, 0.6):
        blocks.append(_text(script, "say"))
    blocks.append({"type": "tool_use", "id": tool_id, "name": tool, "input": arguments[tool]})
    response(transcript, blocks, usage)
    source = transcript.parent
    if tool == "Bash":
        output = {"type": "bash_progress", "output": "collecting", "elapsedTimeSeconds": 2, "totalLines": 1}
        transcript.add("progress", data=output, toolUseID="bash-progress-0", parentToolUseID=tool_id)
    transcript.wait(0.1 + around(rng, 1.2, 0.8))
    result = script.say("result")
    content: list[dict[str, object]] = [{"tool_use_id": tool_id, "type": "tool_result", "content": result}]
    transcript.user(content, toolUseResult={"stdout": result[:60]}, sourceToolAssistantUUID=source)


def _sub_agent_progress(script: Script, transcript: Transcript) -> None:
    agent, context = hexadecimal(script.rng, 7), 9000
    for _ in range(4):
        transcript.wait(3)
        usage = Usage(fresh=4, cache_write=800, cache_read=context, output=90 + int(90 * script.rng.random()))
        sub_agent_line(transcript, agent, SMALL, script.say("say"), usage)
        context += 900


def _sub_agent_file(script: Script, parent: Transcript, agent: str) -> list[dict[str, object]]:
    old = parent.setting
    setting = Setting(
        session_id=old.session_id,
        cwd=old.cwd,
        branch=old.branch,
        version=old.version,
        model=SMALL,
        agent_id=agent,
    )
    child = Transcript(setting, script.rng, utc("europe", script.plan.day, script.plan.hour + 0.1))
    child.user(script.say("sub_ask"))
    context = 8000
    for _ in range(5):
        usage = Usage(fresh=3, cache_write=700, cache_read=context, output=80 + int(120 * script.rng.random()))
        _tool_step(script, child, usage)
        context += 850
    response(child, [_text(script, "say")], Usage(fresh=3, cache_write=300, cache_read=context, output=260))
    return child.lines
