"""Mask what varies between fillings of one template."""

from __future__ import annotations

from typing import Final

import polars as pl

_TEXT: Final = pl.col("text")

_PART: Final = r"[^\s/\\:*?\"'<>|`()\[\]{},;]+"
# A lone "/word" is a slash command, and "and/or" is prose: neither is a path.
_BEFORE_PATH: Final = r"(^|[\s\"'`(\[=:,])"
_URL: Final = r"(?-u:\b)[a-z][a-z0-9+.-]{1,15}://[^\s\"'<>`)\]}]+"
_WWW: Final = r"(?-u:\b)www\.[^\s\"'<>`)\]}]+"
_EMAIL: Final = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_DRIVE_PATH: Final = rf"(?-u:\b)[a-z]:\\(?:{_PART}\\?)*"
_SHARE_PATH: Final = rf"\\\\{_PART}(?:\\{_PART})+"
_NEAR_PATH: Final = rf"{_BEFORE_PATH}(?:~|\.{{1,2}})(?:/{_PART})+/?"
_FULL_PATH: Final = rf"{_BEFORE_PATH}(?:/{_PART}){{2,}}/?"
_FILE_PATH: Final = r"[\w.-]+(?:/[\w.-]+)+\.[a-z][a-z0-9]{0,7}(?-u:\b)"

# Unicode's word boundary takes the regex engine off its fast path on the first non-ASCII byte.
_EDGE: Final = r"(?:(?-u:\b)|_)"
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HEX: Final = (
    r"(?:0x[0-9a-f]+|[0-9][0-9a-f]{5,}|[a-f][0-9][0-9a-f]{4,}|[a-f]{2}[0-9][0-9a-f]{3,}"
    r"|[a-f]{3}[0-9][0-9a-f]{2,}|[a-f]{4}[0-9][0-9a-f]+|[a-f]{5}[0-9][0-9a-f]*|[0-9a-f]{16,})"
)
# Letters and digits that change places three times. Where two numbers follow a word each, it is a name: v1alpha1.
_JUMBLE: Final = (
    r"(?:[a-z]+[0-9]+(?:(?:[a-z]{1,3}|[b-df-hj-np-tv-xz]+)[0-9]+|[a-z]+[0-9]+[a-z][a-z0-9]*)"
    r"|(?:[0-9]+[a-z]+){2}[a-z0-9]*)"
)
_ID: Final = f"(?:{_HEX}|{_JUMBLE})"
# A regular expression cannot ask for a pattern and a length at once, so ids are marked, then looked at again.
# Normalised text has no control characters.
_UUIDS: Final = f"{_EDGE}{_UUID}{_EDGE}"
_IDS: Final = f"({_EDGE})({_ID}(?:_{_ID})*)({_EDGE})"
_MARKED_IDS: Final = f"_?\x01(?:{_HEX}|[a-z0-9_]{{8,}})\x02_?"
_LEFT_OVER: Final = "[\x01\x02]"
# What the patterns for ids find in a text without digits.
_LETTER_IDS: Final = f"{_EDGE}[a-f]{{16,}}(?:_[a-f]{{16,}})*{_EDGE}"

_CLOCK: Final = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?z|[+-][0-9]{2}:?[0-9]{2})?"
_DATE: Final = rf"(?-u:\b)[0-9]{{4}}-[01][0-9]-[0-3][0-9](?:[t ]{_CLOCK})?"
_DAY: Final = r"[0-9]{1,2}(?:st|nd|rd|th)?"
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE_IN_WORDS: Final = rf"(?-u:\b)(?:{_DAY} (?:of )?{_MONTH}|{_MONTH} {_DAY}),? [0-9]{{4}}(?-u:\b)"
_NUMBER: Final = "[0-9]+(?:[.,:/-][0-9]+)*"
_FOREIGN_NUMBER: Final = r"\d+(?:[.,:/-]\d+)*"

_DIGIT: Final = _TEXT.str.contains("[0-9]")
_FOREIGN: Final = _TEXT.str.len_bytes() != _TEXT.str.len_chars()


def changed_where(due: pl.Expr, change: pl.Expr, text: pl.Expr) -> pl.Expr:
    """Change the texts for which `due` holds, at no cost for the others; it and `change` are about column "text".

    `when` would compute the change for every text.
    """

    def apply(texts: pl.Series) -> pl.Series:
        frame = texts.to_frame("text")
        rows = frame.select(due.arg_true()).to_series()
        if rows.is_empty():
            return texts
        if len(rows) == len(texts):
            return frame.select(change).to_series()
        return texts.clone().scatter(rows, frame[rows].select(change).to_series())

    return text.map_batches(apply, return_dtype=pl.String, is_elementwise=True)


def _put(placeholder: str, pattern: str) -> pl.Expr:
    return _TEXT.str.replace_all(pattern, placeholder)


def _has(pattern: str) -> pl.Expr:
    return _TEXT.str.contains(pattern)


# What to replace, in this order, each with a test that no text passes by in which there is something to replace.
# Literals and small sets of bytes are found at memory speed, which most of the patterns themselves are not.
_STEPS: Final = (
    (_has("://"), _put("<url>", _URL)),
    (_has(r"www\."), _put("<url>", _WWW)),
    (_has("@"), _put("<email>", _EMAIL)),
    (_has(r":\\"), _put("<path>", _DRIVE_PATH)),
    (_has(r"\\\\"), _put("<path>", _SHARE_PATH)),
    (_has("[~.]/"), _put("${1}<path>", _NEAR_PATH)),
    (_has(r"[ \"'`(\[=:,]/") | _TEXT.str.starts_with("/"), _put("${1}<path>", _FULL_PATH)),
    (_has(r"/[\w.-]+\.[a-z]"), _put("<path>", _FILE_PATH)),
    (~_DIGIT, changed_where(_has("[a-f]{16}"), _put("<n>", _LETTER_IDS), _TEXT)),
    (_DIGIT, _put("<n>", _UUIDS)),
    (_DIGIT, _put("${1}\x01${2}\x02${3}", _IDS)),
    (_has("\x01"), _put("<n>", _MARKED_IDS)),
    (_has("\x01"), _put("", _LEFT_OVER)),
    (_has("-[01][0-9]-"), _put("<n>", _DATE)),
    (_has(" [0-9]{4}"), _put("<n>", _DATE_IN_WORDS)),
    (_FOREIGN, _put("<n>", _FOREIGN_NUMBER)),
    (_DIGIT, _put("<n>", _NUMBER)),
)


def masked(text: pl.Expr) -> pl.Expr:
    """Replace what varies between fillings of one template: numbers, dates, ids, addresses, paths.

    Takes normalised text. Numbers, dates, UUIDs, hexadecimal ids (six digits or more, one of them 0-9) and
    random-looking ids (eight letters and digits or more, with three changes between the two) share one
    placeholder, since an id can happen to be all digits. Bare file names are left alone.
    """
    for due, change in _STEPS:
        text = changed_where(due, change, text)
    return text
