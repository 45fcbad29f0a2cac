"""The HTML file as a whole: what is in it, what must not be, and that it is the same every time."""

from __future__ import annotations

import base64
import functools
import hashlib
import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.report import report_factory as make
from tests.unit.report.html import series_factory as charts
from tests.unit.report.html.html_reader import Tag, read
from tokenscan.findings.model import State, Subject, SubjectKind
from tokenscan.report.model import Band, Privacy, Report
from tokenscan.report.notice import NOTICE, PURPOSE

HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "\x1b[31mred\x1b]8;;https://evil.example\x07x\u202etxt.exe\u200b\u0000",
    "]]></style></svg><svg onload=alert(1)>{{7*7}}${7*7}",
    "javascript:alert(1)",
    "\ud800" + "n" * 10_000,
    "=cmd()|' /C calc'!A0 [/red] `rm` \\",
    "",
)
BUILDERS: dict[str, Callable[[], Report]] = {
    "charts": charts.charted,
    "no charts": make.report,
    "quiet": make.quiet_report,
    "empty": make.empty_report,
    "one person": lambda: charts.charted(people=(make.person(),), teams=()),
    **{f"hostile {number}": functools.partial(charts.hostile, text) for number, text in enumerate(HOSTILE)},
}


@functools.cache
def rendered(name: str) -> str:
    return BUILDERS[name]().render("html")


def page(name: str = "charts") -> Tag:
    return read(rendered(name))


@pytest.mark.parametrize("name", BUILDERS)
def test_the_page_runs_nothing_and_fetches_nothing(name: str) -> None:
    tags = page(name).all()
    names = {tag.name for tag in tags}
    assert not names & {
        "script",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "base",
        "img",
        "image",
        "use",
        "foreignobject",
    }
    for tag in tags:
        assert not [attribute for attribute in tag.attributes if attribute.startswith("on")]
        assert "style" not in tag.attributes  # which the policy forbids
        assert "src" not in tag.attributes
        link = tag.attributes.get("href") or tag.attributes.get("xlink:href") or ""
        if link.startswith(("http:", "https:")):
            assert tag.name == "a"
            assert tag.attributes["rel"] == "noopener noreferrer"
        else:
            assert link.startswith("#") or (tag.name, link) in {("link", "data:,"), (tag.name, "")}
        assert not any("url(" in (value or "") for value in tag.attributes.values())
    assert [tag.attributes.get("href") for tag in tags if tag.name == "link"] == ["data:,"]


@pytest.mark.parametrize("name", BUILDERS)
def test_the_policy_allows_this_style_sheet_and_nothing_else(name: str) -> None:
    document = rendered(name)
    root = read(document)
    (sheet,) = root.all("style")
    style = "".join(child for child in sheet.children if isinstance(child, str))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = [tag for tag in root.all("meta") if tag.attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy.attributes["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "@import" not in style
    assert "url(" not in style
    assert document.index("Content-Security-Policy") < document.index("<style>")


@pytest.mark.parametrize("name", BUILDERS)
def test_ids_are_unique_and_every_link_and_label_inside_the_page_leads_somewhere(name: str) -> None:
    tags = page(name).all()
    ids = [tag.attributes["id"] for tag in tags if "id" in tag.attributes]
    assert len(ids) == len(set(ids))
    for tag in tags:
        target = tag.attributes.get("href") or ""
        if target.startswith("#"):
            assert target[1:] in ids
        labels = tag.attributes.get("aria-labelledby")
        assert labels is None or labels in ids


@pytest.mark.parametrize("name", BUILDERS)
def test_every_drawing_has_a_label_and_every_chart_a_table(name: str) -> None:
    root = page(name)
    for figure in root.all("figure"):
        drawings = figure.all("svg")
        assert drawings
        (table,) = figure.all("table")
        assert len(table.all("tr")) > 1
        for svg in (tag for tag in drawings if tag.attributes.get("class") == "chart"):
            assert svg.attributes["role"] == "img"
            assert svg.attributes["aria-label"]
    for svg in root.all("svg"):
        assert svg.attributes.get("aria-hidden") == "true" or svg.attributes.get("aria-label")


@pytest.mark.parametrize("name", BUILDERS)
def test_the_page_reads_as_one_document(name: str) -> None:
    root = page(name)
    assert rendered(name).startswith("<!doctype html>\n")
    assert rendered(name).endswith("</html>\n")
    assert root.all("html")[0].attributes["lang"] == "en"
    assert len(root.all("h1")) == len(root.all("main")) == 1
    levels = [int(tag.name[1]) for tag in root.all() if tag.name in {"h1", "h2", "h3", "h4"}]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    text = root.text()
    assert NOTICE in text
    assert PURPOSE in text


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_text_stays_text_and_shows_nothing_invisible(number: int) -> None:
    document = rendered(f"hostile {number}")
    assert not any(ord(c) < 32 and c != "\n" for c in document)
    assert not any(c in document for c in "\x1b\u202e\u200b\x7f\ud800")
    assert len(document) < 2_000_000
    text = read(document).all("body")[0].text()
    for markup in ("<script>alert(1)</script>", "{{7*7}}", "onerror=alert(1)>"):
        if markup in HOSTILE[number]:
            assert text.count(markup) > 20


def test_the_same_report_gives_the_same_bytes() -> None:
    again = charts.charted().render("html")
    assert again == rendered("charts")


def test_a_report_that_says_nothing_says_so() -> None:
    text = page("empty").text()
    assert "No calls to report on." in text
    assert "There are no findings." in text
    assert "No rule was looked at." in text
    quiet = page("quiet").text()
    assert "No waste was found. Nobody stands out." in quiet
    assert "No person stands out." in quiet
    assert page("quiet").pairs()["Expected waste"] == "none no call looks like waste"


def test_the_first_screen_has_the_figures_of_the_report() -> None:
    root = page()
    # 8,123.46 of 91,234.57 dollars; 2 of the 330 people are in a band
    lead = "About $8,123.46 of $91,234.57 looks like waste: 8.9%, at least $5,100.00 and at most $11,900.00."
    assert lead in root.text()
    assert "2 of 330 people stand out: 1 with strong evidence, 1 worth a look." in root.text()
    tiles = root.pairs()
    assert tiles["People"] == "330 and 2 service accounts, not ranked"
    assert tiles["Calls"] == "1,843,221 41.2B tokens"
    assert tiles["Spend"] == "$91,234.57 every call has a price"
    assert tiles["Expected waste"] == "$8,123.46 $5,100.00 to $11,900.00; 3.3B tokens"
    assert "3 of 7 rules ran; 3 could not, which is not an all-clear" in root.text()
    assert "no outcomes (prompts-per-task, unused-answers)" in root.text()


def test_money_that_is_not_known_is_not_shown_as_nothing() -> None:
    report = make.report(totals=make.totals(cost_nanousd=0, unpriced_requests=1_843_221))
    root = read(report.render("html"))
    assert root.pairs()["Spend"] == "unknown no call has a known price"
    assert "About 3.3B tokens of 41.2B looks like waste: 8%" in root.text()
    part = read(make.report(totals=make.totals(unpriced_requests=921_610)).render("html"))
    assert part.pairs()["Spend"] == "$91,234.57 without 50% of calls that have no price"


def test_numbers_that_are_none_leave_the_page_whole() -> None:
    nan = float("nan")
    first = make.report().findings[0]
    odd = replace(first, evidence=replace(first.evidence, value=nan, threshold=float("inf")))
    root = read(make.report(people=(make.person(risk=nan),), findings=(odd,)).render("html"))
    facts = root.by_id("f-" + make.fingerprint(1).replace(":", "-")).pairs()
    assert facts["Measured"] == "unknown SD of ln gap, from 4,211 observations"
    assert facts["Threshold"] == "unknown (from: tokenscan)"
    assert "nan" not in {str(svg.attributes.get("width")) for svg in root.all("rect")}


def test_people_below_the_bands_are_counted_and_not_named() -> None:
    below = make.person(3, "alice@example.com", risk=12.0, band=Band.NONE, findings=(make.fingerprint(7),))
    finding = make.finding(
        7, subject=Subject(kind=SubjectKind.USER, user="alice@example.com"), message="alice@example.com did this."
    )
    report = make.report(people=(make.person(), below), findings=(*make.report().findings[:2], finding))
    document = report.render("html")
    assert "alice" not in document
    root = read(document)
    assert "1 more with findings are below the bands" in root.text()
    (row,) = [row for row in root.rows() if make.fingerprint(7) in row]
    assert row[:5] == ["scripted-timing", make.fingerprint(7), "high", "high", "new"]
    assert row[5:] == ["0.312 SD of ln gap", "0.5 (from: tokenscan)", "4,211", "1,240,000", "$41.20"]


def test_suppressed_and_resolved_findings_stand_apart_without_a_name() -> None:
    gone = make.finding(6, state=State.RESOLVED, message="oscar@example.com did this.")
    base = make.report()
    root = read(replace(base, findings=(*base.findings, gone)).render("html"))
    section = root.by_id("findings").text()
    assert "Suppressed by decision" in section
    assert "Resolved since the baseline" in section
    assert "oscar" not in section
    assert "alice" not in section  # whose finding is suppressed
    (row,) = [row for row in root.rows() if make.fingerprint(5) in row]
    assert row[-2:] == ["load test, see OPS-12", "2027-01-31"]


def test_a_finding_is_told_in_full() -> None:
    article = page().by_id("f-" + make.fingerprint(1).replace(":", "-"))
    text = article.text()
    facts = article.pairs()
    assert facts["Measured"] == "0.312 SD of ln gap, from 4,211 observations"
    assert facts["Threshold"] == "0.5 (from: tokenscan)"
    assert facts["Compared with"] == "streams of 40 people in engineering"
    assert facts["Waste"] == "1,240,000 tokens in 4,211 calls, $41.200000; rows in the streams"
    assert facts["Speaks for them"] == "41 of 4,211 answers were used"
    assert facts["Still open"] == "a declared load test would look the same; the key may be shared"
    assert facts["What to do"] == "Ask what the script is for; move it to a service account."
    assert facts["Calls to look at"] == "req_8f2, req_901"
    assert facts["median gap"] == "12 s"
    assert facts["Period"] == "2026-03-02 to 2026-05-29"
    assert f"Finding {make.fingerprint(1)}" in text
    assert "Reply of the person concerned" in text
    (link,) = [tag for tag in article.all("a") if tag.attributes["href"] == "https://example.com/rules/scripted-timing"]
    assert link.attributes["rel"] == "noopener noreferrer"


def test_a_reply_stands_with_its_finding() -> None:
    base = make.report()
    answered = replace(
        base, findings=(replace(base.findings[0], reply="It was <b>the</b> load test."), *base.findings[1:])
    )
    article = read(answered.render("html")).by_id("f-" + make.fingerprint(1).replace(":", "-"))
    assert article.all("q")[0].text() == "It was <b>the</b> load test."


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://", "https://a b", "ftp://x", "http://[x"],
)
def test_only_web_addresses_become_links(text: str) -> None:
    report = make.report(findings=(make.finding(1, references=(text,)),))
    root = read(report.render("html"))
    assert text in root.text()
    assert not [tag for tag in root.all("a") if not (tag.attributes["href"] or "").startswith("#")]


def test_no_more_than_top_people_are_told_in_detail() -> None:
    people = tuple(make.person(number, f"p{number}@example.com", findings=()) for number in range(1, 26))
    report = make.report(people=people, findings=())
    shown = read(report.render("html"))
    assert shown.text().count("p20@") > 0
    assert "p21@" not in shown.text()
    assert "5 more in these bands are not told here" in shown.text()
    assert "p3@" not in report.render("html", top=2)
    assert "p25@" in read(report.render("html", top=0)).text()


def test_a_report_by_team_names_nobody() -> None:
    base = charts.charted()
    report = replace(
        base,
        people=(),
        findings=(make.finding(1, subject=Subject(kind=SubjectKind.TEAM, team="t3"), message="Team t3 did this."),),
        series=replace(base.series or charts.series(), people=(), clusters=()),
        privacy=Privacy(level="team"),
    )
    document = report.render("html")
    assert "mallory" not in document
    root = read(document)
    assert "1 team stands out." in root.text()
    assert "nobody is named or counted" in root.text()
    assert not [tag for tag in root.all("figure") if (tag.attributes["id"] or "").startswith("chart-person")]


def test_rules_files_and_errors_are_all_there() -> None:
    root = read(make.report(errors=("rule x failed: boom",), input=make.read(complete=False)).render("html"))
    rows = root.rows()
    for rule in make.RULES:
        (row,) = [row for row in root.by_id("rules").rows() if row[0] == rule.id]
        assert row[2] == rule.status.value.replace("_", " ")
        assert row[4] == rule.reason
    assert ["logs/notes.txt", "", "0", "0", "no format fits"] in rows
    assert ["logs/a.jsonl.gz", "90211", "timestamp missing"] in rows
    assert "This report is incomplete" in root.text()
    assert "rule x failed: boom" in root.text()
    facts = root.pairs()
    assert facts["Rows set aside as unreadable"] == "3"
    assert facts["Duplicate rows dropped"] == "500 same response id, 12 same row twice"
    assert facts["Command line"] == "analyze logs/"
    assert facts["As of"] == "2026-06-01T00:00:00Z"
