"""Whether the tests in a rule file can be run as they are written."""

from __future__ import annotations

from collections.abc import Iterator

from tokenscan.ruleset import timing
from tokenscan.ruleset.cases import RuleTest, cycled, listed
from tokenscan.ruleset.model import RuleFile
from tokenscan.ruleset.params import coerce
from tokenscan.ruleset.problems import did_you_mean

MAX_CALLS = 100_000
MAX_CHARS = 50_000_000


def case_problems(rule: RuleFile) -> Iterator[tuple[str, str]]:
    """Yield (key path, what is wrong) for tests that cannot be run as written."""
    seen: set[str] = set()
    for number, test in enumerate(rule.tests):
        path = f"tests[{number}]"
        if test.name in seen:
            yield f"{path}.name", f"{test.name!r} is the name of an earlier test"
        seen.add(test.name)
        if not test.streams and not test.events:
            yield f"{path}.streams", "missing: a test needs streams or events"
        if test.expect and test.not_evaluated is not None:
            yield f"{path}.not_evaluated", "a test expects findings or 'not evaluated', not both"
        yield from _param_problems(rule, test, path)
        yield from _people_problems(test, path)
        yield from _stream_problems(test, path)


def _param_problems(rule: RuleFile, test: RuleTest, path: str) -> Iterator[tuple[str, str]]:
    for name, value in test.params.items():
        spec = rule.params.get(name)
        if spec is None:
            yield f"{path}.params.{name}", f"no such parameter{did_you_mean(name, rule.params)}"
            continue
        try:
            coerce(spec, value)
        except ValueError as error:
            yield f"{path}.params.{name}", str(error)


def _people_problems(test: RuleTest, path: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for number, person in enumerate(test.people):
        try:
            timing.zone(person.timezone)
        except ValueError as error:
            yield f"{path}.people[{number}].timezone", str(error)
        for user in listed(person.user):
            if user in seen:
                yield f"{path}.people[{number}].user", f"{user!r} is there twice"
            seen.add(user)


def _stream_problems(test: RuleTest, path: str) -> Iterator[tuple[str, str]]:
    total, chars = 0, 0
    for number, stream in enumerate(test.streams):
        key = f"{path}.streams[{number}]"
        try:
            days = timing.days(stream.days, weekends=stream.weekends)
            for start in listed(stream.start):
                timing.clock(start)
            pauses: tuple[str | float, ...] = listed(stream.gap)
            for pause in pauses:
                timing.gap(pause)
        except ValueError as error:
            yield key, str(error)
            continue
        if any(value == () for value in (getattr(stream, name) for name in stream.__struct_fields__)):
            yield key, "an empty list cannot be cycled"
            continue
        calls = len(listed(stream.user)) * sum(cycled(stream.calls, day) for day in range(len(days)))
        total += calls
        chars += calls * max(len(text or "") for field in (stream.prompt, stream.response) for text in listed(field))
    if total > MAX_CALLS or chars > MAX_CHARS:
        yield f"{path}.streams", f"{total} calls, {chars} characters; at most {MAX_CALLS} and {MAX_CHARS} are allowed"
