"""The formats a report can be written in, by the names that users type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tokenscan.errors import UsageError
from tokenscan.report.csv import to_csv
from tokenscan.report.json_v1 import to_json
from tokenscan.report.jsonl import to_jsonl
from tokenscan.report.markdown import to_markdown
from tokenscan.report.model import Report
from tokenscan.report.ocsf import to_ocsf
from tokenscan.report.sarif import to_sarif
from tokenscan.report.table import render_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way to write a report; ``options`` are the keyword arguments that ``write`` understands."""

    write: Callable[..., str]
    options: frozenset[str] = frozenset()


def _html(report: Report, **options: Any) -> str:
    from tokenscan.report.html.write import to_html  # jinja2 and altair take their time

    return to_html(report, **options)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "table": Format(
            write=render_table, options=frozenset({"width", "color", "top", "ascii_only", "show_suppressed"})
        ),
        "json": Format(write=to_json),
        "jsonl": Format(write=to_jsonl, options=frozenset({"summary_line"})),
        "csv": Format(write=to_csv),
        "markdown": Format(write=to_markdown, options=frozenset({"top", "show_suppressed"})),
        "html": Format(write=_html, options=frozenset({"top"})),
        "sarif": Format(write=to_sarif),
        "ocsf": Format(write=to_ocsf),
    }
)


def render(report: Report, format: str = "table", **options: Any) -> str:  # noqa: A002 - the word users type
    """Return the report in a format, ending with a line break unless it is empty.

    Options that only other formats have are ignored, so that one set of options serves several outputs. Raises
    UsageError for an unknown format and for an option that no format has.
    """
    chosen = FORMATS.get(format)
    if chosen is None:
        raise UsageError(f"unknown format {format!r}", hint=f"available: {', '.join(FORMATS)}")
    known = frozenset().union(*(one.options for one in FORMATS.values()))
    for name in options:
        if name not in known:
            raise UsageError(f"unknown report option {name!r}", hint=f"available: {', '.join(sorted(known))}")
    return chosen.write(report, **{name: value for name, value in options.items() if name in chosen.options})
