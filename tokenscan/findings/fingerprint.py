"""The identity of a finding: stable over runs, so that one finding opens one ticket."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

PREFIX = "ts1:"


def fingerprint(rule_id: str, identity: Mapping[str, str | None]) -> str:
    """Hash exactly what defines a finding: its rule and the rule's identity columns.

    Counts, money, dates, file names, severities and versions never take part: they change while the finding stays.
    """
    canonical = msgspec.json.encode([rule_id, dict(sorted(identity.items()))])
    return PREFIX + hashlib.blake2b(canonical, digest_size=16).hexdigest()
