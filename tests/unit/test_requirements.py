from __future__ import annotations

import pytest

from tokenscan.requirements import missing_reason

NOBODY = "no call is a person's: users are missing, or all accounts are services"
REASONS = [
    (("user", "timestamp"), {"user", "timestamp"}, (), ""),
    (("user", "prompt"), {"user"}, (), "needs prompt text"),
    (("user", "prompt"), {"user"}, ("litellm",), "needs prompt text; the litellm input has none"),
    (("prompt", "session_id"), {"user"}, ("a", "b"), "needs prompt text and session ids; the a and b input has none"),
    (("outcomes",), {"user"}, ("litellm",), "needs outcomes (--outcomes FILE)"),
    (("reviews", "used"), {"user"}, ("x",),
     "needs review dates (--review DATE) and marks of which answers were used; the x input has none"),
    (("prompt",), {"user"}, ("a", "b", "c", "d"), "needs prompt text; the input has none"),
    (("latency_ms",), {"user"}, (), "needs latency_ms"),
    (("prompt",), {"prompt"}, ("x",), NOBODY),
    ((), set(), (), NOBODY),
    (("account",), {"account"}, (), ""),
    (("account",), set(), ("x",), NOBODY),
]  # fmt: skip


@pytest.mark.parametrize(("requires", "has", "formats", "expected"), REASONS)
def test_why_a_rule_cannot_run(
    requires: tuple[str, ...], has: set[str], formats: tuple[str, ...], expected: str
) -> None:
    assert missing_reason(requires, has, formats) == expected
