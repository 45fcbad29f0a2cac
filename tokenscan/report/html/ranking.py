"""Who stands out, as the page shows it: people and teams in a band, and what the ranking rests on."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tokenscan.findings.model import Finding, State
from tokenscan.report.html.charts.figure import Figure
from tokenscan.report.html.words import dollar_cell
from tokenscan.report.model import Band, Ranked, Report
from tokenscan.report.numbers import plural
from tokenscan.report.text import clean_id

_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A person or a team of the ranking: ``anchor`` is its id on the page, ``findings`` come weightiest first."""

    anchor: str
    ranked: Ranked
    name: str
    findings: tuple[Finding, ...]
    figure: Figure | None = None

    @property
    def points(self) -> int:
        """Return the risk in whole points, rounded down so that 59.9 does not look like the next band's 60."""
        return math.floor(self.ranked.risk + 1e-9) if math.isfinite(self.ranked.risk) else 0

    @property
    def reasons(self) -> list[tuple[Finding, int]]:
        """Return the first finding of each title, and how many have it."""
        counts = Counter(finding.title for finding in self.findings)
        first = {finding.title: finding for finding in reversed(self.findings)}
        return [(first[title], count) for title, count in counts.items()]

    @property
    def families(self) -> list[tuple[str, int]]:
        """Return the families of evidence and what each adds, of 100, the largest first."""
        parts = sorted(self.ranked.families.items(), key=lambda item: (-item[1], item[0]))
        return [(name, round(100 * part)) for name, part in parts]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Return what the entry used and wasted, and where its risk comes from."""
        ranked = self.ranked
        used = f"{plural(ranked.requests, 'call')}, {ranked.tokens:,} tokens, {dollar_cell(ranked.cost_nanousd)}"
        wasted = f"{ranked.waste_tokens:,} tokens, {dollar_cell(ranked.waste_nanousd)}; each call counted once"
        parts = ", ".join(f"{name} {points}" for name, points in self.families)
        risk = f"{self.points} of 100, {ranked.confidence} confidence"
        risk += f"; from {parts} (each of 100)" if parts else ""
        facts = [("Risk", risk), ("Used", used), ("Likely waste", wasted)]
        return [*facts, ("Speaks for them", "; ".join(ranked.exculpation))] if ranked.exculpation else facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The first of the people or teams in a band, and how many more there are."""

    entries: tuple[Entry, ...]
    more: int

    def of(self, band: Band) -> list[Entry]:
        """Return those of a band."""
        return [entry for entry in self.entries if entry.ranked.band == band]


def current(report: Report) -> Mapping[str, Finding]:
    """Return the findings that count today, by fingerprint: neither suppressed nor resolved."""
    return {
        finding.fingerprint: finding
        for finding in report.findings
        if finding.suppression is None and finding.state is not State.RESOLVED
    }


def ranking(entries: Sequence[Ranked], known: Mapping[str, Finding], top: int, kind: str) -> Ranking:
    """Return those in a band, ``top`` at most (0: all); ``kind`` begins their anchors."""
    standing_out = [entry for entry in entries if entry.band is not Band.NONE]
    shown = standing_out[: top or None]
    return Ranking(
        entries=tuple(
            Entry(
                anchor=f"{kind}-{number}",
                ranked=entry,
                name=clean_id((entry.user if entry.user is not None else entry.team) or "") or "(no name)",
                findings=_weightiest_first(known[name] for name in entry.findings if name in known),
            )
            for number, entry in enumerate(shown, 1)
        ),
        more=len(standing_out) - len(shown),
    )


def _weightiest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    def order(finding: Finding) -> tuple[float, str, str]:
        return -finding.weight * finding.strength, finding.rule_id, finding.fingerprint

    return tuple(sorted(findings, key=order))


def finding_anchors(findings: Iterable[Finding]) -> Mapping[str, str]:
    """Return an id for each fingerprint, unique on the page and safe in an address."""
    anchors: dict[str, str] = {}
    taken: set[str] = set()
    for finding in findings:
        base = anchor = "f-" + _NOT_IN_IDS.sub("-", finding.fingerprint)[:80]
        number = 1
        while anchor in taken:
            number += 1
            anchor = f"{base}-{number}"
        taken.add(anchor)
        anchors.setdefault(finding.fingerprint, anchor)
    return anchors
