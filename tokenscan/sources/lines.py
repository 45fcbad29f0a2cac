"""Read a file line by line in bounded blocks, whatever its lines hold."""

from __future__ import annotations

from collections.abc import Iterator

from tokenscan.sources.base import Probe
from tokenscan.sources.files import blocks
from tokenscan.sources.quarantine import Quarantine

BLOCK_BYTES = 32 << 20


def line_blocks(probe: Probe, quarantine: Quarantine) -> Iterator[list[tuple[int, bytes]]]:
    """Yield blocks of (line number, line), blank lines left out; a broken archive ends the file, not the run."""
    with probe.file.open() as stream:
        number, rest = 0, b""
        try:
            for block in blocks(stream, BLOCK_BYTES):
                lines = (rest + block).split(b"\n")
                rest = lines.pop()
                yield [(number + i, line) for i, line in enumerate(lines, 1) if line.strip()]
                number += len(lines)
        except OSError as error:
            quarantine.break_off(probe.file.name, f"archive broken after line {number}: {error}")
        if rest.strip():
            yield [(number + 1, rest)]
