"""C06: prompts that bring along far more than colleagues' do, and get no more out of it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.cells import against_peers, with_usual
from tokenscan.detectors.common.marks import judged_use
from tokenscan.detectors.common.peers import with_peers
from tokenscan.detectors.common.statistics import strength
from tokenscan.detectors.common.tables import used_base
from tokenscan.detectors.common.typed import typed_prompts, with_padded

LARGE = 3.0  # times what colleagues usually bring along: a large prompt
FEW_LARGE = 0.1  # of prompts are large with anybody; where peers have fewer, no ratio is taken of chance
ABOVE_PEERS = 1.5  # filler that does not even lift the input this far is half the evidence
DOUBTFUL, WANTED = 0.6, 0.3
MIN_MARKS = 50  # on large prompts
METRICS = ["evidence", "reason", "ratio", "low_ratio", "answer_ratio", "filler_percent", "padded_prompts",
           "padded_cores", "typed_prompts", "large_percent", "large_percent_peers", "large_token_percent",
           "large_marked", "large_used", "tasks_per_prompt_ratio", "prompts", "peers", "places"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/content/padded-io.toml``."""

    ratio: float
    top: float
    filler_share: float
    filler_top: float
    min_padded: int
    large_ratio: float
    large_top: float
    min_prompts: int
    min_peers: int
    result_exponent: float


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Hold what prompts bring along against colleagues', in each app and model, and look at what it is.

    Three kinds of evidence, each enough to fire: many prompts are another known prompt under three quarters of filler
    (``filler``); most input comes in large prompts whose answers are known to lie unused (``unused``); or even the
    smaller prompts bring along several times what colleagues' do (``size``), which alone is only context.
    """
    typed = typed_prompts(tables.calls)
    people = _sizes(typed, params)
    if people.is_empty():
        return NotEvaluated(
            f"nobody opened {params.min_prompts} sessions in apps and models that {params.min_peers} others use as well"
        )
    large = _large(typed, params)
    known = people.join(_filler(tables), on="user", how="left").join(
        _use_of_large(large, tables, params), on="user", how="left"
    )
    known = known.join(_tasks(tables, params), on="user", how="left")
    found = _evidence(known, params).filter(pl.col("strength") > 0)
    rows = _told(found, params).join(tables.people.select("user", "team", "first_seen", "last_seen"), on="user")
    return detection(rows, METRICS, _claims(typed, large, rows))


def _sizes(typed: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return how many times peers' the openers' input is: at the lower quartile, in the middle; and the answers."""
    values = {
        "low_ratio": pl.col("size").quantile(0.25, "linear"),
        "ratio": pl.col("size").median(),
        "answer_ratio": pl.col("answer").median(),
    }
    compared = against_peers(typed.filter("opener"), values, params.min_peers)
    return compared.filter(pl.col("prompts") >= params.min_prompts).with_columns(pl.col(list(values)).exp())


def _filler(tables: Tables) -> pl.DataFrame:
    text = with_padded(tables.calls)
    return text.group_by("user").agg(
        pl.len().cast(pl.Int64).alias("typed_prompts"),
        pl.col("padded").sum().cast(pl.Int64).alias("padded_prompts"),
        pl.col("core_id").filter("padded").n_unique().cast(pl.Int64).alias("padded_cores"),
    )


def _large(typed: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return typed prompts that can be compared, with ``usual`` (ln tokens) and whether they are ``large``."""
    compared = with_usual(typed, "size", params.min_peers).filter(pl.col("usual").is_not_null())
    return compared.with_columns((pl.col("size") - pl.col("usual") >= pl.lit(LARGE).log()).alias("large"))


def _use_of_large(large: pl.DataFrame, tables: Tables, params: Params) -> pl.DataFrame:
    """Return the share of large prompts, peers' median of it, their share of all input, and whether they were used."""
    shares = large.group_by("user").agg(
        pl.col("large").mean().alias("large_share"),
        (pl.col("uncached").filter("large").sum() / pl.col("uncached").sum()).alias("large_tokens"),
    )
    people = tables.people.select("user", "function", "team", "channel").join(shares, on="user")
    peers = with_peers(people.sort("user"), "large_share", params.min_peers)
    # A batch of tiny prompts is used in another way; what is not large is of ordinary size, or left out.
    compared = large.filter(pl.col("usual") - pl.col("size") < pl.lit(LARGE).log())
    use = judged_use(compared, ["user"], pl.col("large"), used_base(tables.people))
    return peers.select("user", "large_share", "large_tokens", large_peers="peer_median").join(
        use.select("user", "verdict", large_marked="use_known", large_used="use_true"), on="user", how="left"
    )


def _tasks(tables: Tables, params: Params) -> pl.DataFrame:
    """Return tasks per typed prompt, relative to peers'; null where unknown."""
    rate = tables.people.with_columns((pl.col("tasks") / pl.max_horizontal("turns", pl.lit(1))).alias("rate"))
    peers = with_peers(rate, "rate", params.min_peers)
    relative = pl.when(pl.col("peer_median") > 0).then(pl.col("rate") / pl.col("peer_median"))
    return peers.select("user", relative.alias("tasks_per_prompt_ratio"))


def _evidence(people: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Add ``strength`` and ``evidence``: the strongest of the three kinds, filler before what marks or sizes say."""
    share = pl.col("padded_prompts") / pl.col("typed_prompts")
    enough = ((pl.col("padded_prompts") >= params.min_padded) & (pl.col("ratio") >= 1)).fill_null(value=False)
    lifted = pl.when(pl.col("ratio") >= ABOVE_PEERS).then(1.0).otherwise(DOUBTFUL)
    by_filler = pl.when(enough).then(strength(share, params.filler_share, params.filler_top) * lifted).otherwise(0.0)
    more_large = pl.col("large_share") / pl.max_horizontal(pl.col("large_peers"), pl.lit(FEW_LARGE))
    unused = ((pl.col("verdict") == "unused") & (pl.col("large_marked") >= MIN_MARKS)).fill_null(value=False)
    by_use = pl.when(unused).then(strength(more_large, params.large_ratio, params.large_top)).otherwise(0.0)
    whole = pl.min_horizontal("low_ratio", "ratio")
    wanted = (pl.col("verdict") == "wanted").fill_null(value=False)
    plain = strength(whole, params.ratio, params.top) * pl.when(wanted).then(WANTED).otherwise(DOUBTFUL)
    scored = people.with_columns(
        by_filler.fill_null(0.0).alias("filler"), by_use.fill_null(0.0).alias("unused"), plain.alias("size"),
        share.alias("share"), more_large.alias("more_large"), whole.alias("whole"),
    )  # fmt: skip
    kind = (
        pl.when((pl.col("filler") > 0) & (pl.col("filler") >= pl.col("unused"))).then(pl.lit("filler"))
        .when(pl.col("unused") > 0).then(pl.lit("unused"))
        .when(pl.col("size") > 0).then(pl.lit("size"))
    )  # fmt: skip
    named = scored.with_columns(kind.alias("evidence"))
    return named.with_columns(pl.coalesce(
        pl.when(pl.col("evidence") == name).then(name) for name in ("filler", "unused", "size")
    ).fill_null(0.0).alias("strength"))  # fmt: skip


def _told(found: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Add what a candidate needs, by its kind of evidence, and what speaks for the person."""
    needed = pl.max_horizontal(pl.col("ratio"), pl.lit(LARGE)) ** params.result_exponent
    longer = (pl.col("evidence") == "size") & (pl.col("answer_ratio") >= needed)
    worked = ((pl.col("evidence") != "filler") & (pl.col("tasks_per_prompt_ratio") >= needed)).fill_null(value=False)
    texts = [
        pl.when(longer).then(pl.format("answers {} times as long as colleagues'", _short("answer_ratio"))),
        pl.when(worked).then(pl.format("{} times colleagues' tasks per prompt", _short("tasks_per_prompt_ratio"))),
        pl.when(pl.col("verdict") == "wanted").then(
            pl.format("{} of {} answers to large prompts were used", "large_used", "large_marked")
        ),
    ]
    sure = pl.when(pl.col("ratio") >= params.ratio / 2).then(pl.lit("high")).otherwise(pl.lit("medium"))
    return found.with_columns(
        _by_kind(100 * pl.col("share"), pl.col("more_large"), pl.col("whole")).alias("value"),
        _by_kind(*map(pl.lit, (100 * params.filler_share, params.large_ratio, params.ratio))).alias("threshold"),
        _by_kind(pl.col("typed_prompts"), pl.col("large_marked"), pl.col("prompts")).alias("n"),
        _by_kind(sure, pl.lit("medium"), pl.lit("low")).alias("confidence"),
        _reason().alias("reason"),
        (longer | worked).alias("cleared"),
        pl.concat_list(texts).list.drop_nulls().alias("against"),
        pl.format("the median of at least {} colleagues in the same app and model", "peers").alias("compared_with"),
        (100 * pl.col("share")).alias("filler_percent"),
        (100 * pl.col("large_share")).alias("large_percent"),
        (100 * pl.col("large_peers")).alias("large_percent_peers"),
        (100 * pl.col("large_tokens")).alias("large_token_percent"),
    )


def _reason() -> pl.Expr:
    unused = "{}% of prompts are large and hold {}% of the input, and their answers lie unused"
    size = "prompts bring along {} times colleagues' input for answers {} times as long"
    return _by_kind(
        pl.format("{}% of prompts are another prompt under three quarters of filler", _percent("share")),
        pl.format(unused, _percent("large_share"), _percent("large_tokens")),
        pl.format(size, _short("ratio"), _short("answer_ratio")),
    )


def _by_kind(filler: pl.Expr, unused: pl.Expr, size: pl.Expr) -> pl.Expr:
    kind = pl.col("evidence")
    return pl.when(kind == "filler").then(filler).when(kind == "unused").then(unused).otherwise(size)


def _short(name: str) -> pl.Expr:
    return pl.col(name).round(1)


def _percent(name: str) -> pl.Expr:
    return (100 * pl.col(name)).round().cast(pl.Int64)


def _claims(typed: pl.DataFrame, large: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Claim what lies above colleagues' input: of large prompts nobody used, else of every prompt the usual excess."""
    kinds = rows.select("user", "evidence", "ratio")
    tokens = pl.max_horizontal(pl.col("tokens"), pl.lit(1))
    unused = large.join(kinds.filter(evidence="unused"), on="user").filter(
        pl.col("large") & ~pl.col("used").fill_null(value=False)
    )
    single = (pl.col("uncached") - pl.col("usual").exp()) / tokens
    every = typed.join(kinds.filter(pl.col("evidence") != "unused"), on="user")
    common = (1 - 1 / pl.col("ratio")).clip(0, 1) * pl.col("uncached") / tokens
    parts = [
        unused.select("user", "row_id", pl.lit("row").alias("level"), single.clip(0, 1).alias("share")),
        every.select("user", "row_id", pl.lit("window").alias("level"), common.clip(0, 1).alias("share")),
    ]
    return pl.concat(parts).filter(pl.col("share") > 0)
