"""A rule as it runs: its file, then the config, then ``--set``, and where each value came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tokenscan.findings.model import Severity
from tokenscan.ruleset.load import RuleSet
from tokenscan.ruleset.model import LifeCycle, Param, ParamValue, Rule
from tokenscan.ruleset.params import coerce, parse
from tokenscan.ruleset.problems import Problem, did_you_mean, refuse

CONFIG = "config"
SET = "--set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a user changed about one rule; None and absent mean unchanged.

    ``origin`` is shown beside each value ("config", "--set"); ``file`` and ``key`` say where an error is.
    """

    origin: str = CONFIG
    enabled: bool | None = None
    severity: Severity | None = None
    params: Mapping[str, object] = field(default_factory=dict)
    file: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveParam:
    """A parameter's value in this run and whose number it is ("founding documents", "tokenscan", "config", "--set")."""

    name: str
    value: ParamValue
    origin: str
    spec: Param


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveRule:
    """A rule as it runs. ``disabled`` says why it does not, and is empty where it does."""

    rule: Rule
    disabled: str
    severity: Severity
    severity_origin: str
    params: tuple[EffectiveParam, ...]

    @property
    def enabled(self) -> bool:
        """Return whether the rule runs."""
        return not self.disabled

    @property
    def values(self) -> dict[str, ParamValue]:
        """Return the parameter values by name."""
        return {item.name: item.value for item in self.params}

    @property
    def threshold_origin(self) -> str:
        """Return whose number the headline threshold is; the rule's own where no parameter is it."""
        return next((item.origin for item in self.params if item.name == self.rule.value_param), "rule")


def effective(rule: Rule, overrides: Sequence[Override] = (), *, experimental: bool = False) -> EffectiveRule:
    """Return the rule with ``overrides`` applied in order, later ones winning.

    Stable rules run, experimental ones with ``experimental``, and any that an override enables. Raises UsageError that
    names every unknown parameter and every value of a wrong type or outside its limits.
    """
    problems: list[Problem] = []
    params = {
        name: EffectiveParam(name=name, value=coerce(spec, spec.default), origin=spec.origin, spec=spec)
        for name, spec in rule.params.items()
    }
    disabled, severity, severity_origin = _by_status(rule, experimental), rule.severity, "rule"
    for override in overrides:
        params |= _apply(rule, override, problems)
        if override.enabled is not None:
            disabled = "" if override.enabled else f"disabled by {override.origin}"
        if override.severity is not None:
            severity, severity_origin = override.severity, override.origin
    refuse(problems)
    return EffectiveRule(
        rule=rule,
        disabled=disabled,
        severity=severity,
        severity_origin=severity_origin,
        params=tuple(params.values()),
    )


def parse_set(assignments: Iterable[str], rules: RuleSet) -> dict[str, tuple[Override, ...]]:
    """Return the overrides that ``--set RULE.PARAM=VALUE`` options state, by rule id.

    Values are typed by the rule's own parameters. Raises UsageError that lists every option that does not fit.
    """
    found: dict[str, tuple[Override, ...]] = {}
    problems: list[Problem] = []
    for text in assignments:
        try:
            rule, override = _assignment(text, rules)
        except ValueError as error:
            problems.append(Problem(file=f"{SET} {text}", key="", text=str(error)))
        else:
            found[rule] = (*found.get(rule, ()), override)
    refuse(problems)
    return found


def _assignment(text: str, rules: RuleSet) -> tuple[str, Override]:
    target, equals, value = text.partition("=")
    rule_id, dot, name = target.strip().partition(".")
    if not (equals and dot and name):
        raise ValueError("expected RULE.PARAM=VALUE")
    known = {rule.id: rule for rule in rules.rules}
    if rule_id not in known:
        raise ValueError(f"no rule {rule_id!r}{did_you_mean(rule_id, known)}")
    params = known[rule_id].params
    if name not in params:
        raise ValueError(f"rule {rule_id} has no parameter {name!r}{did_you_mean(name, params)}")
    return rule_id, Override(origin=SET, params={name: parse(params[name], value)}, file=f"{SET} {text}")


def _apply(rule: Rule, override: Override, problems: list[Problem]) -> dict[str, EffectiveParam]:
    """Return the parameters an override changes, noting those it cannot."""
    changed: dict[str, EffectiveParam] = {}
    for name, value in override.params.items():
        key = f"{override.key or f'rules.{rule.id}'}.params.{name}"
        spec = rule.params.get(name)
        if spec is None:
            text = f"no such parameter{did_you_mean(name, rule.params)}"
            problems.append(Problem(file=override.file, key=key, text=text))
            continue
        try:
            changed[name] = EffectiveParam(name=name, value=coerce(spec, value), origin=override.origin, spec=spec)
        except ValueError as error:
            problems.append(Problem(file=override.file, key=key, text=str(error)))
    return changed


def _by_status(rule: Rule, experimental: bool) -> str:
    """Return why a rule's life cycle keeps it from running, or nothing."""
    if rule.status is LifeCycle.EXPERIMENTAL and not experimental:
        return "experimental; runs with --experimental or where the config enables it"
    if rule.status is LifeCycle.DEPRECATED:
        instead = f"; use {rule.replaced_by}" if rule.replaced_by else ""
        return f"deprecated: {rule.reason}{instead}"
    return ""
