from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscan.errors import UsageError
from tokenscan.ruleset.message import message_values, placeholders, render


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("{user} used {n:,} tokens", {"user": "ann", "n": 1234567}, "ann used 1,234,567 tokens"),
        ("{ratio:.1f}x on {day}", {"ratio": 12.34, "day": date(2026, 3, 1)}, "12.3x on 2026-03-01"),
        ("at {t}", {"t": datetime(2026, 3, 1, 9, 5, tzinfo=UTC)}, "at 2026-03-01 09:05 UTC"),
        ("{share:.0%} of {{all}}", {"share": 0.256}, "26% of {all}"),
        ("{apps}", {"apps": ["a", "b"]}, "a, b"),
        ("{none:.1f} {bad:,}", {"none": None, "bad": float("nan")}, "unknown unknown"),
        ("{user}", {"user": "{ratio} \x1b[31m"}, "{ratio} \x1b[31m"),
    ],
)
def test_a_template_is_filled_in(template: str, values: dict[str, object], text: str) -> None:
    assert render(template, values) == text


@pytest.mark.parametrize(
    "template",
    [
        "{user.name}",
        "{user[0]}",
        "{0}",
        "{}",
        "{user!r}",
        "{n:{width}}",
        "{n:9999999}",
        "{day:%Y}",
        "{User}",
        "{",
        "a}",
    ],
)
def test_templates_reach_nothing_but_plain_fields(template: str) -> None:
    with pytest.raises(UsageError, match="message: "):
        placeholders(template)


def test_names_are_listed_once_in_order() -> None:
    assert placeholders("{b} {a:,} {{c}} {b}") == ("b", "a")


def test_a_missing_name_is_an_error_that_suggests() -> None:
    with pytest.raises(UsageError, match=r"nothing is called \{fresh_token\} here; did you mean 'fresh_tokens'\?"):
        render("{fresh_token}", {"fresh_tokens": 3})


def test_a_spec_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"\{user:,\} does not fit 'ann'"):
        render("{user:,}", {"user": "ann"})


def test_metrics_and_subject_may_be_named() -> None:
    row = {"user": "ann", "team": None, "value": 3.0, "strength": 0.7, "metrics": {"day": date(2026, 1, 5), "n": 7}}
    values = message_values(row)
    assert render("{user} {team} {day} {n} {value:.0f}", values) == "ann unknown 2026-01-05 7 3"
    assert "strength" not in values
    assert message_values({"user": "ann"})["user"] == "ann"


@given(st.text(alphabet="{}abn:.,!0[]%", max_size=30))
def test_no_template_does_more_than_fill_in_or_refuse(template: str) -> None:
    with contextlib.suppress(UsageError):
        render(template, dict.fromkeys(placeholders(template), 3))
