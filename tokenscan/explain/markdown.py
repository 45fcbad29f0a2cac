"""An explanation as Markdown (GitHub's dialect), to put into a ticket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tokenscan.explain.document import Block, Code, Facts, Grid, Points, Prose, Section
from tokenscan.explain.model import Explanation
from tokenscan.explain.sections import document
from tokenscan.report.markdown_text import escaped
from tokenscan.report.text import clean

_TEXT = 4_000


def render_markdown(explanation: Explanation) -> str:
    """Return the explanation as Markdown in which nothing that came from a log is markup."""
    lines = [line for section in document(explanation) for line in _section(section)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(section: Section) -> Iterator[str]:
    note = f" ({escaped(section.note)})" if section.note else ""
    yield f"## {escaped(section.title)}{note}"
    for block in section.blocks:
        yield ""
        yield from _block(block)
    yield ""


def _block(block: Block) -> Iterator[str]:
    match block:
        case Prose():
            yield f"**{escaped(block.text)}**" if block.loud else escaped(block.text)
        case Facts():
            yield from _table(("", ""), [row for row in block.rows if row[1]])
        case Grid():
            yield from _table(block.headers, block.rows)
        case Points():
            yield from (f"* {escaped(item)}" for item in block.items)
        case Code():
            lines = [clean(line, _TEXT) for line in block.lines]
            longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
            fence = "`" * max(3, longest + 1)
            yield from (fence, *lines, fence)


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(escaped(header) for header in headers) + " |"
    yield "|" + "---|" * len(headers)
    for row in rows:
        yield "| " + " | ".join(escaped(cell) for cell in row) + " |"
