"""What is wrong with a rule file or an override: where, what, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tokenscan.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing to mend: the file (or option), the path of the key in it, and what is wrong."""

    file: str
    key: str
    text: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.key, self.text) if part)


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the nearest of ``choices``, or nothing where none is near."""
    from rapidfuzz import fuzz, process

    best = process.extractOne(word, sorted(choices), scorer=fuzz.ratio, score_cutoff=60)
    return f"; did you mean {best[0]!r}?" if best else ""


class RuleError(UsageError):
    """Rule files or overrides that do not hold together; ``lines`` are the problems one by one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.lines = tuple(str(problem) for problem in problems)
        super().__init__("\n".join(self.lines))


def refuse(problems: Sequence[Problem]) -> None:
    """Raise one RuleError that lists all ``problems``, in order; do nothing without any."""
    if problems:
        raise RuleError(problems)
