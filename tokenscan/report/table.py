"""The report for a terminal: headline, who stands out and why, what was not evaluated, what to do next."""

from __future__ import annotations

from tokenscan.report.model import Report
from tokenscan.report.numbers import zone_of
from tokenscan.report.table_budgets import budget_section
from tokenscan.report.table_context import context
from tokenscan.report.table_economics import economics
from tokenscan.report.table_findings import organisation, people_in_detail, suppressed, teams_in_detail
from tokenscan.report.table_headline import headline
from tokenscan.report.table_layout import Page, drawn
from tokenscan.report.table_next import next_steps
from tokenscan.report.table_people import below_the_bands, people, teams

NARROWEST = 40


def render_table(
    report: Report,
    *,
    width: int = 80,
    color: bool = False,
    top: int = 20,
    ascii_only: bool = False,
    show_suppressed: bool = False,
) -> str:
    """Return the report as text of at most ``width`` cells a line (40 where less is asked for).

    ``top`` people are shown, and said to be cut; 0 shows everybody; ``show_suppressed`` adds suppressed findings.
    ``ascii_only`` is for an output that cannot take UTF-8. Ids are folded, never cut. The result depends on the
    arguments alone, not on the environment.
    """
    page = Page(
        report=report,
        width=max(width, NARROWEST),
        top=top if top > 0 else len(report.people) + len(report.teams) + len(report.findings),
        zone=zone_of(report.input.timezone),
        show_suppressed=show_suppressed,
    )
    sections = (
        headline(page),
        people(page),
        people_in_detail(page),
        teams(page),
        teams_in_detail(page),
        organisation(page),
        suppressed(page),
        below_the_bands(page),
        economics(page),
        budget_section(page, report.budgets),
        context(page),
        next_steps(page),
    )
    blocks = (block for section in sections for block in section)
    return drawn(blocks, page.width, color=color, ascii_only=ascii_only)
