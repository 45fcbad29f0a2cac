"""What the logs show of a finding: its calls, its claims of waste, its prompts, and what would change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tokenscan.detectors.base import NotEvaluated
from tokenscan.engine import Groundwork, detect
from tokenscan.explain.model import Call, Looked, Prompts, PromptSample, WasteLine
from tokenscan.explain.trials import would_change
from tokenscan.findings.judge import CLAIMS, judge
from tokenscan.findings.model import Finding
from tokenscan.findings.waste import LEVELS
from tokenscan.reading import Progress, silent
from tokenscan.ruleset.effective import EffectiveRule

_WORDING = 10  # characters in common that are worth telling
_COMMON = 3  # distinct prompts from which on it is worth saying what they share


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How much to show: sample calls, prompts (0: no text at all), and whether to try other parameters."""

    samples: int = 5
    prompts: int = 0
    trials: bool = True


def look(finding: Finding, rule: EffectiveRule, ground: Groundwork, wish: Wish, progress: Progress = silent) -> Looked:
    """Run the finding's rule once more on the groundwork of an analysis and return what its report leaves out."""
    claimed = _claimed(finding, rule, ground)
    calls = _calls(finding, claimed, ground)
    event_ids = ground.events["event_id"]
    trials = would_change(finding, rule, ground.tables, event_ids, progress) if wish.trials else None
    return Looked(
        calls=tuple(_call(row) for row in _chosen(calls, wish.samples).iter_rows(named=True)),
        calls_in_all=calls.height,
        waste=_waste(claimed),
        trials=trials,
        prompts=_prompts(calls, ground, wish.prompts) if wish.prompts else None,
    )


def _claimed(finding: Finding, rule: EffectiveRule, ground: Groundwork) -> pl.DataFrame:
    """Return the calls that the finding claims: row_id, level, share, and what calls say of them, each once."""
    result = detect(rule, ground.tables)
    claims = pl.DataFrame(schema=CLAIMS)
    if not isinstance(result, NotEvaluated):
        judged = judge([(rule, result)], ground.events["event_id"])
        numbers = [n for n, one in enumerate(judged.findings) if one.fingerprint == finding.fingerprint]
        claims = judged.claims.filter(pl.col("finding").is_in(numbers))
    known = ground.tables.calls.select("row_id", "day", "tokens", "cost_nanousd")
    share = pl.col("share").fill_nan(0.0).fill_null(0.0).clip(0, 1)
    once = claims.with_columns(share).sort("row_id", "share").unique("row_id", keep="last", maintain_order=True)
    return once.select("row_id", "level", "share").join(known, on="row_id").sort("row_id").with_columns(
        (pl.col("tokens") * pl.col("share")).round().cast(pl.Int64).alias("waste_tokens"),
        (pl.col("cost_nanousd") * pl.col("share")).round().cast(pl.Int64).alias("waste_nanousd"),
    )  # fmt: skip


def _calls(finding: Finding, claimed: pl.DataFrame, ground: Groundwork) -> pl.DataFrame:
    """Return the finding's samples first, then what it claims in order of time, each call once."""
    places = {event: place for place, event in enumerate(finding.evidence.samples)}
    sample = pl.col("event_id").replace_strict(places, default=None, return_dtype=pl.Int64).alias("sample")
    numbered = ground.events.with_row_index("row_id").with_columns(sample)
    kept = numbered.filter(pl.col("sample").is_not_null() | pl.col("row_id").is_in(claimed["row_id"].implode()))
    shares = claimed.select("row_id", "share", "waste_tokens")
    joined = kept.join(shares, on="row_id", how="left", maintain_order="left")
    return joined.sort("sample", "timestamp", "row_id", nulls_last=True)


def _chosen(calls: pl.DataFrame, samples: int) -> pl.DataFrame:
    """Return the rule's own samples, then calls spread evenly over the others, in order of time."""
    own = calls.filter(pl.col("sample").is_not_null()).head(samples)
    others = calls.filter(pl.col("sample").is_null())
    wanted = min(samples - own.height, others.height)
    places = [(place * others.height + others.height // 2) // wanted for place in range(wanted)]
    return pl.concat([own, others[places]]).sort("timestamp", "row_id")


def _call(row: dict[str, Any]) -> Call:
    file, line = row["source_file"], row["source_row"]
    place = f"{file}, row {line}" if file and line is not None else str(file or "")
    names = ("event_id", "timestamp", "user", "app", "model", "input_tokens", "cache_read_tokens", "output_tokens",
             "status", "used", "share", "waste_tokens")  # fmt: skip
    told: dict[str, Any] = {name: row[name] for name in names}
    return Call(source=place, session=row["session_id"], **told)


def _waste(claimed: pl.DataFrame) -> tuple[WasteLine, ...]:
    """Return the claims summed up by level and share, what a day held beyond normal by day: largest first."""
    day = pl.when(pl.col("level") == "day").then(pl.col("day")).alias("day")
    priced = pl.col("waste_nanousd").is_not_null().any()
    sums = claimed.group_by("level", day, pl.col("share").round(6)).agg(
        pl.len().cast(pl.Int64).alias("calls"),
        pl.col("tokens").sum(),
        pl.col("waste_tokens").sum(),
        pl.when(priced).then(pl.col("waste_nanousd").sum()).alias("waste_nanousd"),
    )
    order = pl.col("level").replace_strict({name: n for n, name in enumerate(LEVELS)}, default=9)
    ordered = sums.sort(order, -pl.col("waste_tokens"), "day", "share", nulls_last=True)
    return tuple(WasteLine(**row) for row in ordered.iter_rows(named=True))


def _prompts(calls: pl.DataFrame, ground: Groundwork, wanted: int) -> Prompts:
    sent = calls.group_by("prompt_id").agg(pl.len().alias("calls")).drop_nulls("prompt_id")
    if sent.is_empty():
        reason = "the log holds no prompts for these calls" if calls.height else "the finding names no single calls"
        return Prompts(samples=(), distinct=0, calls=0, reason=reason)
    if "text" not in ground.log.prompts.columns:
        return Prompts(samples=(), distinct=sent.height, calls=int(sent["calls"].sum()), reason="text was not kept")
    known = sent.join(ground.log.prompts, on="prompt_id").drop_nulls("text")
    ordered = known.sort("calls", "prompt_id", descending=[True, False])
    return _shown(ordered, sent, wanted)


def _shown(ordered: pl.DataFrame, sent: pl.DataFrame, wanted: int) -> Prompts:
    from tokenscan.prompts.redact import redacted

    first = ordered.head(wanted)
    common, varies = _common(ordered["text"].to_list(), ordered["calls"].to_list())
    texts = redacted([*first["text"].to_list(), common])
    return Prompts(
        samples=tuple(
            PromptSample(text=text, calls=count) for text, count in zip(texts, first["calls"].to_list(), strict=False)
        ),
        distinct=sent.height,
        calls=int(sent["calls"].sum()),
        common=texts[-1],
        varies=varies,
        reason="" if ordered.height else "their text is empty",
    )


def _common(texts: Sequence[str], counts: Sequence[int]) -> tuple[str, str]:
    """Return the wording that prompts share, and what varies; nothing where they are few or share little."""
    from tokenscan.prompts import describe_template

    if len(texts) < _COMMON:
        return "", ""
    found = describe_template(texts, counts)
    fixed = [part for part in found.parts if isinstance(part, str)]
    if sum(map(len, fixed)) < _WORDING or found.fitting * 2 < found.sampled:
        return "", ""
    return "".join(part if isinstance(part, str) else "{...}" for part in found.parts), found.what_varies
