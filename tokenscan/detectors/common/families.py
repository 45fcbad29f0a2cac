"""Prompts of one person that belong together: near duplicates, padded versions, fillings of one wording."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

MOST_FILLER = 0.6  # beyond it the contained prompt is a note on other material, not the prompt itself
FIXED_WORDING = 0.3  # of a prompt: enough of a mined template to be a filling of it
OPENING_WORDS = 9  # an opening of eight words that is the whole prompt is no opening
MOST_WORDS = 60  # in longer prompts the opening is an instruction above material

# What a call must have for its families, streams and marks of use to be found.
COLUMNS = (
    "row_id", "user", "team", "app", "session", "timestamp", "used", "words", "prompt_id", "cluster_id", "core_id",
    "filler", "template_id", "wording_id", "fixed_share", "opening_id",
)  # fmt: skip

Ints = npt.NDArray[np.int64]


def with_families(calls: pl.DataFrame) -> pl.DataFrame:
    """Add ``family`` and ``kin``: equal for prompts of one user that are linked, directly or through others.

    Prompts of a family say nearly the same: they are of one near-duplicate cluster or one template, or consist for the
    most part of the other. Kin also share the fixed wording of a template or their first eight words. No two users
    share a number. Null where a call has no prompt. Connected components of the graph of prompts and what they share:
    linear in the number of calls.
    """
    known = calls.with_row_index("_row").filter(pl.col("prompt_id").is_not_null())
    person = pl.col("user").rank("dense").cast(pl.UInt32).alias("person")  # numbers group faster than names
    rows = known.with_columns(person).with_columns(
        (pl.struct("person", "prompt_id").rank("dense") - 1).cast(pl.UInt32).alias("node")
    )
    padded = pl.when(pl.col("filler") <= MOST_FILLER).then("core_id")
    wording = pl.when(pl.col("fixed_share") >= FIXED_WORDING).then("wording_id")
    opening = pl.when(pl.col("words").is_between(OPENING_WORDS, MOST_WORDS)).then("opening_id")
    near = [_edges(rows, [pl.col("cluster_id"), padded]), _edges(rows, [pl.col("template_id")])]
    alike = [*near, _edges(rows, [wording]), _edges(rows, [opening])]
    nodes = rows["node"].to_numpy()
    numbered = rows.select(
        "_row",
        pl.Series("family", _components(near, rows.height)[nodes], pl.UInt64),
        pl.Series("kin", _components(alike, rows.height)[nodes], pl.UInt64),
    )
    return calls.with_row_index("_row").join(numbered, on="_row", how="left", maintain_order="left").drop("_row")


def _edges(rows: pl.DataFrame, values: Sequence[pl.Expr]) -> Ints:
    """Return pairs of prompts of one person that share a value, each with the first that has it: shape (2, n)."""
    shared = pl.concat(rows.select("node", "person", value.alias("shared")) for value in values)
    named = shared.filter(pl.col("shared").is_not_null())
    several = named.filter(pl.struct("person", "shared").is_duplicated())
    first = several.select("node", pl.col("node").min().over("person", "shared").alias("first"))
    return first.filter(pl.col("node") != pl.col("first")).to_numpy().T.astype(np.int64)


def _components(edges: Sequence[Ints], nodes: int) -> Ints:
    from scipy import sparse
    from scipy.sparse import csgraph

    left, right = np.concatenate(edges, axis=1)
    graph = sparse.coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(nodes, nodes))
    return np.asarray(csgraph.connected_components(graph, directed=False)[1], dtype=np.int64)
