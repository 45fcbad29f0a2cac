"""R02: totals that pile up just above a published usage target, period after period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tokenscan.context.model import Quota
from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection, nothing
from tokenscan.detectors.common.bunching import excess_mass
from tokenscan.detectors.common.corroborate import CLEARED, CONFIRMED, MIN_MARKS, UNKNOWN, USED_HARDLY, USED_LIKE_OTHERS
from tokenscan.detectors.common.quotas import counted, quota_text, reshuffled_totals, slot_amounts, with_period
from tokenscan.detectors.common.statistics import beta_bound, false_discovery
from tokenscan.detectors.common.tables import used_base
from tokenscan.sums import ordered_mean, ordered_sum

# Whose average period lies far from the target cannot bunch at it. The average does not depend on which days came
# together, so leaving these out does not favour anybody among the rest.
NEAR = (0.5, 3.0)
# Far beyond the threshold: one in a million that so many periods met the target by chance.
TOP = 1e-6
ORGANISATION_P = 0.01
BEYOND_DOUBT = 50
RESAMPLES = 500
FILL_SLOTS = 2  # a period's last active days (or hours), at most half of them

_METRICS = [
    "quota", "in_band", "periods", "band_percent", "by_chance_percent", "just_below", "p", "q", "last_days_percent",
    "even_percent", "used_percent", "all_marks", "refused_periods", "expected_above", "excess_low", "excess_high",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/calendar/quota-bunching.toml``."""

    share: float
    band: float
    wide_band: float
    chance: float
    hole: float
    false_discovery: float
    min_periods: int
    shuffles: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Compare how often a person's periods end just above a target with how often their own days, dealt anew, would.

    Exact binomial tails on both a narrow and a wide band (the smaller p, doubled), false alarms over all people and
    targets controlled after Benjamini and Hochberg (1995). For the organisation, see ``common.bunching``.
    """
    quotas = counted(tables.context.quotas)
    if not quotas:
        return NotEvaluated("no published quota in tokens, requests or dollars (quotas in active days: token-gesture)")
    placed = [with_period(tables.calls, quota) for quota in quotas]
    slots = [slot_amounts(frame, quota) for frame, quota in zip(placed, quotas, strict=True)]
    tested = pl.concat([_tested(frame, quota, params) for frame, quota in zip(slots, quotas, strict=True)])
    if tested.is_empty():
        return NotEvaluated(
            f"nobody has {params.min_periods} periods with usage around a quota ({', '.join(map(quota_text, quotas))})"
        )
    found = tested.with_columns(false_discovery(tested["p"]).alias("q"))
    full = (pl.col("in_band") >= params.share * pl.col("periods")) & (pl.col("q") < params.false_discovery)
    fired = found.filter(full & (pl.col("in_band") >= params.hole * pl.col("just_below")))
    best = fired.sort("user", "p", "quota").unique("user", keep="first", maintain_order=True)
    people = [
        _judged(best.filter(quota=quota_text(quota)), frame, slot, tables, params)
        for quota, frame, slot in zip(quotas, placed, slots, strict=True)
    ]
    rows = pl.concat([part for part, _ in people], how="diagonal_relaxed").with_columns(pl.lit("user").alias("subject"))
    claims = pl.concat([claimed for _, claimed in people]).rename({"user": "key"})
    crowd = _organisation(slots, quotas, tables, params)
    both = pl.concat([rows.with_columns(pl.col("user").alias("key")), crowd], how="diagonal_relaxed")
    if both.is_empty():
        return nothing()
    named = both.with_columns(pl.lit(params.share * 100).alias("threshold"), pl.col("cleared").fill_null(value=False))
    return detection(_complete(named), _METRICS, claims, by="key")


def _complete(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what only the other kind of subject has, and no reasons where nothing speaks for anybody."""
    missing = [pl.lit(None, pl.Float64).alias(name) for name in _METRICS if name not in rows.columns]
    none = pl.lit([], pl.List(pl.String))
    against = pl.col("against").fill_null(none) if "against" in rows.columns else none
    return rows.with_columns(*missing, against.alias("against"))


def _tested(slots: pl.DataFrame, quota: Quota, params: Params) -> pl.DataFrame:
    """One row a person whose periods could bunch: periods, how many in which band, and the chance of that."""
    totals = slots.select("user", "period", "total").unique()
    near, wide = (pl.col("total").is_between(1, band, closed="left") for band in (params.band, params.wide_band))
    below = pl.col("total").is_between(1 / params.wide_band, 1, closed="left")
    people = (
        totals.group_by("user")
        .agg(
            pl.len().cast(pl.Int64).alias("periods"),
            ordered_mean(pl.col("total")).alias("mean"),
            near.sum().cast(pl.Int64).alias("near"),
            wide.sum().cast(pl.Int64).alias("wide"),
            below.sum().cast(pl.Int64).alias("just_below"),
        )
        .filter((pl.col("periods") >= params.min_periods) & pl.col("mean").is_between(*NEAR))
        .sort("user")
    )
    candidates = people.filter(pl.max_horizontal("near", "wide") >= params.share * pl.col("periods"))
    theirs = slots.join(candidates.select("user"), on="user", how="semi").partition_by("user", as_dict=True)
    found = [_chance(row, theirs[(row["user"],)], params) for row in candidates.iter_rows(named=True)]
    columns = {"user": pl.String, "in_band": pl.Int64, "band_percent": pl.Float64, "by_chance_percent": pl.Float64,
               "p": pl.Float64}  # fmt: skip
    judged = people.join(pl.DataFrame(found, schema=columns, orient="row"), on="user", how="left")
    return judged.with_columns(
        pl.col("p").fill_null(1.0), pl.col("in_band").fill_null(0), pl.lit(quota_text(quota)).alias("quota")
    ).sort("user")


def _chance(row: dict[str, Any], slots: pl.DataFrame, params: Params) -> tuple[str, int, float, float, float]:
    """Return the band that says more: user, periods in it, its width, the chance of a period to lie in it, p."""
    from scipy import stats

    totals = reshuffled_totals(slots, params.shuffles)
    sides = []
    for name, band in (("near", params.band), ("wide", params.wide_band)):
        inside: int = row[name]
        floor = params.chance * np.log(band) / np.log(1.1)
        chance = max(float(((totals >= 1) & (totals < band)).mean()), floor)
        p = float(stats.binom.sf(inside - 1, row["periods"], min(chance, 1.0)))
        sides.append((min(1.0, 2 * p), inside, (band - 1) * 100, chance * 100))
    p, inside, width, percent = min(sides)
    return row["user"], inside, width, percent, p


def _judged(
    found: pl.DataFrame, placed: pl.DataFrame, slots: pl.DataFrame, tables: Tables, params: Params
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return findings on people with what became of the answers, and their claims (user, row_id, level, share)."""
    theirs = slots.join(found.select("user", "band_percent"), on="user")
    met = theirs.filter(pl.col("total").is_between(1, 1 + pl.col("band_percent") / 100, closed="left"))
    active = pl.len().over("user", "period")
    from_end = pl.col("slot").rank("dense", descending=True).over("user", "period")
    days = met.with_columns((from_end <= pl.min_horizontal(FILL_SLOTS, active // 2)).alias("last"))
    place = ["user", "period", "slot"]
    calls = placed.join(days.select(*place, "last", amount_in_slot="amount"), on=place)
    rows = found.join(_facts(calls, days), on="user", how="left")
    return _weighed(rows, used_base(tables.people), params), _claims(calls, days, rows)


def _facts(calls: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    good, late = pl.col("ok"), pl.col("last")
    moment = pl.col("timestamp")
    refusal = moment.filter(pl.col("status") == "error").max() > moment.filter(good).max()
    refused = (
        calls.group_by("user", "period")
        .agg(refusal.fill_null(value=False).alias("refused"))
        .group_by("user")
        .agg(pl.col("refused").sum().cast(pl.Int64).alias("refused_periods"))
    )
    spread = days.group_by("user", "period").agg(
        (ordered_sum(pl.col("amount").filter("last")) / ordered_sum(pl.col("amount")) * 100).alias("late"),
        (pl.col("last").mean() * 100).alias("even"),
    )
    shares = spread.group_by("user").agg(
        ordered_mean(pl.col("late")).alias("last_days_percent"), ordered_mean(pl.col("even")).alias("even_percent")
    )
    known, kept = pl.col("used").is_not_null(), pl.col("used").fill_null(value=False)
    marks = calls.filter(good).group_by("user").agg(
        (known & late).sum().cast(pl.Int64).alias("marks"),
        (kept & late).sum().cast(pl.Int64).alias("used_true"),
        known.sum().cast(pl.Int64).alias("all_marks"),
        kept.sum().cast(pl.Int64).alias("all_used"),
    )  # fmt: skip
    shown = calls.group_by("user").agg(
        pl.col("team").drop_nulls().first(), moment.min().alias("first_seen"), moment.max().alias("last_seen")
    )
    joined = shares.join(refused, on="user").join(marks, on="user", how="left").join(shown, on="user")
    return joined.with_columns(pl.col("marks", "used_true", "all_marks", "all_used").fill_null(0))


def _weighed(rows: pl.DataFrame, base: float | None, params: Params) -> pl.DataFrame:
    """Add strength, confidence, and what clears: answers used like others', or calls refused beyond a limit."""
    least = beta_bound(rows["used_true"], rows["marks"], 0.05)
    wanted = (pl.col("marks") >= MIN_MARKS) & pl.lit(base is not None) & (least > USED_LIKE_OTHERS * (base or 0))
    unwanted = pl.lit(value=False)
    for used, known in (("used_true", "marks"), ("all_used", "all_marks")):  # filler on the last days, or throughout
        most = beta_bound(rows[used], rows[known], 0.95)
        unwanted = unwanted | (~wanted & (pl.col(known) >= MIN_MARKS) & (most < USED_HARDLY * (base or 0)))
    capped = pl.col("refused_periods") * 2 >= pl.col("in_band")
    # Marks can be faked; periods that meet a target without any doubt were steered, whatever came of them.
    beyond_doubt = pl.col("q") < params.false_discovery / BEYOND_DOUBT
    cleared = capped | (wanted & ~beyond_doubt)
    factor = pl.when(capped | wanted).then(CLEARED).when(unwanted).then(CONFIRMED).otherwise(UNKNOWN)
    sure = (pl.col("q").clip(TOP) / params.false_discovery).log() / np.log(TOP / params.false_discovery)
    percent = pl.col("used_true") / pl.col("marks") * 100
    kept = pl.format(
        "{}% of {} answers of the last days were used", percent.round(0).cast(pl.Int64, strict=False), "marks"
    )
    limit = pl.format("in {} of these periods calls were refused afterwards: a limit, not a target", "refused_periods")
    return rows.with_columns(
        (pl.col("in_band") / pl.col("periods") * 100).alias("value"),
        pl.col("periods").alias("n"),
        (pl.col("all_used") / pl.col("all_marks") * 100).fill_nan(None).alias("used_percent"),
        ((0.5 + 0.5 * sure).clip(0.5, 1.0) * factor).alias("strength"),
        pl.when(unwanted & (pl.col("q") < params.false_discovery / 10))
        .then(pl.lit("high"))
        .when(unwanted | (~wanted & (pl.col("q") < params.false_discovery / 10)))
        .then(pl.lit("medium"))
        .otherwise(pl.lit("low"))
        .alias("confidence"),
        cleared.alias("cleared"),
        pl.concat_list(pl.when(wanted).then(kept), pl.when(capped).then(limit)).list.drop_nulls().alias("against"),
        pl.lit("the person's own days, dealt to other periods").alias("compared_with"),
    )


def _claims(calls: pl.DataFrame, days: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Claim of the last days' unused calls what these days held above the person's other days of such periods."""
    other = pl.col("amount").filter(~pl.col("last")).median().fill_null(0.0)
    usual = days.group_by("user").agg(other.alias("usual"))
    late = calls.filter(pl.col("ok") & pl.col("last") & ~pl.col("used").fill_null(value=False))
    share = (1 - pl.col("usual") / pl.col("amount_in_slot")).clip(0, 1).alias("share")
    named = late.join(usual, on="user").join(rows.select("user"), on="user", how="semi")
    return named.select("user", "row_id", pl.lit("window").alias("level"), share).filter(pl.col("share") > 0)


def _organisation(slots: list[pl.DataFrame], quotas: list[Quota], tables: Tables, params: Params) -> pl.DataFrame:
    """Return the finding on everybody together, for the quota where periods pile up most clearly."""
    found = []
    for frame, quota in zip(slots, quotas, strict=True):
        totals = frame.select("user", "period", "total").unique()
        excess = excess_mass(totals, RESAMPLES)
        enough = excess.people >= tables.context.min_group_size and excess.above >= params.min_periods
        piled = excess.excess >= params.share * excess.above and excess.low > 0
        if enough and piled and excess.p < ORGANISATION_P:
            found.append((excess.p, quota_text(quota), totals.height, excess))
    if not found:
        return pl.DataFrame()
    p, text, periods, excess = min(found, key=lambda item: item[:2])
    calls = tables.calls["timestamp"]
    sure = (max(p, TOP) / ORGANISATION_P, TOP / ORGANISATION_P)
    row = {
        "key": "", "subject": "organisation", "quota": text, "value": excess.excess / excess.above * 100, "n": periods,
        "in_band": excess.above, "periods": periods, "just_below": excess.below, "p": p, "q": p,
        "band_percent": 100 * (np.exp(0.1) - 1), "by_chance_percent": 100 * excess.expected_above / periods,
        "expected_above": excess.expected_above, "excess_low": excess.low, "excess_high": excess.high,
        "strength": float(0.5 + 0.5 * np.log(sure[0]) / np.log(sure[1])), "confidence": "high",
        "first_seen": calls.min(), "last_seen": calls.max(),
        "compared_with": "a smooth curve through the totals around",
    }  # fmt: skip
    return pl.DataFrame([row])
