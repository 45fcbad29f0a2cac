"""GitHub Copilot: the usage-metrics report on users, one record a person and day.

Read are the NDJSON behind the API's download links, the same as a JSON array, and reports that keep the days in
``day_totals``. The lists ``totals_by_*`` break the same totals down in several ways; only what the CLI has of them is
taken apart, for the report gives tokens for the CLI alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.decoded import Fields, mapping, objects, read_decoded
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.repeats import stable_id
from tokenscan.sources.quarantine import Quarantine

ASKED = "user_initiated_interaction_count"
CLI = "copilot_cli"
USD_PER_CREDIT = 0.01
_FIELDS = ("day", "user", "org", "part", "n_requests", "app", "model", "input_tokens", "output_tokens", "credits")
_PEOPLE = ("user_login", "user_id")
_NO_MODEL = frozenset({"others", "unknown", "auto", "default", ""})
_RECORD = msgspec.json.Decoder(dict[str, Any])


class CopilotMetrics:
    """The usage-metrics report on Copilot's users."""

    name = "copilot-metrics"
    title = "GitHub Copilot usage metrics by user"
    family = "copilot"
    how_to_export = (
        "GET /orgs/ORG/copilot/metrics/reports/users-28-day/latest (or /enterprises/…, or users-1-day) and download "
        "the links it answers with."
    )
    carries: Mapping[str, str] = {"person": "yes", "text": "no", "tasks": "no", "cost": "credits, newer reports"}
    clock = "UTC days"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where a user's day is found."""
        if probe.container not in (Container.JSON, Container.JSONL):
            return 0
        days = (day for record in probe.sample for day in days_of(record)[:1])
        return 100 if any({"day", ASKED} <= day.keys() and is_a_persons(day) for day in days) else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames of grain ``day``: what was asked in editors, and what in the CLI."""
        for frame in read_decoded(probe, _FIELDS, _decode, quarantine):
            key = [pl.col("user").str.to_lowercase(), pl.col("day"), pl.col("part")]
            logged = frame.select(
                ROW, "user", "org", "n_requests", "app", "model", "input_tokens", "output_tokens",
                pl.col("day").alias("timestamp"),
                (convert.number(frame["credits"]) * USD_PER_CREDIT).alias("cost_usd"),
                stable_id(self.name, key).alias("event_id"),
                grain=pl.lit("day"),
                cache_inside_input=pl.lit(value=True),
            )  # fmt: skip
            yield raw_frame(logged, self.name, probe, options, quarantine)


def days_of(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the days a record tells of: those in it, or the record itself."""
    return objects(record["day_totals"]) if "day_totals" in record else [dict(record)]


def is_a_persons(day: Mapping[str, Any]) -> bool:
    """Say whether a day is one of a user, and not of everybody."""
    return any(day.get(name) not in (None, "") for name in _PEOPLE)


def _decode(record: bytes) -> list[Fields]:
    report = _RECORD.decode(record)
    about = report.get("organization_id") or report.get("enterprise_id")
    return [row for day in days_of(report) for row in _parts({"organization_id": about} | day)]


def _parts(day: Mapping[str, Any]) -> Iterator[Fields]:
    """Yield what a day is counted as: editors and CLI apart, for only the CLI has tokens, and the day's bill.

    Early reports leave the CLI out of the total and of ``totals_by_feature``; its prompts then count on their own.
    """
    cli, features = mapping(day.get("totals_by_cli")), objects(day.get("totals_by_feature"))
    of_cli = [_count(part.get(ASKED)) for part in features if part.get("feature") == CLI]
    total, worth = day.get(ASKED), day.get("ai_credits_used")
    rest = max(_count(total) - sum(of_cli), 0) if _is_count(total) else total
    whole = {
        "day": day.get("day"),
        "user": next((day[name] for name in _PEOPLE if day.get(name) not in (None, "")), None),
        "org": day.get("organization_id") or day.get("enterprise_id"),
    }
    if rest or not (cli or of_cli):
        apps = {name for part in objects(day.get("totals_by_ide")) if isinstance(name := part.get("ide"), str) and name}
        yield whole | {"part": "ide", "n_requests": rest, "app": _only(apps), "model": _model(day, in_cli=False)}
    if cli or of_cli:
        asked = sum(of_cli) if of_cli else cli.get("prompt_count", 0)
        used = mapping(cli.get("token_usage"))
        yield whole | {
            "part": CLI,
            "n_requests": asked,
            "app": CLI,
            # With a model these tokens would be priced, beside the bill that holds them.
            "model": None if worth else _model(day, in_cli=True),
            "input_tokens": used.get("prompt_tokens_sum"),
            "output_tokens": used.get("output_tokens_sum"),
        }
    if worth:
        yield whole | {"part": "bill", "n_requests": 0, "credits": worth}


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value == int(value)


def _count(value: Any) -> int:
    return int(value) if _is_count(value) else 0


def _model(day: Mapping[str, Any], *, in_cli: bool) -> str | None:
    """Return the model of that part of a day, null where there were several or it is not named."""
    features = objects(day.get("totals_by_model_feature"))
    names = [part.get("model") for part in features if (part.get("feature") == CLI) is in_cli]
    return _only({name for name in names if isinstance(name, str) and name.lower() not in _NO_MODEL})


def _only(names: set[str]) -> str | None:
    return next(iter(names)) if len(names) == 1 else None
