"""Write a report as one HTML file that needs nothing else: no script, no network, no font, no image file.

The page forbids itself everything but its own style sheet, which it names by hash (Content Security Policy level 3).
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tokenscan.report.html.page import page
from tokenscan.report.model import Report
from tokenscan.report.text import clean

if TYPE_CHECKING:
    from jinja2 import Environment

_LONGEST = 2_000  # characters of one text; names are cut before, messages are written by rules


def to_html(report: Report, *, top: int = 20) -> str:
    """Return the report as an HTML document; ``top`` people and teams at most are told in detail, 0 tells all.

    Everything from a log is cleaned and escaped wherever it stands. The same report gives the same bytes.
    """
    from altair.utils.schemapi import debug_mode
    from markupsafe import Markup

    style = files("tokenscan.report.html").joinpath("report.css").read_text(encoding="utf-8")
    with debug_mode(False):  # checking each mark against the schema takes longer than drawing it; the tests do
        known = page(report, top)
    template = _environment().get_template("page.html.j2")
    sheet = Markup(style)  # noqa: S704 - a file of this package
    csp = Markup(policy(style))  # noqa: S704 - words of this file and a hash
    return template.render(page=known, report=report, style=sheet, csp=csp)


def policy(style: str) -> str:
    """Return the Content Security Policy of a page with this one style sheet."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup, escape

    from tokenscan.findings import risk
    from tokenscan.report import numbers
    from tokenscan.report.html import findings

    def cleaned(value: Any) -> Any:
        """Make every text safe to show; autoescape then makes it safe as markup."""
        return clean(value, _LONGEST) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=PackageLoader("tokenscan.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=cleaned,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "tokens": numbers.tokens,
        "money": numbers.money,
        "count": "{:,}".format,
        "brief": findings.brief,
        "breakable": lambda name: escape(name).replace("@", Markup("<wbr>@")),
        "drawing": Markup,  # made by charts.draw, every text in it escaped
    }
    environment.globals["risk"] = risk
    return environment
