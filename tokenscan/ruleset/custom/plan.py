"""Plans a query on empty tables of the right types, before any data is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from tokenscan.ruleset.custom.guard import Guarded, RefusedError, guarded_query
from tokenscan.ruleset.custom.schema import PARAMS, SENTINEL, empty_tables
from tokenscan.ruleset.model import Param, ParamValue
from tokenscan.ruleset.params import coerce

POLARS_TYPES: Final[Mapping[str, pl.DataType]] = {
    "int": pl.Int64(),
    "float": pl.Float64(),
    "bool": pl.Boolean(),
    "str": pl.String(),
    "list[str]": pl.List(pl.String),
    "list[int]": pl.List(pl.Int64),
}
_TOP = re.compile(r"^( *)(?:[A-Z][A-Z ]* )?JOIN(?: ON .*)?:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A query that can run: what it yields, and whether it needs ``confined`` memory and time."""

    query: Guarded
    schema: pl.Schema
    confined: bool


def params_frame(specs: Mapping[str, Param], values: Mapping[str, ParamValue]) -> pl.LazyFrame:
    """Return the one-row table ``params``, typed as the rule file says."""
    columns = [pl.Series(SENTINEL, [True])]
    for name, spec in specs.items():
        value = values[name]
        held = list(value) if isinstance(value, tuple) else value
        columns.append(pl.Series(name, [held], dtype=POLARS_TYPES[spec.type]))
    return pl.DataFrame(columns).lazy()


def default_params(specs: Mapping[str, Param]) -> pl.LazyFrame:
    """Return ``params`` at the defaults of a rule file."""
    return params_frame(specs, {name: coerce(spec, spec.default) for name, spec in specs.items()})


def plan_query(sql: str, params: pl.LazyFrame) -> Planned:
    """Check a query, plan it and run it on empty tables. Raises RefusedError with what is wrong."""
    query = guarded_query(sql)
    tables = empty_tables() | {PARAMS: params}
    with polars_errors():
        lazy = pl.SQLContext(tables, eager=False).execute(query.sql)
        schema = lazy.collect_schema()
        optimised, plain = lazy.explain(), lazy.explain(optimized=False)
        if " SCAN" in plain:
            raise RefusedError("reads files")
        lazy.collect()
    return Planned(query=query, schema=schema, confined=query.grows or multiplies(optimised))


def multiplies(plan: str) -> bool:
    """Return whether a plan joins two tables that both have more than one row, so that rows may multiply."""
    lines = plan.splitlines()
    return any(not _with_params(lines, number) for number, line in enumerate(lines) if _TOP.match(line))


def _with_params(lines: Sequence[str], start: int) -> bool:
    """Return whether one side of the join that begins at a line reads nothing but the table of parameters."""
    indent = len(lines[start]) - len(lines[start].lstrip())
    sides: list[list[str]] = []
    for line in lines[start + 1 :]:
        inner, text = len(line) - len(line.lstrip()), line.strip()
        if inner <= indent and text.startswith("END "):
            break
        if inner == indent and re.match(r"(LEFT|RIGHT) PLAN", text):
            sides.append([])
        elif sides and re.match(r"(DF|CACHE|TABLE)\b", text):
            sides[-1].append(text)
    return len(sides) == 2 and any(side and all(f'DF ["{SENTINEL}"' in leaf for leaf in side) for side in sides)


class polars_errors:  # noqa: N801 - reads as the statement that it is
    """Turns whatever Polars raises into RefusedError, one line long, and lets a broken plan take nothing down."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise RefusedError for an error of Polars; a panic of it is no Exception."""
        if isinstance(error, pl.exceptions.PolarsError | pl.exceptions.PanicException | TypeError):
            raise RefusedError(_told(error)) from None


def _told(error: BaseException) -> str:
    """Return the first sentence of an error, without the plan that Polars appends, and what to do about it."""
    text = re.split(r"\n\s*\n|\nResolved plan|\nThis error occurred", str(error), maxsplit=1)[0]
    text = " ".join(text.split())[:600] or type(error).__name__
    return text + "".join(_advice(text))


def _advice(text: str) -> Iterator[str]:
    if re.match(r"relation '.*' was not found", text):
        yield f"; the tables are {', '.join([*empty_tables(), PARAMS])}"
    elif "Datetime" in text:
        yield "; compare the column day with DATE '2026-01-31'"
    elif "duplicate" in text.lower():
        yield "; give every column a name of its own with AS"
