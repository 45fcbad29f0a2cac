from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
import report_factory as make
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tokenscan.findings.model import State
from tokenscan.report.model import Band, Range, Report, RuleOutcome, RuleStatus
from tokenscan.report.table import render_table

WIDTHS = (40, 63, 80, 120, 200)
SGR = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "[/red]",
    "[bold]loud[/bold] [link=https://evil.example]x[/link]",
    ":smile: [@click=app.quit]",
    "user\u202egpj.exe\u2066\u200b",
    "two\nlines\r\n\tand a tab",
    "u" * 10_000,
    "word " * 2_000,
    "日本語" * 200,
    "\x00\x07\x9b2J\x85",
    "\ud800",
    "👩\u200d👩\u200d👧" * 50,
)


def unfolded(table: str) -> str:
    return "".join(line.strip() for line in table.splitlines())


def words(table: str) -> str:
    return " ".join(table.split())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("build", [make.report, make.quiet_report, make.empty_report])
def test_no_line_is_wider_than_asked_or_ends_in_blanks(build: Callable[[], Report], color: bool, width: int) -> None:
    plain = SGR.sub("", render_table(build(), width=width, color=color))
    assert max(cell_len(line) for line in plain.splitlines()) <= width
    assert all(line == line.rstrip() for line in plain.splitlines())
    assert plain.endswith("\n")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_neither_styles_nor_breaks_the_table(text: str, width: int) -> None:
    report = make.hostile_report(text)
    plain = render_table(report, width=width)
    assert "\x1b" not in plain
    assert max(cell_len(line) for line in plain.splitlines()) <= width
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u200b\u200d" for c in plain if c != "\n")
    plain.encode()
    colored = render_table(report, width=width, color=True)
    assert SGR.sub("", colored) == plain
    assert make.fingerprint(1) in unfolded(plain)


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=[]), max_size=80), st.sampled_from(WIDTHS))
def test_no_text_makes_a_line_too_wide(text: str, width: int) -> None:
    table = render_table(make.hostile_report(text), width=width)
    assert max(cell_len(line) for line in table.splitlines()) <= width


def test_commands_to_copy_are_quoted_for_the_shell() -> None:
    finding = make.finding(rule_id="x; rm -rf ~")
    assert "tokenscan rules show 'x; rm -rf ~'" in render_table(make.report(findings=(finding,)))


def test_waste_that_is_only_possible_is_not_called_likely() -> None:
    nothing = Range(low=0, expected=0, high=5_000_000_000)
    totals = make.totals(waste_tokens=nothing, waste_nanousd=nothing)
    text = words(render_table(make.report(totals=totals)))
    assert "At most $5.00 of it may be waste; none of it is likely to be." in text


def test_markup_in_a_name_is_shown_as_it_is() -> None:
    table = render_table(make.hostile_report("[/red][bold]bob[/bold]"), width=120)
    assert "[/red][bold]bob[/bold]" in table


def test_color_changes_nothing_but_color() -> None:
    assert SGR.sub("", render_table(make.report(), color=True)) == render_table(make.report())
    assert "\x1b[" in render_table(make.report(), color=True)


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render_table(make.report(), color=True)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "20", "TERM": "dumb", "FORCE_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert render_table(make.report(), color=True) == before


@pytest.mark.parametrize("width", WIDTHS)
def test_ids_are_folded_never_cut(width: int) -> None:
    user = "somebody.with-a-very-long-name." * 4 + "@a-subsidiary-with-a-long-name.example.com"
    people = (make.person(1, user), make.person(2, "trudy@example.com", findings=(make.fingerprint(3),)))
    table = unfolded(render_table(make.report(people=people), width=width))
    assert user in table
    assert "trudy@example.com" in table
    for number in (1, 2, 3, 4):
        assert make.fingerprint(number) in table


def test_headline_says_who_used_what_and_how_much_of_it_was_waste() -> None:
    text = words(render_table(make.report(), width=200))
    assert "330 people made 1,843,221 calls from 2026-03-02 to 2026-05-29 (Europe/Berlin)" in text
    assert "41.2B tokens, $91,234.57." in text
    # 8,123.456789 / 91,234.567890123 = 8.90 %
    assert "About $8,123.46 of it looks like waste: 8.9% of the spend, at least $5,100.00 and at most" in text
    assert "2 people stand out: 1 with strong evidence, 1 worth a look." in text
    assert "12% of the prompts repeat an earlier one." in text
    assert "Against the baseline: 3 new, 1 unchanged." in text
    assert "Findings are evidence, not verdicts, and must not be the only ground for a decision about a person." in text


def test_each_finding_is_explained_in_words_and_numbers() -> None:
    text = words(render_table(make.report(), width=200))
    for part in (
        "Calls come at the even pace of a script",
        "mallory@example.com sent 4,211 prompts in 41 streams",
        "measured 0.312 SD of ln gap; the threshold is 0.5 (from: tokenscan); n=4,211",
        "compared streams of 40 people in engineering",
        "median gap 12 s; longest stream 212 calls",
        "for them 41 of 4,211 answers were used",
        "still open a declared load test would look the same; the key may be shared",
        "waste 4,211 calls, 1.24M tokens, $41.20 (rows in the streams)",
        "high severity, high confidence",
        "rule scripted-timing (version 2)",
        "risk from behaviour 76, content 45 (each of 100)",
        "completed tasks rose by 4% in the same weeks",
    ):
        assert part in text


def test_a_share_is_shown_as_a_percentage() -> None:
    evidence = replace(make.finding().evidence, value=0.342, threshold=0.15, unit="share of prompts")
    table = words(render_table(make.report(findings=(make.finding(evidence=evidence),)), width=200))
    assert "34% of prompts; the threshold is 15%" in table


def test_people_below_the_bands_are_counted_not_named() -> None:
    table = render_table(make.report())
    assert "alice@example.com" not in table
    assert "bob@example.com" not in table
    assert "Below the bands (risk under 40): 2 people, nothing to act on." in table


def test_suppressed_and_resolved_findings_accuse_nobody() -> None:
    hidden = make.report().findings[4].suppression
    gone = make.finding(9, state=State.RESOLVED, title="A matter closed")
    person = make.person(findings=(make.fingerprint(8), make.fingerprint(9)))
    findings = (make.finding(8, suppression=hidden, title="A matter decided"), gone)
    table = words(render_table(make.report(people=(person,), findings=findings)))
    assert "A matter" not in table
    assert "suppressed 1 finding by decision: scripted-timing, load test, see OPS-12, until 2027-01-31" in table
    assert f"resolved since the baseline: {make.fingerprint(9)}" in table


def test_unknown_prices_are_unknown_and_never_nothing() -> None:
    nothing = Range(low=0, expected=0, high=0)
    totals = make.totals(cost_nanousd=0, waste_nanousd=nothing, unpriced_requests=1_843_221, unpriced_models=("m1",))
    people = (make.person(cost_nanousd=None, waste_nanousd=None),)
    text = words(render_table(make.report(totals=totals, people=people), width=200))
    assert "at an unknown cost, as no call has a known price" in text
    assert "About 3.3B tokens of it looks like waste: 8% of all tokens" in text
    assert "unpriced 1,843,221 calls (100%) without a known price, not counted as money: m1" in text
    headline = text.split("WHY THEY STAND OUT")[0]
    assert "$" not in headline.replace("waste $", "")
    assert "1.24M unknown" in headline


def test_a_partly_priced_log_says_so() -> None:
    totals = make.totals(unpriced_requests=184_322)
    assert "$91,234.57 for the 90% of calls that have a known price" in words(render_table(make.report(totals=totals)))


def test_only_the_top_people_are_shown_and_the_rest_counted() -> None:
    people = tuple(make.person(n, f"user{n:03}@example.com", findings=()) for n in range(1, 31))
    report = make.report(people=people, teams=())
    table = render_table(report)
    assert "user020@example.com" in table
    assert "user021@example.com" not in table
    assert "10 more people in these bands" in table
    assert "30 people stand out, with strong evidence." in table
    assert "user030@example.com" in render_table(report, top=0)
    assert "29 more people" in render_table(report, top=1)


def test_a_quiet_report_says_what_it_could_not_see() -> None:
    text = words(render_table(make.quiet_report(), width=200))
    assert "No waste was found." in text
    assert "Nobody stands out. 3 rules ran, 3 could not be evaluated (reasons below)." in text
    assert "WHO STANDS OUT" not in text
    assert "3 rules could not run; that is not an all-clear" in text


def test_rules_that_did_not_run_share_their_reason() -> None:
    table = render_table(make.report())
    assert table.count("no outcomes") == 1
    assert "prompts-per-task, unused-answers" in table
    assert "add --outcomes FILE" in table
    assert "add --review DATE" in table
    assert "add --people FILE" not in table


def test_notes_on_the_input() -> None:
    text = words(render_table(make.report(), width=200))
    for part in (
        "2 files, 1,843,221 calls: litellm 1,843,000 rows, openai-usage 736 rows",
        "logs/notes.txt: skipped, no format fits",
        "3 rows set aside as unreadable: logs/a.jsonl.gz:17 not JSON: unexpected end",
        "512 rows dropped: 500 same response id, 12 same row twice",
        "310 calls without a user",
        "not in the people file: ghost@example.com",
        "kept out of the ranking: ci-bot, etl-nightly",
        "two files overlap by 12 rows",
    ):
        assert part in text


def test_failures_are_prominent() -> None:
    failed = RuleOutcome(id="copied-prompt", title="x", status=RuleStatus.FAILED, reason="division by zero")
    report = make.report(input=make.read(complete=False), rules=(failed,), errors=("copied-prompt failed",))
    text = words(render_table(report))
    assert "This report is incomplete" in text
    assert "copied-prompt: division by zero" in text


def test_an_empty_report_points_at_inspect() -> None:
    text = words(render_table(make.empty_report()))
    assert "No calls to report on." in text
    assert "tokenscan inspect PATH" in text


def test_a_risk_just_under_a_band_is_not_rounded_into_it() -> None:
    people = (make.person(risk=59.96, band=Band.WORTH_A_LOOK),)
    assert "risk 59, worth a look" in render_table(make.report(people=people))


@pytest.mark.parametrize("width", [80, 200])
def test_ascii_output_has_the_same_shape(width: int) -> None:
    report = make.hostile_report("日本 café")
    plain, ascii_only = render_table(report, width=width), render_table(report, width=width, ascii_only=True)
    assert ascii_only.isascii()
    assert [cell_len(line) for line in plain.splitlines()] == [len(line) for line in ascii_only.splitlines()]


def test_two_renderings_are_equal() -> None:
    assert render_table(make.report(), width=100, color=True) == render_table(make.report(), width=100, color=True)
