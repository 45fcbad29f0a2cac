"""Which SQL a rule may hold: one SELECT over the four tables, with functions that are known to be harmless.

The text is split into tokens before Polars sees it, because planning alone already opens the files that ``read_csv``
and its like name. What this splitting and that of the SQL parser could read differently is refused: prefixed and
dollar-quoted strings, escaped quotes, nested comments, anything outside ASCII that is not quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tokenscan.ruleset.custom.schema import PARAMS, TABLES
from tokenscan.ruleset.custom.words import BEFORE_BRACKETS, BUILDERS, FUNCTIONS, REFUSED
from tokenscan.ruleset.problems import did_you_mean

MAX_CHARS: Final = 8_000
MAX_TOKENS: Final = 1_000  # planning takes time that grows with the square of an expression's parts
MAX_TABLES: Final = 16  # tables named; each WITH that names another twice doubles the plan

_TOKEN: Final = re.compile(
    r"""
      (?P<blank>[ \t\r\n]+)
    | (?P<comment>--[^\n]* | /\*.*?\*/)
    | (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*" | `(?:[^`]|``)*`)
    | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)? | \.\d+)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>::|\|\||<>|!=|<=|>=|!~\*?|~\*?|[(),.;*+\-/%=<>\[\]&|^])
    """,
    re.VERBOSE | re.DOTALL,
)


class RefusedError(ValueError):
    """SQL that a rule may not hold; the message says what and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word, quoted name, text, number or sign, and the blanks before it."""

    kind: str
    text: str
    blank: str = ""

    @property
    def name(self) -> str:
        """Return what an identifier is called, or nothing for what is none."""
        if self.kind == "word":
            return self.text.lower()
        return self.text[1:-1].replace(self.text[0] * 2, self.text[0]) if self.kind == "quoted" else ""

    def says(self, word: str) -> bool:
        """Return whether this is the keyword (or sign) ``word``."""
        return self.kind in ("word", "sign") and self.text.lower() == word


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """SQL that may be planned.

    ``names``: every identifier in it. ``ordered``: its rows have an order. ``grows``: it may build long text.
    ``wild``: it asks for all columns.
    """

    sql: str
    names: frozenset[str]
    ordered: bool
    grows: bool
    wild: bool


def guarded_query(sql: str) -> Guarded:
    """Return a query that may be planned, ``user`` quoted where it stands bare (SQL reserves the word).

    Raises RefusedError.
    """
    tokens = list(_tokens(sql))
    if tokens and tokens[-1].says(";"):
        tokens.pop()
    if any(token.says(";") for token in tokens):
        raise RefusedError("one statement only: there is a semicolon inside")
    if not tokens or not (tokens[0].says("select") or tokens[0].says("with")):
        raise RefusedError("must start with SELECT or WITH")
    _refuse_words(tokens)
    _refuse_functions(tokens, FUNCTIONS | BUILDERS)
    _refuse_shadows(tokens)
    return _guarded(tokens)


def guarded_expression(text: str) -> Guarded:
    """Return a condition on one row that may be planned: no subquery, nothing that builds text. Raises RefusedError."""
    tokens = list(_tokens(text))
    if not tokens:
        raise RefusedError("is empty")
    for token in tokens:
        if token.says("select") or token.says(";") or token.says("as"):
            raise RefusedError(f"a condition, not a query: {token.text} is not possible here")
    _refuse_words(tokens)
    _refuse_functions(tokens, FUNCTIONS)
    checked = _guarded(tokens)
    if checked.grows:
        raise RefusedError("|| is not possible in a condition")
    return checked


def _tokens(sql: str) -> Iterator[Token]:
    """Yield everything but comments, of which only the line breaks stay."""
    if len(sql) > MAX_CHARS:
        raise RefusedError(f"is longer than {MAX_CHARS:,} characters")
    place, count, before, blank = 0, 0, "", ""
    while place < len(sql):
        match = _TOKEN.match(sql, place)
        if match is None:
            raise RefusedError(f"{sql[place]!r} is not possible here{_line(sql, place)}")
        kind, text, place = str(match.lastgroup), match[0], match.end()
        _refuse_ambiguous(kind, text, before, _line(sql, match.start()))
        before = kind
        if kind in ("blank", "comment"):
            blank += text if kind == "blank" else " " + "\n" * text.count("\n")
            continue
        count += 1
        if count > MAX_TOKENS:
            raise RefusedError(f"has more than {MAX_TOKENS:,} words and signs")
        yield Token(kind=kind, text=text, blank=blank)
        blank = ""


def _refuse_ambiguous(kind: str, text: str, before: str, where: str) -> None:
    """Refuse what the SQL parser might split in another way."""
    if kind in ("text", "quoted") and before in ("word", "number", "text", "quoted"):
        raise RefusedError(f"a blank is missing before {text:.20}{where}")
    if kind in ("text", "quoted") and "\\" + text[0] in text:
        raise RefusedError(f"a backslash before a quote is not possible{where}")
    if text.startswith("/*") and ("/*" in text[2:] or text.startswith(("/*!", "/*+"))):
        raise RefusedError(f"a comment within a comment, or a hint, is not possible{where}")
    if kind == "quoted" and not text[1:-1].isprintable():
        raise RefusedError(f"a name with an unprintable character{where}")


def _line(sql: str, place: int) -> str:
    return f" (line {sql.count(chr(10), 0, place) + 1})"


def _refuse_words(tokens: Sequence[Token]) -> None:
    for number, token in enumerate(tokens):
        qualified = number > 0 and tokens[number - 1].says(".")
        if token.kind == "word" and token.name in REFUSED and not qualified:
            raise RefusedError(f"{token.name.upper()} is not possible in a rule: {REFUSED[token.name]}")


def _refuse_functions(tokens: Sequence[Token], allowed: frozenset[str]) -> None:
    """Refuse every name before a bracket that is no known function or keyword; ``read_csv(`` is one of them."""
    for token, follower in pairwise(tokens):
        if not follower.says("("):
            continue
        name = token.name.lower()
        known = name in allowed or (token.kind == "word" and name in BEFORE_BRACKETS)
        if token.kind in ("word", "quoted") and not known:
            raise RefusedError(f"{token.name:.60} is no function that a rule may use{did_you_mean(name, allowed)}")
        if token.says("]") or token.kind == "text":
            raise RefusedError(f"{token.text:.20} before a bracket is not possible")


def _refuse_shadows(tokens: Sequence[Token]) -> None:
    """Refuse WITH names that hide a table, and more tables than a plan can hold."""
    known = {*TABLES, PARAMS}
    defined: set[str] = set()
    for token, second, third in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.name and second.says("as") and (third.says("(") or third.says("materialized")):
            defined.add(token.name)
    hidden = sorted(defined & known)
    if hidden:
        raise RefusedError(f"WITH {hidden[0]}: there is a table of that name; choose another")
    named = sum(
        token.name in known | defined and not follower.says(".")
        for token, follower in zip(tokens, [*tokens[1:], Token(kind="sign", text="")], strict=True)
    )
    if named - len(defined) > MAX_TABLES:
        raise RefusedError(f"names more than {MAX_TABLES} tables")


def _guarded(tokens: Sequence[Token]) -> Guarded:
    parts, depth, ordered = [], 0, False
    for token, follower in zip(tokens, [*tokens[1:], Token(kind="sign", text="")], strict=True):
        depth += token.says("(") - token.says(")")
        ordered = ordered or (depth == 0 and token.says("order") and follower.says("by"))
        parts.append(token.blank + ('"user"' if token.says("user") else token.text))
    grows = any(token.says("||") or token.name.lower() in BUILDERS for token in tokens)
    wild = any(
        token.says("*") and any(map(before.says, ("select", "distinct", "all", ",", ".")))
        for before, token in pairwise(tokens)
    )
    names = frozenset(token.name for token in tokens if token.name)
    return Guarded(sql="".join(parts).strip(), names=names, ordered=ordered, grows=grows, wild=wild)
