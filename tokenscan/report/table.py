"""The report for a terminal: headline, who stands out and why, what was not evaluated, what to do next."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

from rich.console import Console, RenderableType

from tokenscan.report.model import Report
from tokenscan.report.table_context import context
from tokenscan.report.table_findings import organisation, people_in_detail, teams_in_detail
from tokenscan.report.table_headline import headline
from tokenscan.report.table_layout import Page, zone_of
from tokenscan.report.table_next import next_steps
from tokenscan.report.table_people import below_the_bands, people, teams
from tokenscan.report.text import to_ascii

NARROWEST = 40

_TAIL = re.compile(r"(?: |\x1b\[[0-9;]*m)+(?=\n)")  # the padding of table cells, styled or not


def render_table(
    report: Report, *, width: int = 80, color: bool = False, top: int = 20, ascii_only: bool = False
) -> str:
    """Return the report as text of at most ``width`` cells a line (40 where less is asked for).

    ``top`` people are shown, and said to be cut; 0 shows everybody. ``ascii_only`` is for an output that cannot
    take UTF-8. Ids are folded, never cut. The result depends on the arguments alone, not on the environment.
    """
    page = Page(
        report=report,
        width=max(width, NARROWEST),
        top=top if top > 0 else len(report.people) + len(report.teams) + len(report.findings),
        zone=zone_of(report.input.timezone),
    )
    sections = (
        headline(page),
        people(page),
        people_in_detail(page),
        teams(page),
        teams_in_detail(page),
        organisation(page),
        below_the_bands(page),
        context(page),
        next_steps(page),
    )
    text = _draw(page, (block for section in sections for block in section), color=color)
    text = _TAIL.sub(lambda tail: tail[0].replace(" ", ""), text)
    return to_ascii(text) if ascii_only else text


def _draw(page: Page, blocks: Iterable[RenderableType], *, color: bool) -> str:
    target = io.StringIO()
    console = Console(
        file=target,
        width=page.width,
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
    return target.getvalue()
