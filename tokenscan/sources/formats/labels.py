"""Read who and what a call was for from the labels that clients attach to it, whatever their names.

Gateways pass a few key-value pairs of the client's choosing on to their logs; there is no rule for the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources.formats.table import plain_name
from tokenscan.sources.lenient_json import repaired

_PEOPLE = ("user_email", "email", "user_id", "userid", "user", "username", "user_name", "login", "employee",
           "employee_id", "helicone_user_id")  # fmt: skip
_KEYS: Mapping[str, tuple[str, ...]] = {
    "user": _PEOPLE,
    "team": ("team", "team_id", "team_name", "department", "squad", "group", "cost_center"),
    "org": ("org", "organization", "organization_id"),
    "session_id": ("session_id", "session", "helicone_session_id", "conversation_id", "thread_id", "chat_id"),
    "task_id": ("task", "task_id", "ticket", "ticket_id", "issue", "issue_id", "jira", "story", "work_item", "branch"),
    "app": ("app", "app_name", "application", "project", "service", "feature", "use_case"),
}
LABELS = pl.Schema(dict.fromkeys(_KEYS, pl.String()))
_ANY = msgspec.json.Decoder()
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
_NOTHING = dict.fromkeys(_KEYS)


def labels(metadata: pl.Series) -> pl.DataFrame:
    """Return the LABELS columns of a column of JSON objects (as text); null where a label is not there."""
    key = metadata.cast(pl.String).alias("key")
    distinct = key.drop_nulls().unique()
    found = pl.DataFrame([_labels(text) for text in distinct], schema=LABELS, orient="row")
    return key.to_frame().join(found.with_columns(distinct), on="key", how="left", maintain_order="left").drop("key")


def _labels(text: str) -> dict[str, str | None]:
    if text.lstrip()[:1] not in ("{", '"'):
        return _NOTHING
    value = _decoded(text)
    value = _decoded(value) if isinstance(value, str) else value
    if not isinstance(value, dict):
        return _NOTHING
    words = {plain_name(key).strip("_"): _word(item) for key, item in value.items()}
    return {field: next((words[key] for key in keys if words.get(key)), None) for field, keys in _KEYS.items()}


def _decoded(text: str) -> Any:
    try:
        return _ANY.decode(text)
    except _UNREADABLE:
        again = repaired(text)
    try:
        return None if again is None else _ANY.decode(again)
    except _UNREADABLE:
        return None


def _word(value: Any) -> str | None:
    """Return a label that can be a name; a number may be one, a switch is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value).strip() or None
