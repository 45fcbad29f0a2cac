"""Cursor: usage events of the Admin API and of the dashboard's own API, as JSON.

``POST /teams/filtered-usage-events`` answers ``usageEvents``, the dashboard ``usageEventsDisplay``: the events of the
usage CSV, with tokens, cents and often the conversation. Numbers and times may be strings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.decoded import Fields, mapping, objects, read_decoded
from tokenscan.sources.fields import raw_frame
from tokenscan.sources.formats.cursor_events import EVENT, event_fields
from tokenscan.sources.quarantine import Quarantine

PAGES = ("usageEvents", "usageEventsDisplay")
_CENTS = ("charged", "worth")
_MARKS = frozenset({"tokenUsage", "requestsCosts", "isTokenBasedCall", "chargedCents", "usageBasedCosts"})
_RECORD = msgspec.json.Decoder(dict[str, Any])


class CursorAdmin:
    """Usage events of Cursor's Admin API."""

    name = "cursor-admin"
    title = "Cursor Admin API usage events"
    family = "cursor"
    how_to_export = (
        "With an admin's API key, POST https://api.cursor.com/teams/filtered-usage-events page by page and keep each "
        "answer as JSON, one file a page or one line a page."
    )
    carries: Mapping[str, str] = {"person": "yes", "text": "no", "tasks": "no", "cost": "yes"}
    clock = "UTC, epoch milliseconds"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where a page of events, or an event by itself, is found."""
        if probe.container not in (Container.JSON, Container.JSONL):
            return 0
        return max((_score(record) for record in probe.sample), default=0)

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield one RAW frame for the file, for repeated events are numbered within it."""
        frames = list(read_decoded(probe, (*EVENT, "shown"), _decode, quarantine))
        if frames:
            fields = event_fields(_in_dollars(pl.concat(frames)))
            yield raw_frame(fields, self.name, probe, options, quarantine)


def _score(record: Mapping[str, Any]) -> int:
    if any(isinstance(record.get(page), list) for page in PAGES):
        return 100
    known = record.keys() >= {"timestamp", "model"} and len(_MARKS & record.keys()) >= 2
    return 100 if known and record.keys() & {"kind", "kindLabel"} else 0


def _decode(record: bytes) -> list[Fields]:
    told = _RECORD.decode(record)
    pages = [page for page in PAGES if page in told]
    return [_fields(event) for page in pages for event in objects(told[page])] if pages else [_fields(told)]


def _fields(event: Mapping[str, Any]) -> Fields:
    usage = mapping(event.get("tokenUsage"))
    email, owner, robot = (event.get(name) or None for name in ("userEmail", "owningUser", "serviceAccountId"))
    automatic = event.get("isHeadless") is True or bool(event.get("cloudAgentId") or event.get("automationId"))
    shown = event.get("usageBasedCosts")
    return {
        "timestamp": event.get("timestamp"),
        "user": email or robot or owner,
        "user_kind": "key" if robot and not email else None,
        "org": event.get("owningTeam") or None,
        "session_id": event.get("conversationId") or event.get("cloudAgentId") or None,
        "model": event.get("model") or None,
        "kind": event.get("kind") or event.get("kindLabel") or None,
        "agent": "true" if automatic else None,
        "plain": usage.get("inputTokens", 0 if usage else None),
        "cache_write": usage.get("cacheWriteTokens", 0 if usage else None),
        "cache_read": usage.get("cacheReadTokens", 0 if usage else None),
        "output": usage.get("outputTokens", 0 if usage else None),
        "charged": event.get("chargedCents"),
        "worth": usage.get("totalCents"),
        "shown": shown if isinstance(shown, str) else None,
    }


def _in_dollars(events: pl.DataFrame) -> pl.DataFrame:
    charged, worth = (convert.number(events[name]) / 100 for name in _CENTS)
    # What the dashboard shows is in dollars, such as ``$0.12``.
    shown = convert.number(events["shown"])
    return events.with_columns(charged, worth=pl.when(pl.col("worth").is_null()).then(shown).otherwise(worth))
