from __future__ import annotations

import polars as pl
import pytest

from tokenscan.events.schema import PROMPTS
from tokenscan.hashing import stable_hash
from tokenscan.prompts.features import describe
from tokenscan.prompts.normalise import normalised


def _table(*texts: str) -> pl.DataFrame:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return frame.select(prompt_id=stable_hash(normalised(pl.col("text"))), text="text")


def _one(text: str) -> dict[str, object]:
    return describe(_table(text)).row(0, named=True)


def test_the_table_has_the_schema_and_is_sorted() -> None:
    found = describe(_table("Fix the bug", "write a poem", ""))
    assert found.schema == PROMPTS
    assert found["prompt_id"].is_sorted()
    assert set(found["text"]) == {"Fix the bug", "write a poem", ""}
    assert describe(_table()).schema == PROMPTS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fix the bug", 3),
        ("  Fix \n the   bug!  ", 3),
        ("fix - the + bug ...", 3),
        ("don't re-run it", 3),
        ("", 0),
        ("?!", 0),
        ("请帮我翻译这句话", 4),  # eight characters, two a word
        ("请帮我 fix the bug 谢谢", 6),
        ("これはテストです", 4),
        ("สวัสดีครับผม", 3),  # twelve characters, five a word
        ("исправь эту ошибку", 3),
        ("버그를 고쳐 주세요", 3),
    ],
)
def test_words_are_counted_in_scripts_with_and_without_spaces(text: str, words: int) -> None:
    assert _one(text)["words"] == words


def test_chars_are_those_of_the_normalised_text() -> None:
    assert _one("  Fix\u200b   the  BUG ")["chars"] == 11
    assert _one("请帮我")["chars"] == 3


def test_template_prefix_and_opening() -> None:
    words = "please summarise ticket 17 for the whole of my team and"
    same = _one(f"{words} mention who wrote it")
    other_number = _one(f"{words.replace('17', '2048')} mention who wrote it")
    other_end = _one(f"{words} say what to do")
    other_tenth = _one("please summarise ticket 3 for the whole of your dog")
    other_eighth = _one("please summarise ticket 3 for the whole day and")
    assert same["template_id"] == other_number["template_id"]
    assert same["template_id"] != other_end["template_id"]
    assert same["prefix_id"] == other_end["prefix_id"]
    assert same["prefix_id"] != other_tenth["prefix_id"]
    assert same["opening_id"] == other_tenth["opening_id"]
    assert same["opening_id"] != other_eighth["opening_id"]


def test_the_opening_of_text_without_spaces_is_not_all_of_it() -> None:
    one = _one("请帮我把下面的句子翻译成英文再解释一下今天的天气")
    other = _one("请帮我把下面的句子翻译成英文再解释一下昨天买的苹果")
    assert one["opening_id"] == other["opening_id"]
    assert one["template_id"] != other["template_id"]


def test_near_duplicates_share_a_cluster_named_after_one_of_them() -> None:
    text = "please review the attached contract and list every clause that limits our liability in any way"
    found = describe(_table(text, f"{text} thanks", "write a haiku about the sea in winter, with a dog in it"))
    both = found.filter(pl.col("text").str.starts_with("please"))
    assert both["cluster_id"].n_unique() == 1
    assert both["cluster_id"][0] in both["prompt_id"]
    assert both["similarity"].max() == 1.0
    assert 0.6 <= both["similarity"].min() < 1.0
    alone = found.filter(pl.col("text").str.starts_with("write"))
    assert alone["cluster_id"].to_list() == alone["prompt_id"].to_list()


def test_a_prompt_whose_text_was_not_kept_is_alone() -> None:
    frame = pl.DataFrame({"prompt_id": [7, 5], "text": [None, "fix the bug"]})
    found = describe(frame).row(1, named=True)
    assert found["cluster_id"] == 7
    assert found["text"] is None
    assert found["template_id"] is None


def test_fillings_with_words_are_one_template() -> None:
    frame = "translate the following sentence to french and keep its tone: "
    fillings = ["good morning", "the train is late again", "where is my suitcase", "see you soon", "i like green tea"]
    found = describe(_table(*(frame + filling for filling in fillings), "write a haiku about the sea in winter"))
    filled = found.filter(pl.col("text").str.starts_with(frame))
    assert filled["template_id"].n_unique() == filled["wording_id"].n_unique() == 1
    assert filled["wording_id"].null_count() == 0
    # "translate ... tone:" has 61 of 61 + 1 + n characters.
    assert filled["fixed_share"].to_list() == pytest.approx([61 / len(text) for text in filled["text"]])
    other = found.filter(~pl.col("text").str.starts_with(frame)).row(0, named=True)
    assert other["template_id"] not in filled["template_id"]
    assert (other["wording_id"], other["fixed_share"]) == (None, None)


def test_a_prompt_inside_a_longer_one_is_its_core() -> None:
    core = "please review the attached contract and list every clause that limits our liability"
    filler = "my neighbour has bought two parrots, and they whistle the anthem of a country nobody knows"
    found = describe(_table(core, f"{filler} {core} {filler[::-1]}"))
    rows = {row["text"]: row for row in found.iter_rows(named=True)}
    padded = rows[f"{filler} {core} {filler[::-1]}"]
    assert padded["core_id"] == rows[core]["cluster_id"] != padded["cluster_id"]
    assert padded["filler"] == pytest.approx(1 - len(core) / len(padded["text"]))
    assert (rows[core]["core_id"], rows[core]["filler"]) == (None, None)
