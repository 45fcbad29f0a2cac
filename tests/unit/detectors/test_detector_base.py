from __future__ import annotations

import polars as pl

from tests.unit.calls_factory import at
from tokenscan.detectors.base import CANDIDATE, CLAIM, detection, nothing

NEEDED = {"value": 12, "threshold": 10, "n": 5, "strength": 0.5, "compared_with": "before"}


def found(*users: str, **more: object) -> pl.DataFrame:
    moments = {"first_seen": at("2026-01-05"), "last_seen": at("2026-01-06")}
    return pl.DataFrame([{"user": user} | NEEDED | moments | more for user in users])


def claims(*rows: tuple[str, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"user": pl.String, "row_id": pl.UInt32}, orient="row").with_columns(
        pl.lit("row").alias("level"), pl.lit(1.0).alias("share")
    )


def test_candidates_are_numbered_by_name_and_claims_follow_them() -> None:
    result = detection(found("bob", "ann", days=3), ["days"], claims(("bob", 7), ("ann", 9), ("ann", 2), ("eve", 1)))
    assert result.candidates.select("candidate", "user").rows() == [(0, "ann"), (1, "bob")]
    assert result.claims.rows() == [(0, 2, "row", 1.0), (0, 9, "row", 1.0), (1, 7, "row", 1.0)]
    assert result.claims.schema == CLAIM
    assert result.candidates["metrics"].to_list() == [{"days": 3}, {"days": 3}]
    assert {name: dtype for name, dtype in result.candidates.schema.items() if name != "metrics"} == dict(CANDIDATE)


def test_what_a_detector_does_not_say_is_plain() -> None:
    (row,) = detection(found("ann", days=3), ["days"]).candidates.to_dicts()
    assert (row["subject"], row["team"], row["confidence"], row["cleared"]) == ("user", None, "medium", False)
    assert (row["against"], row["samples"]) == ([], [])


def test_the_first_three_claimed_calls_are_the_samples() -> None:
    result = detection(found("ann", "bob", days=3), ["days"], claims(*(("ann", row) for row in (9, 4, 7, 1))))
    assert result.candidates["samples"].to_list() == [[1, 4, 7], []]


def test_a_team_can_be_the_subject() -> None:
    (row,) = detection(found("t1", days=3).rename({"user": "team"}), ["days"], by="team").candidates.to_dicts()
    assert (row["subject"], row["user"], row["team"]) == ("team", None, "t1")


def test_no_rows_are_nothing() -> None:
    empty = detection(found("ann", days=3).clear(), ["days"], claims(("ann", 1)))
    assert empty.candidates.equals(nothing().candidates)
    assert empty.claims.equals(nothing().claims)
    assert (nothing().candidates.schema, nothing().claims.schema) == (CANDIDATE, CLAIM)
