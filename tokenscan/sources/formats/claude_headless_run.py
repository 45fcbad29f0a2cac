"""Follow the lines of headless Claude Code: gather each answer from the lines that tell of it, and give it a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from tokenscan.events.harness import kind_of
from tokenscan.sources.decoded import Fields
from tokenscan.sources.fields import ROW
from tokenscan.sources.formats.claude_headless_answers import Answer, Told, complete, counts
from tokenscan.sources.formats.claude_headless_lines import Block, Line, Message
from tokenscan.sources.formats.claude_headless_totals import Spent, Totals, by_model, of_run, plain
from tokenscan.sources.logins import login_in
from tokenscan.sources.typed_lines import BadLineError, microseconds

_SYNTHETIC = "<synthetic>"  # the client's own error text, never sent to a model
_Thread = tuple[str | None, str | None]


class Runs:
    """What is known of a file so far. Rows are handed out as soon as their time is known."""

    def __init__(self, latest: datetime | None) -> None:
        self._latest = latest
        self._answers: dict[str, Answer] = {}
        self._open: dict[_Thread, Answer] = {}
        self._undated: list[Answer] = []
        self._logins: dict[str | None, str] = {}
        self._totals = Totals()
        self._streams = False  # a file that tells of answers: its results sum them up
        self._prompt: str | None = None
        self._clock: int | None = None
        self._last: int | None = None
        self._timeless: list[Told] = []
        self._ready: list[Fields] = []

    def follow(self, row: int, line: Line) -> None:
        """Take in the next line.

        Raises:
            BadLineError: it tells of usage that cannot be counted.
        """
        self._tick(line)
        if (login := login_in(line.cwd)) is not None:
            self._logins[line.session_id] = login
        if line.type == "stream_event" and line.event is not None:
            self._event(row, line)
        elif line.type == "assistant" and isinstance(line.message, Message):
            self._answer(row, line, line.message, line.message.id or line.uuid)
        elif line.type == "user":
            self._prompt = _asked(line) or self._prompt
        elif line.type == "system" and line.subtype == "init":
            self._start(line)
        elif line.type == "result":
            self._result(row, line)

    def take(self) -> list[Fields]:
        """Return the rows that are ready, and let go of them."""
        ready, self._ready = self._ready, []
        return ready

    def close(self, started: int | None) -> list[int]:
        """End the file and return the rows without any time; ``started`` is the one in the file's name."""
        self._end()
        self._date(started)
        return [told[ROW] for told in self._timeless]

    def _tick(self, line: Line) -> None:
        try:
            self._clock = self._last = microseconds(line.timestamp, self._latest)
        except BadLineError:
            return
        self._date(self._clock)
        for answer in self._undated:
            answer.time = self._clock
        self._undated = []

    def _date(self, time: int | None) -> None:
        if time is not None:
            self._ready += [told | {"timestamp": time} for told in self._timeless]
            self._timeless = []

    def _event(self, row: int, line: Line) -> None:
        event = line.event
        if event is None:
            return
        if event.type == "message_start" and event.message is not None and event.message.id:
            self._answer(row, line, event.message, event.message.id)
        elif event.type == "message_delta" and event.usage is not None:
            answer = self._open.get((line.session_id, line.parent_tool_use_id))
            if answer is not None:
                answer.spent.grow(event.usage)
                answer.finished |= event.usage.output_tokens is not None

    def _answer(self, row: int, line: Line, message: Message, event_id: str | None) -> None:
        if message.model == _SYNTHETIC:
            return
        key = event_id or f"row {row}"
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = Answer(row, event_id, line, self._prompt)
            answer.time = self._clock
            self._undated += [answer] if self._clock is None else []
        answer.grow(message)
        self._open[line.session_id, line.parent_tool_use_id] = answer
        self._streams = True

    def _start(self, line: Line) -> None:
        """Begin a run where the one before was killed; a session that goes on keeps its answers for its result."""
        if any(answer.session_id != line.session_id for answer in self._answers.values()):
            self._end()
        self._clock = None

    def _result(self, row: int, line: Line) -> None:
        answers = list(self._answers.values())
        inputs: Counter[str] = Counter()
        for answer in answers:
            inputs[plain(answer.model)] += answer.spent.whole_input or 0
        complete(answers, self._totals.outputs(line.model_usage, inputs))
        self._end()
        if not self._streams:
            self._hand_out(_rolled_up(row, line))

    def _end(self) -> None:
        """End a run: what comes next is another one, with a prompt and times of its own."""
        told = [answer.told(self._logins.get(answer.session_id)) for answer in self._answers.values()]
        self._hand_out(row for row in told if row["input_tokens"] is not None or row["output_tokens"] is not None)
        self._answers, self._open, self._undated = {}, {}, []
        self._prompt = self._clock = None

    def _hand_out(self, rows: Iterable[Told]) -> None:
        for told in rows:
            time = told["timestamp"] if told["timestamp"] is not None else self._last
            (self._timeless if time is None else self._ready).append(told | {"timestamp": time})


def _asked(line: Line) -> str | None:
    """Return the words that started a run or a turn of it, where the log repeats them."""
    message = line.message
    if not isinstance(message, Message) or line.parent_tool_use_id is not None or line.is_synthetic:
        return None
    content = message.content
    blocks = [content] if isinstance(content, str) else content or []
    texts = [block if isinstance(block, str) else block.text for block in blocks]
    if any(isinstance(block, Block) and block.type != "text" for block in blocks):
        return None
    text = "\n".join(text for text in texts if text and text.strip())
    return text if text and kind_of(text) != "harness" else None


def _rolled_up(row: int, line: Line) -> Iterable[Told]:
    """Yield what a result says of calls that nothing else in the file tells of, one row a model."""
    models = by_model(line.model_usage)
    one = of_run(line.usage) if len(models) < 2 else Spent()
    for name, (spent, cost) in (models or {"": (one, line.total_cost_usd)}).items():
        spent.write_1h = one.write_1h
        if spent.whole_input or spent.output:
            mark = f"{line.session_id}:{line.uuid}:{name}" if line.session_id and line.uuid else None
            yield counts(spent) | {
                ROW: row,
                "event_id": mark and f"claude-headless:{mark}",
                "timestamp": None,
                "session_id": line.session_id,
                "model": plain(name) or None,
                "cost_usd": cost,
                "grain": "bucket",
                "n_requests": 0,
            }
