from __future__ import annotations

import hashlib
import hmac
import re

import polars as pl
import pytest

from tokenscan.detectors.common.entities import NAMED
from tokenscan.privacy import pseudonyms as made
from tokenscan.privacy.pseudonyms import endings, file_names, hashed, is_pseudonym, pseudonyms
from tokenscan.privacy.secret import Secret

SECRET = Secret(digits="0123456789abcdef" * 4)
OTHER = Secret(digits="fedcba9876543210" * 4)


def test_a_pseudonym_is_the_first_64_bits_of_the_keyed_hash() -> None:
    digits = hmac.new(SECRET.digits.encode(), b"user\0ann@acme.example", hashlib.sha256).hexdigest()
    assert pseudonyms(["ann@acme.example"], SECRET) == {"ann@acme.example": f"person-{digits[:16]}"}


def test_the_same_person_has_the_same_pseudonym_whoever_else_is_there() -> None:
    alone, among = pseudonyms(["ann"], SECRET), pseudonyms(["zoe", "ann", "bob", "ann"], SECRET)
    assert among["ann"] == alone["ann"]
    assert pseudonyms(["ann"], OTHER)["ann"] != alone["ann"]
    assert len(set(among.values())) == 3


def test_a_service_is_known_by_its_pseudonym_to_the_rules_and_a_person_is_not() -> None:
    found = pseudonyms(["ci-bot", "bot", "ann", "bob", "etl"], SECRET, services=["etl"], humans=["bot"])
    kinds = {name: pseudonym.partition("-")[0] for name, pseudonym in found.items()}
    assert kinds == {"ci-bot": "service", "bot": "person", "ann": "person", "bob": "person", "etl": "service"}
    by_rule = pl.Series(list(found.values())).str.contains(NAMED).to_list()
    assert by_rule == [kind == "service" for kind in kinds.values()]


def test_a_hundred_thousand_people_have_as_many_pseudonyms() -> None:
    found = pseudonyms((f"person{number}@acme.example" for number in range(100_000)), SECRET)
    assert len(set(found.values())) == 100_000
    assert all(is_pseudonym(pseudonym) for pseudonym in found.values())


def test_two_people_with_one_short_hash_get_the_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "SHORT", 1)  # of 17 names, two begin with the same of 16 digits
    names = [f"n{number}" for number in range(17)]
    found = hashed(names, "user", SECRET)
    assert len(set(found.values())) == 17
    assert {len(value) for value in found.values()} >= {64}
    alone = [name for name in names if len(found[name]) == 1]
    assert all(found[name] == hashed([name], "user", SECRET)[name] for name in alone)


def test_what_is_hashed_for_one_thing_says_nothing_of_another() -> None:
    assert hashed(["x"], "user", SECRET) != hashed(["x"], "file", SECRET)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("/home/alice/.claude/x.jsonl", ".jsonl"),
        ("logs/alice.jsonl.gz", ".jsonl.gz"),
        ("alice.CSV", ".csv"),
        ("alice.smith", ""),
        ("", ""),
        (".json.json", ".json.json"),
        ("-", ""),
    ],
)
def test_a_file_keeps_only_what_says_its_kind(name: str, kept: str) -> None:
    assert endings(name) == kept
    assert re.fullmatch(rf"file-[0-9a-f]{{16}}{re.escape(kept)}", file_names([name], SECRET)[name])


def test_what_is_a_pseudonym() -> None:
    assert is_pseudonym("person-0123456789abcdef")
    assert is_pseudonym("service-" + "0" * 64)
    assert not any(map(is_pseudonym, ["person-1", "person-0123456789abcdeg", "ann", "", "call-0123456789abcdef"]))
