"""The people file: who is who, in which team and time zone, whatever program wrote it."""

from __future__ import annotations

import gzip
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tokenscan.context.model import ALIASES, PEOPLE
from tokenscan.context.tables import read_people
from tokenscan.errors import UsageError

HEADER = "user,aliases,team,function,kind,timezone,start_date,end_date,fte\n"
ANN = "ann,a@x,t1,sales,human,Europe/Berlin,2026-01-05,2026-12-31,0.5\n"


def people(
    folder: Path, content: str | bytes | pl.DataFrame, name: str = "people.csv"
) -> tuple[pl.DataFrame, dict[str, str], list[str]]:
    path = folder / name
    if isinstance(content, pl.DataFrame):
        content.write_parquet(path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found, aliases, notes = read_people(path)
    assert (found.schema, aliases.schema) == (PEOPLE, ALIASES)
    return found, dict(aliases.iter_rows()), notes


def refused(folder: Path, content: str | pl.DataFrame, name: str = "people.csv") -> str:
    with pytest.raises(UsageError) as raised:
        people(folder, content, name)
    assert str(raised.value).startswith(f"{folder / name}: ")
    return str(raised.value).removeprefix(f"{folder / name}: ")


def test_every_column_is_read(tmp_path: Path) -> None:
    found, aliases, notes = people(tmp_path, HEADER + ANN)
    assert found.rows() == [("ann", "t1", "sales", "human", "Europe/Berlin", date(2026, 1, 5), date(2026, 12, 31), 0.5)]
    assert aliases == {"ann": "ann", "a@x": "ann"}
    assert notes == []


def test_only_the_user_is_needed(tmp_path: Path) -> None:
    found, aliases, _ = people(tmp_path, "user\nbob\nann\n")
    assert found.rows() == [(name, None, None, "human", None, None, None, None) for name in ("ann", "bob")]
    assert aliases == {"ann": "ann", "bob": "bob"}
    assert people(tmp_path, HEADER)[0].height == 0


WRITTEN = {
    "semicolons": (HEADER + ANN).replace(",", ";"),
    "tabs": (HEADER + ANN).replace(",", "\t"),
    "a byte order mark": "\ufeff" + HEADER + ANN,
    "UTF-16": (HEADER + ANN).encode("utf-16"),
    "gzip": gzip.compress((HEADER + ANN).encode()),
    "Windows line ends and blank lines": "\r\n" + (HEADER + ANN).replace("\n", "\r\n\r\n"),
    "quotes": '"' + (HEADER + ANN).strip().replace(",", '","').replace("\n", '"\n"') + '"',
    "other case and spaces": (HEADER + ANN).replace("user", " User ").replace("start_date", "Start Date"),
    "another order": "fte,user,aliases,timezone,end_date,start_date,kind,function,team\n"
    "0.5,ann,a@x,Europe/Berlin,2026-12-31,2026-01-05,HUMAN,sales,t1\n",
}


@pytest.mark.parametrize("way", WRITTEN)
def test_it_does_not_matter_which_program_wrote_it(tmp_path: Path, way: str) -> None:
    assert people(tmp_path, WRITTEN[way])[0].equals(people(tmp_path, HEADER + ANN)[0])


@pytest.mark.parametrize("name", ["people.parquet", "people.PARQUET", "people.csv"])
def test_parquet_of_typed_columns_is_read(tmp_path: Path, name: str) -> None:
    typed = pl.DataFrame(
        {
            "user": pl.Series(["ann"], dtype=pl.Categorical),
            "aliases": [["a@x", "A2"]],
            "start_date": [date(2026, 1, 5)],
            "end_date": [datetime(2026, 12, 31, 18)],  # noqa: DTZ001 (what spreadsheets export)
            "fte": pl.Series([0.5], dtype=pl.Float32),
            "timezone": [2],
        }
    )
    found, aliases, _ = people(tmp_path, typed, name)
    assert found.rows() == [("ann", None, None, "human", "Etc/GMT-2", date(2026, 1, 5), date(2026, 12, 31), 0.5)]
    assert aliases == {"ann": "ann", "a@x": "ann", "a2": "ann"}
    assert people(tmp_path, pl.DataFrame({"user": [17]}), "numbers.parquet")[0]["user"].to_list() == ["17"]


def test_names_are_compared_without_regard_to_case(tmp_path: Path) -> None:
    _, aliases, _ = people(tmp_path, "user,aliases\nAnn,ANN;ann ; a.b@X.com;;\nbob,\n")
    assert aliases == {"ann": "Ann", "a.b@x.com": "Ann", "bob": "bob"}
    assert refused(tmp_path, "user,aliases\nann,x\nbob,X\n") == "'x' is a name of two people"
    assert refused(tmp_path, "user,aliases\nann,bob\nbob,\n") == "'bob' is a name of two people"
    assert refused(tmp_path, "user\nann\nANN\n") == "'ann' is a name of two people"
    assert refused(tmp_path, "user\nann\n ann \n") == "'ann' stands there twice"


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("+2", "Etc/GMT-2"), ("-5", "Etc/GMT+5"), ("2", "Etc/GMT-2"), ("UTC+1", "Etc/GMT-1"), ("gmt-3", "Etc/GMT+3"),
        ("UTC +14", "Etc/GMT-14"), ("+02:00", "Etc/GMT-2"), ("-7.0", "Etc/GMT+7"), ("0", "UTC"), ("UTC", "UTC"),
        ("Asia/Kolkata", "Asia/Kolkata"), ("", None),
    ],
)  # fmt: skip
def test_zones_are_names_or_hours(tmp_path: Path, zone: str, name: str | None) -> None:
    found, _, _ = people(tmp_path, f"user,timezone\nann,{zone}\n")
    assert found["timezone"].to_list() == [name]
    if name is not None:
        noon = pl.Series([datetime(2026, 1, 1, 12)]).dt.replace_time_zone("UTC")  # noqa: DTZ001
        assert noon.dt.convert_time_zone(name).len() == 1


@pytest.mark.parametrize(
    "zone", ["Mars", "+15", "-13", "5.5", "+05:30", "europe/berlin", "localtime", "posix/UTC", "CEST"]
)
def test_a_zone_that_days_cannot_be_cut_in_is_refused(tmp_path: Path, zone: str) -> None:
    assert (
        refused(tmp_path, f"user,timezone\nann,UTC\n\nbob,{zone}\n")
        == f"row 4: timezone '{zone}' is an unknown time zone"
    )


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("start_date", "2026-13-01", "is no date"),
        ("end_date", "31/12/2026", "is no date"),
        ("start_date", "2026-01-01junk", "is no date"),
        ("fte", "half", "is no number"),
        ("fte", "-0.5", "is no number"),
        ("fte", "nan", "is no number"),
        ("fte", "inf", "is no number"),
    ],
)
def test_a_bad_value_is_named_with_its_row(tmp_path: Path, column: str, value: str, problem: str) -> None:
    content = f"user,{column}\n,x\nann,\n\nbob,{value}\n"
    assert refused(tmp_path, content) == f"row 5: {column} {value!r} {problem}"


def test_a_kind_is_human_or_service(tmp_path: Path) -> None:
    found, _, _ = people(tmp_path, "user,kind\na,Human\nb,SERVICE\nc,\n")
    assert found["kind"].to_list() == ["human", "service", "human"]
    assert refused(tmp_path, "user,kind\na,robot\n") == "kind 'robot'"


def test_what_is_not_used_is_noted(tmp_path: Path) -> None:
    _, _, notes = people(tmp_path, "user,salary,,Shoe Size\nann,1,2,3\n,4,5,6\n")
    assert notes == ["people.csv: columns salary, shoe_size not used", "people.csv: 1 row without a user not used"]
    assert people(tmp_path, "user,x\nann,1\n")[2] == ["people.csv: column x not used"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "cannot be read (the file is empty)"),
        ("name\nann\n", "no column 'user' (it has: name)"),
        ("user,USER\nann,bob\n", "two columns 'user'"),
        ("user,team\nann,t1\nbob,t2,t3\n", "row 3: 3 fields where the header has 2"),
        ('user,team\nann,"t1\nbob,t2\n', "cannot be read (unexpected end of data)"),
        ("PAR1 but not quite", "cannot be read (parquet: "),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(tmp_path: Path, content: Any, problem: str) -> None:
    assert refused(tmp_path, content).startswith(problem)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.csv", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            read_people(path)


def test_trailing_fields_may_be_missing_or_empty(tmp_path: Path) -> None:
    found, _, _ = people(tmp_path, "user,team,function\nann,t1\nbob,t2,f,,\n")
    assert found.select("user", "team", "function").rows() == [("ann", "t1", None), ("bob", "t2", "f")]
