"""Text in, hashes out: what is kept of prompts and answers."""

from __future__ import annotations

from typing import Any

import polars as pl
from event_rows import START

from tokenscan.events.schema import RAW
from tokenscan.prompts.intake import PromptIntake


def raw(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{"timestamp": START} | row for row in rows], schema=RAW)


def test_prompts_that_look_alike_share_an_id_and_others_do_not() -> None:
    texts = ["Fix the test", "  fix\u00a0THE\u200b test ", "ﬁx the test", "fix the test!", "fix the tests"]
    ids = PromptIntake().add(raw(*({"prompt": text} for text in texts)))["prompt_id"].to_list()
    assert len(set(ids[:3])) == 1
    assert len(set(ids)) == 3


def test_a_hash_is_the_same_on_every_machine() -> None:
    """The numbers are those of the reference implementation of XXH3."""
    (found,) = PromptIntake().add(raw({"prompt": "fix the test", "response": "Done."})).rows(named=True)
    assert (found["prompt_id"], found["response_id_hash"]) == (3757400778262139696, 16513184553444568350)


def test_what_is_measured_and_what_is_left_unknown() -> None:
    found = PromptIntake().add(
        raw({"prompt": " Zoë? ", "response": "Ja."}, {}, {"response": "Nein.", "response_chars": 77})
    )
    assert found["prompt_chars"].to_list() == [6, None, None]
    assert found["response_chars"].to_list() == [3, None, 77]
    assert found["prompt_id"].is_null().to_list() == [False, True, True]
    assert found["response_id_hash"].is_null().to_list() == [False, True, False]


def test_a_sources_own_kind_goes_before_the_texts() -> None:
    rows = [{"prompt": "<bash-input>ls</bash-input>"}, {"prompt": "ls"}, {"prompt": "ls", "prompt_kind": "tool_result"}]
    assert PromptIntake().add(raw(*rows))["prompt_kind"].to_list() == ["harness", "human", "tool_result"]


def test_rows_keep_their_order_and_lose_their_text() -> None:
    rows = [{"prompt": text, "source_row": place} for place, text in enumerate(["b", "a", None, "b", "c", "a"])]
    found = PromptIntake().add(raw(*rows))
    assert found["source_row"].to_list() == [0, 1, 2, 3, 4, 5]
    assert not {"prompt", "response"} & set(found.columns)


def test_texts_are_those_of_people_once_each_whatever_the_order() -> None:
    batches = [["ask ME", "other"], ["Ask me", "<bash-input>ls</bash-input>", None], ["ask me"]]
    kept = []
    for order in (batches, batches[::-1]):
        intake = PromptIntake()
        for batch in order:
            intake.add(raw(*({"prompt": text} for text in batch)))
        kept.append(intake.texts())
    assert kept[0].equals(kept[1])
    assert sorted(kept[0]["text"]) == ["Ask me", "other"]
    assert kept[0]["prompt_id"].is_sorted()
    assert PromptIntake().texts().schema == {"prompt_id": pl.UInt64, "text": pl.String}
