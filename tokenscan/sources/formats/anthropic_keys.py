"""What names of Anthropic API keys and workspaces say: who, which team, which program."""

from __future__ import annotations

import polars as pl

CLAUDE_CODE = "claude-code"
# Claude Code makes a key for each person and names it after them, with a random end.
_PERSONS_KEY = r"^claude_code_key_(.+?)(?:_[^_]+)?$"


def key_owner(key: str) -> pl.Expr:
    """Return the person a key was made for, null for any other key."""
    return pl.col(key).str.extract(_PERSONS_KEY)


def team(workspace: str) -> pl.Expr:
    """Return a workspace as a team; the one that everybody starts in and Claude Code's own are none."""
    own = pl.col(workspace).str.to_lowercase().is_in(["default", "claude code"])
    return pl.when(~own).then(pl.col(workspace))


def app(key: str, workspace: str) -> pl.Expr:
    """Return Claude Code, or the name of the key, which is most often a program's."""
    own = (pl.col(workspace).str.to_lowercase() == "claude code") | key_owner(key).is_not_null()
    return pl.when(own.fill_null(value=False)).then(pl.lit(CLAUDE_CODE)).otherwise(pl.col(key))
