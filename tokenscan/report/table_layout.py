"""The look of the terminal report: styles, headings, labelled paragraphs, bars.

Text from a log becomes a ``rich.text.Text`` and never markup, so it cannot style or break anything.
"""

from __future__ import annotations

import enum
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tokenscan.report.model import Band, Report
from tokenscan.report.text import to_ascii

READABLE = 108  # prose wider than this is hard to read, however wide the terminal
INDENT = 3
_LABEL = 10
_TAIL = re.compile(r"(?: |\x1b\[[0-9;]*m)+(?=\n)")  # the padding of table cells, styled or not


class Style(enum.StrEnum):
    """Styles by meaning, in the sixteen colours of the reader's own theme."""

    PLAIN = ""
    STRONG = "bold"
    LABEL = "dim"  # not bright black, which some themes make invisible
    BAD = "bold red"
    WARN = "yellow"
    GOOD = "green"
    ID = "cyan"
    COMMAND = "bold cyan"


BAND_STYLE = {Band.STRONG: Style.BAD, Band.WORTH_A_LOOK: Style.WARN, Band.NONE: Style.PLAIN}
BAND_WORDS = {Band.STRONG: "strong evidence", Band.WORTH_A_LOOK: "worth a look", Band.NONE: "below the bands"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What text is laid out on: the width in cells."""

    width: int

    @property
    def prose(self) -> int:
        """Width of running text."""
        return min(self.width, READABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Sheet):
    """What every section of the report needs to know: the report, how many to show, the time zone of days."""

    report: Report
    top: int
    zone: tzinfo
    show_suppressed: bool = False


def heading(page: Sheet, title: str | Text, note: str | Text = "", style: Style = Style.STRONG) -> RenderableType:
    """Return a section's title with a rule up to the edge of the prose and a remark at its end, else under it."""
    text = Text.assemble(title if isinstance(title, Text) else (title, style), " ")
    remark = note if isinstance(note, Text) else Text(note, Style.LABEL)
    free = page.prose - text.cell_len - (remark.cell_len + 1 if remark else 0)
    if free < 3:
        return Group(fit(text, page.prose), paragraph(page, remark)) if remark else fit(text, page.prose)
    text.append("\u2500" * free, Style.LABEL)
    return Text.assemble(text, " ", remark) if remark else text


def paragraph(page: Sheet, text: str | Text, style: Style = Style.PLAIN, indent: int = INDENT) -> RenderableType:
    """Return running text, indented and no wider than is readable."""
    body = text if isinstance(text, Text) else Text(text, style)
    return Padding(fit(body, page.prose - indent), (0, 0, 0, indent))


def fields(page: Sheet, rows: Iterable[tuple[str, str | Text]], indent: int = INDENT) -> RenderableType:
    """Return labelled paragraphs, the labels in a column of their own; rows without text are left out."""
    texts = ((Text(label, Style.LABEL), text if isinstance(text, Text) else Text(text)) for label, text in rows)
    return columns(page, ((label, text) for label, text in texts if text.plain), _LABEL, indent)


def columns(page: Sheet, rows: Iterable[tuple[Text, Text]], width: int, indent: int = INDENT) -> RenderableType:
    """Return two columns, the first of a given width, both folded."""
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(width=width, overflow="fold")
    grid.add_column(width=page.prose - indent - width - 2, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return Padding(grid, (0, 0, 0, indent))


def fit(text: Text, width: int) -> RenderableType:
    """Return text folded to a width, long ids broken rather than cut."""
    grid = Table.grid(pad_edge=False)
    grid.add_column(width=width, overflow="fold")
    grid.add_row(text)
    return grid


def bar(share: float, cells: int, style: Style) -> Text:
    """Return a share (0 to 1) as filled cells; anything above nothing shows at least one."""
    filled = min(cells, max(1 if share > 0 else 0, round(share * cells)))
    return Text.assemble(("\u2588" * filled, style), ("\u2591" * (cells - filled), Style.LABEL))


def joined(parts: Iterable[str]) -> str:
    """Return remarks as one paragraph, parted by semicolons where they do not end in a stop of their own."""
    text = ""
    for part in filter(None, parts):
        text += ("" if not text else " " if text.endswith((".", "!", "?", "\u2026")) else "; ") + part
    return text


def widest(texts: Sequence[str], least: int, most: int) -> int:
    """Return the width of the widest text within limits."""
    return max(least, min(most, max((cell_len(text) for text in texts), default=0)))


def drawn(blocks: Iterable[RenderableType], width: int, *, color: bool, ascii_only: bool = False) -> str:
    """Return blocks as text that depends on the arguments alone, not on the environment; no line ends in blanks."""
    target = io.StringIO()
    console = Console(
        file=target,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        force_jupyter=False,
        force_interactive=False,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},
    )
    for block in blocks:
        console.print(block)
    text = _TAIL.sub(lambda tail: tail[0].replace(" ", ""), target.getvalue())
    return to_ascii(text) if ascii_only else text
