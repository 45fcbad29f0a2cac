"""C01: several people send the same or nearly the same prompt on one day, or a few do so over and over."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.circles import circles
from tokenscan.detectors.common.corroborate import MIN_MARKS, UNKNOWN, USED_HARDLY, USED_LIKE_OTHERS
from tokenscan.detectors.common.families import COLUMNS, with_families
from tokenscan.detectors.common.partners import passed_round, weeks_of
from tokenscan.detectors.common.programs import without_programs
from tokenscan.detectors.common.statistics import beta_bound, strength
from tokenscan.detectors.common.tables import used_base
from tokenscan.sums import ordered_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/content/copied-prompt.toml``."""

    users: int
    burst: float
    used_below: float
    days: int
    top_days: int
    min_words: int
    partners: int
    partner_weeks: int
    life_days: int
    passage_partners: int
    passage_weeks: int
    passage_chance: float


METRICS = ["burst_days", "people_at_most", "people_on_such_days", "usual_people_a_day", "distinct_prompts", "on_days",
           "how", "weeks", "marked", "circle_weeks", "partners", "pair_days", "pair_expected", "pair_by_chance",
           "used_known", "used_true", "used_upper"]  # fmt: skip
USED_LESS = 0.75  # of the usual share: from here on the answers are used much like others'
FEW_MARKS = 3
LASTING_WEEKS = 3
SAME_DAY, SAME_FEW = "on the same day", "within a week, the same few again and again"
REWORDED = "in other words within a week, the same few again and again"


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Find prompts that burst over people on a day or go round among a few, and who took part several times.

    A prompt is followed by its opening (first ten words, numbers and names of files masked), by its near-duplicate
    cluster, and by the prompt that this one holds nearly whole. Templates that a team uses all the time, or on every
    Friday, have a baseline as high as their best day and never burst.
    """
    calls = tables.calls.filter(pl.col("text") & ~pl.col("planned") & (pl.col("words") >= params.min_words))
    senders = calls["user"].n_unique()
    if senders <= params.users:
        return NotEvaluated(f"{senders} people with prompts, needs more than {params.users}")
    keyed = _keyed(calls)
    bursts = _bursts(keyed, tables.calls.select(pl.col("day").unique()), params)
    on_one_day = keyed.join(bursts, on=["day", "key"]).sort("user", "row_id", "burst", "key")
    # A course lasts for days, a ring for weeks: where no mark says that the answers lie unused, weeks must tell.
    told = (pl.col("marked") >= FEW_MARKS) | (pl.col("weeks") >= LASTING_WEEKS)
    many = _per_person(on_one_day, SAME_DAY).filter(pl.col("value") >= params.days)
    many = many.with_columns(factor=pl.lit(1.0), sure=told)
    base = used_base(tables.people)
    ways = {
        SAME_DAY: (many, on_one_day),
        SAME_FEW: _among_few(keyed, base, params),
        REWORDED: _in_other_words(calls, tables.passages, base, params),
    }
    # One finding a person: what is sure, then the plainest way.
    fired = pl.concat([people for people, _ in ways.values()], how="diagonal_relaxed")
    fired = fired.sort("user", ~pl.col("sure"), maintain_order=True).unique("user", keep="first", maintain_order=True)
    matched = pl.concat(rows.select("user", "row_id", how=pl.lit(how)) for how, (_, rows) in ways.items())
    matched = matched.join(fired.select("user", "how"), on=["user", "how"])
    claims = matched.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(1.0).alias("share")).unique()
    return detection(_graded(fired, params), METRICS, claims)


def _graded(fired: pl.DataFrame, params: Params) -> pl.DataFrame:
    often = pl.col("sure") & (pl.col("value") >= 2 * params.days) & (pl.col("how") == SAME_DAY)
    return fired.with_columns(
        pl.col("value").alias("burst_days"),
        pl.lit(params.days).alias("threshold"),
        (strength(pl.col("value").cast(pl.Float64), params.days, params.top_days) * pl.col("factor")).alias("strength"),
        pl.when(often).then(pl.lit("high")).when("sure").then(pl.lit("medium")).otherwise(pl.lit("low"))
        .alias("confidence"),
        pl.when(pl.col("how") == REWORDED)
        .then(pl.lit("how often they share passages with everybody else"))
        .otherwise(pl.lit("the same prompts on other days"))
        .alias("compared_with"),
    )  # fmt: skip


def _keyed(calls: pl.DataFrame) -> pl.DataFrame:
    """Several rows a call: opening, near-duplicate cluster and contained prompt are all followed."""
    columns = ["user", "team", "day", "row_id", "timestamp", "used", "prompt_id"]
    kinds = {
        "opening": pl.col("prefix_id"),
        "cluster": pl.col("cluster_id"),
        "core": pl.coalesce("core_id", "cluster_id"),
    }
    return pl.concat(
        calls.select(*columns, pl.struct(pl.lit(kind).alias("kind"), key.alias("id")).alias("key"))
        for kind, key in kinds.items()
    )


def _bursts(keyed: pl.DataFrame, days: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return (day, key) on which more people than usual sent a prompt whose answers nobody used.

    Usual is the average number of senders on the other days, or on the other days of that weekday if that is more: days
    without the prompt count, so a weekly report is usual on its day and a prompt sent on a few odd days is not.
    """
    daily = keyed.group_by("day", "key").agg(
        pl.col("user").n_unique().cast(pl.Int64).alias("people"), pl.col("used").mean().alias("used_share")
    )
    weekday = pl.col("day").dt.weekday().alias("weekday")
    rhythm = daily.with_columns(weekday).join(days.group_by(weekday).len("weekdays"), on="weekday")
    people = pl.col("people")
    on_all = (people.sum().over("key") - people) / max(days.height - 1, 1)
    on_weekday = (people.sum().over("key", "weekday") - people) / (pl.col("weekdays").cast(pl.Int64) - 1).clip(1)
    unused = (pl.col("used_share") < params.used_below).fill_null(True)
    return (
        rhythm.with_columns(pl.max_horizontal(on_all, on_weekday).alias("base"))
        .filter((pl.col("people") > params.users) & (pl.col("people") >= params.burst * pl.col("base")) & unused)
        .select("day", "key", "people", "base", (pl.col("people") / (pl.col("base") + 1)).alias("burst"))
    )


def _among_few(keyed: pl.DataFrame, base: float | None, params: Params) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return people in a circle that passes rare prompts round, and their calls with these.

    What the circle made of the answers is pooled over all its calls with a person's prompts: one person has too few.
    """
    shared = passed_round(keyed, params.life_days, params.partners, params.partner_weeks)
    shared = shared.with_columns(base=pl.lit(0.0)).sort("user", "row_id", "key")
    marks = shared.unique(["row_id"], keep="first", maintain_order=True).select("row_id", "used")
    rows = shared.select("key", "row_id").join(marks, on="row_id")
    mine = shared.select("user", "key").unique().join(rows, on="key").unique(["user", "row_id"])
    doubtful = pl.col("used_upper") < USED_LESS * (base or 0.0)
    return _circle(shared, _marks(mine), base, doubtful, SAME_FEW, params), shared


def _in_other_words(
    calls: pl.DataFrame, passages: pl.DataFrame, base: float | None, params: Params
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return people in a circle that shares passages of its prompts, and their calls with these.

    What came of the answers is pooled over a person's and all partners' such calls.
    """
    found = circles(
        calls,
        passages,
        life_days=params.life_days,
        partners=params.passage_partners,
        weeks=params.passage_weeks,
        chance=params.passage_chance,
    )
    # Jobs that several people set up alike share wording as well, and nobody typed it.
    members = calls.filter(pl.col("user").is_in(found.partners["user"].implode()))
    typed = without_programs(with_families(members.select(COLUMNS)), base).select("row_id")
    shared = found.calls.join(typed, on="row_id", how="semi").with_columns(base=pl.lit(0.0))
    theirs = shared.unique(["user", "row_id"]).select("row_id", "used", other="user")
    itself = shared.select("user", other="user").unique()
    mine = pl.concat([itself, found.partners.select("user", "other")]).join(theirs, on="other")
    # That so many share so much is beyond chance already: only answers known to be used say that they needed it.
    doubtful = pl.col("used_lower") <= USED_LIKE_OTHERS * (base or 0.0)
    people = _circle(shared, _marks(mine), base, doubtful, REWORDED, params)
    # Of the partners the one with whom chance explains most.
    least = found.partners.sort("user", "by_chance", "other", descending=[False, True, False]).group_by("user")
    pair = least.agg(
        pl.len().cast(pl.Int64).alias("partners"),
        *(pl.col(name).first().alias(f"pair_{name}") for name in ("days", "expected", "by_chance")),
    )
    return people.join(pair, on="user", how="left"), shared


def _marks(calls: pl.DataFrame) -> pl.DataFrame:
    """Count for each person the calls whose use is known, and those used, with the 95 % bound of their share."""
    known = pl.col("used").is_not_null().sum().cast(pl.Int64).alias("used_known")
    pooled = calls.group_by("user").agg(known, pl.col("used").sum().cast(pl.Int64).alias("used_true")).sort("user")
    return pooled.with_columns(
        used_lower=beta_bound(pooled["used_true"], pooled["used_known"], 0.05),
        used_upper=beta_bound(pooled["used_true"], pooled["used_known"], 0.95),
    )


def _circle(
    shared: pl.DataFrame, pooled: pl.DataFrame, base: float | None, doubtful: pl.Expr, how: str, params: Params
) -> pl.DataFrame:
    """Return the members of circles whose answers are not known to be used; ``doubtful`` says so of enough marks."""
    enough = (pl.col("used_known") >= MIN_MARKS) & pl.lit(base is not None)
    unused = enough & (pl.col("used_upper") < USED_HARDLY * (base or 0.0))
    # Few marks speak against a circle only if none is of use; in a log that knows of use, no mark says nothing.
    little = ~enough & (pl.col("used_known") >= FEW_MARKS) & (pl.col("used_true") == 0)
    judged = pooled.filter((enough & doubtful) | little | pl.lit(base is None)).with_columns(
        factor=pl.when(unused).then(1.0).otherwise(UNKNOWN), sure=unused
    )
    weeks = shared.group_by("user").agg(weeks_of("born").alias("circle_weeks"))
    people = _per_person(shared, how).join(weeks, on="user").join(judged, on="user")
    return people.filter((pl.col("circle_weeks") >= params.days) & (pl.col("value") >= params.days))


def _per_person(matched: pl.DataFrame, how: str) -> pl.DataFrame:
    """Return for each person on how many days they took part, with how many others, and with how many prompts."""
    per_day = matched.group_by("user", "day").agg(pl.col("people").max(), pl.col("base").min())
    days = per_day.group_by("user").agg(
        pl.col("day").n_unique().cast(pl.Int64).alias("value"),
        pl.col("people").max().alias("people_at_most"),
        pl.col("people").median().alias("people_on_such_days"),
        ordered_mean(pl.col("base")).alias("usual_people_a_day"),
        weeks_of("day").alias("weeks"),
        pl.col("day").sort().cast(pl.String).str.join(", ").alias("on_days"),
    )
    facts = matched.group_by("user").agg(
        pl.col("team").first(),
        pl.col("row_id").n_unique().cast(pl.Int64).alias("n"),
        pl.col("prompt_id").n_unique().alias("distinct_prompts"),
        pl.col("row_id").filter(pl.col("used").is_not_null()).n_unique().cast(pl.Int64).alias("marked"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
    return days.join(facts, on="user").with_columns(how=pl.lit(how))
