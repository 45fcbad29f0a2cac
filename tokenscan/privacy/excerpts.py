"""Show what a finding's prompts look like: the commonest, masked, without secrets, and only where asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from tokenscan.findings.model import Excerpt, Finding
from tokenscan.prompts.redact import redacted

LONGEST = 300  # characters shown of one prompt


def with_excerpts(
    findings: Sequence[Finding],
    claims: pl.DataFrame,
    events: pl.DataFrame,
    texts: pl.DataFrame,
    wanted: int,
    scrub: Callable[[str], str] = str,
) -> tuple[Finding, ...]:
    """Return findings with up to ``wanted`` example prompts each, the most often sent first.

    ``claims`` (finding, row_id) say which calls a finding blames; one that blames none has its samples. ``texts`` is
    the log's prompt table; where that holds no text, nothing is added.
    """
    if "text" not in texts.columns or not findings:
        return tuple(findings)
    rows = events.select("prompt_id", "event_id").with_row_index("row_id")
    blamed = claims.select("finding", "row_id").unique().join(rows.select("row_id", "prompt_id"), on="row_id")
    sampled = pl.DataFrame(
        [(number, event) for number, finding in enumerate(findings) for event in finding.evidence.samples],
        schema={"finding": pl.UInt32, "event_id": pl.String},
        orient="row",
    )
    others = sampled.join(blamed, on="finding", how="anti").join(rows, on="event_id").select(blamed.columns)
    sent = pl.concat([blamed, others]).drop_nulls("prompt_id").group_by("finding", "prompt_id").agg(
        pl.len().cast(pl.Int64).alias("calls")
    )  # fmt: skip
    first = sent.sort("finding", "calls", "prompt_id", descending=[False, True, False]).group_by(
        "finding", maintain_order=True
    ).head(wanted)  # fmt: skip
    known = first.join(texts.unique("prompt_id"), on="prompt_id", how="inner", maintain_order="left")
    found: dict[int, list[Excerpt]] = {}
    for number, calls, text in zip(known["finding"], known["calls"], redacted(known["text"].to_list()), strict=True):
        found.setdefault(number, []).append(Excerpt(text=_cut(scrub(text)), calls=calls))
    return tuple(
        replace(finding, evidence=replace(finding.evidence, prompts=tuple(found.get(number, ()))))
        for number, finding in enumerate(findings)
    )


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}\u2026"
