"""A plain table of words for the terminal: no row is cut, long cells fold."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from tokenscan.report.text import clean


def listing_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, width: int, color: bool, keep_first: bool = False
) -> str:
    """Return a table with a header, at most ``width`` cells wide; ``keep_first``: the first column does not fold."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        table.add_column(Text(name), overflow="fold", no_wrap=keep_first and not table.columns)
    for row in rows:
        table.add_row(*(Text(clean(cell, limit=2000)) for cell in row))
    target = io.StringIO()
    Console(file=target, width=width, force_terminal=color, no_color=not color, highlight=False).print(table)
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines()) + "\n"
