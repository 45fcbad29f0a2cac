"""What work on a dearer tier than it needs would have cost less on the recommended model of the same vendor.

A ledger of its own: the work is legitimate, and its saving is added to no waste. The same tokens are assumed, at the
prices of ``tokenscan.pricing.tiers``; what cannot be told saves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.economics.savings_table import COLUMNS, CONFIDENCE, TierTable, told
from tokenscan.pricing.tiers import PRICES, TIERS
from tokenscan.report.savings import ModelSaving, Move, Saving, Savings, TeamSaving, WorkSaving

_NANO_PER_USD: Final = 10**9
_MILLION: Final = 10**6
_COLUMNS: Final = (
    "row_id", "user", "team", "day", "app", "tool_name", "task_id", "model", "provider", "single", "ok", "turn",
    "is_agent", "trivial", "requests", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens",
    "reasoning_tokens", "cost_nanousd",
)  # fmt: skip
_NO_CLAIMS: Final = {"row_id": pl.UInt32, "expected_cost": pl.Int64}


def tier_savings(tables: Tables, table: TierTable | None = None, *, claimed: pl.DataFrame | None = None) -> Savings:
    """Return what could be saved if every call ran on the tier that its kind of work needs.

    ``claimed`` is ``rows`` of the waste ledger (row_id, expected_cost): only the part of a call that no finding claims
    can save anything. Teams below ``min_group_size`` people share one line. A saving is never more than the call cost,
    and each call's is rounded half up to the nano-dollar.
    """
    table = table or TierTable()
    calls = pl.concat([some.lazy().select(_COLUMNS) for some in (tables.calls, tables.programs)])
    known = _priced(_known(calls, table, claimed), tables.models).collect()
    dearer, fitting = known.filter("dearer"), known.filter(~pl.col("dearer"))
    every = _sums(calls).collect().row(0, named=True)
    return Savings(
        total=_saving(_sums(dearer.lazy(), saved=True).collect().row(0, named=True)),
        by_team=tuple(_by_team(dearer, tables)),
        by_work=tuple(_by_work(dearer)),
        by_model=tuple(_by_model(dearer)),
        moves=tuple(_moves(calls, tables.models)),
        calls=every["calls"],
        cost=every["cost"],
        unknown_calls=every["calls"] - int(known["requests"].sum()),
        unknown_cost=every["cost"] - int(known["cost_nanousd"].sum()),
        fitting_calls=int(fitting["requests"].sum()),
        fitting_cost=int(fitting["cost_nanousd"].sum()),
        left_out=int(dearer.filter(pl.col("confidence") >= CONFIDENCE["shape"])["left_out"].sum()),
        days=_days(calls),
    )


def _known(calls: pl.LazyFrame, table: TierTable, claimed: pl.DataFrame | None) -> pl.LazyFrame:
    """Return calls whose kind of work can be told, the tier it needs, and what findings claim of their cost."""
    claims = pl.DataFrame(schema=_NO_CLAIMS) if claimed is None else claimed.select(*_NO_CLAIMS)
    names = {
        name: column.to_series() for name, column in zip(COLUMNS, pl.collect_all(_distinct(calls)), strict=True)
    }  # fmt: skip
    needs = pl.col("work").replace_strict(dict(table.work), default=None, return_dtype=pl.String)
    sure = pl.col("basis").replace_strict(CONFIDENCE, default=None, return_dtype=pl.Int8)
    return (
        calls.with_columns(told(table, names))
        .filter(pl.col("work").is_not_null())
        .with_columns(needs.alias("needed"), sure.alias("confidence"))
        .join(claims.lazy(), on="row_id", how="left")
        .with_columns(pl.col("expected_cost").fill_null(0).alias("claimed"))
    )


def _distinct(calls: pl.LazyFrame) -> list[pl.LazyFrame]:
    return [calls.select(pl.col(name).drop_nulls().unique()) for name in COLUMNS]


def _priced(calls: pl.LazyFrame, models: pl.DataFrame) -> pl.LazyFrame:
    """Add ``gross`` (saving on the whole call), ``net`` (on its unclaimed part), ``left_out`` and ``dearer``."""
    joined = calls.join(
        models.lazy(), left_on=["model", "provider", "needed"], right_on=["model", "provider", "target"], how="left",
        nulls_equal=True,
    )  # fmt: skip
    own = _list_cost("")
    dearer = (own - _list_cost("recommended_")).clip(0)
    # Of a call that cost less than list (a batch, a contract of the log's) the same part is saved, not the same sum.
    paid = pl.min_horizontal(pl.col("cost_nanousd").cast(pl.Int128), own)
    gross = pl.when(own > 0).then(_ratio(paid * dearer, own))
    cost = pl.col("cost_nanousd").cast(pl.Int128)
    free = (cost - pl.col("claimed")).clip(0)
    net = pl.when(cost > 0).then(_ratio(pl.col("gross") * free, cost))
    return (
        joined.with_columns(gross.fill_null(0).alias("gross"))
        .with_columns(net.fill_null(0).cast(pl.Int64).alias("net"), (pl.col("gross") > 0).alias("dearer"))
        .with_columns((pl.col("gross").cast(pl.Int64) - pl.col("net")).alias("left_out"))
    )


def _list_cost(prefix: str) -> pl.Expr:
    """Return what the tokens of a call cost at a model's prices, in nano-dollars, rounded half up."""
    read, write = pl.col("cache_read_tokens").fill_null(0), pl.col("cache_write_tokens").fill_null(0)
    parts = {
        "input": (pl.col("input_tokens").fill_null(0) - read - write).clip(0),
        "cache_read": read,
        "cache_write": write,
        "output": pl.col("output_tokens").fill_null(0),
    }
    # Prices as nano-dollars per million tokens: exact for any price of up to nine decimals.
    prices = {name: (pl.col(f"{prefix}{name}_usd") * _NANO_PER_USD).round().cast(pl.Int128) for name in PRICES}
    total = sum((parts[name].cast(pl.Int128) * prices[name] for name in PRICES), pl.lit(0, pl.Int128))
    return _ratio(total, pl.lit(_MILLION, pl.Int128))


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Divide integers, rounding half up."""
    return (2 * part + whole) // (2 * whole)


def _sums(calls: pl.LazyFrame, *, saved: bool = False) -> pl.LazyFrame:
    """Add up calls and what they cost; where ``saved``, also what they would have saved."""
    return calls.select(_figures(saved=saved))


def _figures(*, saved: bool = True) -> list[pl.Expr]:
    figures = [pl.col("requests").sum().alias("calls"), pl.col("cost_nanousd").sum().alias("cost")]
    if not saved:
        return figures
    levels = {"low": CONFIDENCE["table"], "expected": CONFIDENCE["shape"], "high": CONFIDENCE["short"]}
    return figures + [
        pl.col("net").filter(pl.col("confidence") >= least).sum().alias(name) for name, least in levels.items()
    ]


def _grouped(dearer: pl.DataFrame, by: list[str]) -> Iterator[dict[str, Any]]:
    return dearer.group_by(by).agg(_figures()).sort(by, nulls_last=True).iter_rows(named=True)


def _saving(row: dict[str, Any]) -> Saving:
    return Saving(**{name: int(row[name]) for name in ("calls", "cost", "low", "expected", "high")})


def _by_team(dearer: pl.DataFrame, tables: Tables) -> Iterator[TeamSaving]:
    sizes = tables.people.filter(pl.col("team").is_not_null()).group_by("team").len()
    large = sizes.filter(pl.col("len") >= tables.context.min_group_size)["team"].implode()
    team = pl.when(pl.col("team").is_in(large)).then("team")
    found = [
        TeamSaving(team=row["team"], saving=_saving(row))
        for row in _grouped(dearer.with_columns(team.alias("team")), ["team"])
    ]
    yield from sorted(found, key=lambda one: (one.team is None, *_order(one.saving), one.team or ""))


def _by_work(dearer: pl.DataFrame) -> Iterator[WorkSaving]:
    keys = ["work", "needed", "basis"]
    found = [
        WorkSaving(work=row["work"], tier=row["needed"], basis=row["basis"], saving=_saving(row))
        for row in _grouped(dearer, keys)
    ]
    yield from sorted(found, key=lambda one: (*_order(one.saving), one.work, one.basis))


def _by_model(dearer: pl.DataFrame) -> Iterator[ModelSaving]:
    keys = ["model", "provider", "tier", "needed", "recommended", "in_use"]
    found = [ModelSaving(**{key: row[key] for key in keys}, saving=_saving(row)) for row in _grouped(dearer, keys)]
    yield from sorted(found, key=lambda one: (*_order(one.saving), one.model, one.provider or "", one.needed))


def _order(saving: Saving) -> tuple[int, int]:
    return (-saving.expected, -saving.high)


def _moves(calls: pl.LazyFrame, models: pl.DataFrame) -> Iterator[Move]:
    """Yield, for every tier and one below it, what all calls on its models cost here and there."""
    counts = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "requests", "cost_nanousd")
    known = calls.filter(pl.col("cost_nanousd") > 0)
    sums = known.group_by("model", "provider").agg(pl.col(counts).fill_null(0).sum()).collect()
    both = sums.join(models, on=["model", "provider"], nulls_equal=True)
    own, there = _list_cost(""), _list_cost("recommended_")
    cost = pl.col("cost_nanousd").cast(pl.Int128)
    moved = pl.when(own > 0).then(_ratio(cost * pl.min_horizontal(there, own), own)).otherwise(cost).cast(pl.Int64)
    total = (
        both.with_columns(moved.alias("there"))
        .group_by("tier", "target")
        .agg(pl.col("requests", "cost_nanousd", "there").sum())
    )
    order = {tier: place for place, tier in enumerate(TIERS)}
    for row in sorted(total.iter_rows(named=True), key=lambda row: (-order[row["tier"]], order[row["target"]])):
        yield Move(
            tier=row["tier"],
            target=row["target"],
            calls=row["requests"],
            cost=row["cost_nanousd"],
            cost_there=row["there"],
        )


def _days(calls: pl.LazyFrame) -> int:
    first, last = calls.select(pl.col("day").min().alias("first"), pl.col("day").max().alias("last")).collect().row(0)
    return (last - first).days + 1 if first is not None else 0
