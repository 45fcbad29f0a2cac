"""Markdown for a comment: what stands in a log never becomes markup, HTML, a link or a mention."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import report_factory as make
from markdown_it import MarkdownIt

from tokenscan.findings.model import State
from tokenscan.report.markdown import to_markdown

HOSTILE = (
    "<script>alert(1)</script>", "[x](https://evil.example)", "![x](//evil.example/a.png)", "**bold**", "`code`", "\\",
    "a | b", "https://evil.example", "www.evil.example", "@everybody", "a\n# title", "\x1b[31m", "\u202e", "~~x~~",
    "<img src=x onerror=alert(1)>", "&lt;script&gt;", "```\nfence", "$(x)", "- item", "[/red]",
)  # fmt: skip


def html(text: str) -> str:
    return MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(text)


def test_the_ranking_and_the_reasons() -> None:
    text = to_markdown(make.report())
    assert "`mallory@example.com`" in text
    page = html(text)
    assert page.count("<table>") == 2
    assert "Calls come at the even pace of a script" in page
    assert make.fingerprint(1) in page
    assert "must not be the only ground" in page


def test_nobody_stands_out() -> None:
    assert "**Nobody stands out.**" in to_markdown(make.quiet_report())
    assert "No calls to report on." in to_markdown(make.empty_report())


def test_top_limits_the_people_and_says_so() -> None:
    report = make.report()
    people = tuple(replace(report.people[0], rank=rank, user=f"p{rank}") for rank in (1, 2, 3))
    text = to_markdown(replace(report, people=people, teams=()), top=2)
    assert "`p2`" in text
    assert "`p3`" not in text
    assert "1 more in these bands" in text
    assert "`p3`" in to_markdown(replace(report, people=people, teams=()), top=0)


def test_what_is_resolved_or_suppressed_is_not_held_against_anybody() -> None:
    report = replace(make.report(), findings=(make.finding(1, state=State.RESOLVED),))
    assert make.fingerprint(1) not in to_markdown(report)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    written = to_markdown(make.hostile_report(text))
    page = html(written)
    tags = set(re.findall(r"</?([a-zA-Z][a-z0-9]*)", page))
    assert tags <= {"h2", "h3", "p", "strong", "em", "ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td",
                    "details", "summary"}  # fmt: skip
    # Inside code nothing is a link or a mention.
    assert "://evil" not in re.sub(r"`[^`]*`", "", written)
    assert "www.evil" not in re.sub(r"`[^`]*`", "", written)
    assert not re.search(r"(?<![\w@])@\w", re.sub(r"<code>.*?</code>", "", page, flags=re.DOTALL))
    assert "\x1b" not in written
    assert "\u202e" not in written
