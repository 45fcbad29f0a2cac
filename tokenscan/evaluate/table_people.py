"""Whom the bands hold wrongly, kind by kind and by name; which gamers they hold, and whom they miss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from tokenscan.evaluate.labels import Label
from tokenscan.evaluate.model import Account, Bands, Evaluation, KindScore
from tokenscan.evaluate.table_parts import WIDE, Column, View, bounded, cut, decimal, grid, kind_of, name_of, rules_of
from tokenscan.report.model import Band
from tokenscan.report.numbers import plural
from tokenscan.report.table_layout import BAND_STYLE, Style, heading, paragraph
from tokenscan.report.table_people import points
from tokenscan.report.text import clean

_COUNTS = (Column("accounts", right=True), Column("strong", right=True), Column("in a band", right=True))


def false_accusations(view: View, evaluation: Evaluation) -> Iterator[RenderableType]:
    """Yield the innocent accounts in a band, each with the rule that did it, and every innocent kind."""
    wrong = evaluation.scores.bands[Bands.BANDED].false_share
    if not wrong.of:
        return
    yield Text("")
    yield heading(view, "FALSE ACCUSATIONS", f"{wrong.hits:,} of {plural(wrong.of, 'innocent account')} in a band")
    yield Text("")
    if evaluation.accused:
        yield _people(view, evaluation.accused, "accused by")
        yield from cut(view, len(evaluation.accused), ("account", "accounts"))
        yield Text("")
    kinds = [kind for kind in _told_apart(evaluation.kinds) if kind.label is not Label.GAMER]
    several = len({kind.label for kind in kinds}) > 1
    header = [Column("innocent kind"), *([Column("label")] if several else []), *_COUNTS, Column("share accused")]
    yield grid(
        view,
        header,
        [[_kind(kind), *([kind.label.value] if several else []), *_counted(kind, good=False)] for kind in kinds],
    )
    services = evaluation.scores.counts[Label.SERVICE]
    if services:
        yield Text("")
        ranked = len(evaluation.services)
        told = f"{ranked:,} of {plural(services, 'service')} ranked among people."
        yield paragraph(view, told, Style.WARN if ranked else Style.PLAIN)
    below = [account for account in evaluation.services if Band(account.band) is Band.NONE]
    if below:
        yield _people(view, below, "found by")
        yield from cut(view, len(below), ("service", "services"))


def gamers(view: View, evaluation: Evaluation) -> Iterator[RenderableType]:
    """Yield every kind and dose of gamer, and who was missed."""
    recall = evaluation.scores.bands[Bands.BANDED].recall
    if not recall.of:
        return
    yield Text("")
    yield heading(view, "GAMERS", f"{recall.hits:,} of {recall.of:,} in a band")
    yield Text("")
    header = [Column("kind"), *_COUNTS, Column("recall"), Column("AP", right=True)]
    kinds = [kind for kind in _told_apart(evaluation.kinds) if kind.label is Label.GAMER]
    rows = [[_kind(kind), *_counted(kind, good=True), decimal(kind.average_precision)] for kind in kinds]
    if len(evaluation.doses) > 1:
        rows.append([""] * len(header))
        rows += [
            [f"all, dose {clean(dose.dose or '')}", *_counted(dose, good=True), decimal(dose.average_precision)]
            for dose in evaluation.doses
        ]
    yield grid(view, header, rows)
    yield paragraph(view, "AP: average precision of that kind alone against all innocent accounts.", Style.LABEL)
    if evaluation.missed:
        yield Text("")
        yield paragraph(view, f"Missed: {plural(len(evaluation.missed), 'gamer')}")
        yield _people(view, evaluation.missed, "found by")
        yield from cut(view, len(evaluation.missed), ("gamer", "gamers"))


def _people(view: View, accounts: Sequence[Account], why: str) -> RenderableType:
    rows = [(account, Text(name_of(view, account), Style.STRONG), _why(account)) for account in view.first(accounts)]
    if view.width < WIDE:
        columns = [Column(f"who, and {why}"), Column("risk", right=True)]
        folded = (
            (who, Text("\n").join([name, Text.assemble(f"{kind_of(who)}: ", rules)])) for who, name, rules in rows
        )
        return grid(view, columns, [[text, _risk(who)] for who, text in folded])
    columns = [Column("who"), Column("kind"), Column("risk", right=True), Column(why)]
    return grid(view, columns, [[name, kind_of(who), _risk(who), rules] for who, name, rules in rows])


def _why(account: Account) -> Text:
    return Text(rules_of(account) if account.rules or account.risk else "nothing", Style.LABEL)


def _risk(account: Account) -> Text:
    return Text(points(account.risk), BAND_STYLE[Band(account.band)])


def _told_apart(kinds: Sequence[KindScore]) -> list[KindScore]:
    """Leave out the dose of a kind that comes in one dose only: its row would say the same twice."""
    doses = Counter((kind.label, kind.kind) for kind in kinds if kind.dose is not None)
    return [kind for kind in kinds if kind.dose is None or doses[kind.label, kind.kind] > 1]


def _kind(kind: KindScore) -> str:
    return f"  dose {clean(kind.dose)}" if kind.dose else clean(kind.kind)


def _counted(kind: KindScore, *, good: bool) -> Iterator[str | Text]:
    """Yield accounts, how many in which band, and the share with its bounds; coloured where somebody is accused."""
    strong, banded = kind.bands[Bands.STRONG], kind.bands[Bands.BANDED]
    yield f"{banded.of:,}"
    for rate in (strong, banded):
        yield Text(f"{rate.hits:,}", Style.BAD if rate.hits and not good else Style.PLAIN)
    yield bounded(banded)
