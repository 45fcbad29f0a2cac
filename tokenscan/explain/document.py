"""The parts of an explanation for people, before any format: headings, labelled facts, tables, lists, code.

Text is as the log has it; each format makes it safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph; ``quiet`` ones say how to read what stands beside them, ``loud`` ones what matters most."""

    text: str
    quiet: bool = False
    loud: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and what they stand for; those without text are left out."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Rows under headers; ``right`` names the columns of numbers, ``marked`` the rows to stand out.

    A page narrower than ``wide`` shows each row as a block of its own.
    """

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: frozenset[int] = frozenset()
    marked: frozenset[int] = frozenset()
    wide: int = 0


@dataclass(frozen=True, slots=True)
class Points:
    """A list of remarks."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Code:
    """Lines to copy as they stand."""

    lines: Sequence[str]


Block = Prose | Facts | Grid | Points | Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, a remark beside it, and what stands below."""

    title: str
    blocks: Sequence[Block]
    note: str = ""
