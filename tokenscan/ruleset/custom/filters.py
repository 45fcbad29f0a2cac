"""Rules with a filter: a condition on rows, and the calls behind the rows that meet it, grouped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from tokenscan.ruleset.custom.guard import RefusedError, guarded_expression
from tokenscan.ruleset.custom.plan import default_params, polars_errors
from tokenscan.ruleset.custom.schema import KEYS, SENTINEL, TABLES, empty_tables
from tokenscan.ruleset.model import Rule
from tokenscan.ruleset.problems import did_you_mean

# What is known of a group beside the columns that it is grouped by.
SUMS: Final = ("requests", "users", "days", "tokens", "first_seen", "last_seen", "calls")


def filter_schema(rule: Rule) -> pl.Schema:
    """Return the columns of a filter's result; raises RefusedError with what is wrong with the filter."""
    assert rule.filter is not None
    columns = {column.name for column in TABLES["events"]}
    for name in rule.params:
        if name in columns | {column.name for column in TABLES[rule.filter.table]} | set(SUMS):
            raise RefusedError(f"parameter {name} has the name of a column; choose another")
    for name in rule.filter.group_by:
        if name not in columns:
            raise RefusedError(f"group_by: no column {name!r} in events{did_you_mean(name, columns)}")
        if name in SUMS:
            raise RefusedError(f"group_by: {name} is counted for each group and cannot be what it is grouped by")
    with polars_errors():
        lazy = run_filter(rule, empty_tables(), default_params(rule.params))
        schema = lazy.collect_schema()
        lazy.collect()
    return schema


def run_filter(rule: Rule, tables: Mapping[str, pl.LazyFrame], params: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row a group of calls: what they are grouped by, SUMS, and ``share`` where the rule claims waste."""
    part = rule.filter
    assert part is not None
    bound = _bound(params)
    met = tables[part.table].with_columns(bound).filter(pl.sql_expr(guarded_expression(part.where).sql))
    keys = list(KEYS[part.table])
    calls = met if part.table == "events" else tables["events"].join(met.select(keys).unique(), on=keys, how="semi")
    groups = calls.group_by(part.group_by).agg(_sums()) if part.group_by else _whole(calls)
    if part.having is not None:
        groups = groups.with_columns(bound).filter(pl.sql_expr(guarded_expression(part.having).sql))
    return groups.select(*part.group_by, *SUMS)


def _bound(params: pl.LazyFrame) -> list[pl.Expr]:
    """Return the parameters as columns: in a condition they are named like any other."""
    return [pl.lit(values).first().alias(values.name) for values in params.drop(SENTINEL).collect()]


def _whole(calls: pl.LazyFrame) -> pl.LazyFrame:
    """Return all calls as one group; none where there are none."""
    sums = _sums()
    return calls.select(*sums[:-1], sums[-1].implode()).filter(pl.col("calls").list.len() > 0)


def _sums() -> list[pl.Expr]:
    return [
        pl.col("requests").sum(),
        pl.col("user").drop_nulls().n_unique().cast(pl.Int64).alias("users"),
        pl.col("day").n_unique().cast(pl.Int64).alias("days"),
        pl.col("tokens").sum(),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
        pl.col("row_id").sort().alias("calls"),
    ]
