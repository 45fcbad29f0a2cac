"""Replace text by hashes as rows come in, and keep each distinct prompt once."""

from __future__ import annotations

from typing import Final

import polars as pl

from tokenscan.events.harness import kind_expr
from tokenscan.events.prompts import merged_prompts
from tokenscan.events.schema import PROMPT_KIND, ROWS, TEXTS
from tokenscan.hashing import stable_hash
from tokenscan.prompts.engine import default_engine

_SETTLE_ROWS: Final = 100_000  # texts gathered before those that have become known are dropped


class PromptIntake:
    """Takes RAW frames, gives event frames without text, and remembers distinct prompts that people typed."""

    def __init__(self) -> None:
        self._engine = default_engine()
        self._texts: list[pl.DataFrame] = []
        self._settled = 0

    def add(self, raw: pl.DataFrame) -> pl.DataFrame:
        """Return ``raw`` with ``prompt_id``, ``prompt_kind``, ``prompt_chars`` and response hash instead of text."""
        texts = raw.select(pl.col("prompt").drop_nulls().unique())
        texts = texts.with_columns(normal=self._engine.normalised(texts["prompt"])).select(
            "prompt",
            stable_hash(pl.col("normal")).alias("prompt_id"),
            kind_expr(pl.col("prompt")).cast(PROMPT_KIND).alias("text_kind"),
            pl.col("prompt").str.len_chars().cast(pl.Int64).alias("prompt_chars"),
        )
        self._texts.append(texts.filter(text_kind="human").select("prompt_id", text="prompt"))
        if sum(part.height for part in self._texts) > 2 * self._settled + _SETTLE_ROWS:
            self._texts = [self.texts()]
            self._settled = self._texts[0].height
        return (
            raw.join(texts, on="prompt", how="left", maintain_order="left")
            .with_columns(
                pl.coalesce("prompt_kind", "text_kind").alias("prompt_kind"),
                stable_hash(pl.col("response")).alias("response_id_hash"),
                pl.coalesce("response_chars", pl.col("response").str.len_chars().cast(pl.Int64)),
            )
            .select(ROWS.names())
        )

    def texts(self) -> pl.DataFrame:
        """Return every distinct normalised prompt with one of its texts, sorted by ``prompt_id``."""
        return merged_prompts([pl.DataFrame(schema=TEXTS), *self._texts])
