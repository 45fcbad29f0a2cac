"""Kinds of secrets in prompts. A secret itself goes no further than this file: it is not kept, shown or hashed.

Nothing here can ask a provider whether a key works: of detect-secrets only the expressions are used, never a plugin.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import Final

import polars as pl

from tokenscan.prompts.secret_kinds import KINDS, Kind

MOST_MATCHES: Final = 50  # of one kind in one prompt that are looked at; the rest would only say the same
# Of a match. Expressions of detect-secrets may look at each character many times; the longest tokens have thousands.
_MOST_CHARS, _MOST_TOKEN_CHARS = 2_000, 20_000

_ANY: Final = "|".join(f"(?:{kind.form})" for kind in KINDS)
# What documentation and placeholders are made of.
_MADE_UP: Final = re.compile(
    r"example|sample|placeholder|your|dummy|fake|change_?me|redacted|xxxx|\*\*\*|\.\.\.|insert|replace|1234567|abcdefg"
    r"|0000000|deadbeef|notreal|not_real"
    r"|Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq|110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
    r"|IkpvaG4gRG9l",  # "John Doe" as tokens in documentation have him
    re.IGNORECASE,
)
_LEAST_DISTINCT: Final = 8  # characters of a secret of 16 and more


def secret_kinds(texts: pl.Series) -> pl.Series:
    """Return the kinds of secrets in each text, sorted, joined by commas, "" for none; null where there is no text."""
    known = pl.DataFrame({"text": texts.cast(pl.String)}).with_row_index("row")
    suspects = known.filter(pl.col("text").str.contains(_ANY))
    found = pl.concat([_of_kind(suspects, kind) for kind in KINDS])
    kinds = found.group_by("row").agg(pl.col("kind").unique().sort().str.join(",").alias("secrets"))
    named = known.join(kinds, on="row", how="left", maintain_order="left")
    return named.select(secrets=pl.when(pl.col("text").is_not_null()).then(pl.col("secrets").fill_null(""))).to_series()


def without_secrets(texts: pl.Series) -> pl.Series:
    """Return texts to be shown: whatever has the form of a secret is blotted out, real or not."""
    return texts.str.replace_all(_ANY, " (secret) ")


def _of_kind(suspects: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Return the rows of the texts that hold a secret of this kind (row, kind)."""
    matches = pl.col("text").str.extract_all(kind.form).list.head(MOST_MATCHES)
    each = suspects.select("row", match=matches).explode("match").drop_nulls()
    distinct = each["match"].unique()
    most = _MOST_CHARS if kind.plugin else _MOST_TOKEN_CHARS
    real = [match for match in distinct.sort() if _is_secret(match[:most], kind)]
    held = each.filter(pl.col("match").is_in(pl.Series(real, dtype=pl.String).implode()))
    return held.select("row", kind=pl.lit(kind.name)).unique()


def _is_secret(match: str, kind: Kind) -> bool:
    if _MADE_UP.search(match):
        return False
    secrets = [match] if not kind.plugin else _by_plugin(match, kind)
    return any(_is_varied(secret) and kind.check(secret, match) for secret in secrets)


def _by_plugin(match: str, kind: Kind) -> list[str]:
    """Return what the plugin's expressions call the secret in a match."""
    return [hit[kind.group] for expression in _expressions(kind) for hit in expression.finditer(match)]


def _is_varied(secret: str) -> bool:
    return len(secret) < 2 * _LEAST_DISTINCT or len(set(secret)) >= _LEAST_DISTINCT


@cache
def _expressions(kind: Kind) -> tuple[re.Pattern[str], ...]:
    module, _, name = kind.plugin.partition(".")
    plugin = getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)
    every = tuple(plugin.denylist)
    return tuple(every[place] for place in kind.which) or every
