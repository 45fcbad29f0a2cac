"""GitHub Copilot: usage metrics of a whole organisation or enterprise, which name nobody.

Read are reports of the usage-metrics API without users, and answers of the metrics APIs before it
(``copilot_ide_chat``, ``total_chat_turns``). They tell how much was asked on a day, not by whom; the report on users
tells of the same days in more detail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.decoded import Fields, mapping, objects, read_decoded
from tokenscan.sources.fields import raw_frame
from tokenscan.sources.formats.copilot_metrics import ASKED, days_of, is_a_persons
from tokenscan.sources.formats.repeats import stable_id
from tokenscan.sources.quarantine import Quarantine

_FIELDS = ("timestamp", "org", "n_requests", "app", "model")
_CHATS = {"copilot_ide_chat": "editors", "copilot_dotcom_chat": ""}
_RECORD = msgspec.json.Decoder(dict[str, Any])


class CopilotOrgMetrics:
    """Copilot's usage metrics without users."""

    name = "copilot-org-metrics"
    title = "GitHub Copilot usage metrics of an organisation"
    family = "copilot"
    how_to_export = (
        "GET /orgs/ORG/copilot/metrics/reports/organization-28-day/latest and download its links; prefer the report on "
        "users, which names them."
    )
    carries: Mapping[str, str] = {"person": "no", "text": "no", "tasks": "no", "cost": "no"}
    clock = "UTC days"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where a day of everybody is found that says how much was asked, and no day of a person's."""
        if probe.container not in (Container.JSON, Container.JSONL):
            return 0
        days = [day for record in probe.sample for day in days_of(record)[:1]]
        persons = any("day" in day and is_a_persons(day) for day in days)
        return 100 if any(_is_everybodys(day) for day in days) and not persons else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames of grain ``day`` without a user."""
        for frame in read_decoded(probe, _FIELDS, _decode, quarantine):
            key = stable_id(self.name, [pl.col(name) for name in ("timestamp", "org", "app", "model")])
            logged = frame.with_columns(event_id=key, grain=pl.lit("day"))
            yield raw_frame(logged, self.name, probe, options, quarantine)


def _is_everybodys(day: Mapping[str, Any]) -> bool:
    if "day" in day and (ASKED in day or "total_chat_turns" in day):
        return not is_a_persons(day)
    return "date" in day and bool(day.keys() & _CHATS.keys()) and "total_active_users" in day


def _decode(record: bytes) -> list[Fields]:
    report = _RECORD.decode(record)
    about = report.get("organization_id") or report.get("enterprise_id")
    return [row | {"org": about} for day in days_of(report) for row in _asked(day) if row["n_requests"] != 0]


def _asked(day: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "day" in day:
        return [{"timestamp": day["day"], "n_requests": day.get(ASKED, day.get("total_chat_turns"))}]
    return [{"timestamp": day.get("date")} | chat for chat in _chats(day)]


def _chats(day: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield chats by place and model; completions are offered, not asked for, and are not counted."""
    for place, listed in _CHATS.items():
        chats = mapping(day.get(place))
        for editor in objects(chats.get(listed)) if listed else [chats]:
            for model in objects(editor.get("models")):
                name = model.get("name")
                yield {
                    "app": editor.get("name") or "github.com",
                    "model": None if name == "default" else name,
                    "n_requests": model.get("total_chats", 0),
                }
