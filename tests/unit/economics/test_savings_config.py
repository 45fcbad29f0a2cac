"""``[tiers]`` of the config: what it may say, and how it says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokenscan.config import Config, TiersEntry, load_config
from tokenscan.economics.savings_table import WORK, TierTable, WorkRule, tier_table
from tokenscan.errors import UsageError

WHOLE = """
[tiers]
short_answer = 30
draft_answer = 200
little_input = 1_000
[tiers.work]
search = "nano"
review = "mid"
[tiers.models]
"our-model*" = "premium"
[[tiers.calls]]
app = "code-review"
work = "review"
"""


def loaded(folder: Path, content: str) -> Config:
    path = folder / "tokenscan.toml"
    path.write_text(content, encoding="utf-8")
    return load_config(path)


def test_without_it_the_documents_table_holds() -> None:
    assert tier_table(TiersEntry()) == TierTable(work=dict(WORK))
    founding = {"autocomplete": "nano", "search": "lite", "drafting": "mini", "reasoning": "mid", "premium": "premium"}
    assert founding.items() <= dict(WORK).items()


def test_every_key_is_read(tmp_path: Path) -> None:
    table = tier_table(loaded(tmp_path, WHOLE).tiers)
    assert (table.work["search"], table.work["review"], table.work["drafting"]) == ("nano", "mid", "mini")
    assert table.models == {"our-model*": "premium"}
    assert table.rules == (WorkRule(work="review", app="code-review"),)
    assert (table.short_answer, table.draft_answer, table.little_input) == (30, 200, 1000)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[tiers.work]\nsearch = 'tiny'", "one of nano, lite, mini, mid, premium"),
        ("[tiers.models]\nx = 'big'", "one of nano, lite, mini, mid, premium"),
        ("[tiers]\nwrok = {}", "did you mean 'work'?"),
        ("[[tiers.calls]]\nwork = 'search'\nap = 'x'", "did you mean 'app'?"),
        ("[[tiers.calls]]\napp = 'x'", "missing required field `work`"),
        ("[tiers]\nshort_answer = 0", ">= 1"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(UsageError, match=r".") as raised:
        loaded(tmp_path, content)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[[tiers.calls]]\nwork = 'serach'\napp = 'x'", "no kind of work 'serach'"),
        ("[[tiers.calls]]\nwork = 'search'", "says of no calls"),
    ],
)
def test_calls_need_a_kind_of_work_and_a_name(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(UsageError, match=r".") as raised:
        tier_table(loaded(tmp_path, content).tiers)
    assert said in str(raised.value)
    assert raised.value.hint
