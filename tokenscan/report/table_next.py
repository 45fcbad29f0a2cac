"""What to do next: commands to copy, chosen by what this report shows and what it lacked."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from tokenscan.report.model import Report, RuleStatus
from tokenscan.report.table_layout import INDENT, Page, Style, columns, heading, paragraph
from tokenscan.report.table_people import by_fingerprint, findings_of, shown
from tokenscan.report.text import clean_id

_PEOPLE = "--people FILE"

# What the reason of a rule that did not run says it lacks, and what supplies that.
_SUPPLIES = (
    (re.compile(r"\b(outcomes?|tasks)\b"), "--outcomes FILE", "completed tasks; they clear people who got more done"),
    (re.compile(r"\b(people|team|function)\b"), _PEOPLE, "teams and functions, to compare people with their like"),
    (re.compile(r"\breviews?\b"), "--review DATE", "the date of a performance review"),
    (re.compile(r"\bquotas?\b"), "[[quotas]] to tokenscan.toml", "published usage targets"),
    (re.compile(r"\b(text|prompt)\b"), "prompt text to the export", "only text shows copied and repeated prompts"),
)
_SHORT = 12  # characters of a fingerprint that name a finding
_LEAST_PURPOSE = 30  # cells; with less room the purpose stands under the command


def next_steps(page: Page) -> Iterator[RenderableType]:
    """Yield commands, each with what it is good for."""
    if page.report.input.events:
        steps = [*_looking_closer(page), *_supplying(page.report)]
        everybody = "" if page.report.privacy.by_team else ", everybody included"
        steps.append(("tokenscan analyze PATH -f json", f"the whole report for scripts{everybody}"))
    else:
        steps = [("tokenscan inspect PATH", "what the files are, and why nothing could be read")]
    yield Text("")
    yield heading(page, "WHAT TO DO NEXT")
    yield Text("")
    widest = max(cell_len(command) for command, _ in steps)
    if widest + 2 + _LEAST_PURPOSE <= page.prose - INDENT:
        rows = [(Text(command, Style.COMMAND), Text(purpose)) for command, purpose in steps]
        yield columns(page, rows, widest)
        return
    for command, purpose in steps:
        yield paragraph(page, command, Style.COMMAND)
        yield paragraph(page, purpose, indent=INDENT + 2)


def _looking_closer(page: Page) -> Iterator[tuple[str, str]]:
    findings = by_fingerprint(page)
    for entry in shown(page, page.report.people)[:1]:
        for finding in findings_of(entry, findings)[:1]:
            rule, name = shlex.quote(clean_id(finding.rule_id)), clean_id(finding.fingerprint)
            yield f"tokenscan explain {name[:_SHORT]} PATH", "one finding in full: its numbers, and how to redo them"
            yield f"tokenscan rules show {rule}", "how a rule works, and when it is wrong"


def _supplying(report: Report) -> Iterator[tuple[str, str]]:
    reasons = [rule.reason.lower() for rule in report.rules if rule.status is RuleStatus.NOT_EVALUATED]
    for pattern, what, purpose in _SUPPLIES:
        lacking = any(pattern.search(reason) for reason in reasons)
        if lacking or (what == _PEOPLE and report.input.unknown_people is None):
            yield f"add {what}", purpose
