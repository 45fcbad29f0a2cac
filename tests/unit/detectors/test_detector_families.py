from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from tokenscan.detectors.common.families import with_families

TYPES: dict[str, Any] = {
    "user": pl.String,
    "prompt_id": pl.UInt64,
    "cluster_id": pl.UInt64,
    "core_id": pl.UInt64,
    "filler": pl.Float64,
    "template_id": pl.UInt64,
    "wording_id": pl.UInt64,
    "fixed_share": pl.Float64,
    "opening_id": pl.UInt64,
    "words": pl.Int64,
}


def families(*prompts: Mapping[str, object]) -> tuple[list[int | None], list[int | None]]:
    """Return family and kin of calls, each group numbered by its first call."""
    rows = [{"user": "ann", "prompt_id": n, "cluster_id": 100 + n, "words": 20, **row} for n, row in enumerate(prompts)]
    found = with_families(pl.DataFrame(rows, schema=TYPES))
    family, kin = (found[name].to_list() for name in ("family", "kin"))
    return numbered(family), numbered(kin)


def numbered(groups: list[int | None]) -> list[int | None]:
    return [None if one is None else groups.index(one) for one in groups]


def test_near_duplicates_and_one_template_are_a_family() -> None:
    assert families({"cluster_id": 7}, {"cluster_id": 7}, {}, {"template_id": 5}, {"template_id": 5})[0] == [
        0,
        0,
        2,
        3,
        3,
    ]


def test_links_go_on_from_one_to_the_next() -> None:
    first, middle, last = {"cluster_id": 7}, {"cluster_id": 7, "template_id": 5}, {"template_id": 5}
    assert families(first, {}, last, middle) == ([0, 1, 0, 0], [0, 1, 0, 0])


@pytest.mark.parametrize(("filler", "found"), [(0.6, [0, 0]), (0.61, [0, 1]), (None, [0, 1])])
def test_a_padded_prompt_is_of_the_family_of_its_core(filler: float | None, found: list[int]) -> None:
    assert families({"cluster_id": 7}, {"core_id": 7, "filler": filler})[0] == found


def test_two_padded_prompts_with_one_core_are_a_family_though_the_core_was_never_sent() -> None:
    assert families({"core_id": 7, "filler": 0.4}, {"core_id": 7, "filler": 0.5})[0] == [0, 0]


@pytest.mark.parametrize(("fixed", "found"), [(0.3, [0, 0]), (0.29, [0, 1])])
def test_fillings_of_one_wording_are_kin_but_no_family(fixed: float, found: list[int]) -> None:
    filling = {"wording_id": 9, "fixed_share": fixed}
    assert families(filling, filling) == ([0, 1], found)


@pytest.mark.parametrize(("words", "found"), [(8, [0, 1]), (9, [0, 0]), (60, [0, 0]), (61, [0, 1])])
def test_an_opening_makes_kin_of_prompts_that_go_on_but_not_of_notes_above_material(
    words: int, found: list[int]
) -> None:
    same = {"opening_id": 3, "words": words}
    assert families(same, same) == ([0, 1], found)


def test_people_never_share_a_family() -> None:
    assert families({"cluster_id": 7}, {"cluster_id": 7, "user": "bob"})[0] == [0, 1]


def test_a_repeated_prompt_is_of_its_own_family_and_a_call_without_a_prompt_of_none() -> None:
    assert families({"prompt_id": 1}, {"prompt_id": 1}, {"prompt_id": None}, {"prompt_id": None}) == (
        [0, 0, None, None],
        [0, 0, None, None],
    )


def test_no_calls_make_no_families() -> None:
    assert families() == ([], [])
