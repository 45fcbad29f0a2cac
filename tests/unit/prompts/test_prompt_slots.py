from __future__ import annotations

import random

import pytest

from tokenscan.prompts.templates.kinds import kind_of, words_in
from tokenscan.prompts.templates.slots import SAMPLE, Template, describe_template

THINGS = ("a garden hose", "an oak table", "blue shoes", "wool socks", "a lamp with stars on it", "tea", "a bicycle")


def _kinds(template: Template) -> list[str]:
    return [slot.kind for slot in template.slots]


def test_fixed_text_and_slots_in_order() -> None:
    found = describe_template([f"Write a product description for {t} in a friendly tone." for t in THINGS])
    (slot,) = found.slots
    assert found.parts == ("Write a product description for ", slot, " in a friendly tone.")
    assert found.text == "Write a product description for {1} in a friendly tone."
    assert (slot.kind, slot.values, slot.distinct_share) == ("words", 7, 1.0)
    assert (slot.least_words, slot.most_words) == (1, 6)
    assert slot.mean_chars == sum(map(len, THINGS)) / 7
    assert slot.examples == ("a bicycle", "a garden hose", "a lamp with stars on it")
    assert (found.members, found.sampled, found.fitting, found.calls) == (7, 7, 7, 7)
    assert found.what_varies == "1 place varies: 1-6 words (7 values)."


def test_numbers_dates_and_words_with_their_real_values() -> None:
    texts = [
        f"Summarise ticket {1000 + n} from 2024-0{n % 3 + 1}-12 for {('Ada', 'Grace')[n % 2]} in 80 words."
        for n in range(60)
    ]
    found = describe_template(texts, [1] * 59 + [5])
    assert found.text == "Summarise ticket {1} from {2} for {3} in 80 words."
    assert _kinds(found) == ["number", "date", "words"]
    assert [slot.values for slot in found.slots] == [60, 3, 2]
    assert [slot.distinct_share for slot in found.slots] == [1.0, 0.05, pytest.approx(2 / 60)]
    assert found.slots[0].examples == ("1059", "1000", "1001")  # 1059 was sent five times
    assert found.slots[1].examples == ("2024-03-12", "2024-01-12", "2024-02-12")
    assert found.calls == 64
    assert found.what_varies == "3 places vary: a number (60 values), a date (3 values), 1 word (2 values)."


def test_slots_at_the_start_and_at_the_end() -> None:
    found = describe_template([f"{t}: give me a name for it and a slogan for {t[::-1]}" for t in THINGS])
    assert found.text == "{1}: give me a name for it and a slogan for {2}"


def test_single_words_between_short_slots_are_fixed_text() -> None:
    pairs = [("London", "Paris"), ("Oslo", "Rome"), ("Bonn", "Bern"), ("Riga", "Kyiv"), ("Lima", "Quito")]
    found = describe_template([f"Trains from {a} to {b}" for a, b in pairs])
    assert found.text == "Trains from {1} to {2}"


def test_words_that_long_texts_happen_to_share_are_no_fixed_text() -> None:
    rng = random.Random(1)
    words = ["the", "and", "of", ",", "."] * 5 + ["".join(rng.choices("abcdefghij", k=5)) for _ in range(300)]
    documents = [" ".join(rng.choices(words, k=rng.randint(60, 400))) for _ in range(30)]
    found = describe_template([f"Summarise the following document: {text}" for text in documents])
    assert found.text == "Summarise the following document: {1}"
    assert _kinds(found) == ["text"]
    assert found.what_varies == "1 place varies: long text (30 values)."


def test_the_middle_of_a_long_prompt_counts_as_one_word() -> None:
    same = describe_template([f"Sum this up: {'lorem ipsum ' * 1000}{n} is THE END, thank you" for n in range(10)])
    assert same.text.startswith("Sum this up: lorem ipsum")
    assert same.text.endswith("lorem ipsum {1} is THE END, thank you")
    assert same.what_varies == "1 place varies: a number (10 values)."
    letters = "abcdefghij"
    other = describe_template([f"Sum this up: {(letter * 5 + ' ') * 1000}and say thank you" for letter in letters])
    (slot,) = other.slots
    assert other.text == "Sum this up: {1} and say thank you"
    assert (slot.kind, slot.values, slot.mean_chars) == ("text", 10, 5999)


def test_a_slot_that_only_some_use() -> None:
    found = describe_template(["Fix the bug please", *(f"Fix the {t} bug please" for t in ("red", "odd", "big"))])
    assert found.text == "Fix the {1} bug please"
    assert found.what_varies == "1 place varies: 0-1 words (4 values)."
    assert "" not in found.slots[0].examples


def test_case_and_line_breaks_do_not_matter() -> None:
    found = describe_template(["Fix the\n bug in ALPHA now", "fix THE bug in beta now", "Fix the bug in   Gamma now"])
    assert found.text.lower() == "fix the bug in {1} now"
    assert found.slots[0].examples == ("ALPHA", "Gamma", "beta")


def test_a_cluster_is_told_in_the_words_of_its_representative() -> None:
    representative = "Fix the failing test in module alpha and tell me why it broke"
    found = describe_template(
        [representative, "Fix the failing test in module beta and tell me why it broke"], representative=representative
    )
    assert found.text == "Fix the failing test in module {1} and tell me why it broke"
    assert found.what_varies == "1 place varies: 1 word (2 values)."


def test_edits_here_and_there_are_no_slots() -> None:
    base = "fix the failing test in module alpha and tell me why it broke today"
    texts = [base.replace(word, word[::-1]) for word in ("fix", "failing", "test", "module", "alpha", "tell", "why")]
    texts += [base.replace(word, "") for word in ("broke", "today", "and")]
    found = describe_template([base, *texts], representative=base)
    assert found.text == base
    assert found.slots == ()
    assert found.what_varies == "No one place varies, but 10 of 11 wordings differ here or there."


def test_a_slip_in_one_prompt_is_told_apart_from_the_slots() -> None:
    texts = [f"Write a product description for item {n} in a friendly tone." for n in range(30)]
    found = describe_template([*texts, "Write a prodct description for item 77 in a friendly tone."])
    assert found.text == "Write a product description for item {1} in a friendly tone."
    assert (found.sampled, found.fitting) == (31, 30)
    assert found.what_varies == "1 place varies: a number (30 values); 1 of 31 wordings differ elsewhere too."


def test_one_text_none_and_nothing_in_common() -> None:
    assert describe_template([]).parts == ()
    assert describe_template([]).what_varies == "Nothing varies."
    assert describe_template([], representative="fix the bug").text == "fix the bug"
    alone = describe_template(["fix the bug", "fix the bug"], [2, 3])
    assert (alone.text, alone.members, alone.calls, alone.what_varies) == ("fix the bug", 1, 5, "Nothing varies.")
    unlike = describe_template(["hello", "bye now"])
    assert unlike.text == "{1}"
    assert unlike.what_varies == "1 place varies: 1-2 words (2 values)."
    assert describe_template(["", " ", "\n"]).text == ""


def test_many_prompts_are_sampled_whatever_their_order() -> None:
    texts = [f"Summarise ticket {n} for the team." for n in range(1000)]
    found = describe_template(texts)
    assert found == describe_template(texts[::-1])
    assert (found.members, found.sampled, found.slots[0].values) == (1000, SAMPLE, SAMPLE)
    assert found.what_varies == "1 place varies: a number (200 values) (seen in a sample of 200 of 1000 wordings)."


def test_many_slots_are_not_all_listed() -> None:
    texts = [" ".join(f"field {name} is x{n}{name}," for name in "abcdefg") for n in (17, 28, 39)]
    assert describe_template(texts).what_varies.startswith("7 places vary: an id (3 values),")
    assert describe_template(texts).what_varies.endswith("2 more.")


def test_examples_are_cut() -> None:
    found = describe_template([f"Look at {'x' * 100}{n} for me" for n in range(3)])
    assert found.slots[0].examples == ("x" * 59 + "…",)


def test_scripts_without_spaces() -> None:
    found = describe_template([f"请为{t}写一段产品介绍,不超过八十个字。" for t in ("花园水管", "橡木桌", "蓝色鞋子")])
    assert found.text == "请为{1}写一段产品介绍,不超过八十个字。"
    assert (found.slots[0].least_words, found.slots[0].most_words) == (2, 2)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("17", "number"),
        ("-1,250.75", "number"),
        ("$ 99", "number"),
        ("80 %", "number"),
        ("2024-03-01", "date"),
        ("2024-03-01T10:20:30Z", "date"),
        ("01/02/2024", "date"),
        ("5 March 2024", "date"),
        ("Jan. 3rd, 2025", "date"),
        ("https://example.org/a?b=1", "url"),
        ("www.example.org", "url"),
        ("someone@example.org", "e-mail"),
        ("/var/log/app.log", "path"),
        ("src/app/main.py", "path"),
        ("C:\\temp\\new file.txt", "path"),
        ("550e8400-e29b-41d4-a716-446655440000", "id"),
        ("INC-20431", "id"),
        ("#a1b2", "id"),
        ("tea", "words"),
        ("a garden hose", "words"),
        ("either/or", "words"),
        ("word " * 26, "text"),
        ("x" * 201, "text"),
        ("", "nothing"),
    ],
)
def test_kinds_of_fillings(text: str, kind: str) -> None:
    assert kind_of(text) == kind


def test_words_are_counted_as_people_count_them() -> None:
    assert words_in("don't re-run it!") == 4
    assert words_in("请帮我") == 2
    assert words_in("?!") == 0


@pytest.mark.parametrize(
    "texts",
    [
        ["a " * size for size in range(1, 200)],
        ["(.*)+" * 500 + str(n) for n in range(50)],
        ["/a" * 3000 + str(n) for n in range(50)],
        ["a" * 3000 + "@" + str(n) for n in range(50)],
        ["{1}{2}" * n for n in range(50)],
    ],
    ids=["repeats", "patterns", "paths", "almost mail", "slot marks"],
)
def test_strange_texts_do_no_harm(texts: list[str]) -> None:
    assert describe_template(texts).members == len(texts)
