"""Reports and labels as people write and break them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.evaluate.small_case import report
from tokenscan.errors import InputError
from tokenscan.evaluate.labels import read_labels
from tokenscan.evaluate.reports import read_report

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def labels(folder: Path, text: str | bytes) -> Any:
    path = folder / "labels.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_labels(path)


def test_labels_are_read_whatever_the_order_and_the_spreadsheet(tmp_path: Path) -> None:
    lines = (
        "\ufeffNote;Kind;Label;User;Dose;waste_tokens;colour",
        "x;loop;Gamer; Ann@X.example ;half;1200.0;red",
        ";;honest;bob;0.0;;",
    )
    assert labels(tmp_path, "\r\n".join(lines)).rows() == [
        ("ann@x.example", "gamer", "loop", "half", 1200),
        ("bob", "honest", "unspecified", None, None),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the file is empty"),
        ("user,label,kind\n", "no labels in it"),
        ("name,label,kind\nann,honest,plain\n", "no column 'user'"),
        ("user,kind\nann,plain\n", "no column 'label'"),
        ("user,label,kind\nann,guilty,plain\n", "row 2: label 'guilty'"),
        ("user,label,kind\nann,honest,plain\nbob,,plain\n", "row 3: label ''"),
        ("user,label,kind\n,honest,plain\n", "row 2: no user"),
        ("user,label,kind\nAnn@x,honest,plain\nann@x,gamer,loop\n", "row 3: 'ann@x' has a label already, in row 2"),
        ("user,label,waste_tokens\nann,gamer,NaN\n", "row 2: waste_tokens 'nan'|row 2: waste_tokens 'NaN'"),
        ("user,label,waste_tokens\nann,gamer,-5\n", "row 2: waste_tokens '-5'"),
        ("user,label,waste_tokens\nann,gamer,1e99\n", "row 2: waste_tokens '1e99'"),
        ("user,label,waste_tokens\nann,gamer,9999999999999999999999\n", "row 2: waste_tokens"),
        ("user,label,label\nann,gamer,honest\n", "two columns 'label'"),
        ('user,label\n"ann,gamer\n', "cannot be read"),
        (b"PAR1 no parquet", "cannot be read"),
    ],
)
def test_broken_labels_are_refused_with_the_place(tmp_path: Path, text: str | bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        labels(tmp_path, text)


def test_no_labels_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_labels(tmp_path / "nowhere.csv")


def changed(**people: Any) -> bytes:
    document = report()
    document["people"][0] |= people
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"\xff\xfe\x00", "malformed"),
        (b"[" * 200_000, "Expected `object`"),
        (b'{"a": ' * 200_000, "depth|recursion|truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "missing required field `schema_version`"),
        (b'{"schema_version": "1.0"}', "missing required field"),
        (b'{"schema_version": "2.0"}', "version '2.0'; 1.x can be read"),
        (b'{"schema_version": 1}', "Expected `str`"),
        (changed(risk=float("nan")), "malformed"),
        (changed(risk=101), r"<= 100.* at `\$.people\[0\].risk`"),
        (changed(risk=True), "Expected `float`"),
        (changed(risk="high"), "Expected `float`"),
        (changed(waste_tokens=-1), ">= 0"),
        (changed(waste_tokens=10**30), "waste_tokens"),
        (changed(band="terrible"), "Invalid enum value 'terrible'"),
        (changed(user="g2@x.example"), "'g2@x.example' is ranked twice"),
        (changed(findings=None), "Expected `array`"),
    ],
)
def test_broken_reports_are_refused_with_the_place(content: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_report(content, "report.json")


def test_a_person_without_a_name_is_passed_over() -> None:
    assert read_report(changed(user=None), "report.json").people.height == 9


def test_later_versions_with_further_keys_are_read() -> None:
    document = report(schema_version="1.7", novelty=[1])
    assert read_report(b"\xef\xbb\xbf" + json.dumps(document).encode(), "report.json").people.height == 10


@given(part=st.sampled_from(["people", "findings", "rules", "totals", "tool", "input", "run", "teams"]), value=JSON)
def test_no_report_raises_anything_else(part: str, value: Any) -> None:
    content = json.dumps(report() | {part: value}).encode()
    with contextlib.suppress(InputError):
        read_report(content, "report.json")
