"""One hostile log through every output: what stands in a log is shown as text, and nothing obeys it.

Every person of the log repeats prompts, so that every name comes up in the ranking, in findings and in messages.
"""

from __future__ import annotations

import contextlib
import csv
import html.parser
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from rich.cells import cell_len

from tokenscan.cli.app import main
from tokenscan.report.formats import FORMATS
from tokenscan.report.text import clean_id

NAMES = (
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "\x1b[31mred\x1b[2J", "\x9b31mred", "[/red][bold]x[/]",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "</td></tr></table><h1>x",
    '=HYPERLINK("https://evil.example")', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "a|b`c`|d", "\u202eevil\u2066",
    "a\u200bb\u2060c",
    "line1\nline2\r\n::error::owned", "::error file=x,line=1::owned", "##vso[task.setvariable variable=x]y",
    "##[group]x",
    "[x](https://evil.example)", "![x](https://evil.example/a.png)", "n" * 10_000, "nul\x00byte", "@everyone",
    "\u2028::warning::x", "<!-- x -->", "{{7*7}}${x}%s", "javascript:alert(1)", "https://evil.example/x", "# heading",
    "- item",
    "--pseudonymize", "\ufeff\u00ad", "e\u0301\u0301\u0301\u0301\u0301\u0301", "%1B%5B2J", "NaN", "null", "", " ",
)  # fmt: skip
FILE = "<b>[red]\x1b[31m|`=1+1\n::error::file.jsonl"
GAPS = (1, 3, 2, 9, 4, 17, 5, 2, 6, 3)  # minutes
# Controls but line breaks, bidi marks, zero-width: nothing of the kind may reach a reader.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
COMMAND = re.compile(r"^\s*::[a-z-]+[ :]|##\[|##vso\[", re.MULTILINE)


def calls() -> Iterator[dict[str, Any]]:
    """Yield ten calls on each of twelve days from everybody, in runs of one prompt that is the person's own."""
    for who, name in enumerate(NAMES):
        for day in range(12):
            at = datetime(2026, 3, 2, 8, tzinfo=UTC)
            at += timedelta(days=day // 5 * 7 + day % 5, minutes=7 * who + 3 * day, seconds=13 * who + day)
            for turn in range(10):
                at += timedelta(minutes=GAPS[(turn + day + who) % 10], seconds=(7 * turn * day + who) % 60)
                topic = ("trains", "ships", "roads")[turn // 4]
                yield {
                    "event_id": f"{name[:40]}-{day}-{turn}", "timestamp": at.isoformat(), "user": name,
                    "team": NAMES[who % 20],
                    "session_id": f"{name[:40]}/{day}", "app": NAMES[(who + 3) % 20], "model": NAMES[(who + 5) % 20],
                    "prompt": f"please rewrite chapter {who} {chr(97 + day)} of the long handbook of {topic}"
                    if turn < 9 else f"what does {name[:60]} mean in this message from {day}",
                    "input_tokens": 900, "output_tokens": 300, "used": False,
                }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """The folder with logs and config, and what each format made of them."""

    folder: Path
    texts: dict[str, str]

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.texts["json"])
        return found


def run(*args: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(arg) for arg in args])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "logs").mkdir()
    rows = [json.dumps(row) + "\n" for row in calls()]
    rows.append(
        '{"timestamp": "2026-03-02T08:00:00Z", "user": "lone \\ud800 surrogate", "prompt": "a \\udfff b c d"}\n'
    )
    rows.append('{"timestamp": "\x1b[31m::error::", "user": "<script>"}\n')
    (folder / "logs" / FILE).write_text("".join(rows), encoding="utf-8")
    reason = json.dumps(f"{NAMES[0]}{NAMES[4]} | @everyone ::error::x =1+1")
    config = f'[[suppress]]\nrule = "regenerated-request"\nmatch = {{ user = "<*" }}\nreason = {reason}\n'
    config += f"expires = 2030-01-01\nowner = {reason}\n"
    config += f"[[reviews]]\nname = {reason}\ndate = 2026-03-16\n"
    (folder / "tokenscan.toml").write_text(config, encoding="utf-8")
    also = [part for name in FORMATS for part in ("--also", f"{name}={folder / name}")]
    code, _, _ = run(*words(folder), "--show-text", "1", "--show-suppressed", *also, "--summary-line")
    assert code == 0
    return Hostile(folder=folder, texts={name: (folder / name).read_text("utf-8") for name in FORMATS})


def words(folder: Path, command: str = "analyze", *before: str) -> tuple[object, ...]:
    config = ("--config", folder / "tokenscan.toml", "--as-of", "2026-04-01", "--top", "0", "--all-people")
    return (
        command,
        *before,
        folder / "logs",
        *(config if command == "analyze" else config[:4]),
        "--max-bad-rows",
        "5%",
    )[: None if command == "analyze" else -2]


def safe(text: str) -> None:
    assert UNSEEN.search(text) is None
    assert COMMAND.search(text) is None


def test_everybody_is_in_the_report_and_json_has_their_names_as_the_log_does(hostile: Hostile) -> None:
    users = {person["user"] for person in hostile.report["people"]}
    assert len(users) >= len(NAMES) - 4  # "", " ", "NaN" and "null" are nobody
    assert {"\x1b[31mred\x1b[2J", "n" * 10_000, "\u202eevil\u2066", "@everyone", "[/red][bold]x[/]"} <= users
    assert {one["rule_id"] for one in hostile.report["findings"]} >= {"regenerated-request", "copied-prompt"}
    assert hostile.report["input"]["bad_rows"] >= 1


@pytest.mark.parametrize("name", list(FORMATS))
def test_no_output_holds_what_a_terminal_or_a_build_server_would_obey(name: str, hostile: Hostile) -> None:
    safe(hostile.texts[name].replace("\r\n", "\n"))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_table_keeps_its_width_and_takes_no_markup(width: int, hostile: Hostile) -> None:
    code, text, _ = run(*words(hostile.folder), "--width", width, "--color", "never")
    assert code == 0
    safe(text)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert "[/red][bold]x[/]" in "".join(text.split())
    colored = run(*words(hostile.folder), "--width", width, "--color", "always")[1]
    safe(re.sub(r"\x1b\[[0-9;]*m", "", colored))  # nothing but colours


@pytest.mark.parametrize("name", ["jsonl", "ocsf"])
def test_every_line_is_a_whole_document(name: str, hostile: Hostile) -> None:
    lines = hostile.texts[name].split("\n")
    assert lines.pop() == ""
    findings = [json.loads(line) for line in lines]
    assert len(findings) == len(hostile.report["findings"]) + (name == "jsonl")


def test_a_spreadsheet_runs_no_cell(hostile: Hostile) -> None:
    rows = list(csv.reader(io.StringIO(hostile.texts["csv"], newline=""), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == 1 + len(hostile.report["findings"])
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if re.match(r"\s*[=+\-@|%]", cell)]
    assert not [cell for cell in cells if "\n" in cell or "\r" in cell]
    assert "'+1+1" in cells


def test_markdown_makes_no_markup_link_or_mention(hostile: Hostile) -> None:
    text = hostile.texts["markdown"]
    page = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(text)
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z!][a-zA-Z0-9]*)", page))
    assert tags <= {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "em", "ul", "li", "code",
                    "br", "details", "summary"}  # fmt: skip
    assert not re.search(r"(?<![\w`])@\w", re.sub(r"`[^`\n]*`", "", text))


def test_sarif_points_at_a_file_by_a_plain_address(hostile: Hostile) -> None:
    document = json.loads(hostile.texts["sarif"])
    uri = document["runs"][0]["artifacts"][0]["location"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9%/._~-]+", uri)
    for result in document["runs"][0]["results"]:
        safe(result["message"]["text"])


class _Tags(html.parser.HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("name", [name for name in FORMATS if name == "html"] or ["markdown"])
def test_a_page_runs_nothing_and_fetches_nothing(name: str, hostile: Hostile) -> None:
    page = hostile.texts[name] if name == "html" else MarkdownIt("gfm-like", {"html": True}).render(hostile.texts[name])
    seen = _Tags()
    seen.feed(page)
    assert seen.tags.isdisjoint({"script", "img", "iframe", "object", "embed", "form", "base"})
    assert not [attribute for attribute, _ in seen.attributes if attribute.startswith("on")]
    links = [value for attribute, value in seen.attributes if attribute in {"href", "src", "action", "xlink:href"}]
    assert not [link for link in links if "evil" in link or "javascript" in link.lower()]
    assert any("<script>alert(1)</script>" in text for text in seen.texts)


def test_explain_inspect_and_baseline_are_as_safe(hostile: Hostile, tmp_path: Path) -> None:
    finding = next(one for one in hostile.report["findings"] if one["subject"]["user"] == "\x1b[31mred\x1b[2J")
    for name in ("table", "json", "markdown"):
        code, text, _ = run(
            *words(hostile.folder, "explain", finding["fingerprint"]), "--no-trials", "--show-text", "2", "-f", name
        )
        assert code == 0
        safe(text)
    for name in ("table", "json"):
        code, text, _ = run(
            "inspect", hostile.folder / "logs", "--config", hostile.folder / "tokenscan.toml", "-f", name
        )
        assert code == 0
        safe(text)
    assert run("baseline", "write", hostile.folder / "json", "-o", tmp_path / "known.json")[0] == 0
    safe((tmp_path / "known.json").read_text("utf-8"))
    for name in ("table", "json"):
        code, text, _ = run("baseline", "show", tmp_path / "known.json", "-f", name)
        assert code == 0
        safe(text)
    known = json.loads((tmp_path / "known.json").read_text("utf-8"))["findings"]
    assert finding["subject"]["user"] in {one["user"] for one in known}


def test_errors_and_warnings_are_as_safe(hostile: Hostile) -> None:
    for args in (("analyze", hostile.folder / "logs" / f"no{FILE}"),
                 ("explain", f"no{NAMES[16]}", hostile.folder / "logs"),
                 ("pseudonym", "reveal", NAMES[1], "--reason", "look", "--people", NAMES[17])):  # fmt: skip
        code, out, err = run(*args, "--no-config")
        assert (code in (2, 3), out) == (True, "")
        safe(err)


def test_pseudonyms_of_hostile_names_are_plain(hostile: Hostile, tmp_path: Path) -> None:
    run("pseudonym", "new-key", tmp_path / "a.key")
    code, out, _ = run(*words(hostile.folder), "-f", "json", "--pseudonymize", "--key-file", tmp_path / "a.key")
    report = json.loads(out)
    assert code == 0
    users = [person["user"] for person in report["people"]]
    assert len(users) == len(hostile.report["people"])
    assert all(re.fullmatch(r"person-[0-9a-f]{16}", user) for user in users)
    assert {clean_id(user) for user in users} == set(users)
