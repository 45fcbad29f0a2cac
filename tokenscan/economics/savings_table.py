"""Which kind of work needs which tier, and how the kind of a call is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import polars as pl

from tokenscan.errors import UsageError

if TYPE_CHECKING:
    from tokenscan.config import TiersEntry

# Document A's table; ``small`` is the careful reading of it for work known by its size alone.
WORK: Final[Mapping[str, str]] = MappingProxyType(
    {
        "autocomplete": "nano",
        "search": "lite",
        "drafting": "mini",
        "small": "mini",
        "reasoning": "mid",
        "premium": "premium",
    }
)
COLUMNS: Final = ("app", "tool_name", "task_id", "team", "model")
CONFIDENCE: Final = {"table": 2, "name": 1, "shape": 1, "short": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRule:
    """Calls of this app, tool, task, team and model do this kind of work; ``*`` stands for any text, case for none.

    What is left empty is not asked about.
    """

    work: str
    app: str = ""
    tool: str = ""
    task: str = ""
    team: str = ""
    model: str = ""

    def matches(self, names: Mapping[str, pl.Series]) -> pl.Expr:
        """Tell whether a call fits; ``names`` are the distinct values of each of COLUMNS."""
        asked = dict(zip(COLUMNS, (self.app, self.tool, self.task, self.team, self.model), strict=True))
        parts = [_like(column, pattern, names[column]) for column, pattern in asked.items() if pattern]
        return pl.all_horizontal(parts).fill_null(value=False) if parts else pl.lit(value=False)


# Names that say what a program is for. Tools are not among them: an agent's step that calls a search is no search.
NAMED: Final = (
    *(WorkRule(work="autocomplete", app=name) for name in ("*autocomplet*", "*code-completion*", "*tab-completion*")),
    *(
        WorkRule(work="search", app=name)
        for name in ("search", "*-search", "search-*", "*_search", "enterprise search")
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTable:
    """The ``[tiers]`` of a config.

    ``work`` maps a kind of work to the tier it needs, ``rules`` say which calls do which work (the first that fits
    decides), ``models`` maps names of models to a tier of the organisation's own choosing. Shape: an answer of at most
    ``short_answer`` tokens to at most ``little_input`` is small; one of at most ``draft_answer`` is a short draft.
    """

    work: Mapping[str, str] = field(default_factory=lambda: WORK)
    rules: tuple[WorkRule, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)
    short_answer: int = 50
    draft_answer: int = 400
    little_input: int = 2_000


def told(table: TierTable, names: Mapping[str, pl.Series]) -> list[pl.Expr]:
    """Return the kind of ``work`` of a call, null where it cannot be told, and the ``basis`` it is told from.

    Named work first: the config's table, then plain names of apps. Else by shape, of single answered calls that no
    agent made: small ones, and short answers to what a person typed, where no reasoning was needed.
    """
    small, short = _small(table), _short(table)
    work = pl.lit(None, pl.String)
    basis = pl.lit(None, pl.String)
    steps = [
        (short, "drafting", "short"),
        (small, "small", "shape"),
        *((rule.matches(names) & pl.col("ok"), rule.work, "name") for rule in reversed(NAMED)),
        *((rule.matches(names) & pl.col("ok"), rule.work, "table") for rule in reversed(table.rules)),
    ]
    # The last step that fits decides, so the strongest come last.
    for fits, kind, origin in steps:
        work = pl.when(fits).then(pl.lit(kind)).otherwise(work)
        basis = pl.when(fits).then(pl.lit(origin)).otherwise(basis)
    return [work.alias("work"), basis.alias("basis")]


def _plain(table: TierTable) -> pl.Expr:
    """Tell single answered calls with little input that no agent made."""
    by_agent = pl.col("is_agent").fill_null(value=False)
    little = (pl.col("input_tokens") <= table.little_input).fill_null(value=False)
    return pl.col("ok") & pl.col("single") & ~by_agent & little


def _small(table: TierTable) -> pl.Expr:
    needless = (pl.col("trivial").fill_null("") != "").fill_null(value=False)
    brief = (pl.col("output_tokens") <= table.short_answer).fill_null(value=False)
    return _plain(table) & (needless | brief)


def _short(table: TierTable) -> pl.Expr:
    brief = (pl.col("output_tokens") <= table.draft_answer).fill_null(value=False)
    thought = pl.col("reasoning_tokens").fill_null(0) > 0
    return _plain(table) & pl.col("turn") & brief & ~thought


def _like(column: str, pattern: str, names: pl.Series) -> pl.Expr:
    """Match whole texts against a pattern in which only the star is special: once a name, not once a call."""
    wanted = "(?s)^" + ".*".join(pl.escape_regex(part) for part in pattern.strip().lower().split("*")) + "$"
    fitting = names.filter(names.str.to_lowercase().str.contains(wanted).fill_null(value=False))
    return pl.col(column).is_in(fitting.implode()) if fitting.len() else pl.lit(value=False)


def tier_table(entry: TiersEntry) -> TierTable:
    """Return the table that a config's ``[tiers]`` gives: its entries go before the defaults.

    Raises:
        UsageError: calls of no kind of work that has a tier, or an entry that says of no calls anything.
    """
    work = {**WORK, **entry.work}
    for place, one in enumerate(entry.calls):
        if one.work not in work:
            known = ", ".join(sorted(work))
            raise UsageError(
                f"tiers.calls[{place}].work: no kind of work {one.work!r}",
                hint=f"one of {known}; a kind of your own gets its tier in [tiers.work]",
            )
        if not any((one.app, one.tool, one.task, one.team, one.model)):
            raise UsageError(
                f"tiers.calls[{place}]: says of no calls that they are {one.work!r}",
                hint="name an app, tool, task, team or model; * stands for any text",
            )
    return TierTable(
        work=work,
        rules=tuple(
            WorkRule(work=one.work, app=one.app, tool=one.tool, task=one.task, team=one.team, model=one.model)
            for one in entry.calls
        ),
        models=dict(entry.models),
        short_answer=entry.short_answer,
        draft_answer=entry.draft_answer,
        little_input=entry.little_input,
    )
