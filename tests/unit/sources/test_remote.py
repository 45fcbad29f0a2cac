"""Logs in a bucket are found, named and read as those in a folder; nothing secret is shown."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from made_logs import HEADER, call, calls, csv_row, pack
from s3_server import ACCESS_KEY, SECRET, s3_server

from tokenscan.errors import InputError, TokenscanError, UsageError
from tokenscan.reading import InputOptions, read_files
from tokenscan.sources.files import LogFile, find_files
from tokenscan.sources.remote import _az_options, _matcher, _s3_options, _store


def parquet(first: int, last: int) -> bytes:
    sink = io.BytesIO()
    pl.DataFrame([call(number) for number in range(first, last)]).write_parquet(sink)
    return sink.getvalue()


OBJECTS = {
    "day1/a.jsonl": calls(0, 3),
    "day1/b.json.gz": pack(calls(3, 5), "gz"),
    "day1/deep/c.parquet": parquet(5, 8),
    "day2/d.csv": (HEADER + csv_row(8)).encode(),
    "day2/e.ndjson.zst": pack(calls(9, 3000), "zst"),
    "day2/copy.jsonl": calls(0, 3),
    "day2/readme.md": b"notes",
    "other/odd name+%41.jsonl": calls(3000, 3001),
}


@pytest.fixture(autouse=True)
def endpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with s3_server(OBJECTS) as url:
        settings = {
            "AWS_ENDPOINT_URL": url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(tmp_path / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        _store.cache_clear()
        yield url
        _store.cache_clear()


def found(*addresses: str) -> list[LogFile]:
    return find_files(addresses, stdin=io.BytesIO())


def test_all_logs_below_a_prefix_are_read_whatever_their_container() -> None:
    log = read_files(["s3://logs"], InputOptions())
    assert log.events["input_tokens"].to_list() == list(range(3001))
    assert {verdict.name: (verdict.rows, verdict.skipped) for verdict in log.files} == {
        "day1/a.jsonl": (3, ""),
        "day1/b.json.gz": (2, ""),
        "day1/deep/c.parquet": (3, ""),
        "day2/copy.jsonl": (0, "same content as day1/a.jsonl"),
        "day2/d.csv": (1, ""),
        "day2/e.ndjson.zst": (2991, ""),
        "other/odd name+%41.jsonl": (1, ""),
    }


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("s3://logs/day1", ["a.jsonl", "b.json.gz", "deep/c.parquet"]),
        ("s3://logs/day1/", ["a.jsonl", "b.json.gz", "deep/c.parquet"]),
        ("s3a://logs/day1/a.jsonl", ["a.jsonl"]),
        ("s3://logs/day2/readme.md", ["readme.md"]),
        ("s3://logs/day*/*.jsonl", ["a.jsonl", "copy.jsonl"]),
        ("s3://logs/**/*.parquet", ["c.parquet"]),
        ("s3://logs/day[2]/?.csv", ["d.csv"]),
    ],
)
def test_an_address_is_an_object_a_prefix_or_a_glob(address: str, names: list[str]) -> None:
    assert [file.name for file in found(address)] == names


def test_an_object_is_found_once_and_counts_as_named_only_by_its_own_address() -> None:
    files = found("s3://logs/day1", "s3://logs/day1/a.jsonl", "s3://logs/day1/*.jsonl")
    assert [(file.name, file.named) for file in files] == [
        ("a.jsonl", True),
        ("b.json.gz", False),
        ("deep/c.parquet", False),
    ]


def test_buckets_and_folders_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(calls(100, 101))
    names = [file.name for file in found(str(tmp_path), "s3://logs/day1/a.jsonl")]
    assert len(set(names)) == 2
    assert "day1/a.jsonl" in names


def test_a_bucket_or_prefix_that_is_not_there_is_an_error_that_says_so() -> None:
    with pytest.raises(InputError, match=r"s3://gone/x: there is no such bucket"):
        found("s3://gone/x")
    with pytest.raises(InputError, match=r"s3://logs/day9: no object there"):
        found("s3://logs/day9")
    with pytest.raises(InputError, match=r"no object there"):
        found("s3://logs/*.csv")


def test_a_key_that_may_not_read_is_an_error_that_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDOTHER")
    with pytest.raises(InputError, match="access denied, or no credentials") as caught:
        found("s3://logs/day1")
    assert "AWS_ACCESS_KEY_ID" in caught.value.hint
    assert "AKIDOTHER" not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_store_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(InputError, match="the store cannot be reached"):
        found("s3://logs/day1")


@pytest.mark.parametrize(
    "address",
    [
        "s3://key:hunter2@logs/day1",
        "s3://hunter2@logs/day1",
        "s3://logs/day1/a.jsonl?X-Amz-Signature=hunter2",
        "https://logs.example.com/a.jsonl?sig=hunter2",
        "https://hunter2@example.com/*.jsonl",
        "abfss://box@evil.example.com/hunter2",
    ],
)
def test_addresses_with_credentials_are_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        found(address)
    assert "hunter2" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("address", ["s3://", "s3:///key", "gs://", "az://"])
def test_an_address_without_a_bucket_is_refused(address: str) -> None:
    with pytest.raises(TokenscanError, match="names no bucket"):
        found(address)


def test_an_azure_address_needs_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="no storage account is named") as caught:
        found("az://box/logs")
    assert "AZURE_STORAGE_ACCOUNT_NAME" in caught.value.hint
    assert _az_options({"AZURE_STORAGE_ACCOUNT": "a", "AZURE_STORAGE_KEY": "k"}, "") == {
        "account_name": "a",
        "account_key": "k",
    }
    assert _az_options({"AZURE_STORAGE_ACCOUNT": "a", "AZURE_STORAGE_SAS_TOKEN": "t"}, "b") == {
        "account_name": "b",
        "sas_token": "t",
    }


def test_the_endpoint_of_another_store_may_have_any_scheme() -> None:
    told = _s3_options({"AWS_ENDPOINT_URL": "https://store.example.com/"}, "logs")
    assert (told["endpoint_override"], told["scheme"], told["region"]) == ("store.example.com", "https", "us-east-1")
    assert _s3_options({"AWS_ENDPOINT_URL_S3": "store:9000"}, "logs")["scheme"] == "https"


def test_stars_stop_at_slashes() -> None:
    matches = _matcher("b/2026-*/**/x?.json")
    assert matches("b/2026-01/x1.json")
    assert matches("b/2026-01/a/b.c/x1.json")
    assert not matches("b/2026-01/a/x12.json")
    assert not matches("b/2026/x1.json")
    assert not matches("b/2026-01/x/.json")
    assert not matches("b/2026-01/x1xjson")
