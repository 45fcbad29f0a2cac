"""``tokenscan.toml``: typed, with every unknown key an error that says where it is and what was meant."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec

from tokenscan.errors import UsageError

FILE_NAME = "tokenscan.toml"
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Price = Annotated[float, msgspec.Meta(ge=0)]
_Count = Annotated[int, msgspec.Meta(ge=1)]
Tier = Literal["nano", "lite", "mini", "mid", "premium"]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table whose unknown keys are errors."""


class ReviewEntry(_Strict, frozen=True, kw_only=True):
    """``[[reviews]]``; ``announced``: when people were told of it."""

    date: dt.date
    name: str = ""
    teams: list[str] = []
    announced: dt.date | None = None


class QuotaEntry(_Strict, frozen=True, kw_only=True):
    """``[[quotas]]``."""

    metric: Literal["tokens", "requests", "cost_usd", "active_days"]
    period: Literal["day", "week", "month"]
    minimum: _Price
    teams: list[str] = []
    announced: dt.date | None = None


class HolidayEntry(_Strict, frozen=True, kw_only=True):
    """``[[holidays]]``."""

    date: dt.date
    name: str = ""


class PlannedEntry(_Strict, frozen=True, kw_only=True):
    """``[[planned]]``; both days belong to it."""

    name: str
    start: dt.date
    end: dt.date
    teams: list[str] = []
    users: list[str] = []


class BudgetEntry(_Strict, frozen=True, kw_only=True):
    """``[[budgets]]``; without a scope: the whole organisation.

    ``alert_at`` are shares of the amount: at the first a budget is to be watched, at the last it is spent. ``*`` stands
    for any text in ``model`` and ``app``.
    """

    monthly_usd: _Price
    team: str | None = None
    user: str | None = None
    app: str | None = None
    model: str | None = None
    alert_at: Annotated[list[_Price], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=lambda: [0.8, 1.0])


class PriceEntry(_Strict, frozen=True, kw_only=True):
    """``[[prices]]``: overrides and contract terms, in dollars per million tokens."""

    model: str
    input_usd_per_million: _Price
    output_usd_per_million: _Price
    cache_read_usd_per_million: _Price | None = None
    cache_write_usd_per_million: _Price | None = None
    cache_write_1h_usd_per_million: _Price | None = None


class PriceTermsEntry(_Strict, frozen=True, kw_only=True):
    """``[[price_terms]]``: calls that run in batch or in a service tier with list prices of its own.

    ``*`` stands for any text in ``model``, ``app`` and ``provider``; what is left out is any.
    """

    model: str | None = None
    app: str | None = None
    provider: str | None = None
    processing: Literal["batch"] | None = None
    service_tier: Literal["default", "flex", "priority", "fast"] | None = None
    speed: Literal["fast"] | None = None


class RuleEntry(_Strict, frozen=True, kw_only=True):
    """``[rules.<id>]``."""

    enabled: bool | None = None
    severity: Literal["info", "low", "medium", "high", "critical"] | None = None
    params: dict[str, Any] = {}


class SuppressEntry(_Strict, frozen=True, kw_only=True):
    """``[[suppress]]``: which findings, why, and until when (that day included)."""

    rule: str
    reason: Annotated[str, msgspec.Meta(min_length=3)]
    expires: dt.date
    fingerprint: str | None = None
    match: dict[str, str] = {}
    owner: str = ""
    ticket: str = ""


class TierCallsEntry(_Strict, frozen=True, kw_only=True):
    """``[[tiers.calls]]``: which calls do a kind of work; ``*`` stands for any text, the first that fits decides."""

    work: str
    app: str = ""
    tool: str = ""
    task: str = ""
    team: str = ""
    model: str = ""


class TiersEntry(_Strict, frozen=True, kw_only=True):
    """``[tiers]``: which kind of work needs which tier of models, see docs/model-tiers.md."""

    work: dict[str, Tier] = {}
    models: dict[str, Tier] = {}
    calls: list[TierCallsEntry] = []
    short_answer: _Count = 50
    draft_answer: _Count = 400
    little_input: _Count = 2_000


class Config(_Strict, frozen=True, kw_only=True):
    """The whole file. ``folder`` is where relative paths in it start."""

    people: str | None = None
    outcomes: str | None = None
    timezone: str = "UTC"
    min_group_size: Annotated[int, msgspec.Meta(ge=2)] = 5
    co2_grams_per_1000_tokens: _Price = 0.685
    rank_people: bool = False
    rule_paths: list[str] = []
    select: list[str] = []
    ignore: list[str] = []
    reviews: list[ReviewEntry] = []
    quotas: list[QuotaEntry] = []
    holidays: list[HolidayEntry] = []
    planned: list[PlannedEntry] = []
    budgets: list[BudgetEntry] = []
    prices: list[PriceEntry] = []
    discounts: dict[str, _Share] = {}
    price_terms: list[PriceTermsEntry] = []
    rules: dict[str, RuleEntry] = {}
    suppress: list[SuppressEntry] = []
    tiers: TiersEntry = TiersEntry()


def load_config(path: Path) -> Config:
    """Read ``tokenscan.toml``, or the ``[tool.tokenscan]`` table of a ``pyproject.toml``.

    Raises:
        UsageError: not readable, not TOML, an unknown key or a value of the wrong type.
    """
    try:
        data: Any = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error})", hint="check --config") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error
    if path.name == "pyproject.toml":
        tool = data.get("tool", {})
        data = tool.get("tokenscan", {}) if isinstance(tool, dict) else {}
    try:
        return msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        problem = explain_problem(_named_key(str(error), data))
        raise UsageError(f"{path}: {problem}", hint="see `tokenscan schema config`") from error


def find_config(folder: Path) -> Path | None:
    """Return the config of ``folder`` itself: no search upwards, logs are not projects."""
    if (folder / FILE_NAME).is_file():
        return folder / FILE_NAME
    project = folder / "pyproject.toml"
    if project.is_file() and "[tool.tokenscan" in project.read_text(encoding="utf-8", errors="replace"):
        return project
    return None


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema of the config file."""
    schema = msgspec.json.schema(Config)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _named_key(problem: str, data: dict[str, Any]) -> str:
    """Put the key of a table such as ``[rules.<id>]`` in a message that says only ``rules[...]``."""
    match = re.search(r"`\$\.(rules|discounts)\[\.\.\.\]", problem)
    table = match[1] if match else ""
    for key, value in data.get(table, {}).items():
        try:
            msgspec.convert({table: {key: value}}, Config)
        except msgspec.ValidationError:
            return problem.replace("[...]", f".{key}", 1)
    return problem


def explain_problem(problem: str) -> str:
    """Turn msgspec's message into ``key path: problem; did you mean``."""
    match = re.fullmatch(r"(.*?)(?: - at `\$?\.?(.*)`)?", problem, re.DOTALL)
    assert match is not None
    what, where = match[1], match[2] or ""
    unknown = re.search(r"unknown field `(.+?)`", what)
    if unknown:
        what = f"unknown key {unknown[1]!r}{_suggest(unknown[1], where)}"
    elif what.startswith("Invalid enum value"):
        kind = get_type_hints(_entry(where)).get(where.rpartition(".")[2])
        choices = [value for part in (kind, *get_args(kind)) for value in get_args(part) if isinstance(value, str)]
        if re.fullmatch(r"tiers\.(work|models)\[\.\.\.\]", where):
            choices = list(get_args(Tier))
        what += f"; one of {', '.join(choices)}" if choices else ""
    return f"{where}: {what}" if where else what


def _entry(where: str) -> type[_Strict]:
    """Return the table that a key path leads into."""
    section = re.match(r"tiers\.calls|\w+", where)
    tables: dict[str, type[_Strict]] = {
        "reviews": ReviewEntry, "quotas": QuotaEntry, "holidays": HolidayEntry, "planned": PlannedEntry,
        "budgets": BudgetEntry, "prices": PriceEntry, "price_terms": PriceTermsEntry,
        "rules": RuleEntry, "suppress": SuppressEntry,
        "tiers": TiersEntry, "tiers.calls": TierCallsEntry,
    }  # fmt: skip
    return tables.get(section[0], Config) if section else Config


def _suggest(name: str, where: str) -> str:
    from rapidfuzz import process

    best = process.extractOne(name, _entry(where).__struct_fields__, score_cutoff=60)
    return f"; did you mean {best[0]!r}?" if best else ""
