"""Who stands out: the ranking of people and of teams, one row each, with the reasons in a few words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tokenscan.findings.model import Finding, State, SubjectKind
from tokenscan.report.model import Band, Ranked
from tokenscan.report.numbers import money, plural, tokens
from tokenscan.report.table_layout import BAND_STYLE, BAND_WORDS, Page, Style, bar, heading, paragraph, widest
from tokenscan.report.text import clean_id

_WIDE = 120  # from here on the reasons have a column of their own
_MEDIUM = 64  # below, there is no room for the bar and tokens

PERSONAL = frozenset({SubjectKind.USER, SubjectKind.TEAM})


def people(page: Page) -> Iterator[RenderableType]:
    """Yield the ranking of the people in a band; those below are counted, not named."""
    yield from _ranking(page, page.report.people, "WHO STANDS OUT", ("person", "people"))


def teams(page: Page) -> Iterator[RenderableType]:
    """Yield the ranking of the teams in a band."""
    yield from _ranking(page, page.report.teams, "TEAMS", ("team", "teams"))


def shown(page: Page, entries: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """Return the people or teams in a band, as many as were asked for."""
    return tuple(entry for entry in entries if entry.band is not Band.NONE)[: page.top]


def name_of(entry: Ranked) -> str:
    """Return the name of a person or a team, made safe."""
    raw = entry.user if entry.user is not None else entry.team
    return clean_id(raw) if raw else "(no name)"


def by_fingerprint(page: Page) -> Mapping[str, Finding]:
    """Return the findings that count today: neither suppressed nor resolved."""
    return {
        finding.fingerprint: finding
        for finding in page.report.findings
        if finding.suppression is None and finding.state is not State.RESOLVED
    }


def findings_of(entry: Ranked, findings: Mapping[str, Finding]) -> list[Finding]:
    """Return what a ranking rests on, the weightiest first."""
    own = [findings[fingerprint] for fingerprint in entry.findings if fingerprint in findings]
    return sorted(own, key=lambda finding: (-finding.weight * finding.strength, finding.rule_id, finding.fingerprint))


def below_the_bands(page: Page) -> Iterator[RenderableType]:
    """Yield one line on people and teams that nothing needs to be done about: counted, not named."""
    everyone = (*page.report.people, *page.report.teams)
    low = [entry for entry in everyone if entry.band is Band.NONE and entry.standing is None]
    explained = {fingerprint for entry in everyone if entry.band is not Band.NONE for fingerprint in entry.findings}
    findings = sum(
        1
        for finding in by_fingerprint(page).values()
        if finding.subject.kind in PERSONAL and finding.fingerprint not in explained
    )
    if not low and not findings:
        return
    persons = sum(1 for entry in low if entry.user is not None)
    counts = (
        plural(persons, "person", "people") if persons else "",
        plural(len(low) - persons, "team") if len(low) > persons else "",
        plural(findings, "finding") if findings else "",
    )
    who = " and ".join(filter(None, counts))
    yield Text("")
    yield paragraph(
        page, f"Below the bands (risk under 40): {who}, nothing to act on. -f json lists them.", Style.LABEL
    )


def _ranking(page: Page, entries: Sequence[Ranked], title: str, noun: tuple[str, str]) -> Iterator[RenderableType]:
    rows = shown(page, entries)
    if not rows:
        return
    yield Text("")
    yield heading(page, title, "risk 0\u2013100")
    yield Text("")
    yield Padding(_table(page, rows), (0, 0, 0, 1))
    hidden = sum(1 for entry in entries if entry.band is not Band.NONE) - len(rows)
    if hidden:
        more = plural(hidden, f"more {noun[0]}", f"more {noun[1]}")
        yield Text("")
        yield paragraph(page, f"{more} in these bands: --top 0 shows all, -f json has them too.", Style.LABEL)


def points(risk: float) -> str:
    """Return a risk in whole points, rounded down so that 59.9 does not look like the next band's 60."""
    return f"{math.floor(risk + 1e-9)}" if math.isfinite(risk) else "0"


def _table(page: Page, rows: Sequence[Ranked]) -> Table:
    wide = page.width >= _WIDE
    with_team = wide and any(row.user is not None and row.team for row in rows)
    findings = by_fingerprint(page)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=Style.LABEL)
    for header, width, right in _columns(page, rows, with_team=with_team):
        table.add_column(Text(header), width=width, justify="right" if right else "left", overflow="fold")
    band = None
    for row in rows:
        if row.band is not band:
            if band is not None:
                table.add_row()
            band = row.band
            table.add_row(Text(""), Text(BAND_WORDS[band], BAND_STYLE[band]))
        table.add_row(*_cells(page, row, findings_of(row, findings), with_team=with_team))
    return table


def _cells(page: Page, row: Ranked, findings: Sequence[Finding], *, with_team: bool) -> Iterator[Text]:
    wide = page.width >= _WIDE
    reasons = Text(_reasons(findings, 4 if wide else 3), Style.LABEL)
    team = Text(clean_id(row.team) if row.team and row.user is not None else "", Style.LABEL)
    who = Text(name_of(row), Style.STRONG)
    yield Text(f"{row.rank:,}")
    if wide:
        yield who
    else:
        yield Text("\n").join(part for part in (who, Text(": ").join(part for part in (team, reasons) if part)) if part)
    if with_team:
        yield team
    yield _risk(page, row)
    if page.width >= _MEDIUM:
        yield Text(tokens(row.waste_tokens))
    yield Text(money(row.waste_nanousd))
    if wide:
        yield reasons


def _columns(page: Page, rows: Sequence[Ranked], *, with_team: bool) -> Iterator[tuple[str, int, bool]]:
    """Yield header, width and whether numbers stand in it; what is left over goes to the reasons."""
    wide = page.width >= _WIDE
    rank = widest([f"{row.rank:,}" for row in rows], 1, 6)
    team = widest([clean_id(row.team or "") for row in rows], 4, page.width // 8)
    risk = 3 + (1 + _bar_cells(page) if page.width >= _MEDIUM else 1)
    waste = widest([money(row.waste_nanousd) for row in rows], 7, 14)
    count = 11 if page.width >= _MEDIUM else 0
    fixed = 1 + (rank + 2) + (risk + 2) + count + waste + (team + 2 if with_team else 0)
    free = page.width - fixed - 2
    who = widest([name_of(row) for row in rows], 16, free // 2) if wide else min(free, page.prose - fixed - 2)
    yield "#", rank, True
    yield "who" if wide else "who and why", who, False
    if with_team:
        yield "team", team, False
    yield "risk", risk, False
    if count:
        yield "waste tok", count - 2, True
    yield "waste $", waste, True
    if wide:
        yield "why", free - who - 2, False


def _risk(page: Page, row: Ranked) -> Text:
    figure = Text(f"{points(row.risk):>3}", BAND_STYLE[row.band])
    if page.width < _MEDIUM:
        return figure
    return Text.assemble(figure, " ", bar(row.risk / 100, _bar_cells(page), BAND_STYLE[row.band]))


def _bar_cells(page: Page) -> int:
    return 10 if page.width >= 80 else 5


def _reasons(findings: Sequence[Finding], limit: int) -> str:
    words = list(dict.fromkeys(clean_id(finding.rule_id).replace("-", " ") for finding in findings))
    more = f" and {len(words) - limit:,} more" if len(words) > limit else ""
    return ", ".join(words[:limit]) + more
