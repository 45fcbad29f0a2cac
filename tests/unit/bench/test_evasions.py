from __future__ import annotations

import random
import re
import sys
import unicodedata
from collections import Counter
from functools import cache

import pytest

from bench.evasion import __main__ as command
from bench.evasion import disguise, padding
from bench.evasion.catalogue import EVASIONS, Evasion
from bench.evasion.prompts import CLASSES, Prompt, background, filler, prompts
from bench.evasion.score import Score, score

TEXT = "Summarise the late report for Velorin. It costs about 4200 a week. See run 4f2a90cc1b07 for the log."


def _rng() -> random.Random:
    return random.Random(3)


def _evasion(strength: str) -> Evasion:
    (found,) = [one for one in EVASIONS if one.strength == strength]
    return found


@cache
def _bases(count: int) -> list[Prompt]:
    return [one for length in CLASSES for one in prompts(length, count, _rng())]


def _score(strength: str, count: int = 6) -> Score:
    return score(_evasion(strength), _bases(count), [one.text for one in background(60, random.Random(4))], 1)


@pytest.mark.parametrize("length", CLASSES)
def test_prompts_are_different_and_of_their_length(length: str) -> None:
    made = prompts(length, 20, _rng())
    low, high = CLASSES[length]
    assert len({one.text for one in made}) == 20
    assert all(low <= len(one.text.encode()) < high and one.length == length for one in made)
    assert all(name in one.text for one in made for name in one.names)
    assert made == prompts(length, 20, _rng())


def test_the_background_is_mostly_short() -> None:
    made = Counter(one.length for one in background(1000, _rng()))
    assert made == {"<64 B": 450, "64-300 B": 350, "0.3-2 kB": 199, ">20 kB": 1}


@pytest.mark.parametrize("size", [1, 30, 400, 5000])
def test_filler_has_the_length_asked_for(size: int) -> None:
    assert size <= len(filler(size, _rng())) < size + 25


@pytest.mark.parametrize("evasion", EVASIONS, ids=lambda one: f"{one.name}: {one.strength}")
def test_every_evasion_changes_prompts_and_always_in_the_same_way(evasion: Evasion) -> None:
    for base in _bases(3):
        hidden = evasion.edit(base, random.Random(5))
        assert hidden == evasion.edit(base, random.Random(5))
        if evasion.name in {"UUIDs and hex ids", "numbers", "slots", "sentences", "punctuation"}:
            continue
        assert (hidden == base.text) == (evasion.name == "none")


def test_evasions_have_different_names() -> None:
    assert len({(one.name, one.strength) for one in EVASIONS}) == len(EVASIONS)


def test_invisible_characters_leave_what_is_seen() -> None:
    for marks in (disguise.ZERO_WIDTH, disguise.BIDI):
        for edit in (disguise.after_each_word(marks), disguise.inside_each_word(marks)):
            hidden = edit(TEXT, _rng())
            assert hidden != TEXT
            assert "".join(letter for letter in hidden if unicodedata.category(letter) != "Cf") == TEXT


def test_look_alikes_replace_one_letter_a_word_or_all() -> None:
    text = "peace map xyz"
    one = disguise.look_alikes(disguise.CYRILLIC, everywhere=False)(text, _rng())
    changed = [place for place, pair in enumerate(zip(text, one, strict=True)) if pair[0] != pair[1]]
    assert len(changed) == 3
    assert changed[0] < 5 < changed[1] < 9 < changed[2]
    every = disguise.look_alikes(disguise.CYRILLIC, everywhere=True)("peace", _rng())
    assert every.isalpha()
    assert not every.isascii()
    assert [unicodedata.name(letter).split()[0] for letter in every] == ["CYRILLIC"] * 5


def test_spacing_and_punctuation_leave_the_letters() -> None:
    for edit in (
        disguise.spaced_letters,
        disguise.instead_of_spaces(disguise.SPACES),
        disguise.punctuation_between(1.0),
        disguise.inside_each_word((" ", "-")),
        disguise.between_all_letters((".",)),
    ):
        assert re.sub(r"[\W_]", "", edit(TEXT, _rng())) == re.sub(r"\W", "", TEXT)


def test_numbers_and_ids_are_told_apart() -> None:
    text = "4200 of 4f2a90cc1b07 and 6b1f0c55-93a4-4d21-8d0e-0123456789ab by 12"
    numbers, ids = disguise.other_digits(text, _rng()), disguise.other_ids(text, _rng())
    assert re.fullmatch(r"\d{4} of 4f2a90cc1b07 and 6b1f0c55-93a4-4d21-8d0e-0123456789ab by \d\d", numbers)
    assert re.fullmatch(r"4200 of [0-9a-f]{12} and [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} by 12", ids)
    assert len({text, numbers, ids}) == 3


@pytest.mark.parametrize(("share", "most"), [(0.01, 1), (0.05, 3)])
def test_typing_errors_are_as_many_as_asked_for(share: float, most: int) -> None:
    assert sum(letter.isalpha() for letter in TEXT) == 69
    hidden = disguise.typing_errors(share)(TEXT, _rng())
    kept = sum((Counter(TEXT) & Counter(hidden)).values())
    assert hidden != TEXT
    assert len(TEXT) - most <= kept <= len(TEXT)
    assert abs(len(hidden) - len(TEXT)) <= most


@pytest.mark.parametrize("share", [0.1, 0.3, 1.0, 3.0])
def test_padding_goes_where_it_is_said_to(share: float) -> None:
    size = len(TEXT) * share
    before, after, both = (padding.padded(share, where)(TEXT, _rng()) for where in ("before", "after", "both"))
    assert before.endswith(f" {TEXT}")
    assert after.startswith(f"{TEXT} ")
    assert both.count(f" {TEXT} ") == 1
    for hidden, ends in ((before, 1), (after, 1), (both, 2)):
        assert size <= len(hidden) - len(TEXT) < size + 26 * ends


def test_additions_keep_the_prompt() -> None:
    assert padding.nonce(16, "before")(TEXT, _rng())[16:] == f" {TEXT}"
    assert padding.nonce(16, "both")(TEXT, _rng())[16:-16] == f" {TEXT} "
    assert padding.words(3, "after")(TEXT, _rng()).removeprefix(TEXT).count(" ") == 3
    one, other = (padding.same_padding(400)(text, _rng()) for text in (TEXT, TEXT.upper()))
    assert one.removesuffix(TEXT) == other.removesuffix(TEXT.upper())


def test_shuffling_keeps_all_the_parts() -> None:
    def parts(text: str, end: str) -> Counter[str]:
        return Counter(re.split(end, text))

    assert parts(padding.shuffled_sentences(TEXT, _rng()), r"(?<=\.) ") == parts(TEXT, r"(?<=\.) ")
    assert parts(padding.shuffled_words(TEXT, _rng()), " ") == parts(TEXT, " ")
    assert parts(padding.swapped_words(0.1)(TEXT, _rng()), " ") == parts(TEXT, " ")
    among = padding.shuffled_among_others(TEXT, _rng())
    assert all(one in among for one in TEXT.split(". ")[:2])
    assert len(among) > 2 * len(TEXT)


def test_names_are_replaced_alike_everywhere() -> None:
    prompt = Prompt(text="Ask Velorin why Velorin left Koma.", length="<64 B", names=("Velorin", "Koma"))
    hidden = re.fullmatch(r"Ask (\w+) why (\w+) left (\w+)\.", padding.other_names(prompt, _rng()))
    assert hidden
    assert hidden[1] == hidden[2] not in {"Velorin", hidden[3]}
    assert hidden[3] != "Koma"


def test_an_unchanged_prompt_is_the_same_in_every_way_but_one() -> None:
    found = _score("the prompt itself")
    assert found.tried == 24
    assert found.caught == {
        "same prompt": 1.0,
        "same template": 1.0,
        "one cluster": 1.0,
        "contained": 0.0,
        "any": 1.0,
    }
    assert found.any_by_length == dict.fromkeys(CLASSES, 1.0)


def test_padding_is_seen_through_from_64_bytes_on() -> None:
    found = _score("300 % both")
    assert found.caught["same prompt"] == 0.0
    assert found.caught["contained"] == 0.75
    assert found.any_by_length == {"<64 B": 0.0, "64-300 B": 1.0, "0.3-2 kB": 1.0, ">20 kB": 1.0}
    assert found.wrong["wrong core"] == 0.0


def test_prompts_without_a_number_do_not_count_where_numbers_change() -> None:
    bases = _bases(6)
    found = _score("other digits")
    assert found.tried == sum(disguise.other_digits(one.text, _rng()) != one.text for one in bases)
    assert 0 < found.tried < len(bases)
    assert "<64 B" not in found.any_by_length
    assert found.caught["same template"] == 1.0


def test_one_padding_for_all_puts_prompts_together_that_are_not() -> None:
    assert (_score("the same 400 letters before all").wrong["wrong cluster"] or 0.0) > 0.2


def test_the_command_prints_one_row_an_evasion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "--bases", "2", "--background", "30", "--only", "case"])
    command.main()
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()]
    assert [row[:3] for row in rows[2:]] == [["| case", "upper case", "8"], ["| case", "random", "8"]]
    assert {len(row) for row in rows} == {14}
