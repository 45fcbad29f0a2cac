"""The evasions in the table, each with the strengths at which it is tried."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from bench.evasion import disguise, padding
from bench.evasion.disguise import CYRILLIC, GREEK, Edit
from bench.evasion.prompts import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Evasion:
    """An edit under the two names it has in the table."""

    name: str
    strength: str
    edit: Callable[[Prompt, random.Random], str]


def _on_text(edit: Edit) -> Callable[[Prompt, random.Random], str]:
    return lambda prompt, rng: edit(prompt.text, rng)


_DISGUISES: tuple[tuple[str, str, Edit], ...] = (
    ("zero-width characters", "one a word", disguise.inside_each_word(disguise.ZERO_WIDTH)),
    ("zero-width characters", "between all letters", disguise.between_all_letters(disguise.ZERO_WIDTH)),
    ("bidi characters", "one a word", disguise.after_each_word(disguise.BIDI)),
    ("bidi characters", "whole text overridden", lambda text, _: f"\u202e{text}\u202c"),
    ("Cyrillic look-alikes", "one letter a word", disguise.look_alikes(CYRILLIC, everywhere=False)),
    ("Cyrillic look-alikes", "all letters", disguise.look_alikes(CYRILLIC, everywhere=True)),
    ("Greek look-alikes", "one letter a word", disguise.look_alikes(GREEK, everywhere=False)),
    ("Greek look-alikes", "all letters", disguise.look_alikes(GREEK, everywhere=True)),
    ("full-width letters", "all letters", disguise.full_width),
    ("combining marks", "one a word", disguise.inside_each_word(disguise.MARKS)),
    ("case", "upper case", lambda text, _: text.upper()),
    ("case", "random", disguise.random_case),
    ("white space", "runs between words", disguise.instead_of_spaces(disguise.SPACES)),
    ("white space", "between all letters", disguise.spaced_letters),
    ("white space", "one inside each word", disguise.inside_each_word((" ",))),
    ("white space", "removed", lambda text, _: text.replace(" ", "")),
    ("punctuation", "after one word in five", disguise.punctuation_between(0.2)),
    ("punctuation", "after each word", disguise.punctuation_between(1.0)),
    ("punctuation", "one inside each word", disguise.inside_each_word(("-", ".", "*", "_"))),
    ("punctuation", "between all letters", disguise.between_all_letters((".", "-"))),
    ("numbers", "other digits", disguise.other_digits),
    ("UUIDs and hex ids", "fresh ones", disguise.other_ids),
    ("typing errors", "1 % of letters", disguise.typing_errors(0.01)),
    ("typing errors", "5 % of letters", disguise.typing_errors(0.05)),
)

_ADDITIONS: tuple[tuple[str, str, Edit], ...] = (
    *(("nonce", f"16 letters {where}", padding.nonce(16, where)) for where in ("before", "after", "both")),
    ("nonce", "64 letters both", padding.nonce(64, "both")),
    ("random words", "3 before", padding.words(3, "before")),
    ("random words", "3 after", padding.words(3, "after")),
    ("random words", "10 both", padding.words(10, "both")),
    *(
        ("padding", f"{share} % {where}", padding.padded(share / 100, where))
        for share in (10, 30, 100, 300)
        for where in ("before", "after", "both")
    ),
    ("padding", "the same 400 letters before all", padding.same_padding(400)),
    ("sentences", "shuffled", padding.shuffled_sentences),
    ("sentences", "shuffled among as many others", padding.shuffled_among_others),
    ("words", "one in ten swapped with the next", padding.swapped_words(0.1)),
    ("words", "shuffled", padding.shuffled_words),
    ("words", "one replaced", padding.other_words(0.0)),
    ("words", "one in ten replaced", padding.other_words(0.1)),
)

EVASIONS: tuple[Evasion, ...] = (
    Evasion(name="none", strength="the prompt itself", edit=lambda prompt, _: prompt.text),
    *(Evasion(name=name, strength=strength, edit=_on_text(edit)) for name, strength, edit in _DISGUISES + _ADDITIONS),
    Evasion(name="slots", strength="all names replaced", edit=padding.other_names),
)
