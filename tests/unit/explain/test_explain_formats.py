"""An explanation as table, Markdown and JSON: all of it, within its width, nothing from a log raw."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.unit.explain import explain_factory as make
from tokenscan.explain.build import explained
from tokenscan.explain.json_v1 import to_dict, to_json
from tokenscan.explain.look import Wish
from tokenscan.explain.markdown import escaped, render_markdown
from tokenscan.explain.model import Explanation, Prompts, PromptSample
from tokenscan.explain.saved import looks_like_report, read_saved
from tokenscan.explain.table import render_table
from tokenscan.findings.model import Confidence, Finding, Metric, Subject, SubjectKind, Suppression

WIDTHS = (40, 63, 80, 120, 200)
SGR = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "[/red] [bold]loud[/bold] :smile:",
    "user\u202egpj.exe\u2066\u200b",
    "two\nlines\r\n\tand a tab",
    "u" * 5_000,
    "日本語" * 200,
    "\x00\x07\x9b2J\x85",
    "\ud800",
    "</td><script>alert(1)</script> ![x](https://evil.example) | @everyone",
)


@pytest.fixture(autouse=True)
def _detector(monkeypatch: pytest.MonkeyPatch) -> None:
    make.install(monkeypatch)


@pytest.fixture
def full() -> Explanation:
    return make.explanation(Wish(prompts=2))


def words(table: str) -> str:
    return " ".join(table.split())


def hostile(explanation: Explanation, text: str) -> Explanation:
    """Put ``text`` wherever a log, a config or a saved report can."""
    finding = explanation.finding
    evidence = replace(
        finding.evidence,
        metrics=(*finding.evidence.metrics, Metric(name=text, value=text, unit=text)),
        compared_with=text, against=(text,), open_questions=(text,), unit=text, threshold_origin=text, samples=(text,),
    )  # fmt: skip
    changed = replace(
        finding, fingerprint=f"ts1:{text}", rule_id=text, title=text, message=text, remediation=text, family=text,
        subject=Subject(kind=SubjectKind.USER, user=text, team=text), evidence=evidence,
        suppression=None, references=(text,),
    )  # fmt: skip
    known = replace(explanation.known, findings=(changed,), source=text, timezone=text)
    rebuilt = explained(changed, known, None)
    looked = explanation.looked
    assert looked is not None
    call = replace(looked.calls[0], event_id=text, user=text, app=text, model=text, session=text, source=text)
    prompts = Prompts(samples=(PromptSample(text=text, calls=1),), distinct=1, calls=1, common=text, varies=text)
    return replace(
        rebuilt, looked=replace(looked, calls=(call,), prompts=prompts), threshold_param=text, rule_note=text
    )  # fmt: skip


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_asked_or_ends_in_blanks(full: Explanation, color: bool, width: int) -> None:
    plain = SGR.sub("", render_table(full, width=width, color=color))
    assert max(cell_len(line) for line in plain.splitlines()) <= width
    assert all(line == line.rstrip() for line in plain.splitlines())
    assert ("\x1b" in render_table(full, width=width, color=color)) == color
    assert render_table(full, width=width, ascii_only=True).isascii()


@pytest.mark.parametrize("width", [80, 200])
def test_the_table_has_every_number_a_statistician_needs(full: Explanation, width: int) -> None:
    told = words(render_table(full, width=width))
    for part in (
        "ann made 4 odd calls.",
        "measured 0.2 share of calls; n=20",
        "threshold 0.1, reached; parameter share; from: tokenscan. Fires from this share.",
        "compared all of their calls",
        "odd calls 4",
        "0.75 of 1 = 0.5 + 0.5 * ln(0.2 / 0.1) / ln(0.4 / 0.1)",
        "0.8 * 0.75 = 0.6",
        "100 * (1 - (1 - 0.6 volume)) = 60.0",
        "60.0: strong evidence",
        "the risk would be 0.0, below the bands",
        "2,000 tokens in 4 calls, at an unknown price",
        "single calls 4 4,000 0.5 2,000 unknown",
        "share 0.1 0.201 and beyond",
        "min_calls 10 30",
        "It is found with top 0.04 or 1, too.",
        "half of every odd call",
        "my password is <secret>",
        f'fingerprint = "{full.finding.fingerprint}"',
        "expires = 2026-08-30",
    ):
        assert part in told, part
    assert "hunter2" not in told


def test_json_holds_the_whole_working(full: Explanation) -> None:
    found = json.loads(to_json(full))
    assert found["finding"]["fingerprint"] == full.finding.fingerprint
    assert found["working"]["strength"]["filled"] == "0.5 + 0.5 * ln(0.2 / 0.1) / ln(0.4 / 0.1)"
    assert found["working"]["contribution"]["value"] == 0.6
    risk = found["working"]["risk"]
    assert (risk["value"], risk["reported"], risk["families"]) == (60.0, 60.0, {"volume": 0.6})
    assert risk["without_this_finding"] == {"value": 0.0, "band": "none"}
    assert [line["waste_tokens"] for line in found["waste"]] == [2000]
    assert {trial["param"]: trial["gone_at"] for trial in found["would_change"]} == {
        "share": "0.201", "top": None, "min_calls": "30",
    }  # fmt: skip
    assert (found["calls_in_all"], len(found["calls"])) == (4, 4)
    assert found["rule"]["params_in_force"] is True
    assert found["source"] == {"kind": "logs", "name": None}
    assert to_json(full) == to_json(full)


def test_a_saved_report_gives_the_same_working(full: Explanation) -> None:
    document = make.report(make.ground()).to_dict()
    saved = read_saved(json.dumps(document).encode(), "report.json")
    assert saved.findings[0].fingerprint == full.finding.fingerprint
    found = to_dict(explained(saved.findings[0], saved, make.rule()))
    fresh = to_dict(full)
    assert found["working"] == fresh["working"]
    assert found["finding"] == fresh["finding"]
    assert found["suppression"] == fresh["suppression"]
    assert (found["calls"], found["waste"], found["would_change"], found["prompts"]) == (None, None, None, None)
    assert found["rule"]["params_in_force"] is False
    told = words(render_table(explained(saved.findings[0], saved, make.rule())))
    assert "This is from the saved report alone." in told
    assert "tokenscan explain ts1:" in told


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_text_neither_styles_nor_breaks_the_table(full: Explanation, text: str, width: int) -> None:
    plain = render_table(hostile(full, text), width=width)
    assert "\x1b" not in plain
    assert max(cell_len(line) for line in plain.splitlines()) <= width
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u200b" for c in plain if c != "\n")
    plain.encode()
    assert SGR.sub("", render_table(hostile(full, text), width=width, color=True)) == plain


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_no_markup_in_markdown_or_json(full: Explanation, text: str) -> None:
    for rendered in (render_markdown(hostile(full, text)), to_json(hostile(full, text))):
        rendered.encode()
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u200b" for c in rendered if c != "\n")
    lines = render_markdown(hostile(full, text)).splitlines()
    fences = [line for line in lines if line.startswith("```")]
    assert len(fences) % 2 == 0
    outside = "\n".join(_outside_of_code(lines))
    assert not re.search(r"(?<!\\)[<>@*\[\]]", outside.replace("**", "").replace("* ", ""))


def _outside_of_code(lines: list[str]) -> list[str]:
    kept, inside = [], False
    for line in lines:
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            kept.append(line)
    return kept


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_escaped_text_has_no_live_markup(text: str) -> None:
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]<>|~&#@]", escaped(text))
    assert not re.match(r"[-+=](?!\w)|\d+[.)](?!\w)", escaped(text))
    assert "\n" not in escaped(text)


def test_markdown_has_the_sections_of_the_table(full: Explanation) -> None:
    found = render_markdown(full)
    titles = [line for line in found.splitlines() if line.startswith("## ")]
    assert [title.removeprefix("## ").partition(" (")[0] for title in titles] == [
        "Odd calls", "Metrics", "How it counts", "For and against", "Sample calls", "Prompts", "Waste of this finding",
        "What would change it", "The rule", "What to do",
    ]  # fmt: skip
    assert "| odd calls | 4 |" in found
    assert f'fingerprint = "{full.finding.fingerprint}"' in found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"suppression": Suppression(reason="agreed with her", expires=date(2027, 1, 1))}, "agreed with her"),
        ({"subject": Subject(kind=SubjectKind.ORGANISATION)}, "part of nobody's risk"),
        ({"weight": 0.0}, "context only, it adds to no risk"),
    ],
)
def test_what_counts_in_no_risk_says_so(full: Explanation, change: dict[str, Any], told: str) -> None:
    changed = replace(full.finding, **change)
    known = replace(full.known, findings=(changed,))
    for render in (render_table, render_markdown):
        assert told in words(render(explained(changed, known, make.rule())))


def test_context_that_counts_only_beside_others_says_so_and_what_the_report_orders_by(full: Explanation) -> None:
    context = replace(full.finding, confidence=Confidence.LOW, tags=("context",))
    [person] = [one for one in full.known.people if one.user == "ann"]
    known = replace(full.known, findings=(context,), people=(replace(person, risk=0.7),))
    told = words(render_table(explained(context, known, make.rule())))
    assert "context that counts only beside other findings" in told
    assert "the report says 0.7, of how they stand among colleagues: evidence of nothing" in told


def test_a_filtered_report_says_that_its_sum_does_not_come_out(full: Explanation) -> None:
    [person] = [one for one in full.known.people if one.user == "ann"]
    more = replace(full.known, people=(replace(person, risk=88.0),))
    assert "the report says 88.0" in words(render_table(explained(full.finding, more, make.rule())))


def damaged(document: dict[str, Any], path: tuple[str | int, ...], value: object) -> bytes:
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), "2.0"),
        (("findings",), None),
        (("findings", 0, "strength"), 7),
        (("findings", 0, "subject", "kind"), "ghost"),
        (("findings", 0, "window", "first_seen"), "yesterday"),
        (("findings", 0, "evidence", "metrics"), {"a": [1]}),
        (("findings", 0, "impact", "waste_usd"), 1e300),
        (("people", 0, "risk"), -1),
        (("rules", 0, "status"), "odd"),
        (("run", "as_of"), 5),
    ],
)
def test_a_damaged_report_is_refused_with_its_place(path: tuple[str | int, ...], value: object) -> None:
    from tokenscan.errors import InputError

    content = damaged(make.report(make.ground()).to_dict(), path, value)
    with pytest.raises(InputError, match=r"report\.json"):
        read_saved(content, "report.json")


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, evidence=replace(one.evidence, value=float("nan"), threshold=float("nan"))),
        lambda one: replace(one, evidence=replace(one.evidence, value=1e308, threshold=5e-324)),
        lambda one: replace(one, strength=0.0, weight=0.0),
        lambda one: replace(
            one, window=replace(one.window, first_seen=datetime.min.replace(tzinfo=UTC))
        ),  # the calendar's ends, which forged logs reach
    ],
)
def test_odd_numbers_break_no_format(full: Explanation, change: Callable[[Finding], Finding]) -> None:
    finding = change(full.finding)
    known = replace(full.known, findings=(finding,), as_of=datetime.max.replace(tzinfo=UTC))
    found = explained(finding, known, make.rule(), ground=make.ground())
    assert render_table(found)
    assert render_markdown(found)
    assert json.loads(to_json(found))


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (b'{"schema_version": "1.0", "tool": {"name": "tokenscan", "rules_digest": "b2:1"}', True),
        (b'\xef\xbb\xbf {\n "schema_version": "1.0", "tool": {"rules_digest": "b2:1"}', True),
        (b'{"timestamp": "2026-01-05"}', False),
        (b"", False),
        (b"[]", False),
    ],
)
def test_a_report_is_told_from_a_log(head: bytes, is_one: bool) -> None:
    assert looks_like_report(head) is is_one
