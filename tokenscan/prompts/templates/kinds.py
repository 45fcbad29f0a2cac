"""What stands in the slot of a template: numbers, dates, addresses, words, long text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal

Kind = Literal["number", "date", "url", "path", "e-mail", "id", "words", "text", "nothing"]

# Part of the fillings that have to be of a kind.
MOST: Final = 0.9
LONG_WORDS: Final = 25
LONG_CHARS: Final = 200

# The longest filling that can be anything but words; it also bounds the work of the patterns.
_MAX_CHARS: Final = 300

_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD: Final = rf"[^\W{_UNSPACED}]+(?:['\u2019][^\W{_UNSPACED}]+)*"
CHARACTER: Final = rf"[{_UNSPACED}]"
URL: Final = r"(?:[A-Za-z][A-Za-z0-9+.-]{1,15}://|www\.)[^\s\"'<>`)\]}]+"
EMAIL: Final = r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+"
PATH: Final = (
    r"[A-Za-z]:\\[\w.\\ -]*[\w.\\-]"
    r"|(?:~|\.{1,2})?(?:/[\w.@+-]{1,255}){2,}/?"
    r"|(?:[\w.-]{1,64}/){1,32}[\w-]{1,64}\.[A-Za-z]\w{0,7}"
)
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DAY: Final = r"\d{1,2}(?:st|nd|rd|th)?"
DATE: Final = r"\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[Zz]|[+-]\d{2}:?\d{2})?)?"
UUID: Final = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
NUMBER: Final = r"\d+(?:[.,:/-]\d+)*"

_KINDS: Final[tuple[tuple[Kind, str], ...]] = (
    ("date", rf"{DATE}|\d{{1,2}}[./-]\d{{1,2}}[./-](?:\d{{2}}|\d{{4}})|\d{{4}}[./]\d{{1,2}}[./]\d{{1,2}}"),
    ("date", rf"{_DAY} (?:of )?{_MONTH},? \d{{4}}|{_MONTH} {_DAY},? \d{{4}}"),
    ("number", rf"[-+]?[$\u20ac\u00a3\u00a5]? ?{NUMBER}(?: ?[%\u20ac$\u00a3])?"),
    ("url", URL),
    ("e-mail", EMAIL),
    ("path", PATH),
    ("id", rf"{UUID}|#?(?=[\w.-]*\d)\w+(?:[.-]\w+)*"),
)
_PATTERNS: Final = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)
_WORDS: Final = re.compile(f"({WORD})|({CHARACTER})")


def words_in(text: str) -> int:
    """Count words; two characters of a script without spaces make one."""
    found = Counter(match.lastindex for match in _WORDS.finditer(text))
    return found[1] + (found[2] + 1) // 2


def kind_of(text: str) -> Kind:
    """Name what a filling is."""
    if not text:
        return "nothing"
    if len(text) <= _MAX_CHARS:
        for kind, pattern in _PATTERNS:
            if pattern.fullmatch(text):
                return kind
    return "text" if len(text) > LONG_CHARS or words_in(text) > LONG_WORDS else "words"


def common_kind(kinds: Sequence[Kind]) -> Kind:
    """Name what nearly all fillings of a slot are; empty ones do not count."""
    filled = Counter(kind for kind in kinds if kind != "nothing")
    if not filled:
        return "nothing"
    best, count = min(filled.items(), key=lambda item: (-item[1], item[0]))
    if count >= MOST * filled.total():
        return best
    return "text" if filled["text"] > filled.total() / 2 else "words"
