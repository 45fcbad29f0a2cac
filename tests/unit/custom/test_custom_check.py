"""What is wrong with a rule file of one's own is told before any data is read, all of it, with the key."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.unit.custom.own_rules import load, text, write
from tokenscan.errors import UsageError
from tokenscan.ruleset.decode import plain
from tokenscan.ruleset.load import load_rules, read_rules
from tokenscan.ruleset.model import Family
from tokenscan.ruleset.schema import rule_schema

GOOD = "SELECT user, COUNT(*) AS value FROM events GROUP BY user"
LEAST = '[params.least]\ntype = "int"\ndefault = 1\ndoc = "d."\norigin = "o"'
FILTER = "[filter]\nwhere = {where!r}\ngroup_by = {by!r}"


def filtered(where: str = "ok", by: list[str] | None = None, more: str = "", **changes: Any) -> str:
    return text(part=FILTER.format(where=where, by=["user"] if by is None else by), more=more, kind="filter", **changes)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (text("DROP TABLE events"), "sql.query: must start with SELECT or WITH"),
        (text("SELECT nope FROM events"), 'sql.query: unable to find column "nope"; valid columns: ["row_id", '),
        (text(GOOD, confidence=None), "confidence: missing"),
        (text(GOOD, confidence="sure"), "confidence: must be one of low, medium, high, not 'sure'"),
        (text(GOOD, fingerprint=None), "fingerprint: missing: which columns of the result"),
        (text(GOOD, fingerprint=["users"]), "fingerprint[0]: no column 'users' in the result; did you mean 'user'?"),
        (text(GOOD, fingerprint=["user", "value"]), "fingerprint[1]: 'value' changes from run to run"),
        (text("SELECT user, AVG(tokens) AS mean FROM events GROUP BY 1", fingerprint=["mean"]), "fingerprint[0]: mean"),
        (text("SELECT user, app FROM events", fingerprint=["app"]), "fingerprint: the result has user: two of them"),
        (text(GOOD, message="{usr} {value}"), "message: nothing is called {usr} in the result; did you mean 'user'?"),
        (text("SELECT user, 1 FROM events"), "sql.query: column 'literal' needs a plain name"),
        (text(GOOD.replace("value", '"N of calls"')), "sql.query: column 'N of calls' needs a plain name"),
        (text(GOOD.replace("value", "metrics")), "sql.query: column 'metrics' is a word of findings"),
        (text("SELECT tokens AS user FROM events"), "sql.query: column user must be text, not Int64"),
        (text("SELECT user, AVG(tokens) AS waste_tokens FROM events GROUP BY 1"), "sql.query: column waste_tokens"),
        (text("SELECT user, ARRAY_AGG(app) AS calls FROM events GROUP BY 1"), "sql.query: column calls must be"),
        (text("SELECT user, 1 AS waste_usd, ARRAY_AGG(row_id) AS calls FROM events GROUP BY 1"), "sql.query: calls"),
        (text("SELECT user, 1 AS waste_nanousd, 1 AS waste_usd FROM events"), "sql.query: waste_nanousd and waste_usd"),
        (text("SELECT user, 0.5 AS share FROM events"), "sql.query: share is the wasted part of the calls"),
        (text(GOOD, more=LEAST), "params.least: is not used by the rule's query or filter"),
        (text(GOOD, value_param="least"), "value_param: no parameter 'least'"),
        (text(GOOD, kind="filter"), "filter: missing: a rule of kind filter has a table [filter]"),
        (text(GOOD, kind="sgl"), "kind: no built-in detector of that name; did you mean 'sql'?"),
        (text(GOOD, id="try"), "id: 'try' needs a prefix of yours, such as 'acme-try'"),
        (text(GOOD, family="mine"), "family: must be one of volume, content"),
        (text(GOOD, requires=["usr"]), "requires[0]: 'usr' is no event column or context"),
        (text(GOOD, severity_bands={"high": "much"}), "severity_bands.high: 'much' is no amount such as '500 usd'"),
        (text(GOOD, severity_bands={"info": 5}), "severity_bands.info: is not above the rule's own severity, low"),
        (text(GOOD, severity_bands={"high": 5, "medium": 5}), "severity_bands: a graver severity needs more waste"),
        (text(GOOD, more="[[tests]]\nname = 'x'"), "tests[0].streams: missing: a test needs streams or events"),
        (text(GOOD, more="[[tests]]\nname = 'x'\nevents = [{ usr = 'a' }]"), "tests[0].events[0].usr: unknown key"),
        (filtered("nope = 1"), 'filter: unable to find column "nope"'),
        (filtered("tokens"), "filter: filter predicate must be of type `Boolean`"),
        (filtered("read_csv('/etc/passwd') = 1"), "filter: read_csv is no function that a rule may use"),
        (filtered("ok; DROP TABLE events"), "filter: a condition, not a query: ; is not possible here"),
        (filtered(by=["usr"]), "filter: group_by: no column 'usr' in events; did you mean 'user'?"),
        (filtered(by=["tokens"]), "filter: group_by: tokens is counted for each group"),
        (filtered("tokens > 1", more=LEAST.replace("least", "tokens")), "filter: parameter tokens has the name"),
        (text(part="[filter]\nwhere = 'ok'\nwaste = 2.0", kind="filter"), "filter.waste: "),
        (text(part="[filter]\nwhere = 'ok'\nhaving = 'nope > 1'", kind="filter"), 'filter: unable to find column'),
        (text(part="[filter]\nwhere = 'ok'\ntable = 'event'", kind="filter"), "filter.table: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_key(content: str, problem: str, tmp_path: Path) -> None:
    path = write(tmp_path, content, "try" if 'id = "try"' in content else "acme-try")
    with pytest.raises(UsageError) as caught:
        load_rules([path], shipped=False)
    assert [line for line in str(caught.value).splitlines() if line.startswith(f"{path}: {problem}")], caught.value


def test_all_problems_of_all_files_are_told_and_sound_rules_are_still_read(tmp_path: Path) -> None:
    write(tmp_path, text("DROP TABLE events", confidence=None))
    write(tmp_path, text(GOOD, id="acme-good"), "acme-good")
    rules, problems = read_rules([tmp_path], shipped=False)
    assert [rule.id for rule in rules.rules] == ["acme-good"]
    assert [problem.key for problem in problems] == ["confidence", "sql.query"]


def test_an_id_that_another_rule_has_names_both_files(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a", text(GOOD)), write(tmp_path / "b", text(GOOD))
    with pytest.raises(UsageError, match=f"{second}: id: 'acme-try' is already the id of {first}"):
        load_rules([first, second])
    stolen = write(tmp_path / "c", text(GOOD, id="copied-prompt"), "copied-prompt")
    assert "is already the id of" in str(read_rules([stolen], shipped=False, beside=load_rules())[1][0])


@pytest.mark.parametrize(
    ("folder", "key", "family"),
    [("ours", None, Family.CUSTOM), ("content", None, Family.CONTENT), ("content", "volume", Family.VOLUME)],
)
def test_the_family_is_what_the_file_or_its_folder_says(
    tmp_path: Path, folder: str, key: str | None, family: Family
) -> None:
    assert load(tmp_path / folder, text(GOOD, family=key)).family is family


def test_keys_of_own_rules_are_not_for_built_in_detectors(tmp_path: Path) -> None:
    shipped = next(rule for rule in load_rules().rules if rule.id == "personal-spike")
    content = Path(shipped.source).read_text(encoding="utf-8").replace("weight =", 'confidence = "high"\nweight =', 1)
    with pytest.raises(UsageError, match="confidence: only for rules of kind sql or filter"):
        load_rules([write(tmp_path / "volume", content, "personal-spike")], shipped=False)


@pytest.mark.parametrize(
    ("content", "needs"),
    [
        (text(GOOD), ("user",)),
        (
            text("SELECT app, SUM(tokens) AS value FROM events GROUP BY app", fingerprint=["app"]),
            ("app", "input_tokens"),
        ),
        (text("SELECT user, 1 AS value FROM prompts, events WHERE used"), ("prompt", "used", "user")),
        (text("SELECT user, used, 1 AS value FROM events", requires=["user", "timestamp"]), ("user",)),
        (text("SELECT day, COUNT(*) AS value FROM user_days GROUP BY day", fingerprint=["day"]), None),
        (filtered("words > 5", by=["team"]), ("prompt", "team")),
        (filtered("tasks = 0", by=["user"]).replace("[filter]", "[filter]\ntable = 'user_days'"), ("outcomes", "user")),
    ],
)
def test_what_a_log_must_have_follows_from_the_columns(
    content: str, needs: tuple[str, ...] | None, tmp_path: Path
) -> None:
    if needs is None:
        with pytest.raises(UsageError, match="'day' changes from run to run"):
            load(tmp_path, content)
    else:
        assert load(tmp_path, content.replace("{value}", "Many")).requires == needs


@pytest.mark.parametrize("content", [text(GOOD), filtered(message="{requests}")])
def test_files_fit_the_published_schema(content: str) -> None:
    validator = jsonschema.Draft202012Validator(rule_schema())
    assert validator.is_valid(plain(tomllib.loads(content)))
    assert not validator.is_valid(plain(tomllib.loads(content.replace("confidence", "confident"))))
    assert not validator.is_valid(
        plain(tomllib.loads(content.replace("[sql]", "[sgl]").replace("[filter]", "[fliter]")))
    )
    detector = content.replace('kind = "sql"', 'kind = "usage-step"').replace('kind = "filter"', 'kind = "usage-step"')
    assert not validator.is_valid(plain(tomllib.loads(detector)))
