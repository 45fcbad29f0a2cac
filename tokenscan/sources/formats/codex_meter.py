"""Read what each call of a Codex thread used off the thread's running totals.

``token_count`` events repeat themselves when the screen is refreshed, so what they call the last usage must not be
summed; the running total of a thread moves only when a call was made.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from tokenscan.sources.convert import MAX_TOKENS
from tokenscan.sources.formats.codex_lines import Tokens
from tokenscan.sources.typed_lines import BadLineError

_REMEMBERED = 16


class Spent(NamedTuple):
    """Tokens of one call, None where they are not told; cache and reasoning are parts of input and output."""

    input: int | None
    cached: int | None
    written: int | None
    output: int | None
    reasoning: int | None


class Reading(NamedTuple):
    """What one event says of a call: its tokens, and a mark that tells it from the thread's other calls."""

    spent: Spent
    mark: str


class Meter:
    """Follows the totals of one file; a total seen before is a repetition, wherever it stands."""

    def __init__(self) -> None:
        self._before: Spent | None = None
        self._seen: set[Spent] = set()
        self._untotalled = 0
        # Newer files tell of a call twice, as a record and then as an event that moves the total.
        self._is_recorded = False
        self._counted: deque[Spent] = deque(maxlen=_REMEMBERED)

    def count(self, total: Tokens | None, last: Tokens | None) -> Reading | None:
        """Return the call behind a ``token_count`` event, None where there is none or it is known."""
        reading = self._read(_spent(total), _spent(last))
        if reading is None:
            return None
        if self._is_recorded:
            self._is_recorded = False
            return None
        self._counted.append(reading.spent)
        return reading

    def record(self, usage: Tokens | None, total: Tokens | None) -> Reading | None:
        """Return the call behind a ``token_usage_record``, None where there is none or it is known."""
        spent, thread = _spent(usage), _spent(total)
        if spent is None or not _moved(spent):
            return None
        spent = _usable(spent)
        if spent in self._counted:
            self._counted.remove(spent)
            return None
        self._is_recorded = True
        return Reading(spent, self._numbered(spent) if thread is None else _mark(thread))

    def _numbered(self, spent: Spent) -> str:
        self._untotalled += 1
        return f"{self._untotalled}+{_mark(spent)}"

    def _read(self, total: Spent | None, last: Spent | None) -> Reading | None:
        if total is None:
            if last is None or not _moved(last):
                return None
            return Reading(_usable(last), self._numbered(last))
        if total in self._seen:
            return None
        spent = self._since(total, last)
        if spent is not None:
            spent = _usable(spent)
        self._seen.add(total)
        self._before = total
        return Reading(spent, _mark(total)) if spent is not None and _moved(spent) else None

    def _since(self, total: Spent, last: Spent | None) -> Spent | None:
        """Return what was used since the total before; a counter that starts anew has only the last call to tell."""
        before = self._before
        if before is None or _less(total.input, before.input) or _less(total.output, before.output):
            return last if last is not None else total
        return Spent(*(_difference(now, then) for now, then in zip(total, before, strict=True)))


def _spent(tokens: Tokens | None) -> Spent | None:
    if tokens is None or (tokens.input_tokens is None and tokens.output_tokens is None):
        return None
    return Spent(
        tokens.input_tokens,
        tokens.cached_input_tokens,
        tokens.cache_write_input_tokens,
        tokens.output_tokens,
        tokens.reasoning_output_tokens,
    )


def _usable(spent: Spent) -> Spent:
    """Return ``spent`` with parts no larger than their whole.

    Raises:
        BadLineError: no call can have used so much.
    """
    if max(spent.input or 0, spent.output or 0) > MAX_TOKENS:
        raise BadLineError("token counts are not usable numbers")
    cached = _at_most(spent.cached, spent.input)
    written = _at_most(spent.written, None if spent.input is None else spent.input - (cached or 0))
    return spent._replace(cached=cached, written=written, reasoning=_at_most(spent.reasoning, spent.output))


def _moved(spent: Spent) -> bool:
    return bool(spent.input or spent.output)


def _less(now: int | None, then: int | None) -> bool:
    return now is not None and then is not None and now < then


def _difference(now: int | None, then: int | None) -> int | None:
    return None if now is None else max(0, now - (then or 0))


def _at_most(part: int | None, whole: int | None) -> int | None:
    return part if part is None or whole is None else min(part, whole)


def _mark(total: Spent) -> str:
    return "-".join("" if count is None else str(count) for count in total)
