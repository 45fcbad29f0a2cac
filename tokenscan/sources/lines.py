"""Read a file line by line in bounded blocks, whatever its lines hold."""

from __future__ import annotations

from collections.abc import Iterator

from tokenscan.sources.base import Probe
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.streams import blocks

BLOCK_BYTES = 32 << 20
LINES_AT_ONCE = 250_000  # lines of a few bytes cost more as objects than as bytes
# No call is that long; a line beyond it is passed over, not held.
RECORD_BYTES = 256 << 20
TOO_LONG = "longer than 256 MB"


def line_blocks(probe: Probe, quarantine: Quarantine) -> Iterator[list[tuple[int, bytes]]]:
    """Yield blocks of (line number, line), blank lines left out; a broken archive ends the file, not the run."""
    lines = _Lines(probe.file.name, quarantine)
    with probe.file.open() as stream:
        try:
            for block in blocks(stream, BLOCK_BYTES):
                yield from lines.of(block)
        except OSError as error:
            quarantine.break_off(probe.file.name, f"archive broken after line {lines.number}: {error}")
        yield from lines.of(b"\n")


class _Lines:
    """Cuts blocks into lines; ``number`` is the last line that has ended."""

    def __init__(self, file: str, quarantine: Quarantine) -> None:
        self._file, self._quarantine = file, quarantine
        self._begun: list[bytes] = []
        self._size = 0
        self.number = 0

    def of(self, block: bytes) -> Iterator[list[tuple[int, bytes]]]:
        """Yield the lines that end in ``block``."""
        end = block.rfind(b"\n") + 1
        start = 0
        if end and self._size > RECORD_BYTES:
            start = block.find(b"\n") + 1
            self.number += 1
            self._quarantine.add(self._file, [self.number], TOO_LONG)
            self._forget()
        if end:
            text = b"".join([*self._begun, block[start:end]]) if self._begun or start else block[:end]
            self._forget()
            yield from self._cut(text)
        self._begin(block[end:])

    def _forget(self) -> None:
        self._begun.clear()
        self._size = 0

    def _begin(self, piece: bytes) -> None:
        self._begun.append(piece)
        self._size += len(piece)
        if self._size > RECORD_BYTES:
            self._begun.clear()

    def _cut(self, text: bytes) -> Iterator[list[tuple[int, bytes]]]:
        """Yield whole lines, a bounded number at a time."""
        start = 0
        share = len(text) * LINES_AT_ONCE // max(text.count(b"\n"), LINES_AT_ONCE)
        while start < len(text):
            end = text.find(b"\n", start + max(share, 1) - 1) + 1 or len(text)
            lines = text[start:end].split(b"\n")
            lines.pop()
            found = [(number, line) for number, line in enumerate(lines, self.number + 1) if line.strip()]
            self.number += len(lines)
            start = end
            if found:
                yield found
