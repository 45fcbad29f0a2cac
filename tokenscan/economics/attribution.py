"""Which finding a wasted call counts for, so that the waste of rules adds up to the total.

Several findings may blame one call, and the ledger counts it once. All of a call's waste goes to one claim on it: one
that makes the low figure before one that makes the expected figure before the rest; then in the ledger's order (single
rows, days, windows); then the larger share; then the finding that weighs more as evidence; then the rule's id and the
finding's fingerprint. As low, expected and high of a call go to the same rule, every rule has low <= expected <= high.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tokenscan.findings.model import Finding
from tokenscan.findings.waste import LEVELS

RULES = pl.Schema({"row_id": pl.UInt32, "rule_id": pl.String})


def rule_of_calls(claims: pl.DataFrame, findings: Sequence[Finding]) -> pl.DataFrame:
    """Return the rule (rule_id) that each claimed call (row_id) counts for, one row a call."""
    ordered = sorted(
        enumerate(findings), key=lambda item: (-item[1].weight * item[1].strength, item[1].rule_id, item[1].fingerprint)
    )
    names = pl.DataFrame(
        [(number, finding.rule_id, place) for place, (number, finding) in enumerate(ordered)],
        schema={"finding": pl.UInt32, "rule_id": pl.String, "lighter": pl.UInt32},
        orient="row",
    )
    certain = (pl.col("confidence") == "high") & (pl.col("level") == "row")
    sure = pl.when(certain).then(0).when(pl.col("confidence") != "low").then(1).otherwise(2)
    level = pl.col("level").replace_strict({name: place for place, name in enumerate(LEVELS)}, return_dtype=pl.Int8)
    share = pl.col("share").fill_nan(0.0).fill_null(0.0).clip(0, 1)
    # A claim of nothing takes nothing from anybody.
    ranked = (
        claims.join(names, on="finding")
        .filter(share > 0)
        .with_columns(sure.alias("sure"), level.alias("level"), (-share).alias("less"))
    )
    order = ["row_id", "sure", "level", "less", "lighter"]
    first = ranked.sort(order).unique("row_id", keep="first", maintain_order=True)
    return first.select(pl.col(name).cast(dtype) for name, dtype in RULES.items())
