"""Kinds of people, honest or not: read from the files in ``kinds/`` and from the user's own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import msgspec

from tokenscan.errors import UsageError
from tokenscan.simulate.functions import APPS, FUNCTIONS, MODELS, TONGUES
from tokenscan.simulate.habit_model import AnyChange, AnyHabit, Factor, Hour, Positive, Range, Share
from tokenscan.simulate.language import FILES, language

BUILT_IN = Path(__file__).parent / "kinds"
Label = Literal["honest", "gamer", "service"]


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of person. Factors apply to what is usual in the person's function."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Label = "honest"
    note: str = ""
    base: str = ""
    share: Annotated[float, msgspec.Meta(ge=0)] = 0.0  # weight among the honest people of a population
    count: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0  # accounts on top of ``--people``
    plain: bool = False  # ordinary people, as many in every preset
    group: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1  # people who come together
    same_team: bool = False
    function: str = ""
    declared: bool = True  # is a service account in the people file

    rate: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 1.0  # prompts a day
    burstiness: Annotated[float, msgspec.Meta(ge=0, le=3)] = (
        0.6  # standard deviation of the logarithm of a day's volume
    )
    rush: Share = 0.02  # share of days with three to six times as much
    idle: Share = 0.12  # share of working days without use
    talk: Positive = 3.0  # mean number of prompts in a conversation
    pause: Positive = 120.0  # median seconds between answer and next prompt
    hours: tuple[Hour, Hour] = (8.6, 17.0)
    weekend: Share = 0.03
    fte: Share = 1.0
    zone: str = ""
    language: str = ""
    joins: Share = 0.0  # when in the period
    ramp_weeks: Factor = 0.0

    material: Factor = 1.0
    answers: Factor = 1.0
    growth: Positive = 1.0  # of material and answers over the period
    per_task: Positive = 1.0
    tracked: bool = True  # are the person's tasks in the outcomes file
    used: Factor = 1.0
    errors: Annotated[float, msgspec.Meta(ge=0, le=0.9)] = 0.012
    cached: bool = True
    migrates: bool = False

    review_response: Positive = 1.0  # volume in the two weeks before a review
    quarter_end: Positive = 1.0
    event: Positive = 1.0  # volume on the days of ``event_days``
    event_days: Range = (0, 0)  # how many days, and in how many pieces
    event_known: bool = False  # planned, so it is in the configuration
    template_share: Share = 0.0  # share of the prompts that are filled templates of the person's own

    habits: list[AnyHabit] = []
    changes: list[AnyChange] = []


@dataclass(frozen=True, slots=True)
class Kinds:
    """All kinds by name, as written; ``at`` gives one at a dose."""

    written: Mapping[str, Mapping[str, Any]]
    own: frozenset[str] = frozenset()

    def at(self, name: str, dose: float = 1.0) -> Kind:
        """Return a kind; at a dose below 1 with what stands under ``half``."""
        return _converted(self.written[name], dose)


def load_kinds(own: Path | None = None) -> Kinds:
    """Read the built-in kinds and those of the user's file, which may replace built-in ones.

    Raises:
        UsageError: not readable, not TOML, an unknown key, a bad value, an unknown or circular ``base``.
    """
    written: dict[str, dict[str, Any]] = {}
    for path in sorted(BUILT_IN.glob("*.toml")):
        _add(written, _tables(path), path)
    names: list[str] = []
    if own is not None:
        tables = _tables(own)
        names = [str(table.get("name")) for table in tables]
        if len(set(names)) < len(names):
            raise UsageError(f"{own}: two kinds of the same name")
        _add(written, tables, own)
    kinds = Kinds(written, frozenset(names))
    for name in names:  # the built-in ones are held by tests
        for dose in (1.0, 0.5):
            try:
                _check(kinds.at(name, dose))
            except UsageError as error:
                raise UsageError(f"{own}: kind {name!r}: {error}", hint=error.hint) from error
            except msgspec.ValidationError as error:
                raise UsageError(f"{own}: kind {name!r}: {error}", hint="see docs/simulate.md") from error
    return kinds


def _check(kind: Kind) -> None:
    """Refuse what types cannot.

    Raises:
        UsageError: an unknown function, zone, language, app, model or section of a phrase file;
            an honest kind that wastes.
    """
    choices: list[tuple[str, str, Iterable[str]]] = [
        ("function", kind.function, FUNCTIONS),
        ("zone", kind.zone, available_timezones()),
        ("language", kind.language, TONGUES.values()),
    ]
    for habit in kind.habits:
        choices += [("app", habit.app, APPS), ("model", habit.model, MODELS)]
        if (tongue := getattr(habit, "tongue", None)) is not None:
            choices.append(("tongue", tongue, FILES))
            if tongue in FILES:
                choices.append((f"section in {tongue!r}", getattr(habit, "section", ""), language(tongue).ids))
        if habit.waste and kind.label != "gamer":
            raise UsageError(f"{kind.label} people waste nothing", hint='label = "gamer", or waste = false')
    for what, name, known in choices:
        if name and name not in known:
            some = ", ".join(sorted(known)[:12])
            raise UsageError(f"no {what} {name!r}", hint=f"such as {some}")


def _tables(path: Path) -> list[dict[str, Any]]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error})", hint="check --kinds") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error
    tables = data.pop("kind", [])
    if data or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError(f"{path}: a file of kinds holds [[kind]] tables and nothing else")
    return tables


def _add(written: dict[str, dict[str, Any]], tables: Iterable[dict[str, Any]], path: Path) -> None:
    for table in tables:
        name, base = str(table.get("name")), table.get("base")
        if base is not None and base not in written:
            raise UsageError(f"{path}: kind {name!r}: no kind {base!r} before it", hint="base names an earlier kind")
        if base is not None:
            table = _based(written[base], table)  # noqa: PLW2901 - the same table, completed
        written[name] = table


def _based(base: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """Complete a table by its base: values are replaced, habits and changes come on top."""
    inherited = {key: value for key, value in base.items() if key not in ("name", "share", "count", "plain", "note")}
    lists = {key: [*base.get(key, []), *table.get(key, [])] for key in ("habits", "changes")}
    return inherited | dict(table) | {key: value for key, value in lists.items() if value}


def _converted(table: Mapping[str, Any], dose: float) -> Kind:
    plain = _at_dose(table, dose)
    for key in ("habits", "changes"):
        entries = plain.get(key, [])
        if isinstance(entries, list):
            plain[key] = [_at_dose(entry, dose) if isinstance(entry, dict) else entry for entry in entries]
    return msgspec.convert(plain, Kind)


def _at_dose(table: Mapping[str, Any], dose: float) -> dict[str, Any]:
    half = table.get("half", {})
    rest = {key: value for key, value in table.items() if key != "half"}
    if not isinstance(half, dict):
        raise msgspec.ValidationError("half is no table")
    return rest | half if dose < 1 else rest
