"""Find what stands behind a pseudonym, for whoever holds the key and the names; and record that it was asked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import polars as pl

from tokenscan.context.attribute import attribute
from tokenscan.context.model import Context
from tokenscan.errors import UsageError
from tokenscan.events.log import EventLog
from tokenscan.privacy.pseudonyms import CALL, FILE, PERSON, SERVICE, SESSION, SHORT, TASK
from tokenscan.privacy.secret import Secret, keyed

_KINDS = {PERSON: "user", SERVICE: "user", CALL: CALL, SESSION: SESSION, TASK: TASK, FILE: FILE}
_COLUMNS = {CALL: "event_id", SESSION: "session_id", TASK: "task_id", FILE: "source_file"}


def behind(pseudonym: str, secret: Secret, context: Context, log: EventLog | None) -> tuple[str, ...]:
    """Return the names, from people file and logs, that a pseudonym stands for: one, or none if it is not among them.

    Raises:
        UsageError: it is no pseudonym.
    """
    kind, _, rest = pseudonym.strip().lower().partition("-")
    digits = rest.partition(".")[0]
    if kind not in _KINDS or len(digits) < SHORT or set(digits) - set("0123456789abcdef"):
        hint = f"as in a report: {PERSON}-, {SERVICE}-, {CALL}-, {SESSION}-, {TASK}- or {FILE}- and {SHORT} digits"
        raise UsageError(f"{pseudonym!r} is no pseudonym", hint=hint)
    names = pl.DataFrame({"name": sorted(set(_candidates(kind, context, log)))}, schema={"name": pl.String})
    found = names.filter(keyed(pl.col("name"), _KINDS[kind], secret).str.starts_with(digits))
    return tuple(found["name"])


def _candidates(kind: str, context: Context, log: EventLog | None) -> Iterable[str]:
    if kind in _COLUMNS:
        if log is None:
            raise UsageError(f"what a {kind} is stands in the logs only", hint="give the logs as PATH")
        yield from log.events[_COLUMNS[kind]].drop_nulls().unique()
        yield from (file.name for file in log.files if kind == FILE)
        return
    yield from context.people["user"]
    for event in context.planned:
        yield from event.users
    if log is not None:
        yield from attribute(log.events, context)["user"].drop_nulls().unique()


def record(path: Path, moment: datetime, pseudonym: str, reason: str) -> None:
    """Append to a log who asked what, when and why: one JSON object a line, before any name is told.

    Raises:
        UsageError: it cannot be written; then nothing may be told.
    """
    told = {"at": moment.isoformat(timespec="seconds"), "by": _account(), "pseudonym": pseudonym, "reason": reason}
    try:
        place = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(place, "a", encoding="utf-8") as file:
            file.write(json.dumps(told, ensure_ascii=True) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        hint = "every name that is told is recorded first; name another file with --log"
        raise UsageError(f"{path}: cannot be written ({error.strerror})", hint=hint) from error


def _account() -> str:
    """Return the account that asks: by its number, which nobody can set, and its name, where it has one."""
    import getpass

    number = f"uid {os.getuid()}" if hasattr(os, "getuid") else ""
    try:
        return " ".join(filter(None, [getpass.getuser(), number]))
    except (OSError, KeyError, ImportError):
        return number or "unknown"
