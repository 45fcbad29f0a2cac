"""An explanation for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tokenscan.explain.document import Block, Code, Facts, Grid, Points, Prose, Section
from tokenscan.explain.model import Explanation
from tokenscan.explain.sections import document
from tokenscan.report.table_layout import BAND_STYLE, INDENT, Sheet, Style, columns, drawn, fit, heading, paragraph
from tokenscan.report.text import clean, clean_id

NARROWEST = 40
_LABELS = 24  # cells at most
_TEXT = 4_000


def render_table(explanation: Explanation, *, width: int = 80, color: bool = False, ascii_only: bool = False) -> str:
    """Return the explanation as text of at most ``width`` cells a line (40 where less is asked for)."""
    sheet = Sheet(width=max(width, NARROWEST))
    sections = document(explanation)
    blocks = [block for place, section in enumerate(sections) for block in _section(sheet, section, explanation, place)]
    return drawn(blocks, sheet.width, color=color, ascii_only=ascii_only)


def _section(sheet: Sheet, section: Section, explanation: Explanation, place: int) -> Iterator[RenderableType]:
    if place:
        yield Text("")
        yield heading(sheet, clean(section.title).upper(), clean(section.note))
    else:
        style = BAND_STYLE[explanation.risk.band] if explanation.risk else Style.LABEL
        yield heading(sheet, Text(clean(section.title), Style.STRONG), Text(clean(section.note), style))
    for block in section.blocks:
        yield Text("")
        yield _block(sheet, block)


def _block(sheet: Sheet, block: Block) -> RenderableType:
    match block:
        case Prose():
            style = Style.LABEL if block.quiet else Style.STRONG if block.loud else Style.PLAIN
            return paragraph(sheet, _plain(block.text), style)
        case Facts():
            return _facts(sheet, block)
        case Points():
            rows = ((Text("\u2022", Style.LABEL), Text(_plain(item))) for item in block.items)
            return columns(sheet, rows, 1)
        case Code():
            grid = Table.grid()
            for line in block.lines:
                grid.add_row(fit(Text(clean(line, _TEXT), Style.COMMAND), sheet.width - INDENT))
            return Padding(grid, (0, 0, 0, INDENT))
        case Grid():
            return _grid(sheet, block) if sheet.width >= block.wide else _stacked(sheet, block)


def _plain(text: str) -> str:
    return clean(text, _TEXT)


def _facts(sheet: Sheet, facts: Facts) -> RenderableType:
    rows = [(clean(label), _plain(text)) for label, text in facts.rows if text]
    widest = max((Text(label).cell_len for label, _ in rows), default=0)
    width = min(max(widest, 10), _LABELS, sheet.width // 3)
    return columns(sheet, ((Text(label, Style.LABEL), Text(text)) for label, text in rows), width)


def _grid(sheet: Sheet, grid: Grid) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=Style.LABEL)
    for place, header in enumerate(grid.headers):
        right = place in grid.right
        table.add_column(
            Text(clean(header)),
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=right and sheet.width >= 64,
        )
    for place, row in enumerate(grid.rows):
        style = Style.STRONG if place in grid.marked else Style.PLAIN
        table.add_row(*(Text(_plain(cell), style) for cell in row))
    return Padding(table, (0, 0, 0, INDENT))


def _stacked(sheet: Sheet, grid: Grid) -> RenderableType:
    """Return each row as a block: its first cell as a title, the others under their headers."""
    table = Table.grid()
    for place, row in enumerate(grid.rows):
        if place:
            table.add_row(Text(""))
        title = Text(clean_id(row[0]), Style.STRONG if place in grid.marked else Style.ID)
        table.add_row(paragraph(sheet, title))
        pairs = tuple(zip(grid.headers[1:], row[1:], strict=True))
        table.add_row(_facts(Sheet(width=sheet.width), Facts(tuple((label or "note", cell) for label, cell in pairs))))
    return table
