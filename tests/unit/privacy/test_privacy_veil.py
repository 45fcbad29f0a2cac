from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from tests.unit.calls_factory import call, context, log
from tokenscan.context.attribute import attribute
from tokenscan.context.model import Planned
from tokenscan.detectors.common.tables import outcomes_by_user, prepare
from tokenscan.events.log import BadRowSample, FileVerdict
from tokenscan.events.schema import PROMPTS
from tokenscan.privacy.pseudonyms import pseudonyms
from tokenscan.privacy.secret import Secret
from tokenscan.privacy.veil import Veiled, veiled

SECRET = Secret(digits="0123456789abcdef" * 4)
ANN, FILE = "ann@acme.example", "/home/ann/log.jsonl"
CONTEXT = context(
    [{"user": ANN, "aliases": ["aherz"], "team": "t1"}, {"user": "etl", "kind": "service"}],
    [
        {"date": date(2026, 3, 2), "user": "AHERZ", "tasks_completed": 2.0},
        {"date": date(2026, 3, 2), "team": "t1", "tasks_completed": 5.0},
    ],
    planned=(Planned(name="move", start=date(2026, 3, 2), end=date(2026, 3, 2), users=frozenset({ANN})),),
)


def hidden() -> Veiled:
    source = {"source_file": FILE}
    found = log(
        [
            call(ANN, "2026-03-02 09:00", session="ann/1", **source),
            call("aherz", "2026-03-02 10:00", task_id="ann-7", **source),
            call("etl", "2026-03-02 11:00", **source),
            call("bob", "2026-03-03 09:00", **source),
            call(None, "2026-03-03 10:00", **source),
        ],
        files=(FileVerdict(name=FILE, format="test", rows=5, bad_rows=1),),
        bad_samples=(BadRowSample(file=FILE, row=2, reason="no time"),),
        notes=("ann@acme.example has two clocks",),
    )
    return veiled(found, attribute(found.events, CONTEXT), CONTEXT, SECRET)


def test_nothing_that_is_analysed_holds_a_name() -> None:
    found = hidden()
    seen = (found.events, found.log.events, found.context.people, found.context.aliases, found.context.outcomes)
    text = " ".join(str(frame.to_dicts()) for frame in seen) + str(found.log.files) + str(found.log.bad_samples)
    text += str(found.log.notes) + str(found.context.planned) + repr(found.veil)
    for name in ("ann", "aherz", "bob", "etl", "/home", "log.jsonl"):
        assert name not in text.lower().replace("planned", "")


def test_all_names_of_one_person_are_one_pseudonym_and_nobody_stays_nobody() -> None:
    expected = pseudonyms([ANN, "etl", "bob"], SECRET, services=["etl"])
    users = hidden().events.sort("timestamp")["user"].to_list()
    assert users == [expected[ANN], expected[ANN], expected["etl"], expected["bob"], None]
    assert hidden().veil.behind[expected[ANN]] == ANN


def test_the_rest_of_a_call_stays_as_it_is() -> None:
    found = hidden()
    before = log([call("x", "2026-03-02 09:00")]).events.columns
    changed = {"user", "event_id", "session_id", "task_id", "source_file"}
    assert found.log.events.columns == before
    assert found.events["team"].to_list() == ["t1", "t1", None, None, None]
    assert changed < set(before)
    assert found.events["session_id"].null_count() == 4
    assert found.events["task_id"].drop_nulls().str.contains(r"^task-[0-9a-f]{16}$").all()


def test_outcomes_plans_and_services_follow_their_people() -> None:
    found = hidden()
    ann = pseudonyms([ANN], SECRET)[ANN]
    tables = prepare(found.events, pl.DataFrame(schema=PROMPTS), found.context)
    assert outcomes_by_user(found.context).rows() == [(ann, date(2026, 3, 2), 2.0)]
    assert found.context.outcomes["team"].drop_nulls().to_list() == ["t1"]
    assert tables.calls.filter("planned")["user"].unique().to_list() == [ann]
    assert tables.accounts["why"].to_list() == ["declared as a service"]


def test_an_empty_log_and_an_empty_context_go_through() -> None:
    given = context()
    found = log([call("ann", "2026-03-02 09:00")])
    nothing = replace(found, events=found.events.clear(), files=())
    assert veiled(nothing, nothing.events, given, SECRET).events.is_empty()
