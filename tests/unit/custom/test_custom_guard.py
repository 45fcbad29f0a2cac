"""Forbidden SQL is refused, however it is written; harmless SQL is not."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tokenscan.ruleset.custom.guard import RefusedError, guarded_expression, guarded_query
from tokenscan.ruleset.custom.plan import default_params, multiplies, plan_query
from tokenscan.ruleset.custom.words import BUILDERS, FUNCTIONS
from tokenscan.ruleset.model import Param

PARAMS = default_params(
    {
        "n": Param(type="int", default=3, doc="d.", origin="o"),
        "models": Param(type="list[str]", default=("a",), doc="d.", origin="o"),
    }
)
FILES = [
    "SELECT * FROM read_parquet('{file}')",
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM READ_Csv('{file}')",
    "SELECT * FROM read_ndjson('{file}')",
    "SELECT * FROM read_json('{file}')",
    "SELECT * FROM read_ipc('{file}')",
    "SELECT * FROM \"read_csv\"('{file}')",
    "SELECT * FROM `read_csv` ('{file}')",
    "SELECT * FROM read_csv/**/('{file}')",
    "SELECT * FROM read_csv -- (\n('{file}')",
    "SELECT * FROM main.read_csv('{file}')",
    "SELECT * FROM [read_csv]('{file}')",
    "SELECT * FROM \uff52\uff45\uff41\uff44_csv('{file}')",
    "SELECT user FROM events UNION ALL SELECT * FROM read_csv('{file}')",
    "WITH x AS (SELECT * FROM read_csv('{file}')) SELECT * FROM x",
    "SELECT 1 AS a FROM events WHERE EXISTS (SELECT * FROM read_csv('{file}'))",
    "SELECT 1 AS a /* /* */ FROM read_csv('{file}') -- */",
    "SELECT '\\' AS a, b FROM read_csv('{file}') --'",
    "SELECT $$ AS a FROM read_csv('{file}') $$",
    "SELECT * FROM '{file}'",
    'SELECT * FROM "{file}"',
]
STATEMENTS = [
    "",
    " \n ",
    "-- SELECT 1",
    "DROP TABLE events",
    "/* SELECT */ DROP TABLE events",
    "TRUNCATE TABLE events",
    "DELETE FROM events",
    "INSERT INTO events SELECT * FROM events",
    "UPDATE events SET tokens = 1",
    "CREATE TABLE x AS SELECT * FROM events",
    "SHOW TABLES",
    "EXPLAIN SELECT * FROM events",
    "DESCRIBE events",
    "COPY events TO '/tmp/x'",
    "ATTACH '/tmp/x' AS y",
    "SET x = 1",
    "VALUES (1)",
    "(SELECT 1 AS a)",
    "FROM events",
    "TABLE events",
    "SELECT 1 AS a; DROP TABLE events",
    "SELECT 1 AS a;;",
    "SELECT * INTO y FROM events",
    "WITH x AS (DROP TABLE events) SELECT * FROM x",
    "WITH x AS (SELECT 1 AS a) DELETE FROM events",
    "WITH RECURSIVE x AS (SELECT 1 AS a) SELECT * FROM x",
]
SHADOWS = [
    "WITH events AS (SELECT 1 AS a) SELECT * FROM events",
    'WITH "events" AS (SELECT 1 AS a) SELECT * FROM events',
    "WITH x AS (WITH events AS (SELECT 7 AS row_id) SELECT * FROM events) SELECT * FROM x",
    "WITH params AS (SELECT 1 AS n) SELECT n FROM params",
]
UNSTEADY = ["SELECT now() AS a", "SELECT CURRENT_DATE AS a", "SELECT current_timestamp AS a", "SELECT random() AS a"]
HUGE = [
    "SELECT * FROM generate_series(1, 1000000000)",
    "SELECT * FROM unnest([1, 2]) AS t",
    "SELECT rpad('x', 1000000000) AS a FROM events",
    "SELECT " + "+".join(["tokens"] * 600) + " AS a FROM events",
    "SELECT " + "(" * 400 + "1" + ")" * 400 + " AS a",
    "SELECT 1 AS a" + " " * 9000,
    "SELECT tokens FROM events" + " UNION ALL SELECT tokens FROM events" * 16,
    "WITH c0 AS (SELECT row_id FROM events), "
    + ", ".join(
        f"c{n} AS (SELECT x.row_id FROM c{n - 1} x JOIN c{n - 1} y ON x.row_id = y.row_id)" for n in range(1, 20)
    )
    + " SELECT row_id FROM c19",
]
ODD = [
    "SELECT E'a' AS b",
    "SELECT 1 AS \x00",
    "SELECT 1 AS a\u202e",
    "SELECT /*! 1 */ 1 AS a",
    'SELECT "a\nb" FROM events',
    "SELECT a.tokens FROM events a NATURAL JOIN events b",
]


@pytest.mark.parametrize("sql", FILES)
def test_no_file_is_opened(sql: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("password\nhunter2\n", encoding="utf-8")
    with pytest.raises(RefusedError) as caught:
        plan_query(sql.format(file=secret), PARAMS)
    assert "password" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("sql", [*STATEMENTS, *SHADOWS, *UNSTEADY, *HUGE, *ODD])
def test_what_is_no_plain_reading_is_refused(sql: str) -> None:
    with pytest.raises(RefusedError):
        plan_query(sql, PARAMS)


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT user FROM events", {"user"}),
        ("SELECT e.user, COUNT(*) AS n FROM events AS e GROUP BY e.user;", {"user", "n"}),
        ("SELECT USER FROM events -- ; DROP TABLE events\n", {"user"}),
        ("SELECT model FROM events WHERE app = 'read_csv(''x''); DROP TABLE events'", {"model"}),
        ("WITH own AS (SELECT team, AVG(tokens) AS m FROM events GROUP BY team) SELECT team FROM own", {"team"}),
        ("SELECT tokens FROM events, params WHERE tokens > n", {"tokens"}),
        ("SELECT tokens FROM events WHERE tokens > (SELECT n FROM params)", {"tokens"}),
        ("SELECT model FROM events CROSS JOIN params WHERE array_contains(models, model)", {"model"}),
        ("SELECT day, LAG(day) OVER (PARTITION BY user ORDER BY day) AS before FROM user_days", {"day", "before"}),
        ("SELECT session FROM sessions UNION SELECT session FROM events", {"session"}),
        ("SELECT EXTRACT(hour FROM timestamp) AS h FROM events WHERE day >= DATE '2026-01-31'", {"h"}),
        ("SELECT prompt_id FROM prompts WHERE regexp_like(trivial, '^gree\\w+')", {"prompt_id"}),
        ("SELECT user, ARRAY_AGG(row_id) AS calls FROM events GROUP BY user", {"user", "calls"}),
    ],
)
def test_plain_reading_is_planned(sql: str, names: set[str]) -> None:
    assert set(plan_query(sql, PARAMS).schema) == names


def test_line_numbers_survive_comments() -> None:
    assert guarded_query("SELECT 1 AS a /* x\ny */\nFROM events -- z\n").sql == "SELECT 1 AS a  \n\nFROM events"
    with pytest.raises(RefusedError, match=r"'\$' is not possible here \(line 3\)"):
        guarded_query("SELECT 1 AS a /* x\n*/\n$")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT nope FROM events", 'unable to find column "nope"; valid columns: ["row_id"'),
        ("SELECT a FROM nope", "the tables are events, prompts, user_days, sessions, params"),
        ("SELECT cuont(*) AS n FROM events", "did you mean 'count'?"),
        ("SELECT user FROM events WHERE team > 5", "cannot compare string with numeric type"),
        ("SELECT user FROM events WHERE timestamp > TIMESTAMP '2026-01-01 00:00:00'", "compare the column day"),
        ("SELECT tokens, tokens FROM events", "give every column a name of its own"),
    ],
)
def test_a_mistake_says_what_would_be_right(sql: str, message: str) -> None:
    with pytest.raises(RefusedError) as caught:
        plan_query(sql, PARAMS)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("sql", "confined"),
    [
        ("SELECT user FROM events GROUP BY user", False),
        ("SELECT user FROM events, params WHERE tokens > n", False),
        ("SELECT user FROM events JOIN params ON tokens >= n", False),
        ("SELECT a.tokens FROM events a JOIN events b ON a.team = b.team", True),
        ("SELECT a.tokens FROM events a CROSS JOIN events b", True),
        ("SELECT a.tokens FROM events a, sessions b WHERE a.tokens < b.tokens", True),
        ("SELECT a.tokens FROM params p, events a JOIN events b ON a.team = b.team", True),
        ("SELECT model || model AS m FROM events", True),
        ("SELECT REPLACE(model, 'a', 'aaaaaaaaa') AS m FROM events", True),
    ],
)
def test_what_may_multiply_runs_confined(sql: str, confined: bool) -> None:
    assert plan_query(sql, PARAMS).confined is confined


def test_a_plan_that_cannot_be_read_counts_as_multiplying() -> None:
    assert multiplies("  SOMETHING NEW JOIN:\n    LEFT SIDE\n")


@pytest.mark.parametrize("name", sorted(FUNCTIONS | BUILDERS))
def test_every_function_on_the_list_is_one_that_polars_knows(name: str) -> None:
    """Called with anything: a function that is unknown is told as such, one that is known complains otherwise."""
    said = ""
    try:
        pl.SQLContext(e=pl.LazyFrame({"s": ["a"]})).execute(f"SELECT {name}(s) AS x FROM e").collect_schema()
    except pl.exceptions.PolarsError as error:
        said = str(error)
    assert f"unsupported function '{name}'" not in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tokens > 1; DROP TABLE x",
        "(SELECT 1) = 1",
        "EXISTS (SELECT 1)",
        "read_csv('/etc/passwd')",
        "tokens = 1 AS x",
        "model || model = 'x'",
        "rpad(model, 99) = 'x'",
        "concat(model, model) = 'x'",
        "replace(model, 'a', 'aaaa') = 'x'",
        "now() > timestamp",
    ],
)
def test_a_condition_is_no_query(text: str) -> None:
    with pytest.raises(RefusedError):
        guarded_expression(text)


def test_a_condition_may_name_the_user() -> None:
    assert guarded_expression("user = 'ann' AND tokens > 5").sql == "\"user\" = 'ann' AND tokens > 5"
