from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscan.errors import UsageError
from tokenscan.findings.model import Severity
from tokenscan.ruleset.effective import Override, effective, parse_set
from tokenscan.ruleset.load import RuleSet
from tokenscan.ruleset.model import LifeCycle, Param, Rule
from tokenscan.ruleset.params import bind, coerce, parse


def _spec(kind: str, default: object = 1, **limits: float) -> Param:
    return Param(type=kind, default=default, doc="d", origin="tokenscan", **limits)  # type: ignore[arg-type]


def test_defaults_come_with_their_origin(rule: Rule) -> None:
    plain = effective(rule)
    assert plain.values == {"ratio": 10.0, "min_days": 10, "ignore_apps": ()}
    assert [item.origin for item in plain.params] == ["founding documents", "tokenscan", "tokenscan"]
    assert (plain.enabled, plain.severity, plain.severity_origin) == (True, Severity.MEDIUM, "rule")
    assert plain.threshold_origin == "founding documents"


def test_set_wins_over_config_which_wins_over_the_rule(rule: Rule) -> None:
    config = Override(origin="config", severity=Severity.HIGH, params={"ratio": 12, "min_days": 20})
    changed = effective(rule, [config, *parse_set(["personal-spike.ratio=15"], RuleSet(rules=(rule,)))[rule.id]])
    assert changed.values == {"ratio": 15.0, "min_days": 20, "ignore_apps": ()}
    assert [item.origin for item in changed.params] == ["--set", "config", "tokenscan"]
    assert (changed.severity, changed.severity_origin) == (Severity.HIGH, "config")
    assert changed.threshold_origin == "--set"


def test_bad_overrides_are_told_together_with_their_place(rule: Rule) -> None:
    params = {"ratio": 0.5, "min_dyas": 3, "ignore_apps": "chat"}
    with pytest.raises(UsageError) as caught:
        effective(rule, [Override(params=params, file="tokenscan.toml")])
    assert str(caught.value).splitlines() == [
        "tokenscan.toml: rules.personal-spike.params.ratio: must be at least 1.0, not 0.5",
        "tokenscan.toml: rules.personal-spike.params.min_dyas: no such parameter; did you mean 'min_days'?",
        "tokenscan.toml: rules.personal-spike.params.ignore_apps: expected a list, got 'chat'",
    ]


def _with(rule: Rule, **changes: object) -> Rule:
    return Rule(**({name: getattr(rule, name) for name in rule.__struct_fields__} | changes))


def test_the_life_cycle_decides_what_runs_unless_the_user_does(rule: Rule) -> None:
    experimental = _with(rule, status=LifeCycle.EXPERIMENTAL)
    assert effective(experimental).disabled.startswith("experimental")
    assert effective(experimental, experimental=True).enabled
    assert effective(experimental, [Override(enabled=True)]).enabled
    deprecated = _with(rule, status=LifeCycle.DEPRECATED, reason="too coarse", replaced_by="above-peers")
    assert effective(deprecated, experimental=True).disabled == "deprecated: too coarse; use above-peers"
    assert effective(rule, [Override(enabled=False)]).disabled == "disabled by config"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "12", 12),
        ("int", "1_000", 1000),
        ("float", "12", 12.0),
        ("float", " 0.5 ", 0.5),
        ("bool", "true", True),
        ("bool", "False", False),
        ("str", "a=b", "a=b"),
        ("list[str]", "gpt-5, o3", ("gpt-5", "o3")),
        ("list[str]", "", ()),
        ("list[int]", "7,28", (7, 28)),
    ],
)
def test_set_values_take_the_parameter_type(kind: str, text: str, value: object) -> None:
    parsed = parse(_spec(kind), text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "1.5"),
        ("int", "9" * 30),
        ("float", "nan"),
        ("float", "inf"),
        ("float", "1" + "0" * 400),
        ("float", "ten"),
        ("bool", "1"),
        ("list[int]", "1,x"),
    ],
)
def test_what_is_no_value_of_the_type_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse(_spec(kind), text)


@pytest.mark.parametrize(
    ("kind", "value"), [("int", True), ("float", True), ("int", 12.0), ("bool", 1), ("str", 1), ("list[str]", [1])]
)
def test_nothing_but_whole_numbers_as_floats_is_bent(kind: str, value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        coerce(_spec(kind), value)


@given(st.floats(allow_nan=True, allow_infinity=True) | st.integers())
def test_limits_hold_for_every_number(value: float) -> None:
    spec = _spec("float", 1.0, min=0.5, max=20)
    if math.isfinite(value) and 0.5 <= value <= 20:
        assert coerce(spec, value) == value
    else:
        with pytest.raises(ValueError, match=r"must be at|expected a number"):
            coerce(spec, value)


def test_list_limits_hold_for_each_item() -> None:
    assert coerce(_spec("list[int]", (7,), min=1), [7, 28]) == (7, 28)
    with pytest.raises(ValueError, match="must be at least 1, not 0"):
        coerce(_spec("list[int]", (7,), min=1), [7, 0])


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("personal-spike", "--set personal-spike: expected RULE.PARAM=VALUE"),
        ("personal-spike=3", "--set personal-spike=3: expected RULE.PARAM=VALUE"),
        ("personal-pike.ratio=3", "no rule 'personal-pike'; did you mean 'personal-spike'?"),
        ("personal-spike.ratoi=3", "rule personal-spike has no parameter 'ratoi'; did you mean 'ratio'?"),
        ("personal-spike.ratio=x", "--set personal-spike.ratio=x: expected a number, got 'x'"),
        ("personal-spike.min_days=91", "--set personal-spike.min_days=91: must be at most 90, not 91"),
    ],
)
def test_a_wrong_set_option_says_what_was_meant(rule: Rule, option: str, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_set([option], RuleSet(rules=(rule,)))
    assert problem in str(caught.value)


def test_several_set_options_for_one_rule_are_kept_in_order(rule: Rule) -> None:
    found = parse_set(["personal-spike.ratio=3", "personal-spike.ratio=4"], RuleSet(rules=(rule,)))
    assert effective(rule, found["personal-spike"]).values["ratio"] == 4.0


def test_values_bind_to_the_detectors_dataclass(rule: Rule, params_class: type) -> None:
    override = Override(params={"ignore_apps": ["chat"]})
    bound = bind(effective(rule, [override]).values, params_class)
    assert bound == params_class(ratio=10.0, min_days=10, ignore_apps=("chat",))


def test_a_dataclass_with_other_fields_does_not_bind(rule: Rule) -> None:
    @dataclass(frozen=True)
    class Other:
        ratio: float
        extra: int

    with pytest.raises(UsageError, match=r"\['extra', 'ignore_apps', 'min_days'\]"):
        bind(effective(rule).values, Other)
