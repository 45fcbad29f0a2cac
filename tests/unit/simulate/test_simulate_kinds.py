"""Kinds of one's own: a base and what differs; every mistake is named."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.paths import ROOT
from tokenscan.errors import UsageError
from tokenscan.simulate.habit_model import Habit, Loop
from tokenscan.simulate.kind import Kind, load_kinds
from tokenscan.simulate.live import live
from tokenscan.simulate.options import Options

ASKS = '[[kind]]\nname = "x"\nhabits = [{{ what = "asks", tongue = "{}", section = "{}", count = [1, 2] }}]'
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
        ('[[kind]]\nname = "x"\nbase = "plain"\nrate = nan', "rate"),
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
        (ASKS.format("elvish", "start"), "no tongue 'elvish'"),
        (ASKS.format("idle", "nothing"), "no section in 'idle' 'nothing'"),
        ('[[kind]]\nname = "x"\nhabits = [{ what = "gesture", waste = true }]', "waste nothing"),
        ('[[kind]]\nname = "x"\n[[kind]]\nname = "x"', "two kinds"),
        ('[[kind]]\nname = "x"\nhalf = { rate = -1 }', "rate"),
    ],
)
def test_mistakes_are_named(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        load_kinds(kinds_file(tmp_path, text))
    assert said in f"{error.value} {error.value.hint}"


VALUES = [
    "-1",
    "0",
    "1",
    "2.5",
    "300",
    "1e7",
    "nan",
    "inf",
    "true",
    '"x"',
    '"always"',
    "[0, 0]",
    "[3, 1]",
    "[1, 2]",
    "{}",
]
HABITS = {
    "asks": 'tongue = "idle"\nsection = "trivial"\ncount = [0, 2]',
    "repeats": "listed = 2\ncount = [0, 3]",
    "runs": "runs = [0, 2]\nlength = [0, 3]",
    "loop": "count = [0, 4]\nperiod = [60.0, 90.0]",
    "template": 'tongue = "batch"\nsection = "template"\ncount = [0, 3]',
    "documents": "count = [0, 1]\nchars = [0, 900]",
    "ring": "agreed = 2",
    "top_up": "",
    "gesture": "",
    "agents": "turns = [0, 2]",
    "circular": "calls = [0, 5]",
    "samples": "prompts = [0, 2]\ncopies = [0, 3]",
    "cron": 'tongue = "batch"\nsection = "digest"\nperiod = 300.0',
    "standup": "",
}
KEYS = sorted(set(Kind.__struct_fields__) - {"name", "base", "count", "share", "plain", "habits", "changes"})


@given(
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=4),
    st.sampled_from(sorted(HABITS)),
    st.dictionaries(st.sampled_from(sorted(Habit.__struct_fields__)), st.sampled_from(VALUES), max_size=3),
)
@settings(max_examples=60)
def test_any_file_works_or_is_refused(kind: dict[str, str], what: str, habit: dict[str, str]) -> None:
    lines = [
        "[[kind]]",
        'name = "x"',
        'base = "plain"',
        "count = 2",
        *(f"{key} = {text}" for key, text in kind.items()),
    ]
    lines += ["[[kind.habits]]", f'what = "{what}"', HABITS[what], *(f"{key} = {text}" for key, text in habit.items())]
    with TemporaryDirectory() as folder:
        path = kinds_file(Path(folder), "\n".join(lines))
        try:
            lives = live(Options(people=1, days=9, gamer_share=0, kinds=path))
        except UsageError:
            return
    assert [person.kind.name for person in lives.people].count("x") == 2
    assert lives.calls.filter(pl.col("timestamp") > pl.datetime(2026, 1, 16, time_zone="UTC")).is_empty()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_kinds(tmp_path / "none.toml")
