"""Claude Code: session files ``~/.claude/projects/**/*.jsonl``.

One answer of the model is written as one line a content block, each with the whole usage; all lines are passed on
under the message's id, and the event table counts them once. Sub-agents' calls stand in files of their own or in
``progress`` lines of their parent; roll-ups of their usage in tool results are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.documents import record_blocks
from tokenscan.sources.fields import EARLIEST
from tokenscan.sources.formats.claude_lines import BadLineError, Line, Message, Part, Report, decode_line
from tokenscan.sources.formats.claude_turns import Turns
from tokenscan.sources.quarantine import Quarantine

_SYNTHETIC = "<synthetic>"  # the client's own error text, never sent to a model
_TRUNKS = ["main", "master", "HEAD", ""]
_LOGIN = re.compile(r"(?:/mnt/[a-z])?(?:/Users/|/home/|[A-Za-z]:[\\/]Users[\\/])([^/\\]+)")
_NOT_A_LOGIN = frozenset({"Shared", "Public"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OF_A_LINE = frozenset({"parentUuid", "isSidechain", "cwd", "version"})
_SIDE_LINES = {"summary": "leafUuid", "file-history-snapshot": "snapshot", "queue-operation": "operation",
               "last-prompt": "sessionId", "custom-title": "sessionId", "system": "sessionId"}  # fmt: skip


class _Call(NamedTuple):
    event_id: str | None
    timestamp: int  # µs since 1970
    session_id: str | None
    user: str | None
    task_id: str | None
    model: str | None
    input: int | None
    cache_read: int | None
    cache_write: int | None
    cache_write_1h: int | None
    output: int | None
    cost: float | None
    status: str
    tool_name: str | None
    response: str | None
    turn: int
    is_agent: bool | None
    row: int


_SCHEMA = pl.Schema(
    {
        "event_id": pl.String, "timestamp": pl.Int64, "session_id": pl.String, "user": pl.String,
        "task_id": pl.String, "model": pl.String, "input": pl.Int64, "cache_read": pl.Int64, "cache_write": pl.Int64,
        "cache_write_1h": pl.Int64, "output": pl.Int64, "cost": pl.Float64, "status": pl.String,
        "tool_name": pl.String, "response": pl.String, "turn": pl.Int64, "is_agent": pl.Boolean, "row": pl.Int64,
    }
)  # fmt: skip


class ClaudeCode:
    """Claude Code session files."""

    name = "claude-code"
    title = "Claude Code session files"
    family = "claude-code"
    how_to_export = "Copy ~/.claude/projects from each machine; people are known by their login in the paths."
    carries: Mapping[str, str] = {"person": "login in paths", "text": "yes", "tasks": "git branch", "cost": "no"}
    clock = "UTC, written in the log"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where any line of a session is found; a file of side lines only is one too."""
        if probe.container not in (Container.JSONL, Container.JSON):
            return 0
        return max((_score_record(record) for record in probe.sample), default=0)

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a line that carries usage; what cannot be read goes to the quarantine."""
        session = _Session(options)
        for lines in record_blocks(probe, quarantine):
            calls = []
            for number, text in lines:
                try:
                    call = session.call(number, decode_line(text))
                except BadLineError as error:
                    quarantine.add(probe.file.name, [number], str(error))
                else:
                    if call is not None:
                        calls.append(call)
            if calls:
                yield _raw(calls, session.turns, probe)


def _score_record(record: Mapping[str, Any]) -> int:
    if record.keys() >= {"type", "sessionId", "uuid"} and record.keys() & _OF_A_LINE:
        return 100 if "message" in record else 90
    message = record.get("message")
    if "sessionId" in record and isinstance(message, dict) and isinstance(message.get("usage"), dict):
        return 90
    mark = _SIDE_LINES.get(str(record.get("type")))
    return 80 if mark is not None and mark in record else 0


class _Session:
    """What is known of a file so far: turns, and who works in which session."""

    def __init__(self, options: ReadOptions) -> None:
        self.turns = Turns()
        self._latest = options.latest
        self._logins: dict[str | None, str] = {}

    def call(self, number: int, line: Line) -> _Call | None:
        """Return the call that a line tells of, if any.

        Raises:
            BadLineError: it tells of one, but not when.
        """
        turn = self.turns.follow(line)
        told = _told(line)
        message = told.message if told is not None else None
        if told is None or not isinstance(message, Message) or message.usage is None or message.model == _SYNTHETIC:
            return None
        moment = self._moment(told.timestamp or line.timestamp)
        call_id = message.id or told.request_id or line.uuid
        place = self.turns.place(call_id, turn, aside=told is not line or bool(line.is_sidechain))
        said, tool = _content(message)
        usage = message.usage
        read, write = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
        parts = [count for count in (usage.input_tokens, read, write) if count is not None]
        return _Call(
            event_id=call_id or None,
            timestamp=moment,
            session_id=line.session_id or None,
            user=self._login(line),
            task_id=line.git_branch,
            model=message.model or None,
            input=sum(parts) if parts else None,
            cache_read=read,
            cache_write=write,
            cache_write_1h=usage.cache_creation.ephemeral_1h_input_tokens if usage.cache_creation else None,
            output=usage.output_tokens,
            cost=line.cost_usd if told is line else None,
            status="error" if line.is_api_error_message else "ok",
            tool_name=tool,
            response=said,
            turn=place.turn,
            is_agent=place.is_agent,
            row=number,
        )

    def _moment(self, time: datetime | None) -> int:
        if time is None:
            raise BadLineError("timestamp missing or not readable")
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        if time < EARLIEST:
            raise BadLineError("timestamp before 2015")
        if self._latest is not None and time > self._latest:
            raise BadLineError("timestamp in the future")
        return (time - _EPOCH) // _MICROSECOND

    def _login(self, line: Line) -> str | None:
        """Return the login in the working folder; a session that leaves the home folder keeps its person."""
        match = _LOGIN.match(line.cwd) if line.cwd else None
        if match is not None and match[1] not in _NOT_A_LOGIN:
            self._logins[line.session_id] = match[1]
        return self._logins.get(line.session_id)


def _told(line: Line) -> Line | Report | None:
    """Return what may tell of a call: the line itself, or a sub-agent's report in it."""
    if line.type == "progress":
        report = line.data.message if line.data is not None else None
        return report if isinstance(report, Report) else None
    return line if line.type in ("assistant", None) else None


def _content(message: Message) -> tuple[str | None, str | None]:
    """Return the text of a message, null where there is none, and the name of the first tool it calls."""
    if not isinstance(message.content, list):
        return message.content or None, None
    blocks = [part for part in message.content if isinstance(part, Part)]
    said = "\n".join(block.text for block in blocks if block.type == "text" and block.text)
    return said or None, next((block.name for block in blocks if block.type == "tool_use"), None)


def _raw(calls: list[_Call], turns: Turns, probe: Probe) -> pl.DataFrame:
    columns = zip(_SCHEMA.items(), zip(*calls, strict=True), strict=True)
    frame = pl.DataFrame([pl.Series(name, values, dtype) for (name, dtype), values in columns])
    turn = frame.select(pl.when(pl.col("turn") >= 0).then(pl.col("turn"))).to_series()
    # The text of a turn is shared by its calls, not copied for each.
    prompt = pl.Series(turns.prompts, dtype=pl.String).gather(turn)
    branch, user, session = pl.col("task_id"), pl.col("user"), pl.col("session_id")
    out = frame.with_columns(
        timestamp=pl.col("timestamp").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        prompt=prompt,
        prompt_kind=pl.Series(turns.kinds, dtype=pl.String).gather(turn),
        prompt_scope=pl.when(prompt.is_not_null()).then(pl.lit("last_user")).otherwise(pl.lit("none")),
        user_kind=pl.when(user.is_not_null()).then(pl.lit("login")).otherwise(pl.lit("none")),
        session_quality=pl.when(session.is_not_null()).then(pl.lit("client")).otherwise(pl.lit("none")),
        task_id=pl.when(~branch.is_in(_TRUNKS)).then(branch),
        cost_nanousd=convert.nanousd(frame["cost"]),
        response_chars=pl.col("response").str.len_chars(),
        app=pl.lit(ClaudeCode.name), provider=pl.lit("anthropic"), grain=pl.lit("call"), n_requests=pl.lit(1),
        tokens_quality=pl.lit("logged"), cache_inside_input=pl.lit(value=True), is_cache_hit=pl.lit(value=False),
        source_format=pl.lit(ClaudeCode.name), source_file=pl.lit(probe.file.name),
    )  # fmt: skip
    out = out.with_columns(
        cost_kind=pl.when(pl.col("cost_nanousd").is_not_null()).then(pl.lit("logged")),
        prompt_truncated=pl.when(pl.col("prompt").is_not_null()).then(pl.lit(value=False)),
    )
    names = {"input": "input_tokens", "cache_read": "cache_read_tokens", "cache_write": "cache_write_tokens",
             "cache_write_1h": "cache_write_1h_tokens", "output": "output_tokens", "row": "source_row"}  # fmt: skip
    return convert.canonical(out.drop("turn", "cost").rename(names).to_dict(), out.height)
