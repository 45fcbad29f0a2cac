from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscan.privacy.scrub import Scrubber

NAMES = {
    "alice@acme.example": "P1",
    "Alice Smith": "P1",
    "bob": "P2",
    "bo": "P3",
    "7": "P4",
    "@carol": "P5",
    "d.jones@acme.example": "P6",
    "ÄNNE": "P7",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("load test of alice@acme.example, agreed", "load test of P1, agreed"),
        ("ALICE@ACME.EXAMPLE and alice smith", "P1 and P1"),
        ("alice's template", "P1's template"),
        ("malice and bobsleigh", "malice and bobsleigh"),
        ("ask Bob.", "ask P2."),
        ("bo is too short a name, and 7 rows no name", "bo is too short a name, and 7 rows no name"),
        ("see @carol", "see P5"),
        ("d.jones agreed", "P6 agreed"),
        ("Änne agreed", "P7 agreed"),
        ("İ bob", "İ P2"),
        ("", ""),
    ],
)
def test_names_go_and_the_rest_stays(text: str, expected: str) -> None:
    assert Scrubber(NAMES)(text) == expected


@given(st.text(), st.text(min_size=3))
def test_any_text_and_any_name_go_through(text: str, name: str) -> None:
    assert Scrubber({})(text) == text
    Scrubber({name: "x"})(f"{text} {name}")
