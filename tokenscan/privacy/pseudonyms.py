"""Names that stand for people, calls, sessions and files: the same under one key, meaningless without it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from tokenscan.detectors.common.entities import NAMED
from tokenscan.privacy.secret import Secret, keyed

PERSON, SERVICE, CALL, SESSION, TASK, FILE = "person", "service", "call", "session", "task", "file"
# 64 bits: among 100,000 people the chance that two share one is 1 in 4 billion; then both get all 256 bits.
SHORT = 16
_SUFFIXES = (
    ".jsonl", ".ndjson", ".json", ".csv", ".parquet", ".txt", ".log", ".gz", ".zst", ".zip", ".tar", ".tgz", ".toml",
)  # fmt: skip
_PSEUDONYM = re.compile(rf"(?:{PERSON}|{SERVICE})-[0-9a-f]{{{SHORT},64}}")


def is_pseudonym(name: str) -> bool:
    """Return whether a name is one that this module made for a person or a service account."""
    return _PSEUDONYM.fullmatch(name) is not None


def pseudonyms(
    names: Iterable[str], secret: Secret, services: Iterable[str] = (), humans: Iterable[str] = ()
) -> dict[str, str]:
    """Return the pseudonym of each name, those of service accounts marked as such.

    An account is a service if ``services`` holds it, or its name says so and ``humans`` does not: rules go by such
    names, and a pseudonym has to let them. Not a bit of the name is in it otherwise.
    """
    known = sorted(set(names))
    declared, people = set(services), set(humans)
    kinds = pl.Series(known, dtype=pl.String).str.contains(NAMED).to_list()
    hashes = hashed(known, "user", secret)
    return {
        name: f"{SERVICE if name in declared or (named and name not in people) else PERSON}-{hashes[name]}"
        for name, named in zip(known, kinds, strict=True)
    }


def hashed(values: Iterable[str], what: str, secret: Secret) -> dict[str, str]:
    """Return a hash of each value, short unless two of these values share the short one."""
    frame = pl.DataFrame({"value": sorted(set(values))}, schema={"value": pl.String})
    whole = frame.select("value", keyed(pl.col("value"), what, secret).alias("whole"))
    short = pl.col("whole").str.head(SHORT)
    told = whole.select("value", pl.when(short.is_duplicated()).then("whole").otherwise(short).alias("hash"))
    return dict(told.iter_rows())


def short_id(column: str, what: str, secret: Secret) -> pl.Expr:
    """Return ids of calls or sessions as ``what`` and a short hash; null stays null."""
    return pl.concat_str(pl.lit(f"{what}-"), keyed(pl.col(column), what, secret).str.head(SHORT)).alias(column)


def file_names(names: Iterable[str], secret: Secret) -> dict[str, str]:
    """Return a name for each file that keeps only its known endings: a path may hold its owner's name."""
    hashes = hashed(names, FILE, secret)
    return {name: f"{FILE}-{code}{endings(name)}" for name, code in hashes.items()}


def endings(name: str) -> str:
    """Return the endings of a file name that say what kind of file it is, such as ``.jsonl.gz``."""
    found = ""
    while match := next((suffix for suffix in _SUFFIXES if name.lower().endswith(suffix)), ""):
        name, found = name[: -len(match)], match + found
    return found
