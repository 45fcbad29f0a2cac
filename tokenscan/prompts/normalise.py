"""Bring prompt text into one form: what counts as the same prompt."""

from __future__ import annotations

import re
from typing import Final

import polars as pl

from tokenscan.prompts.masks import changed_where

__all__ = ["letters_key", "normalised"]


def _letters(table: str) -> dict[str, str]:
    """Read `code=letter` pairs: the look-alikes cannot be told apart in print."""
    return {chr(int(code, 16)): letter for code, letter in (pair.split("=") for pair in table.split())}


# Small letters that look like a Latin one. No two of an alphabet become the same, so texts in it differ as before,
# and they read as before. So letters that look alike as capitals only are left, such as the Cyrillic Ve: a word has to
# be the same word in capitals, and with its small letter made Latin too it would read as another.
_CYRILLIC: Final = """
    0430=a 0435=e 043a=k 043e=o 0440=p 0441=c 0443=y 0445=x 0455=s 0456=i 0458=j 0475=v 04bb=h 04cf=l 0501=d
    051b=q 051d=w 1c82=o 1c83=c"""
# Not alpha, rho and others, which are symbols next to a and p, and not mu: micrometres are not millimetres.
_GREEK: Final = "03b9=i 03bd=v 03bf=o 03c5=u"
_ARMENIAN: Final = "0566=q 0570=h 0575=j 0578=n 057d=u 0581=g 0585=o"
_CHEROKEE: Final = """
    ab70=d ab71=r ab72=t ab75=i ab7a=a ab7b=j ab7c=e ab83=w ab87=m ab8b=h ab90=g ab93=z ab9f=b
    aba9=v abaa=s abae=l abaf=c abb2=p abb6=k"""
_LISU: Final = """
    a4d0=b a4d1=p a4d3=d a4d4=t a4d6=g a4d7=k a4d9=j a4da=c a4dc=z a4dd=f a4df=m a4e0=n a4e1=l
    a4e2=s a4e3=r a4e6=v a4e7=h a4ea=w a4eb=x a4ec=y a4ee=a a4f0=e a4f2=i a4f3=o a4f4=u"""
# The alpha and g of phonetics, and small capitals. Dotless i is not here: in Turkish it makes another word.
_LATIN: Final = """
    0251=a 0261=g 0237=j 1d00=a 0299=b 1d04=c 1d05=d 1d07=e a730=f 0262=g 029c=h 026a=i 1d0a=j 1d0b=k 029f=l
    1d0d=m 0274=n 1d0f=o 1d18=p 0280=r a731=s 1d1b=t 1d1c=u 1d20=v 1d21=w 028f=y 1d22=z"""
_LOOK_ALIKES: Final = _letters(" ".join([_CYRILLIC, _GREEK, _ARMENIAN, _CHEROKEE, _LISU, _LATIN]))

# What NFKC leaves, or takes apart into a space and an accent, which would cut a word in two:
# spacing accents, the estimated sign, negative circled and negative squared capitals.
_SYMBOLS: Final = {
    **_letters("b4=' 1ffd=' 2dc=~ a8=\" 2da=\N{DEGREE SIGN} 212e=e"),
    **{chr(first + at): chr(ord("a") + at) for first in (0x1F150, 0x1F170) for at in range(26)},
}

_TEXT: Final = pl.col("text")

# Control characters of ASCII other than white space.
_CONTROL: Final = r"[\x00-\x08\x0e-\x1f\x7f]"

# Characters without a glyph: formatting (zero width, bidi, soft hyphen, tags), control characters other than
# white space, fillers, and variation selectors. Two prompts that differ only in these look alike to a reader.
_INVISIBLE: Final = r"[\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}\x{2800}--\s]"

# Combining marks that any letter can carry. Those of Arabic, Hebrew, Hindi, Thai or kana are part of the spelling.
_MARK: Final = r"[\x{300}-\x{36f}\x{483}-\x{489}\x{1ab0}-\x{1aff}\x{1dc0}-\x{1dff}\x{20d0}-\x{20ff}\x{fe20}-\x{fe2f}]"
# After a symbol a mark can say "not".
_MARKS: Final = rf"(^|[\p{{L}}\p{{M}}\p{{N}}\s]){_MARK}+"

_ODD: Final = f"{_INVISIBLE}|[{''.join(_SYMBOLS)}]"
_LEFT_OVER: Final = rf"{_MARK}|\p{{Changes_When_Lowercased}}"

# Punctuation that is left out of the key, if it is not part of a word to be kept as it is.
_SOFT: Final = (
    ".,;:'\"`_-!?*~|\u2010\u2011\u2012\u2013\u2014\u2015\u2018\u2019\u2039\u203a"
    "“”„«»•·¡¿、。・「」『』【】《》〈〉؟،؛।॥"
)
_BRACKETS: Final = "()[]{}"
_PUNCTUATION: Final = re.escape(_SOFT)
_NOTHING: Final = dict.fromkeys(_SOFT, "")
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\x{30fc}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
# Numbers, formulas, code, addresses: digits and signs, and brackets inside a word.
_HARD: Final = rf"[^\p{{L}}\p{{M}}\s{_PUNCTUATION}{re.escape(_BRACKETS)}]|[a-z_][(\[{{]|[)\]}}][a-z_]|\(!"
_EXACT: Final = (
    rf"(?:[^\s{_UNSPACED}'\"`*_][^\s{_UNSPACED}]*)?(?:{_HARD})"
    rf"(?:[^\s{_UNSPACED}]*[^\s{_UNSPACED}{_PUNCTUATION}])?"
)
# A symbol that stands alone (at the end of a text it may be the end of a sentence), or as in a*b, 5!, !done.
_OPERATOR: Final = r"(?-u:\b)[a-z][*~|]+[a-z](?-u:\b)|(?-u:\b)[0-9]{1,2}!"
_SYMBOL: Final = rf"(?:^| )(?:[.,;:!?*~|_]+(?: |$)|!(?-u:\b))|{_OPERATOR}"
_KEPT_SYMBOL: Final = rf"( )([.,;:!?*~|_]+)( )|( )([,;:*~|_]+)$|(^| )(!)(?-u:\b)|({_OPERATOR})"
_KEEP: Final = "${1}${4}${6}\x01${2}${5}${7}${8}\x01${3}"  # a sign makes a word hard; normalised text has no \x01
_MOST_SYMBOLS: Final = 2

# Matches only white space that has to change. The plain `\s+` touches every space and is several times slower.
_UNTIDY_SPACE: Final = r"\s{2,}|[^\S ]+"


def normalised(text: pl.Expr) -> pl.Expr:
    """Reduce text to the form in which two prompts count as the same.

    Invisible characters removed, Unicode NFKC, lower case, combining marks removed that do not combine, small
    letters that look like Latin ones made Latin, runs of white space made one space, stripped. Digits and
    punctuation stay: they can change what is asked. Normalising twice changes nothing.

    Letters are made Latin in every text, whatever its language: the result is for comparing, and two texts
    become equal only if they look alike.
    """
    # Beyond lower case Unicode makes no difference to ASCII, which is most of what people write.
    text = changed_where(_TEXT.str.len_bytes() != _TEXT.str.len_chars(), _folded(_TEXT), text.str.to_lowercase())
    return text.str.replace_all(_CONTROL, "").str.replace_all(_UNTIDY_SPACE, " ").str.strip_chars()


def normal_forms(texts: pl.Series) -> pl.Series:
    """Reduce each text, as `normalised` does."""
    return texts.to_frame("text").select(normalised(pl.col("text"))).to_series()


def letters_key(normal: pl.Expr) -> pl.Expr:
    """Reduce normalised text to what is left of it without white space and punctuation that say nothing.

    Texts with the same key differ in spacing, and in punctuation around and between letters, alone: full
    stops, commas, colons, quotation marks, apostrophes, dashes, underscores (`a_b` is `ab`), emphasis. A
    word with a digit, an operator, an emoji or any other character in it, or a bracket between letters,
    stays as it is but for punctuation around it: `1.5` is not `15`, `5-3` not `5+3`, `f(a,b)` not `f(ab)`.
    One or two symbols that stand alone or like operators ("what does ; do", `a*b`, `!a`) may be what is
    asked about and stay; more are decoration. Text without a letter or digit is its own key. Not for reading.
    """
    few = _TEXT.str.count_matches(_SYMBOL).is_between(1, _MOST_SYMBOLS)
    text = changed_where(few, _TEXT.str.replace_all(_KEPT_SYMBOL, _KEEP), _TEXT)
    words = _letters_of(_TEXT.str.replace_all(_EXACT, "\x02"))
    exact = _TEXT.str.extract_all(_EXACT).list.join(" ").str.replace_all("\x01", "", literal=True)
    text = changed_where(_TEXT.str.contains(_HARD), pl.concat_str(words, pl.lit("\x02"), exact), text)
    text = changed_where(~_TEXT.str.contains("\x02"), _letters_of(_TEXT), text)
    return changed_where(_TEXT.str.contains(r"[\p{L}\p{N}]"), text, normal)


def _letters_of(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(" ", "", literal=True).str.replace_many(_NOTHING)


def _folded(text: pl.Expr) -> pl.Expr:
    """Bring letters into one form; takes text in lower case, as some accents combine with the small letter only."""
    plain = _TEXT.str.replace_all(_INVISIBLE, "").str.replace_many(_SYMBOLS)
    text = changed_where(_TEXT.str.contains(_ODD), plain, text)
    # One mark on a letter that it cannot combine with: then the others in the text are decoration as well.
    bare = _TEXT.str.replace_all(_MARKS, "${1}")
    bare = changed_where(_TEXT.str.normalize("NFKC").str.contains(_MARKS), bare, _TEXT)
    text = changed_where(_TEXT.str.contains(_MARK), bare, text).str.normalize("NFKC")
    # NFKC makes capitals of mathematical ones, and marks of accents; what a mark kept apart may now compose.
    small = _TEXT.str.to_lowercase().str.replace_all(_MARKS, "${1}").str.normalize("NFKC")
    return changed_where(_TEXT.str.contains(_LEFT_OVER), small, text).str.replace_many(_LOOK_ALIKES)
