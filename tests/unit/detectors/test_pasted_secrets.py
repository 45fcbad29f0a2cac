"""What a finding about secrets tells, and what it never does."""

from __future__ import annotations

import json
import random
import string

import pytest

from tests.unit.calls_factory import call, context, prepared
from tokenscan.detectors.base import Detection
from tokenscan.detectors.pasted_secrets import Params, detect

SECRET = "ghp_" + "".join(random.Random(5).choices(string.ascii_letters, k=36))
PARAMS = Params(prompts=1, top=10, stream_calls=20, allowed=())


def found(*calls: dict[str, object], **given: object) -> Detection:
    result = detect(prepared(calls, context(**given)).tables, PARAMS)  # type: ignore[arg-type]
    assert isinstance(result, Detection)
    return result


def test_the_secret_is_not_told_but_where_to_look() -> None:
    calls = [call("ann", f"2026-01-0{day} 09:00", prompt=f"Does {SECRET} work on day {day}?") for day in range(5, 9)]
    result = found(call("ann", "2026-01-02 09:00", prompt="Draft the answer to the customer"), *calls)
    row = result.candidates.row(0, named=True)
    assert row["samples"] == [1, 2, 3]  # the first three calls that hold one
    assert result.claims.is_empty()
    assert SECRET[4:20] not in json.dumps(row, default=str)
    assert (row["metrics"]["prompts"], row["metrics"]["kinds"]) == (4, "github-token (4)")


def test_programs_are_told_as_accounts_and_people_as_people() -> None:
    prompt = f"clone with {SECRET} failed"
    result = found(
        call("svc-deploy", "2026-01-05 09:00", prompt=prompt),
        call("ann", "2026-01-05 09:00", prompt=prompt),
        people=[{"user": "svc-deploy", "kind": "service"}, {"user": "ann"}],
    )
    assert result.candidates.select("subject", "user").sort("user").rows() == [
        ("user", "ann"),
        ("account", "svc-deploy"),
    ]


@pytest.mark.parametrize("status", ["ok", "error"])
def test_what_was_sent_counts_whatever_came_back(status: str) -> None:
    assert found(call("ann", "2026-01-05 09:00", prompt=f"try {SECRET} now", status=status)).candidates.height == 1
