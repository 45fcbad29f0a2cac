"""What a working folder and a git branch tell: whose login it is, and which branches stand for a task."""

from __future__ import annotations

import re

import polars as pl

_LOGIN = re.compile(r"(?:/mnt/[a-z])?(?:/Users/|/home/|[A-Za-z]:[\\/]Users[\\/])([^/\\]+)")
_NOT_A_LOGIN = frozenset({"Shared", "Public"})
_TRUNKS = ("main", "master", "HEAD", "")


def login_in(folder: str | None) -> str | None:
    """Return the login whose home folder ``folder`` lies in, None where it lies in nobody's."""
    match = _LOGIN.match(folder) if folder else None
    return match[1] if match is not None and match[1] not in _NOT_A_LOGIN else None


def task_of(branch: str | None) -> str | None:
    """Return a branch as the task it stands for, None for a trunk, which is everybody's."""
    return None if branch in _TRUNKS else branch


def task_of_branch(branch: pl.Expr) -> pl.Expr:
    """Return a column of branches as ``task_of`` does each."""
    return pl.when(~branch.is_in(_TRUNKS)).then(branch)
