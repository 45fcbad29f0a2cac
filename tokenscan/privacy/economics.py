"""Cut the figures on money and measures down to the teams that a report may show."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from tokenscan.report.economics import Economics, Leaderboard, Waste, WasteInMoney, WasteLine
from tokenscan.report.model import Range
from tokenscan.report.savings import Saving, Savings, TeamSaving

_PEOPLE = re.compile(r"\b(\d+) (?:people|person)\b")


def shown_economics(money: Economics, teams: Collection[str], *, by_team: bool, smallest: int = 0) -> Economics:
    """Return the figures with all other teams in one line; ``by_team``: and without people, or counts of findings.

    Nor are fewer than ``smallest`` people counted in what is said of a measure.

    A ranking of teams that would show another one, or of people, is left out whole: its places tell how many there are.
    """
    return replace(
        money,
        waste=_waste(money.waste, teams, by_team=by_team),
        leaderboards=tuple(one for one in money.leaderboards if _may_show(one, teams, by_team=by_team)),
        measures=tuple(
            replace(
                one,
                reason=_few(one.reason, smallest),
                teams=tuple(band for band in one.teams if band.team in teams),
                teams_reason=_few(one.teams_reason, smallest),
            )
            for one in money.measures
        ),
        savings=money.savings and _savings(money.savings, teams),
    )


def _few(reason: str, smallest: int) -> str:
    """Return a reason in which a count of too few people is only said to be one."""
    return _PEOPLE.sub(lambda found: found[0] if int(found[1]) >= smallest else f"fewer than {smallest} people", reason)


def _may_show(board: Leaderboard, teams: Collection[str], *, by_team: bool) -> bool:
    if board.level == "team":
        return all(place.name in teams for place in board.places)
    return not by_team


def _waste(waste: WasteInMoney, teams: Collection[str], *, by_team: bool) -> WasteInMoney:
    named = tuple(replace(line, note=line.note if line.note in teams else "") for line in waste.by_person)
    rules = tuple(replace(line, findings=None) for line in waste.by_rule)
    return replace(
        waste,
        by_person=() if by_team else named,
        by_rule=rules if by_team else waste.by_rule,
        by_team=_pooled(waste.by_team, teams),
    )


def _pooled(lines: Sequence[WasteLine], teams: Collection[str]) -> tuple[WasteLine, ...]:
    """Return lines of teams with those of teams not shown added up in the line without a name, in their order."""
    rest = [line for line in lines if line.name not in teams]
    kept = [line for line in lines if line.name in teams]
    if not rest:
        return tuple(kept)
    whole = rest[0]
    for line in rest[1:]:
        whole = replace(
            whole,
            waste=_sum(whole.waste, line.waste),
            tokens=_add(whole.tokens, line.tokens),
            cost_nanousd=_add(whole.cost_nanousd, line.cost_nanousd),
        )
    return (*kept, replace(whole, name=None, note=""))


def _sum(one: Waste, other: Waste) -> Waste:
    money = [part for part in (one.nanousd, other.nanousd) if part is not None]
    return Waste(tokens=_range([one.tokens, other.tokens]), nanousd=_range(money) if money else None)


def _range(parts: Sequence[Range]) -> Range:
    return Range(
        low=sum(part.low for part in parts),
        expected=sum(part.expected for part in parts),
        high=sum(part.high for part in parts),
    )


def _add(one: int | None, other: int | None) -> int | None:
    known = [part for part in (one, other) if part is not None]
    return sum(known) if known else None


def _savings(savings: Savings, teams: Collection[str]) -> Savings:
    rest = [line.saving for line in savings.by_team if line.team not in teams]
    kept = tuple(line for line in savings.by_team if line.team in teams)
    if not rest:
        return savings
    names = ("calls", "cost", "low", "expected", "high")
    whole = Saving(**{name: sum(getattr(saving, name) for saving in rest) for name in names})
    return replace(savings, by_team=(*kept, TeamSaving(team=None, saving=whole)))
