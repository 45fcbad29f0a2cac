"""Prompts fit to be shown: secrets taken out, and what varies (numbers, ids, addresses, paths) masked."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from tokenscan.prompts.masks import masked
from tokenscan.prompts.normalise import normalised
from tokenscan.prompts.secrets import without_secrets

SECRET = "<secret>"  # noqa: S105 - what stands in the place of one
_LONGEST = 20_000  # characters looked at; what is shown is far shorter

_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}-----.*?(?:-----END [A-Z0-9 ]{0,40}-----|\Z)", re.DOTALL)
_NAMED = re.compile(
    r"""(?ix)
    \b((?:[\w-]{0,40}
    (?:passw(?:or)?d|passwort|passphrase|pwd|secret|token|credential|(?:api|access|private)[_ -]?key)
    [\w-]{0,40})["']?\s*(?:=|:|=>|\bis\b|\blautet\b)\s*)
    (?:"[^"\n]*"|'[^'\n]*'|\S+)"""
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w+/=.~-]{8,}")
_USER_INFO = re.compile(r"(\b[a-z][a-z0-9+.-]{0,15}://)[^\s/@]+@", re.IGNORECASE)
_PREFIXED = re.compile(
    r"\b(?:sk|pk|rk|ghp|gho|ghu|ghs|ghr|github_pat|glpat|xox[a-z]|npm|hf|pypi|shpat|AKIA|ASIA|AIza|ya29|eyJ)[-_A-Za-z0-9.]{12,}"
)
# A run that no word has: long, of letters and digits mixed.
_RANDOM = re.compile(r"(?<![\w/+=-])(?=[\w+/=-]*[0-9])(?=[\w+/=-]*[A-Za-z])[\w+/=-]{24,}")


def redacted(texts: Sequence[str]) -> list[str]:
    """Return each text on one line in the normal form that prompts are compared in, without secrets, masked."""
    cut = pl.Series("text", [text[:_LONGEST] for text in texts], dtype=pl.String)
    blotted = without_secrets(cut).str.replace_all("(secret)", SECRET, literal=True)
    plain = pl.DataFrame({"text": [_without_secrets(text) for text in blotted]}, schema={"text": pl.String})
    shown = plain.with_columns(normalised(pl.col("text"))).select(masked(pl.col("text")).alias("text"))
    return [text or "" for text in shown["text"].to_list()]


def _without_secrets(text: str) -> str:
    text = _KEY_BLOCK.sub(SECRET, text[:_LONGEST])
    text = _USER_INFO.sub(rf"\1{SECRET}@", text)
    text = _NAMED.sub(rf"\1{SECRET}", text)
    text = _BEARER.sub(rf"\1 {SECRET}", text)
    return _RANDOM.sub(SECRET, _PREFIXED.sub(SECRET, text))
