"""``rules.lock``: a digest of what each version of a rule finds and says, so that none changes under its version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec

from tokenscan.errors import UsageError
from tokenscan.ruleset.model import Rule, hashed, said

LOCK_NAME: Final = "rules.lock"
LOCK_VERSION: Final = 1
# What explains a rule to its reader, and what tries it, changes no finding.
_PROSE: Final = ("version", "description", "rationale", "false_positives", "references", "since", "tests")


class Locked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule's version and the digest of what it is in that version."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    digest: Annotated[str, msgspec.Meta(pattern="^b2:[0-9a-f]{32}$")]


class Lock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file: rules by id."""

    lock: int
    rules: dict[str, Locked]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a lock does not say of a rule; ``same_version``: the rule changed, its version did not."""

    text: str
    same_version: bool = False


def locked(rules: Iterable[Rule]) -> dict[str, Locked]:
    """Return what a lock says of these rules, by id."""
    return {rule.id: Locked(version=rule.version, digest=content_digest(rule)) for rule in rules}


def content_digest(rule: Rule) -> str:
    """Return a digest of all of a rule that decides what it finds, or is told with a finding."""
    content = {key: value for key, value in said(rule).items() if key not in _PROSE}
    content["params"] = {
        name: {key: value for key, value in spec.items() if key != "doc"} for name, spec in content["params"].items()
    }
    return hashed(content)


def unlocked(rules: Iterable[Rule], known: Mapping[str, Locked]) -> list[Difference]:
    """Return where rules and lock differ, in the order of ids."""
    return list(_differences(locked(rules), known))


def _differences(now: Mapping[str, Locked], known: Mapping[str, Locked]) -> Iterator[Difference]:
    for rule_id in sorted({*now, *known}):
        rule, before = now.get(rule_id), known.get(rule_id)
        if rule is None:
            yield Difference(text=f"{rule_id}: is locked, but there is no such rule any more")
        elif before is None:
            yield Difference(text=f"{rule_id}: is not locked yet")
        elif rule.version < before.version:
            yield Difference(text=f"{rule_id}: version {rule.version} is older than the locked {before.version}")
        elif rule.version > before.version:
            yield Difference(text=f"{rule_id}: version {rule.version} is not locked yet, only {before.version}")
        elif rule.digest != before.digest:
            text = f"{rule_id}: has changed and is still version {rule.version}"
            yield Difference(text=text, same_version=True)


def lock_text(rules: Mapping[str, Locked]) -> str:
    """Return a lock as JSON, one rule a line, so that its changes read well in a version control."""
    lines = ",\n".join(f'  "{name}": {msgspec.json.encode(entry).decode()}' for name, entry in sorted(rules.items()))
    return f'{{"lock": {LOCK_VERSION}, "rules": {{\n{lines}\n}}}}\n'


def read_lock(path: Path) -> dict[str, Locked]:
    """Return the rules in a lock file, none where there is no file. Raises UsageError for one that is no lock."""
    try:
        lock = msgspec.json.decode(path.read_bytes(), type=Lock)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path}: no lock ({error})", hint="write it anew with: tokenscan rules lock") from error
    if lock.lock != LOCK_VERSION:
        raise UsageError(f"{path}: a lock of version {lock.lock}; this program reads {LOCK_VERSION}")
    return lock.rules
