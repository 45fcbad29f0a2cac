from __future__ import annotations

import hashlib
import hmac
import stat
from pathlib import Path

import polars as pl
import pytest

from tokenscan.errors import UsageError
from tokenscan.privacy.secret import Secret, keyed, open_to_others, read_key, write_key

SECRET = Secret(digits="0123456789abcdef" * 4)


def test_a_new_key_is_random_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    made, other = write_key(tmp_path / "a.key"), write_key(tmp_path / "b.key")
    assert made != other
    assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600
    assert not open_to_others(tmp_path / "a.key")
    assert read_key(tmp_path / "a.key") == made
    (tmp_path / "a.key").chmod(0o640)
    assert open_to_others(tmp_path / "a.key")


def test_a_key_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    made = write_key(tmp_path / "a.key")
    with pytest.raises(UsageError, match="is there already"):
        write_key(tmp_path / "a.key")
    assert read_key(tmp_path / "a.key") == made


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no key file there") as raised:
        read_key(tmp_path / "none.key")
    assert raised.value.hint == f"make one: tokenscan pseudonym new-key {tmp_path / 'none.key'}"
    with pytest.raises(UsageError, match="cannot be written"):
        write_key(tmp_path / "no-folder" / "a.key")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"correct horse battery staple",
        b"tokenscan-key-1:",
        b"tokenscan-key-1:" + b"0" * 64,
        b"\xff\xfe",
        b"a" * 64,
    ],
)
def test_a_password_is_no_key(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.key").write_bytes(content)
    with pytest.raises(UsageError, match="key"):
        read_key(tmp_path / "bad.key")


def test_hashes_are_hmac_sha256_as_the_standard_library_has_it() -> None:
    found = pl.select(keyed(pl.Series(["ann@acme.example", "Jürgen", None]), "user", SECRET)).to_series()

    def by_hand(name: str) -> str:
        return hmac.new(SECRET.digits.encode(), f"user\0{name}".encode(), hashlib.sha256).hexdigest()

    assert found.to_list() == [by_hand("ann@acme.example"), by_hand("Jürgen"), None]


def test_the_key_shows_in_no_text_and_its_id_tells_keys_apart() -> None:
    assert SECRET.digits not in f"{SECRET!r} {SECRET}"
    assert SECRET.key_id != Secret(digits="fedcba9876543210" * 4).key_id
    assert len(SECRET.key_id) == 8
    assert SECRET.key_id not in SECRET.digits
