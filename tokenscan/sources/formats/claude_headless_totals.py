"""What a headless run says it has used in all, and what that tells of answers whose own count is a beginning's.

Without ``--include-partial-messages``, and for sub-agents always, a line has the usage with which its answer began: the
input in full, of the output a word or two. The run's ``result`` has the whole output of each model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import accumulate, pairwise

import msgspec

from tokenscan.sources.formats.claude_headless_lines import ModelTotal
from tokenscan.sources.formats.claude_lines import Usage
from tokenscan.sources.typed_lines import BadLineError

# No model writes more in one answer; what a result has beyond that is not these answers'.
MOST_OUTPUT = 128_000

_MODELS = msgspec.json.Decoder(dict[str, ModelTotal] | None)
_USAGE = msgspec.json.Decoder(Usage | None)


class Spent(msgspec.Struct):
    """Tokens of an answer so far, each the largest that any line tells."""

    input: int | None = None
    read: int | None = None
    write: int | None = None
    write_1h: int | None = None
    output: int | None = None

    def grow(self, usage: Usage) -> None:
        """Take in what another line tells of the same answer."""
        longer = usage.cache_creation.ephemeral_1h_input_tokens if usage.cache_creation is not None else None
        self.input = _larger(self.input, usage.input_tokens)
        self.read = _larger(self.read, usage.cache_read_input_tokens)
        self.write = _larger(self.write, usage.cache_creation_input_tokens)
        self.write_1h = _larger(self.write_1h, longer)
        self.output = _larger(self.output, usage.output_tokens)

    @property
    def whole_input(self) -> int | None:
        """Return the input with cache reads and writes, which the log keeps apart; None where none is told."""
        told = [count for count in (self.input, self.read, self.write) if count is not None]
        return sum(told) if told else None


def shares(extra: int, weights: Iterable[int]) -> list[int]:
    """Return ``extra`` in whole parts, in proportion to ``weights`` (each at least 1)."""
    sums = [0, *accumulate(weights)]
    marks = [extra * so_far // sums[-1] for so_far in sums] if sums[-1] else [0]
    return [after - before for before, after in pairwise(marks)]


def plain(model: str | None) -> str:
    """Return a model's name without what the client adds, such as ``[1m]`` for the long context."""
    return (model or "").partition("[")[0]


def by_model(raw: msgspec.Raw) -> dict[str, tuple[Spent, float | None]]:
    """Return tokens and cost by model of a result's ``modelUsage``.

    Raises:
        BadLineError: it is not what it should be.
    """
    try:
        told = _MODELS.decode(raw) or {}
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise BadLineError("modelUsage is not usable") from None
    return {
        name: (
            Spent(
                input=total.input_tokens,
                read=total.cache_read_input_tokens,
                write=total.cache_creation_input_tokens,
                output=total.output_tokens,
            ),
            total.cost,
        )
        for name, total in told.items()
    }


def of_run(raw: msgspec.Raw) -> Spent:
    """Return the tokens of a result's ``usage``. Raises as ``by_model`` does."""
    try:
        usage = _USAGE.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise BadLineError("usage is not usable") from None
    spent = Spent()
    if usage is not None:
        spent.grow(usage)
    return spent


class Totals:
    """Follows the results of a file: one process may answer several prompts, and each result has all of it so far."""

    def __init__(self) -> None:
        self._inputs: Counter[str] = Counter()
        self._outputs: Counter[str] = Counter()

    def outputs(self, raw: msgspec.Raw, inputs: Mapping[str, int]) -> dict[str, int]:
        """Return the output of a run by model; ``inputs`` has the input of its calls. Empty where it is not told."""
        try:
            told = by_model(raw)
        except BadLineError:
            return {}
        now_in: Counter[str] = Counter()
        now_out: Counter[str] = Counter()
        for name, (spent, _) in told.items():
            now_in[plain(name)] += spent.whole_input or 0
            now_out[plain(name)] += spent.output or 0
        grown = self._inputs <= now_in and self._outputs <= now_out
        # Whether a result goes on from the one before is not said; which reading fits the calls above it is.
        whole, rest, seen = now_in.total(), now_in.total() - self._inputs.total(), sum(inputs.values())
        goes_on = grown and abs(rest - seen) < abs(whole - seen)
        before = self._outputs if goes_on else Counter[str]()
        self._inputs, self._outputs = now_in, now_out
        return {name: output - before[name] for name, output in now_out.items()}


def _larger(one: int | None, other: int | None) -> int | None:
    return max((count for count in (one, other) if count is not None), default=None)
