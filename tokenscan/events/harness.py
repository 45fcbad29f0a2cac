"""Tell text a person typed from text a program put in the user's place.

Coding agents send their own notices as user messages: slash-command wrappers, shell output, summaries of an earlier
conversation, interruptions. Counted as prompts they inflate every per-person figure. The patterns are plain regular
expressions that Python's and Rust's engines read alike, so that line decoders and Polars share them.
"""

from __future__ import annotations

import re

import polars as pl

# White space as both engines have it: the separators are such to Python only.
_START = r"^[\s\x1c-\x1f]*"
# A person chose to run it, but did not write it: an act, never evidence about wording.
COMMAND = _START + r"(?:<command-(?:name|message|args)>|<local-command-stdout>|<local-command-stderr>)"
HARNESS = (
    _START + r"(?:<bash-(?:input|stdout|stderr)>|<task-notification>|<system-reminder>|<user-prompt-submit-hook>"
    r"|\[Request interrupted by user"
    r"|Caveat: The messages below were generated"
    r"|This session is being continued from a previous conversation)"
)
_COMMAND, _HARNESS = re.compile(COMMAND), re.compile(HARNESS)


def kind_of(text: str) -> str:
    """Return the prompt kind of one text: ``human``, ``command`` or ``harness``."""
    if _COMMAND.match(text):
        return "command"
    return "harness" if _HARNESS.match(text) else "human"


def kind_expr(text: pl.Expr) -> pl.Expr:
    """Return the prompt kind of a text column, null where there is no text."""
    return (
        pl.when(text.is_null())
        .then(None)
        .when(text.str.contains(COMMAND))
        .then(pl.lit("command"))
        .when(text.str.contains(HARNESS))
        .then(pl.lit("harness"))
        .otherwise(pl.lit("human"))
    )
