"""Bring prompt text into one form: what counts as the same prompt, and as the same template."""

from __future__ import annotations

from typing import Final

import polars as pl

# Characters without a glyph: formatting (zero width, bidi, soft hyphen, tags), control characters other than
# white space, fillers, and variation selectors. Two prompts that differ only in these look alike to a reader.
_INVISIBLE: Final = (
    r"[\p{Cf}\p{Cc}\x{34f}\x{115f}\x{1160}\x{3164}\x{ffa0}\x{2800}"
    r"\x{fe00}-\x{fe0f}\x{e0100}-\x{e01ef}--\s]"
)

# Matches only white space that has to change. The plain `\s+` touches every space and is several times slower.
_UNTIDY_SPACE: Final = r"\s{2,}|[^\S ]+"

# Unicode's word boundary takes the regex engine off its fast path on the first non-ASCII byte.
_EDGE: Final = r"(?:(?-u:\b)|_)"
_HEX_ID: Final = (
    r"(?:[0-9][0-9a-f]{5,}|[a-f][0-9][0-9a-f]{4,}|[a-f]{2}[0-9][0-9a-f]{3,}"
    r"|[a-f]{3}[0-9][0-9a-f]{2,}|[a-f]{4}[0-9][0-9a-f]+|[a-f]{5}[0-9][0-9a-f]*|[0-9a-f]{16,})"
)
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DAY: Final = r"\d{1,2}(?:st|nd|rd|th)?"
_CLOCK: Final = r"\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?z|[+-]\d{2}:?\d{2})?"
_PATH_PART: Final = r"[^\s/\\:*?\"'<>|`()\[\]{},;]+"

# In this order: each mask runs on the text the ones before it left behind.
_MASKS: Final = (
    (r"(?-u:\b)[a-z][a-z0-9+.-]{1,15}://[^\s\"'<>`)\]}]+", "<url>"),
    (r"(?-u:\b)www\.[^\s\"'<>`)\]}]+", "<url>"),
    (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", "<email>"),
    (rf"(?-u:\b)[a-z]:\\(?:{_PATH_PART}\\?)*", "<path>"),
    (rf"\\\\{_PATH_PART}(?:\\{_PATH_PART})+", "<path>"),
    # A lone "/word" is a slash command, and "and/or" is prose: neither is a path.
    (rf"(^|[\s\"'`(\[=:,])(?:~|\.{{1,2}})(?:/{_PATH_PART})+/?", "${1}<path>"),
    (rf"(^|[\s\"'`(\[=:,])(?:/{_PATH_PART}){{2,}}/?", "${1}<path>"),
    (r"[\w.-]+(?:/[\w.-]+)+\.[a-z][a-z0-9]{0,7}(?-u:\b)", "<path>"),
    (rf"{_EDGE}{_UUID}{_EDGE}", "<n>"),
    (rf"{_EDGE}(?:0x[0-9a-f]+|{_HEX_ID}){_EDGE}", "<n>"),
    (rf"(?-u:\b)\d{{4}}-\d{{2}}-\d{{2}}(?:[t ]{_CLOCK})?", "<n>"),
    (rf"(?-u:\b)(?:{_DAY} (?:of )?{_MONTH}|{_MONTH} {_DAY}),? \d{{4}}(?-u:\b)", "<n>"),
    (r"\d+(?:[.,:/-]\d+)*", "<n>"),
)


def normalised(text: pl.Expr) -> pl.Expr:
    """Reduce text to the form in which two prompts count as the same.

    Unicode NFKC, invisible characters removed, lower case, runs of white space made one space, stripped.
    Digits and punctuation stay: they can change what is asked.
    """
    return (
        text.str.replace_all(_INVISIBLE, "")
        .str.normalize("NFKC")
        .str.to_lowercase()
        .str.replace_all(_UNTIDY_SPACE, " ")
        .str.strip_chars()
    )


def masked(text: pl.Expr) -> pl.Expr:
    """Replace what varies between fillings of one template: numbers, dates, ids, addresses, paths.

    Takes normalised text. Numbers, dates, UUIDs and hexadecimal ids (six digits or more, one of them 0-9)
    share one placeholder, since an id can happen to be all digits. Bare file names are left alone.
    """
    for pattern, placeholder in _MASKS:
        text = text.str.replace_all(pattern, placeholder)
    return text
