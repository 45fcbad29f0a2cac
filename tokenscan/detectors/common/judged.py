"""What became of the calls that look odd, and whether they stand in an app in which the person does nothing else."""

from __future__ import annotations

import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.marks import judged_use, telling_marks, with_excuse
from tokenscan.detectors.common.tables import used_base

# Of a finding's strength, where marks tell that the answers lie unused; where nothing tells; where they were wanted.
UNUSED, UNTOLD, WANTED = 1.0, 0.45, 0.25
OWN_APP = 0.9  # from this share of an app's turns on, the odd calls have the app for themselves
TYPED_ELSEWHERE = 20  # turns in other apps that show how the person works
SHARED_BY = 6  # people who send nearly the same prompt: a button, an add-on or a team's template, nobody's own script


def judged_calls(tables: Tables, odd: pl.DataFrame) -> pl.DataFrame:
    """Return one row a user of ``odd`` (user, day and row_id of odd calls): what came of these calls.

    Columns: ``verdict`` (unused, unknown, wanted: see ``marks``) with the marks it rests on, ``factor`` for the
    strength, ``cleared`` (the answers were wanted, or work rose with the volume on these days) and ``against``. More
    work on the same days does not clear calls whose own answers lie unused, but it is told.
    """
    base = used_base(tables.people)
    answered = tables.calls.lazy().filter(pl.col("ok") & pl.col("single")).select("row_id", "user", "app", "used")
    told = telling_marks(_seeing(answered.collect()), base).join(odd.select("user").unique(), on="user", how="semi")
    marked = told.with_columns(pl.col("row_id").is_in(odd["row_id"].unique().implode()).alias("odd"))
    use = with_excuse(tables, judged_use(marked, ["user"], pl.col("odd"), base), odd)
    unused = pl.col("verdict") == "unused"
    factor = pl.when(unused).then(UNUSED).when("cleared").then(WANTED).otherwise(UNTOLD)
    return use.select(
        "user", "verdict", "use_known", "use_true", "use_upper", "use_expected", factor.alias("factor"),
        (pl.col("cleared") & ~unused).alias("cleared"), "against",
    )  # fmt: skip


def _seeing(calls: pl.DataFrame) -> pl.DataFrame:
    """Return calls without the marks of apps in which no answer at all is marked as used: these may not see use."""
    seen = calls.filter("used")["app"].unique()
    blind = pl.col("app").is_in(seen.implode(), nulls_equal=True).not_()
    return calls.with_columns(pl.when(~blind).then("used").alias("used"))


def own_apps(turns: pl.DataFrame, odd: pl.DataFrame) -> pl.DataFrame:
    """Return (user, app) in which the person does hardly anything but what is odd, while typing in other apps.

    ``turns`` has user, app and row_id of what people typed, ``odd`` the row_id of odd calls. A program that asks under
    its owner's key looks like this.
    """
    marked = turns.with_columns(pl.col("row_id").is_in(odd["row_id"].unique().implode()).alias("odd"))
    apps = marked.group_by("user", "app").agg(pl.len().cast(pl.Int64).alias("n"), pl.col("odd").sum().alias("odd"))
    elsewhere = pl.col("n").sum().over("user") - pl.col("n")
    own = (pl.col("odd") >= OWN_APP * pl.col("n")) & (elsewhere >= TYPED_ELSEWHERE)
    return apps.filter(own & (pl.col("odd") > 0)).select("user", "app")


def claims_but_first(turns: pl.DataFrame, odd: pl.DataFrame, prompt: str) -> pl.DataFrame:
    """Claim the odd calls, but for the first time a person sent each ``prompt`` and for answers that were used.

    ``turns``, in order of time, are those of which the prompt is known.
    """
    known = turns.filter(pl.col("user").is_in(odd["user"].unique().implode()))  # a join would not keep their order
    first = known.unique(["user", prompt], keep="first", maintain_order=True).select("row_id")
    rest = odd.join(first, on="row_id", how="anti").filter(~pl.col("used").fill_null(value=False))
    return rest.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(1.0).alias("share"))


def not_shared(turns: pl.DataFrame) -> pl.DataFrame:
    """Return turns without the prompts (cluster_id) that many people send; those without a prompt stay."""
    users = turns.filter("text").group_by("cluster_id").agg(pl.col("user").n_unique().alias("users"))
    shared = users.filter(pl.col("users") >= SHARED_BY).select("cluster_id")
    return turns.join(shared, on="cluster_id", how="anti", maintain_order="left")


def tells_turns(calls: pl.DataFrame) -> bool:
    """Say whether the log tells a person's prompts from an agent's steps: by text, or by any mark of an agent.

    Without either every step looks like a prompt, and none of them looks like a person's.
    """
    marks = (pl.col("prompt_id").is_not_null(), pl.col("is_agent").is_not_null(), pl.col("tool_name").is_not_null())
    return bool(calls.select(pl.any_horizontal(*marks, (pl.col("cache_read_tokens") > 0)).any()).item())
