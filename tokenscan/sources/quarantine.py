"""Rows that could not be read: counted, named by file and line, and never the end of the run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

SAMPLES_PER_FILE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """One row that was left out, and why."""

    file: str
    row: int
    reason: str


@dataclass(slots=True)
class Quarantine:
    """Counts bad rows by file and reason and keeps the first few of each file as samples.

    ``broken`` holds files that ended early or could not be read to their end: what they lost is unknown, so the
    run is incomplete whatever the share of bad rows.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: list[BadRow] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    _kept: Counter[str] = field(default_factory=Counter)
    _of_file: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, file: str, rows: Iterable[int], reason: str) -> None:
        """Count ``rows`` (1-based) of ``file`` as bad for ``reason``."""
        for row in rows:
            self.counts[file, reason] += 1
            self._of_file[file][reason] += 1
            if self._kept[file] < SAMPLES_PER_FILE:
                self._kept[file] += 1
                self.samples.append(BadRow(file=file, row=row, reason=reason))

    def break_off(self, file: str, reason: str) -> None:
        """Record that ``file`` could not be read to its end."""
        self.broken[file] = reason

    @property
    def total(self) -> int:
        """Return the number of bad rows over all files."""
        return self.counts.total()

    def by_file(self, file: str) -> dict[str, int]:
        """Return the bad rows of one file by reason."""
        return dict(sorted(self._of_file.get(file, Counter()).items()))
