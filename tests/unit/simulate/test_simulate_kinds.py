"""Kinds of one's own: a base and what differs; every mistake is named."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.paths import ROOT
from tokenscan.errors import UsageError
from tokenscan.simulate.habit_model import Loop
from tokenscan.simulate.kind import load_kinds
from tokenscan.simulate.live import live
from tokenscan.simulate.options import Options

PAGE = (ROOT / "docs" / "simulate.md").read_text(encoding="utf-8")


def kinds_file(folder: Path, text: str) -> Path:
    path = folder / "kinds.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_kind_takes_what_it_does_not_say_from_its_base(tmp_path: Path) -> None:
    path = kinds_file(tmp_path, '[[kind]]\nname = "mine"\nbase = "scripted_loop"\nrate = 0.2\n')
    kinds = load_kinds(path)
    mine, base = kinds.at("mine"), kinds.at("scripted_loop")
    assert (mine.label, mine.rate, mine.habits) == ("gamer", 0.2, base.habits)
    half = kinds.at("mine", 0.5).habits[0]
    assert isinstance(half, Loop)
    assert half.jitter == 0.75


def test_habits_of_the_base_stay(tmp_path: Path) -> None:
    text = '[[kind]]\nname = "mine"\nbase = "novice"\n[[kind.habits]]\nwhat = "gesture"\n'
    assert [type(habit).__name__ for habit in load_kinds(kinds_file(tmp_path, text)).at("mine").habits] == [
        "Asks",
        "Gesture",
    ]


def test_the_example_of_the_page_works(tmp_path: Path) -> None:
    example = PAGE.split("```toml\n", 1)[1].split("```", 1)[0]
    lives = live(Options(people=10, days=42, kinds=kinds_file(tmp_path, example)))
    mine = {person.kind.name: place for place, person in enumerate(lives.people[12:], 12)}
    waste = dict(lives.calls.group_by("person").agg(pl.col("waste_tokens").sum()).iter_rows())
    added = {name: waste[place] for name, place in mine.items() if name in example}
    assert len(added) >= 2
    for name, tokens in added.items():
        gamer = next(person for person in lives.people if person.kind.name == name).kind.label == "gamer"
        assert (tokens > 0) == gamer, name


def test_the_page_names_every_kind_and_every_key() -> None:
    kinds = load_kinds()
    for name in kinds.written:
        assert f"`{name}`" in PAGE, name
    for key in kinds.at("plain").__struct_fields__:
        assert f"`{key}`" in PAGE, key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[kind]", "not valid TOML"),
        ("people = 3", "nothing else"),
        ('[[kind]]\nname = "x"\nbase = "nobody"', "no kind 'nobody'"),
        ('[[kind]]\nname = "x"\nbase = "plain"\nraet = 2', "raet"),
        ('[[kind]]\nname = "x"\nbase = "plain"\nrate = "much"', "rate"),
        ('[[kind]]\nname = "x"\nbase = "plain"\nrate = nan', "no number"),
        ('[[kind]]\nname = "x"\nbase = "plain"\nfte = 3', "fte"),
        ('[[kind]]\nname = "x"\nbase = "plain"\nzone = "Moon"', "no zone"),
        ('[[kind]]\nname = "x"\nbase = "plain"\nfunction = "magic"', "no function"),
        ('[[kind]]\nname = "X y"\nbase = "plain"', "name"),
        ("[[kind]]\nname = 3", "name"),
        ('[[kind]]\nbase = "plain"', "name"),
        ('[[kind]]\nname = "x"\nhalf = 2', "half"),
        ('[[kind]]\nname = "x"\nhabits = 2', "habits"),
        ('[[kind]]\nname = "x"\nhabits = [3]', "habits"),
        ('[[kind]]\nname = "x"\nhabits = [{ what = "sing" }]', "sing"),
        (
            '[[kind]]\nname = "x"\nhabits = [{ what = "asks", tongue = "elvish", section = "start", count = [1, 2] }]',
            "elvish",
        ),
        (
            '[[kind]]\nname = "x"\nhabits = [{ what = "asks", tongue = "idle", section = "no", count = [1, 2] }]',
            "section",
        ),
        ('[[kind]]\nname = "x"\nhabits = [{ what = "gesture", waste = true }]', "waste nothing"),
        ('[[kind]]\nname = "x"\n[[kind]]\nname = "x"', "two kinds"),
        ('[[kind]]\nname = "x"\nhalf = { rate = -1 }', "rate"),
    ],
)
def test_mistakes_are_named(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        load_kinds(kinds_file(tmp_path, text))
    assert said in f"{error.value} {error.value.hint}"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_kinds(tmp_path / "none.toml")
