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
    UTC day, a person's sums yield to finer rows of that person, sums without a person to any finer row and to people's
    sums; of two exports that both sum a person's tokens, or money, the larger sum counts; a bill yields where the
    tokens themselves are known.
    """
    if (rows["grain"] == "call").all():
        return rows, rows.clear()
    counts = pl.col("input_tokens").is_not_null() | pl.col("output_tokens").is_not_null()
    facts = rows.with_row_index("row").select(
        "row", "user", "app", "source_format", "source_file", pl.col("cost_nanousd").fill_null(0).alias("cost"),
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
    """Return the sums of usage that finer rows hold one by one, and those of everybody where people's stand too."""
    usage = facts.filter("tells_usage")
    sums = usage.filter(pl.col("fineness") > 0)
    persons = [*_PLACE, "user"]
    told = usage.filter(pl.col("user").is_not_null()).select(*persons, "app", "fineness").unique()
    finer = sums.join(told, on=persons, suffix="_told").filter(
        (pl.col("fineness_told") < pl.col("fineness"))
        # A log of one program's calls says nothing of what another's were.
        & (pl.col("app") == pl.col("app_told")).fill_null(value=True)
    )
    # A row without a person is everybody's sum where its file names nobody; beside named rows it is a machine's.
    named = pl.col("fineness").filter(pl.col("user").is_not_null())
    anybody = usage.group_by(_PLACE).agg(pl.col("fineness").min().alias("finest"), named.min().alias("named"))
    names = usage.filter(pl.col("user").is_not_null()).select(*_PLACE, "source_file").unique()
    nameless = sums.filter(pl.col("user").is_null()).join(anybody, on=_PLACE)
    everybody = nameless.join(names, on=[*_PLACE, "source_file"], how="anti").filter(
        pl.col("named") <= pl.col("fineness")
    )
    return pl.concat([finer["row"], nameless.filter(pl.col("finest") < pl.col("fineness"))["row"], everybody["row"]])


def _told_by_another(facts: pl.DataFrame) -> pl.Series:
    """Return the sums of tokens, and of money, that another export of the same system tells more fully."""
    sums = facts.filter(pl.col("fineness") > 0)
    tokens, bills = sums.filter("counts"), sums.filter(~pl.col("tells_usage"))
    return pl.concat([_not_the_fullest(tokens, "tokens"), _not_the_fullest(bills, "cost")])


def _not_the_fullest(sums: pl.DataFrame, size: str) -> pl.Series:
    who = [*_PLACE, "user"]
    totals = sums.group_by(*who, "source_format").agg(pl.col(size).sum())
    best = totals.sort(*who, size, "source_format", descending=[False] * 3 + [True, False]).unique(
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
