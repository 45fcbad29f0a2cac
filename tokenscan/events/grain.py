"""Keep sums apart from the calls they sum up: of what a vendor's exports tell twice, the finer one counts.

Bucketed and daily exports say how much was used and paid, not what was asked. Beside a log of single calls of the same
system they would count the same usage again.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

_FINENESS = {"call": 0, "bucket": 1, "day": 2}
_PLACE = ["family", "day"]


def without_sums_of_calls(rows: pl.DataFrame, families: Mapping[str, str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows (ROWS) that count, and those set aside because a finer or fuller export tells the same.

    ``families`` gives the vendor's system of a format; a format it does not name stands for itself. Within a system and
    UTC day, a person's sums yield to finer rows of that person and sums without a person to any finer row; of two
    exports that both sum a person's tokens the larger sum counts; a bill yields where the tokens themselves are known.
    """
    if (rows["grain"] == "call").all():
        return rows, rows.clear()
    counts = pl.col("input_tokens").is_not_null() | pl.col("output_tokens").is_not_null()
    facts = rows.with_row_index("row").select(
        "row", "user", "source_format",
        pl.col("source_format").replace(dict(families)).alias("family"),
        pl.col("timestamp").dt.date().alias("day"),
        pl.col("grain").cast(pl.String).replace_strict(_FINENESS, return_dtype=pl.Int8).alias("fineness"),
        counts.alias("counts"),
        (counts | (pl.col("n_requests") > 0)).alias("tells_usage"),
        (pl.col("input_tokens").fill_null(0) + pl.col("output_tokens").fill_null(0)).alias("tokens"),
        pl.col("model").is_not_null().alias("named_model"),
    )  # fmt: skip
    aside = pl.concat([_summed_up(facts), _told_by_another(facts), _bills(facts)]).unique()
    marked = rows.with_row_index("row").with_columns(pl.col("row").is_in(aside.implode()).alias("aside"))
    kept, dropped = marked.filter(~pl.col("aside")), marked.filter("aside")
    return kept.select(rows.columns), dropped.select(rows.columns)


def _summed_up(facts: pl.DataFrame) -> pl.Series:
    """Return the sums of usage that finer rows hold one by one."""
    usage = facts.filter("tells_usage")
    anybody, same = pl.col("fineness").min().over(_PLACE), pl.col("fineness").min().over(*_PLACE, "user")
    finest = pl.when(pl.col("user").is_null()).then(anybody).otherwise(same)
    return usage.filter(pl.col("fineness") > finest)["row"]


def _told_by_another(facts: pl.DataFrame) -> pl.Series:
    """Return the sums of tokens that another export of the same system tells more fully."""
    sums = facts.filter((pl.col("fineness") > 0) & pl.col("counts"))
    who = [*_PLACE, "user"]
    totals = sums.group_by(*who, "source_format").agg(pl.col("tokens").sum())
    best = totals.sort(*who, "tokens", "source_format", descending=[False] * 3 + [True, False]).unique(
        who, keep="first", maintain_order=True
    )
    return sums.join(best, on=[*who, "source_format"], how="anti", nulls_equal=True)["row"]


def _bills(facts: pl.DataFrame) -> pl.Series:
    """Return rows that only say what was paid, on days whose tokens can be priced themselves."""
    bills = facts.filter((pl.col("fineness") > 0) & ~pl.col("tells_usage"))
    priced = facts.filter(pl.col("counts") & pl.col("named_model"))
    named = bills.filter(pl.col("user").is_not_null()).join(priced, on=[*_PLACE, "user"], how="semi")
    nameless = bills.filter(pl.col("user").is_null()).join(priced, on=_PLACE, how="semi")
    return pl.concat([named["row"], nameless["row"]])
