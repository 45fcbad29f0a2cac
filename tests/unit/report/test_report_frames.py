from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import report_factory as make


def test_one_row_a_finding_in_report_order() -> None:
    frame = make.report().findings_frame()
    assert frame["fingerprint"].to_list() == [make.fingerprint(n) for n in range(1, 6)]
    assert frame["waste_usd"].to_list() == [41.2, 41.2, None, 41.2, 41.2]
    assert frame["suppressed"].to_list() == [False] * 4 + [True]
    assert frame["first_seen"][0] == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert frame["open_questions"][0] == "a declared load test would look the same; the key may be shared"
    assert not any(dtype.is_nested() for dtype in frame.dtypes)


def test_one_row_a_person_with_a_column_for_each_family() -> None:
    frame = make.report().people_frame()
    assert frame["user"].to_list()[0] == "mallory@example.com"
    assert frame["risk"].to_list() == [87.3, 41.5, 12.0, 3.0]
    assert frame["cost_usd"].to_list() == [62.1, None, 62.1, 62.1]
    assert frame["findings"].to_list() == [2, 1, 0, 0]
    assert frame["family_content"].to_list() == [0.45, 0.415, 0.0, 0.0]
    assert frame["family_behaviour"].to_list() == [0.765, 0.0, 0.0, 0.0]


def test_empty_frames_keep_their_columns() -> None:
    quiet = make.quiet_report()
    assert quiet.findings_frame().shape == (0, 30)
    assert quiet.people_frame().shape == (0, 13)
    assert quiet.findings_frame().schema["first_seen"] == pl.Datetime("us", "UTC")
