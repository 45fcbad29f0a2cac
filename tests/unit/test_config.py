"""``tokenscan.toml``: what it may hold, and how it says what is wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tokenscan.config import Config, config_schema, find_config, load_config
from tokenscan.errors import UsageError

# Every key that is documented.
EXAMPLE = """
people   = "people.csv"
outcomes = "outcomes.csv"
timezone = "UTC"
min_group_size = 5
co2_grams_per_1000_tokens = 0.5
rule_paths = ["rules"]
select = ["stable"]
ignore = ["trivial-prompts"]

[[reviews]]
name = "Q1"
date = 2026-02-16
teams = []

[[quotas]]
metric = "tokens"
period = "week"
minimum = 50_000
teams = []

[[holidays]]
date = 2026-01-16

[[planned]]
name = "hackathon"
start = 2026-03-21
end = 2026-03-23
teams = ["t3"]

[[budgets]]
team = "t1"
monthly_usd = 4000

[[prices]]
model = "gpt-5.5"
input_usd_per_million = 4.0
output_usd_per_million = 24.0
[discounts]
openai = 0.12

[rules.personal-spike]
enabled = true
severity = "high"
params = { ratio = 12.0 }

[[suppress]]
rule = "copied-prompt"
match = { team = "t5" }
reason = "shared stand-up template"
expires = 2027-01-31
"""


def load(folder: Path, content: str | bytes, name: str = "tokenscan.toml") -> Config:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_config(path)


def refused(folder: Path, content: str | bytes) -> str:
    with pytest.raises(UsageError) as raised:
        load(folder, content)
    return str(raised.value).removeprefix(f"{folder / 'tokenscan.toml'}: ")


def test_every_documented_key_is_read(tmp_path: Path) -> None:
    config = load(tmp_path, EXAMPLE)
    assert (config.people, config.outcomes, config.timezone, config.min_group_size) == (
        "people.csv",
        "outcomes.csv",
        "UTC",
        5,
    )
    assert [(review.name, review.date) for review in config.reviews] == [("Q1", dt.date(2026, 2, 16))]
    assert [(quota.metric, quota.period, quota.minimum) for quota in config.quotas] == [("tokens", "week", 50_000.0)]
    assert [holiday.date for holiday in config.holidays] == [dt.date(2026, 1, 16)]
    assert [(event.start, event.end, event.teams) for event in config.planned] == [
        (dt.date(2026, 3, 21), dt.date(2026, 3, 23), ["t3"])
    ]
    assert [(budget.team, budget.monthly_usd) for budget in config.budgets] == [("t1", 4000.0)]
    assert [(price.model, price.output_usd_per_million) for price in config.prices] == [("gpt-5.5", 24.0)]
    assert config.discounts == {"openai": 0.12}
    assert (config.rules["personal-spike"].severity, config.rules["personal-spike"].params) == ("high", {"ratio": 12.0})
    assert [(entry.rule, entry.match, entry.expires) for entry in config.suppress] == [
        ("copied-prompt", {"team": "t5"}, dt.date(2027, 1, 31))
    ]


def test_an_empty_file_is_the_default(tmp_path: Path) -> None:
    assert load(tmp_path, "") == Config()
    assert load(tmp_path, b"\xef\xbb\xbftimezone = 'UTC'\r\n") == Config()


def test_pyproject_has_a_table_for_it(tmp_path: Path) -> None:
    content = "[project]\nname = 'x'\n[tool.tokenscan]\nmin_group_size = 9\n"
    assert load(tmp_path, content, "pyproject.toml").min_group_size == 9
    for without in ("[project]\nname = 'x'\n", "tool = 5\n"):
        assert load(tmp_path, without, "pyproject.toml") == Config()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("peple = 'x'", "unknown key 'peple'; did you mean 'people'?"),
        ("qqqq = 1", "unknown key 'qqqq'"),
        ("timezone = 5", "timezone: Expected `str`, got `int`"),
        ("min_group_size = 1", "min_group_size: Expected `int` >= 2"),
        ("[[reviews]]\ndat = 2026-01-01", "reviews[0]: unknown key 'dat'; did you mean 'date'?"),
        ("[[reviews]]\ndate = 2026-01-01\n[[reviews]]\ndate = 'soon'", "reviews[1].date: Invalid RFC3339 encoded date"),
        ("[[reviews]]\ndate = 2026-01-01T10:00:00", "reviews[0].date: Expected `date`, got `datetime`"),
        ("[[reviews]]\nname = 'Q1'", "reviews[0]: Object missing required field `date`"),
        ("[[holidays]]\ndate = 2026-01-01\nnme = 'x'", "holidays[0]: unknown key 'nme'; did you mean 'name'?"),
        (
            "[[quotas]]\nmetric = 'token'\nperiod = 'week'\nminimum = 1",
            "quotas[0].metric: Invalid enum value 'token'; one of tokens, requests, cost_usd, active_days",
        ),
        ("[[quotas]]\nmetric = 'tokens'\nperiod = 'week'\nminimum = -1", "quotas[0].minimum: Expected `float` >= 0.0"),
        ("[[planned]]\nname = 'a'\nstart = 2026-01-01\nend = 2026-01-02\nuser = []",
         "planned[0]: unknown key 'user'; did you mean 'users'?"),
        ("[[budgets]]\nmonthly_usd = nan", "budgets[0].monthly_usd: Expected `float` >= 0.0"),
        ("[[prices]]\nmodel = 'm'\ninput_usd_per_million = 1",
         "prices[0]: Object missing required field `output_usd_per_million`"),
        ("[discounts]\nazure = 0.1\nopenai = 12", "discounts.openai: Expected `float` <= 1.0"),
        ("[rules.a]\n[rules.personal-spike]\nenabld = true",
         "rules.personal-spike: unknown key 'enabld'; did you mean 'enabled'?"),
        (
            "[rules.personal-spike]\nseverity = 'hi'",
            "rules.personal-spike.severity: Invalid enum value 'hi'; one of info, low, medium, high, critical",
        ),
        ("[rules]\na = 1", "rules.a: Expected `object`, got `int`"),
        ("[[suppress]]\nrule = 'a'\nreason = 'x'\nexpires = 2026-01-01",
         "suppress[0].reason: Expected `str` of length >= 3"),
        ("[[suppress]]\nrule = 'a'\nreason = 'because'", "suppress[0]: Object missing required field `expires`"),
        ("[suppress]\nrule = 'a'", "suppress: Expected `array`, got `object`"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, content: str, problem: str) -> None:
    assert refused(tmp_path, content) == problem


@pytest.mark.parametrize("content", ["x = ", "a = 1\na = 2", "[a\n"])
def test_what_is_no_toml_is_said_as_such(tmp_path: Path, content: str) -> None:
    assert refused(tmp_path, content).startswith("not valid TOML: ")


def test_a_file_that_cannot_be_read_is_said_as_such(tmp_path: Path) -> None:
    assert refused(tmp_path, b"a = '\xff'").startswith("cannot be read (")
    for path in (tmp_path / "gone.toml", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            load_config(path)


def test_the_config_of_a_folder_is_found_in_itself_only(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    assert find_config(below) is None
    project = tmp_path / "pyproject.toml"
    project.write_text("[project]\n")
    assert find_config(tmp_path) is None
    project.write_text("[tool.tokenscan]\n")
    assert find_config(tmp_path) == project
    (tmp_path / "tokenscan.toml").write_text("")
    assert find_config(tmp_path) == tmp_path / "tokenscan.toml"
    assert find_config(below) is None


def test_the_schema_takes_what_the_program_takes(tmp_path: Path) -> None:
    import tomllib

    schema = config_schema()
    jsonschema.Draft202012Validator.check_schema(schema)

    def dated(value: Any) -> Any:
        """Return TOML as JSON would have it: dates are text."""
        if isinstance(value, dict):
            return {key: dated(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [dated(inner) for inner in value]
        return value.isoformat() if isinstance(value, dt.date) else value

    jsonschema.validate(dated(tomllib.loads(EXAMPLE)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"peple": "x"}, schema)
