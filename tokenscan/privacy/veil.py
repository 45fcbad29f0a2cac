"""Put pseudonyms in the place of names before anything looks at the calls, so that nothing later can leak one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from tokenscan.context.attribute import resolved_user
from tokenscan.context.model import ALIASES, Context
from tokenscan.events.log import EventLog
from tokenscan.privacy.pseudonyms import CALL, SESSION, TASK, file_names, pseudonyms, short_id
from tokenscan.privacy.scrub import Scrubber
from tokenscan.privacy.secret import Secret
from tokenscan.privacy.traces import renamed_files, renamed_samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """What was replaced. ``names`` gives the pseudonym of each name; it is not part of any text this object makes."""

    key_id: str
    names: Mapping[str, str] = field(repr=False)
    scrub: Scrubber = field(repr=False)

    @property
    def behind(self) -> Mapping[str, str]:
        """Return the name behind each pseudonym, for decisions that a config takes by name."""
        return {pseudonym: name for name, pseudonym in self.names.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Veiled:
    """Log, attributed events and context without a name, and the veil over them."""

    log: EventLog
    events: pl.DataFrame
    context: Context
    veil: Veil


def veiled(log: EventLog, events: pl.DataFrame, context: Context, secret: Secret) -> Veiled:
    """Replace people, service accounts, calls, sessions, tasks and files by pseudonyms; teams and apps stay.

    ``events`` carry people's names as the people file has them, so that all aliases of one person share a pseudonym.
    """
    outcomes = context.outcomes.with_columns(resolved_user(context, "user"))
    names = _names(events, outcomes, context, secret)
    files = file_names({*(file.name for file in log.files), *events["source_file"].drop_nulls().unique()}, secret)
    shown = events.with_columns(
        _replaced("user", names),
        _replaced("source_file", files),
        short_id("event_id", CALL, secret),
        short_id("session_id", SESSION, secret),
        short_id("task_id", TASK, secret),
    )
    aliases = {alias: names[user] for alias, user in context.aliases.iter_rows() if user in names}
    scrub = Scrubber(aliases | names | files)
    return Veiled(
        log=replace(
            log,
            events=shown.select(log.events.columns),
            files=renamed_files(log.files, files),
            bad_samples=renamed_samples(log.bad_samples, files),
            notes=tuple(scrub(note) for note in log.notes),
        ),
        events=shown,
        context=_context(context, outcomes, names),
        veil=Veil(key_id=secret.key_id, names=names, scrub=scrub),
    )


def _names(events: pl.DataFrame, outcomes: pl.DataFrame, context: Context, secret: Secret) -> dict[str, str]:
    users = {name for frame in (events, outcomes, context.people) for name in frame["user"].drop_nulls().unique()}
    planned = {name for event in context.planned for name in event.users}
    by_kind = {kind: set(context.people.filter(pl.col("kind") == kind)["user"]) for kind in ("service", "human")}
    return pseudonyms(users | planned, secret, services=by_kind["service"], humans=by_kind["human"])


def _replaced(column: str, names: Mapping[str, str]) -> pl.Expr:
    return pl.col(column).replace_strict(dict(names), default=None, return_dtype=pl.String)


def _context(context: Context, outcomes: pl.DataFrame, names: Mapping[str, str]) -> Context:
    return replace(
        context,
        people=context.people.with_columns(_replaced("user", names)).sort("user"),
        aliases=pl.DataFrame(schema=ALIASES),
        outcomes=outcomes.with_columns(_replaced("user", names)),
        planned=tuple(
            replace(event, users=frozenset(names[user] for user in event.users)) for event in context.planned
        ),
    )
