"""Finds and reads rule files, and reports everything that is wrong with any of them at once."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenscan.errors import UsageError
from tokenscan.ruleset.check import check
from tokenscan.ruleset.custom.defaults import completed
from tokenscan.ruleset.decode import Decoder, plain
from tokenscan.ruleset.kinds import ParamsOf, params_of
from tokenscan.ruleset.model import (
    CUSTOM_KINDS,
    CUSTOM_NEEDS,
    DETECTOR_NEEDS,
    SCHEMA_VERSION,
    Family,
    Rule,
    RuleFile,
    digest,
)
from tokenscan.ruleset.problems import Problem, did_you_mean, refuse

# The parser's time grows with the square of a key's dotted parts, so a small hostile file could hold it up for hours.
MAX_BYTES = 1 << 18
MAX_DOTS = 200
MAX_NOTES = 100  # problems told of one file


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Rules sorted by id, no id twice."""

    rules: tuple[Rule, ...]

    @property
    def digest(self) -> str:
        """Return a hash of what all rules say, for comparing two reports honestly."""
        return digest(self.rules)

    def get(self, rule_id: str) -> Rule:
        """Return the rule of that id; raises UsageError that suggests the nearest one."""
        found = next((rule for rule in self.rules if rule.id == rule_id), None)
        if found is None:
            raise UsageError(f"no rule {rule_id!r}{did_you_mean(rule_id, (rule.id for rule in self.rules))}")
        return found

    def select(self, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> RuleSet:
        """Return the rules that any of ``select`` names (all without any) and none of ``ignore`` does.

        A word is a rule id, a tag, a family, a status, or a glob over ids. Raises UsageError for words that name
        nothing: a typo must not silently switch a rule on or off.
        """
        wanted = self._named(select, "select") if select else {rule.id for rule in self.rules}
        unwanted = self._named(ignore, "ignore")
        return RuleSet(rules=tuple(rule for rule in self.rules if rule.id in wanted - unwanted))

    def _named(self, words: Iterable[str], option: str) -> set[str]:
        handles = {rule.id: {rule.id, rule.family.value, rule.status.value, *rule.tags} for rule in self.rules}
        known = set().union(*handles.values(), Family, *handles)
        problems: list[Problem] = []
        named: set[str] = set()
        for word in words:
            hits = {key for key, names in handles.items() if word in names or fnmatch.fnmatchcase(key, word)}
            if not hits and word not in known:
                text = f"no rule, tag, family or status {word!r}{did_you_mean(word, known)}"
                problems.append(Problem(file=option, key="", text=text))
            named |= hits
        refuse(problems)
        return named


def shipped_folder() -> Path:
    """Return the folder of the rules that come with tokenscan.

    A wheel carries them inside the package; a source tree or an editable install has them beside it.
    """
    package = Path(__file__).resolve().parents[1]
    inside = package / "_rules"
    return inside if inside.is_dir() else package.parent / "rules"


def load_rules(
    paths: Sequence[Path] | None = None, *, shipped: bool = True, params_of: ParamsOf = params_of
) -> RuleSet:
    """Return the shipped rules and those of ``paths`` (files, or folders searched for ``*.toml``).

    Raises UsageError that lists every problem of every file as ``file: key path: problem``; an id used twice is one.
    """
    rules, problems = read_rules(paths, shipped=shipped, params_of=params_of)
    refuse(problems)
    return rules


def read_rules(
    paths: Sequence[Path] | None = None,
    *,
    shipped: bool = True,
    params_of: ParamsOf = params_of,
    beside: RuleSet | None = None,
) -> tuple[RuleSet, list[Problem]]:
    """Return the sound ones of these rules, and what is wrong with the others.

    ``beside`` are rules that are there anyway: users' own must not have their ids, any may be replaced by them.
    """
    problems: list[Problem] = []
    roots = [*([shipped_folder()] if shipped else []), *(paths or ())]
    files: dict[Path, Path] = {}
    for root in roots:
        for file in _files(root, problems):
            files.setdefault(file.resolve(), file)
    rules: dict[str, Rule] = {}
    others = {rule.id: rule for rule in beside.rules} if beside else {}
    for file in files.values():
        known = len(problems)
        rule = _read(file, params_of, problems)
        taken = rules | others if rule is not None and rule.custom else rules
        if rule is not None and rule.id in taken:
            text = f"{rule.id!r} is already the id of {taken[rule.id].source}"
            problems.append(Problem(file=str(file), key="id", text=text))
        elif rule is not None and len(problems) == known:
            rules[rule.id] = rule
    problems += _replacements(rules.values(), {*rules, *others})
    return RuleSet(rules=tuple(rules[key] for key in sorted(rules))), problems


def _files(root: Path, problems: list[Problem]) -> list[Path]:
    if root.is_file():
        return [root]
    if not root.is_dir():
        problems.append(Problem(file=str(root), key="", text="no such file or folder"))
        return []
    found = sorted(path for path in root.rglob("*.toml") if path.is_file())
    if not found and root != shipped_folder():
        problems.append(Problem(file=str(root), key="", text="holds no rule files (*.toml)"))
    return found


def _read(file: Path, params_of: ParamsOf, problems: list[Problem]) -> Rule | None:
    """Return the rule in one file, or None after noting everything that is wrong with it."""
    notes: list[tuple[str, str]] = []
    rule = None
    try:
        rule = _decode(file, params_of, notes)
        if rule is not None:
            notes += check(rule, params_of)
    except RecursionError:
        notes.append(("", "is nested too deeply"))
    except OSError as error:
        notes.append(("", f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError:
        notes.append(("", "is not UTF-8 text"))
    if len(notes) > MAX_NOTES:
        notes = [*sorted(notes)[:MAX_NOTES], ("", f"and {len(notes) - MAX_NOTES} more problems")]
    else:
        notes.sort()
    problems += [Problem(file=str(file), key=key, text=text) for key, text in notes]
    return rule


def _decode(file: Path, params_of: ParamsOf, notes: list[tuple[str, str]]) -> Rule | None:
    raw = _parse(file, notes)
    if raw is None:
        return None
    if raw.get("schema", SCHEMA_VERSION) != SCHEMA_VERSION:
        text = f"rule format {raw['schema']!r:.20} is not known to this version, which reads {SCHEMA_VERSION}"
        notes.append(("schema", text))
        return None
    decoder = Decoder()
    content = decoder.struct(RuleFile, raw, "")
    notes += decoder.problems
    custom = raw.get("kind") in CUSTOM_KINDS
    if not custom and content is not None:
        try:
            params_of(content.kind)
        except ValueError as error:  # what else the rule needs depends on its kind
            notes.append(("kind", str(error)))
            return None
    notes += _place(file, raw, custom=custom)
    notes += [(key, "missing") for key in (CUSTOM_NEEDS if custom else DETECTOR_NEEDS) if key not in raw]
    family = _family(file, raw, custom=custom)
    if content is None or family is None:
        return None
    said = {name: getattr(content, name) for name in content.__struct_fields__ if name != "family"}
    rule = Rule(**said, family=family, source=str(file))
    return completed(rule) if custom else rule


def _parse(file: Path, notes: list[tuple[str, str]]) -> dict[str, object] | None:
    if file.stat().st_size > MAX_BYTES:
        notes.append(("", f"is larger than {MAX_BYTES} bytes"))
        return None
    text = file.read_text(encoding="utf-8")
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MAX_DOTS:
            notes.append(("", f"line {number} has more than {MAX_DOTS} dots; break long text into lines"))
            return None
    try:
        raw = plain(tomllib.loads(text))
    except ValueError as error:  # besides TOMLDecodeError: numbers too long to convert
        notes.append(("", f"is not valid TOML: {error}"))
        return None
    assert isinstance(raw, dict)
    return raw


def _family(file: Path, raw: Mapping[str, object], *, custom: bool) -> Family | None:
    """Return a rule's family: what a user's own rule says, else its folder's name, else one for users' own rules."""
    words = [raw.get("family") if custom else None, file.absolute().parent.name, Family.CUSTOM if custom else None]
    return next((Family(word) for word in words if isinstance(word, str) and word in set(Family)), None)


def _place(file: Path, raw: Mapping[str, object], *, custom: bool) -> Iterator[tuple[str, str]]:
    """Check that the file's name is its id and, for built-in kinds, its folder a family."""
    folder, rule_id = file.absolute().parent.name, raw.get("id")
    families = [member.value for member in Family if member is not Family.CUSTOM]
    if isinstance(rule_id, str) and rule_id != file.stem:
        yield "id", f"{rule_id!r} is not the file's name, {file.stem!r}"
    if custom:
        if isinstance(rule_id, str) and "-" not in rule_id:
            yield "id", f"{rule_id!r} needs a prefix of yours, such as 'acme-{rule_id}', so that no later rule takes it"
        return
    if folder not in families:
        hint = did_you_mean(folder, families)
        yield "", f"must lie in a folder named after its family ({', '.join(families)}), not in {folder!r}{hint}"
    if "family" in raw:
        yield "family", "only for rules of kind sql or filter; the folder says it for the others"


def _replacements(rules: Collection[Rule], known: Collection[str]) -> Iterator[Problem]:
    for rule in rules:
        if rule.replaced_by is not None and rule.replaced_by not in known:
            text = f"no rule {rule.replaced_by!r}{did_you_mean(rule.replaced_by, known)}"
            yield Problem(file=rule.source, key="replaced_by", text=text)
