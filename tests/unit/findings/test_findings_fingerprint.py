from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.findings.fingerprint import fingerprint


def test_the_fingerprint_of_a_finding_never_changes() -> None:
    # Tickets are opened under this name: whoever changes it opens every ticket anew.
    canonical = b'["personal-spike",{"subject":"user","user":"ann"}]'
    expected = "ts1:" + hashlib.blake2b(canonical, digest_size=16).hexdigest()
    assert expected == "ts1:f3f2a648058b89169d1e913f05175fb3"
    assert fingerprint("personal-spike", {"user": "ann", "subject": "user"}) == expected


def test_the_order_of_keys_does_not_matter() -> None:
    identity = {"user": "ann", "subject": "user", "app": None}
    assert fingerprint("r", identity) == fingerprint("r", dict(reversed(identity.items())))


@pytest.mark.parametrize(
    ("rule", "identity"),
    [
        ("other", {"subject": "user", "user": "ann"}),
        ("r", {"subject": "user", "user": "bob"}),
        ("r", {"subject": "user", "user": "Ann"}),
        ("r", {"subject": "account", "user": "ann"}),
        ("r", {"subject": "user", "team": "ann"}),
        ("r", {"subject": "user", "user": None}),
        ("r", {"subject": "user", "user": "ann", "app": None}),
        ("r", {"subject": "user"}),
    ],
)
def test_another_rule_or_subject_is_another_finding(rule: str, identity: dict[str, str | None]) -> None:
    assert fingerprint(rule, identity) != fingerprint("r", {"subject": "user", "user": "ann"})


_IDENTITY = st.dictionaries(st.text(max_size=5), st.none() | st.text(max_size=5), max_size=3)


@settings(deadline=None)
@given(st.tuples(st.text(max_size=5), _IDENTITY), st.tuples(st.text(max_size=5), _IDENTITY))
def test_only_the_same_identity_gives_the_same_name(
    one: tuple[str, dict[str, str | None]], other: tuple[str, dict[str, str | None]]
) -> None:
    assert (fingerprint(*one) == fingerprint(*other)) == (one == other)
    assert len(fingerprint(*one)) == len("ts1:") + 32
