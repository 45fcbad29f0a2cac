"""Phrase files make sentences; people have their own ways with them."""

from __future__ import annotations

import re

import pytest

from tokenscan.simulate import asking, dice
from tokenscan.simulate.language import FILES, Language, language
from tokenscan.simulate.names import found
from tokenscan.simulate.sections import read_sections
from tokenscan.simulate.speaker import Speaker


def speaker(name: str = "ann", seed: int = 1) -> Speaker:
    return Speaker.of(dice.words(seed, name), found(seed, 100).things)


def said(line: str, **sections: str) -> set[str]:
    spoken = Language("test", {"start": (line,), **{name: tuple(text.split("/")) for name, text in sections.items()}})
    somebody = speaker()
    results = set()
    for _ in range(60):
        pieces: list[str] = []
        somebody._say(spoken, 0, {}, pieces)
        results.add("".join(pieces))
    return results


def test_slots_choices_numbers_and_escapes() -> None:
    assert said("a {x} {1..3}", x="b/c") == {f"a {x} {n}" for x in "bc" for n in (1, 2, 3)}
    assert said("{one|two {x}|}", x="b/c") == {"one", "two b", "two c", ""}
    assert said("f(<<x>>)\\nend") == {"f({x})\nend"}
    assert said("a|b") == {"a|b"}
    assert said("{{1..2}|z}") == {"1", "2", "z"}


@pytest.mark.parametrize("tongue", sorted(FILES))
def test_no_section_leaves_a_slot_unfilled(tongue: str) -> None:
    somebody = speaker(tongue)
    names = set().union(*(read_sections(name) for name in FILES[tongue]))
    for section in language(tongue).ids:
        for _ in range(8):
            text = somebody.say(tongue, section)
            assert text not in names or " " not in text
            assert not re.search(r"\{[a-z_0-9]+\}|\d\.\.\d", text), (tongue, section, text)


def test_people_have_favourites_and_topics() -> None:
    first, second = speaker("ann"), speaker("bob")
    assert first.say("office", "customer") is not None
    mine = [first.say("office") for _ in range(200)]
    yours = [second.say("office") for _ in range(200)]
    assert not set(mine) & set(yours)
    named = [name for name in first.pools["customer"] if sum(name in text for text in mine) > 15]
    assert 1 <= len(named) <= 3


def test_the_same_stream_says_the_same() -> None:
    texts = [[asking.opening(somebody, "support") for _ in range(20)] for somebody in (speaker(), speaker())]
    assert texts[0] == texts[1]


def test_rewording_keeps_most_words() -> None:
    somebody = speaker()
    for _ in range(50):
        text = somebody.say("idle")
        other = asking.reworded(somebody.rng, text, 0.5)
        words, kept = set(text.lower().split()), set(other.lower().split())
        assert len(words & kept) >= 0.4 * len(words)
    assert asking.padded(somebody, "the core of it.", 2).count("the core of it.") == 1


def test_documents_have_the_length_asked_for() -> None:
    for function in ("legal", "engineering", "finance"):
        text = "\n\n".join(asking.paragraphs(speaker(), function, 30_000))
        assert 30_000 <= len(text) < 32_000
