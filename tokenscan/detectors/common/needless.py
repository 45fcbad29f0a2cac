"""Which prompts colleagues would not have needed: those whose answers are known unused first, used ones never."""

from __future__ import annotations

import polars as pl


def needless_by_use(rows: pl.DataFrame, typed: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Claim of prompts without a used answer the part that goes beyond what colleagues leave unused.

    ``rows`` is as ``with_exchange`` gives it, ``typed`` as ``exchanges``, ``people`` has user, known_fresh, used_fresh
    and used_peers. If colleagues use a share p of their answers, used answers of u tokens go with u / p tokens in all;
    what the person spent beyond that is claimed of the prompts marked unused, and the same part of all spending of the
    prompts without a mark. Returns user, row_id, level, share.
    """
    needed = pl.col("used_fresh") / pl.col("used_peers")
    beyond = (pl.col("known_fresh") - needed).clip(lower_bound=0)
    shares = people.select(
        "user",
        (beyond / (pl.col("known_fresh") - pl.col("used_fresh"))).alias("of_unused"),
        (beyond / pl.col("known_fresh")).alias("of_unknown"),
    )
    return claimed(rows, typed, shares)


def needless_by_task(rows: pl.DataFrame, typed: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Claim what goes beyond the number of prompts that colleagues need for the same tasks.

    ``people`` has user and needed, the part of the prompts that the tasks needed. The rest is claimed of the prompts
    marked unused, as far as it goes, then of those without a mark. Returns user, row_id, level, share.
    """
    total = pl.col("fresh").sum()
    unused = pl.col("fresh").filter(pl.col("used").eq_missing(other=False)).sum()
    unknown = pl.col("fresh").filter(pl.col("used").is_null()).sum()
    sums = typed.group_by("user").agg(total.alias("total"), unused.alias("unused"), unknown.alias("unknown"))
    beyond = (1 - pl.col("needed")).clip(0, 1) * pl.col("total")
    left = (beyond - pl.col("unused")).clip(lower_bound=0)
    shares = sums.join(people, on="user").select(
        "user", (beyond / pl.col("unused")).alias("of_unused"), (left / pl.col("unknown")).alias("of_unknown")
    )
    return claimed(rows, typed, shares)


def claimed(rows: pl.DataFrame, typed: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Return claims on every call of the prompts of these people: ``of_unused``, ``of_unknown``, none where used."""
    share = pl.when(pl.col("used").is_null()).then("of_unknown").when(~pl.col("used")).then("of_unused")
    prompts = typed.join(shares, on="user").select("exchange", share.fill_nan(0.0).clip(0.0, 1.0).alias("share"))
    calls = rows.select("user", "row_id", "exchange").join(
        prompts.filter(pl.col("share") > 0), on="exchange", maintain_order="left"
    )
    return calls.select("user", "row_id", pl.lit("window").alias("level"), "share")
