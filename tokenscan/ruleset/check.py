"""Whether a rule file that decodes also makes sense: names that exist, defaults within limits, tests that can run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tokenscan.context.model import OUTCOMES, PEOPLE
from tokenscan.errors import UsageError
from tokenscan.events.schema import EVENTS, PROMPTS, RAW
from tokenscan.ruleset.case_check import case_problems
from tokenscan.ruleset.custom.check import custom_problems
from tokenscan.ruleset.custom.schema import TABLES
from tokenscan.ruleset.kinds import ParamsOf
from tokenscan.ruleset.message import placeholders
from tokenscan.ruleset.model import CUSTOM_KEYS, LifeCycle, Param, Rule
from tokenscan.ruleset.params import coerce, mismatches
from tokenscan.ruleset.problems import did_you_mean

CONTEXT = ("people", "outcomes", "reviews", "quotas", "holidays", "planned")
REQUIREMENTS = frozenset(["account", *RAW, *EVENTS, *PROMPTS, *PEOPLE, *OUTCOMES, *CONTEXT])
OF_TABLES = frozenset(column.name for columns in TABLES.values() for column in columns)

# What changes from run to run, or names a place rather than a behaviour, cannot identify a finding.
_UNSTABLE = re.compile(
    r"^(n|day|date|week|month|value|threshold|strength|first_seen|last_seen|timestamp|source_file|source_row|event_id)$"
    r"|(^|_)(n|tokens|requests|calls|count|share|ratio|usd|nanousd|cost|waste)(_|$)"
)
_NO_ANSWER = re.compile(r"\W*(none|n/?a|unknown|nothing|tbd|todo)\W*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

Note = tuple[str, str]


def check(rule: Rule, params_of: ParamsOf) -> list[Note]:
    """Return (key path, what is wrong) for everything in ``rule`` that cannot be meant."""
    return [
        *_kind(rule, params_of),
        *(note for name, spec in rule.params.items() for note in _param(f"params.{name}", spec)),
        *_value_param(rule),
        *_life_cycle(rule),
        *_names(rule),
        *_answers(rule),
        *_text(rule),
        *case_problems(rule),
    ]


def _kind(rule: Rule, params_of: ParamsOf) -> Iterator[Note]:
    if rule.custom:
        yield from custom_problems(rule)
        return
    for key in CUSTOM_KEYS:
        if getattr(rule, key):
            yield key, "only for rules of kind sql or filter"
    try:
        kind = params_of(rule.kind)
    except ValueError as error:
        yield "kind", str(error)
    else:
        yield from mismatches(rule.params, kind)


def _param(path: str, spec: Param) -> Iterator[Note]:
    numeric = spec.type in ("int", "float", "list[int]")
    if not numeric and (spec.min is not None or spec.max is not None):
        yield path, f"min and max are for numbers, not for {spec.type}"
    elif spec.min is not None and spec.max is not None and spec.min > spec.max:
        yield f"{path}.min", f"{spec.min} is above max = {spec.max}"
    else:
        try:
            coerce(spec, spec.default)
        except ValueError as error:
            yield f"{path}.default", str(error)


def _value_param(rule: Rule) -> Iterator[Note]:
    if rule.custom and not rule.value_param:
        return
    spec = rule.params.get(rule.value_param)
    if spec is None:
        yield "value_param", f"no parameter {rule.value_param!r}{did_you_mean(rule.value_param, rule.params)}"
    elif spec.type not in ("int", "float"):
        yield "value_param", f"a threshold is a number; {rule.value_param} is {spec.type}"


def _life_cycle(rule: Rule) -> Iterator[Note]:
    if rule.status is LifeCycle.DEPRECATED:
        if rule.reason is None:
            yield "reason", "missing: say why the rule is deprecated"
        return
    for key, value in (("reason", rule.reason), ("replaced_by", rule.replaced_by)):
        if value is not None:
            yield key, "only for deprecated rules"


def _names(rule: Rule) -> Iterator[Note]:
    known = REQUIREMENTS | OF_TABLES if rule.custom else REQUIREMENTS
    for number, name in enumerate(rule.requires):
        if name not in known:
            yield f"requires[{number}]", f"{name!r} is no event column or context{did_you_mean(name, known)}"
    for number, name in enumerate(rule.fingerprint):
        if _UNSTABLE.search(name):
            yield f"fingerprint[{number}]", f"{name!r} changes from run to run and cannot identify a finding"
    try:
        placeholders(rule.message)
    except UsageError as error:
        yield "message", str(error).removeprefix("message: ")


def _answers(rule: Rule) -> Iterator[Note]:
    for key, values in (("false_positives", rule.false_positives), ("open_questions", rule.open_questions)):
        for number, text in enumerate(values):
            if _NO_ANSWER.fullmatch(text):
                yield f"{key}[{number}]", f"{text!r} is no answer: every rule can be wrong about someone"


def _text(rule: Rule) -> Iterator[Note]:
    """Refuse blank text and control characters: rule text goes to terminals as it is."""
    texts = {
        key: getattr(rule, key)
        for key in ("title", "description", "rationale", "remediation", "unit", "message", "waste_basis", "reason")
    }
    for key in ("false_positives", "open_questions", "references"):
        texts |= {f"{key}[{number}]": text for number, text in enumerate(getattr(rule, key))}
    for name, spec in rule.params.items():
        texts |= {f"params.{name}.doc": spec.doc, f"params.{name}.origin": spec.origin}
    for key, text in texts.items():
        if text is not None and not text.strip():
            yield key, "is blank"
        if text is not None and _CONTROL.search(text):
            yield key, "contains a control character"
