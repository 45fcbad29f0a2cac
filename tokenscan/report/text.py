"""Make text from a log safe to show: one line, nothing a terminal would obey, no more than fits."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len

LIMIT = 300
ID_LIMIT = 512  # an id is shown whole and folded; longer than any e-mail address or ARN seen in an export

_ELLIPSIS = "\u2026"
_READ_AT_MOST = 65_536  # a log line may hold 30 MB; what is shown is cut long before

_ESCAPES = re.compile(
    r"""(?:\x1b\]|\x9d)[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)  # OSC: titles, links, clipboard
      | (?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x80-\x9f]*(?:\x1b\\|\x9c)  # DCS, SOS, PM, APC
      | (?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]  # CSI: colours, cursor
      | \x1b[ -/]*[0-~]  # two-byte and charset escapes
    """,
    re.VERBOSE,
)
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]")
_BLANKS = re.compile(" {2,}")

# Characters that show nothing or reorder what is beside them: controls, bidi marks, embeddings, overrides and
# isolates, zero-width, fillers that look like blanks, tag characters, supplementary variation selectors.
_INVISIBLE = (
    "\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_DROP = re.compile(f"[\x00-\x1f{_INVISIBLE}]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSAFE_IN_JSON = re.compile(f"[{_INVISIBLE}\ud800-\udfff]")  # C0 controls are escaped already

# What a build server that prints a report would obey: GitHub's "::error::", also after blanks; Azure's "##vso[", "##[".
_BUILD_COMMAND = re.compile(
    "::(?=(?:add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice|remove-matcher|save-state|set-env"
    "|set-output|stop-commands|warning)(?![a-z]))",
    re.IGNORECASE,
)
_BUILD_LOG = re.compile(r"##(?=(?:vso)?\[)")

_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILED_MARKS = re.compile(f"([{_MARKS}]{{3}})[{_MARKS}]+")  # marks stacked to paint over the lines above

_ASCII = str.maketrans(
    {
        **dict.fromkeys("\u2500\u2501\u2013\u2014\u2212\u2010\u2011", "-"),
        "\u2588": "#",
        "\u2593": "=",
        "\u2592": "+",
        **dict.fromkeys("\u2591\u00b7\u2026\u2022", "."),
        **dict.fromkeys("\u2018\u2019", "'"),
        **dict.fromkeys("\u201c\u201d", '"'),
        **dict.fromkeys("\u2192\u2265\u203a", ">"),
        "\u2264": "<",
        "\u00d7": "x",
        "\u2713": "+",
        "\u00a0": " ",
    }
)


def clean(text: str, limit: int = LIMIT) -> str:
    """Return text as one line without control, escape, bidi or zero-width characters, at most ``limit`` long.

    What a build server would run as a command of its own gets a blank in the middle.

    A cut is marked with an ellipsis. Escape sequences go whole when they are well-formed; of a broken one only
    the control characters go. Text of which nothing is left comes back as "(unprintable)".
    """
    shown = _LONE_SURROGATE.sub("\ufffd", text[:_READ_AT_MOST])
    shown = _ESCAPES.sub("", shown)
    shown = _DROP.sub("", _BREAKS.sub(" ", shown))
    shown = _PILED_MARKS.sub(r"\1", _BLANKS.sub(" ", shown)).strip()
    shown = _BUILD_LOG.sub("# #", _BUILD_COMMAND.sub(": :", shown))
    if not shown:
        return "(unprintable)" if text else ""
    if len(shown) > limit or len(text) > _READ_AT_MOST:
        return shown[: limit - 1].rstrip() + _ELLIPSIS
    return shown


def clean_id(text: str) -> str:
    """Return an id (user, rule, fingerprint, file) cleaned, and whole unless it is absurdly long."""
    return clean(text, ID_LIMIT)


def escape_json(document: str) -> str:
    r"""Return a JSON document with invisible and reordering characters, and commands, written as ``\u`` escapes.

    Such characters occur only inside strings, where the escape means the same character: nothing is lost.
    """
    return _BUILD_LOG.sub(r"#\\u0023", _UNSAFE_IN_JSON.sub(_escape, document))


def to_ascii(text: str) -> str:
    """Return text in ASCII with every line as wide as before; "?" stands for what ASCII lacks."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() else "?" * cell_len(c) for c in text.translate(_ASCII))


def listing(items: Iterable[str], limit: int = 10) -> str:
    """Return cleaned items as "a, b, c", with "and 4 more" beyond the limit."""
    every = [clean_id(item) for item in items]
    shown = ", ".join(every[:limit])
    return shown if len(every) <= limit else f"{shown} and {len(every) - limit:,} more"


def _escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
