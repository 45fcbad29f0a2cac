"""No shipped rule changes under its version: ``tokenscan rules lock`` renews rules/rules.lock."""

from __future__ import annotations

import os

from tokenscan.ruleset.load import load_rules, shipped_folder
from tokenscan.ruleset.lock import LOCK_NAME, lock_text, locked, read_lock, unlocked


def test_every_shipped_rule_is_locked_as_it_is() -> None:
    path, rules = shipped_folder() / LOCK_NAME, load_rules().rules
    differences = unlocked(rules, read_lock(path))
    # A golden update may lock what is new, never what changed without a new version.
    if os.environ.get("UPDATE_GOLDEN") and not any(one.same_version for one in differences):
        path.write_text(lock_text(locked(rules)), encoding="utf-8")
        differences = unlocked(rules, read_lock(path))
    assert [one.text for one in differences] == []
    assert path.read_text(encoding="utf-8") == lock_text(locked(rules))
