"""Claude Code session files: every call counted, none twice, and only what a person typed is a person's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.events.schema import RAW
from tokenscan.sources.base import ReadOptions
from tokenscan.sources.files import LogFile
from tokenscan.sources.formats.claude_code import ClaudeCode
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.sniff import probe

Record = dict[str, Any]
DATA = Path(__file__).parents[4] / "shared" / "data"
OPTIONS = ReadOptions(latest=datetime(2026, 12, 31, tzinfo=UTC))
USAGE = {
    "input_tokens": 3,
    "cache_creation_input_tokens": 50,
    "cache_read_input_tokens": 1000,
    "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 20},
    "output_tokens": 7,
}
ENVELOPE = {
    "isSidechain": False,
    "cwd": "/Users/ann/src/app",
    "sessionId": "s-1",
    "version": "2.1.0",
    "gitBranch": "ABC-1-fix",
    "timestamp": "2026-03-02T09:00:00.000Z",
}


def line(kind: str, uuid: str, parent: str | None, **fields: Any) -> Record:
    return ENVELOPE | {"type": kind, "uuid": uuid, "parentUuid": parent} | fields


def user(uuid: str, parent: str | None, content: Any, **fields: Any) -> Record:
    return line("user", uuid, parent, message={"role": "user", "content": content}) | fields


def answer(uuid: str, parent: str | None, message_id: str | None, *parts: Record, **fields: Any) -> Record:
    """Return one line of an answer; ``usage`` and ``model`` go into the message."""
    message = {"id": message_id, "role": "assistant", "model": "claude-opus-4-6", "content": list(parts)}
    message |= {"usage": USAGE} | {name: fields.pop(name) for name in ("usage", "model") if name in fields}
    return line("assistant", uuid, parent, message=message, requestId=f"req-{uuid}") | fields


def text(words: str) -> Record:
    return {"type": "text", "text": words}


def tool_use(name: str) -> Record:
    return {"type": "tool_use", "id": "t1", "name": name, "input": {"usage": {"input_tokens": 10**9}}}


def tool_result(uuid: str, parent: str, **fields: Any) -> Record:
    roll_up = {"usage": {"input_tokens": 10**6, "output_tokens": 10**6}}
    return user(uuid, parent, [{"type": "tool_result", "content": "ok"}], toolUseResult=roll_up) | fields


def report(uuid: str, parent: str, message_id: str, **usage: int) -> Record:
    """Return a ``progress`` line that tells of a sub-agent's call."""
    message = {"id": message_id, "model": "claude-haiku-4-5", "content": [text("found")], "usage": usage}
    told = {"type": "assistant", "timestamp": "2026-03-02T09:00:30.000Z", "requestId": "r", "message": message}
    data = {"type": "agent_progress", "message": told, "normalizedMessages": [told, told]}
    return line("progress", uuid, parent, data=data)


def jsonl(lines: Sequence[Record | str]) -> bytes:
    return "\n".join(entry if isinstance(entry, str) else json.dumps(entry) for entry in lines).encode() + b"\n"


def read_file(file: LogFile, options: ReadOptions = OPTIONS) -> tuple[pl.DataFrame, Quarantine]:
    source, quarantine = ClaudeCode(), Quarantine()
    probed = probe(file)
    assert source.score(probed, options) >= 80
    frames = list(source.read(probed, options, quarantine))
    assert all(frame.schema == RAW for frame in frames)
    return pl.concat([pl.DataFrame(schema=RAW), *frames]), quarantine


def read(lines: Sequence[Record | str]) -> tuple[pl.DataFrame, Quarantine]:
    return read_file(LogFile(path=Path("-"), name="s-1.jsonl", named=True, content=jsonl(lines)))


def events(*lines: Record | str) -> pl.DataFrame:
    """Read lines that must all be readable."""
    frame, quarantine = read(lines)
    assert quarantine.total == 0
    return frame


def once(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep one row a message: the one with the largest output, as the event table does."""
    best = frame.sort("output_tokens", "source_file", "source_row", descending=[True, False, False])
    return best.unique("event_id", keep="first", maintain_order=True).sort("source_file", "source_row")


def turns(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    return once(frame).select("event_id", "is_agent", "prompt_kind", "prompt").rows()


def test_an_answer_becomes_an_event() -> None:
    frame = events(user("u1", None, "Fix the bug"), answer("a1", "u1", "msg_1", text("Done."), tool_use("Bash")))
    assert {name: value for name, value in frame.row(0, named=True).items() if value is not None} == {
        "event_id": "msg_1",
        "other_id": "req-a1",
        "timestamp": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        "grain": "call",
        "n_requests": 1,
        "user": "ann",
        "user_kind": "login",
        "session_id": "s-1",
        "session_quality": "client",
        "task_id": "ABC-1-fix",
        "app": "claude-code",
        "model": "claude-opus-4-6",
        "provider": "anthropic",
        "prompt_scope": "last_user",
        "prompt_truncated": False,
        "input_tokens": 1053,
        "cache_read_tokens": 1000,
        "cache_write_tokens": 50,
        "cache_write_1h_tokens": 20,
        "output_tokens": 7,
        "cache_inside_input": True,
        "tokens_quality": "logged",
        "status": "ok",
        "is_cache_hit": False,
        "is_agent": False,
        "tool_name": "Bash",
        "source_format": "claude-code",
        "source_file": "s-1.jsonl",
        "source_row": 2,
        "prompt": "Fix the bug",
        "prompt_kind": "human",
        "response": "Done.",
        "response_chars": 5,
    }


def test_one_answer_written_as_many_lines_is_one_call() -> None:
    growing = [USAGE | {"output_tokens": tokens} for tokens in (1, 1, 90)]
    frame = events(
        user("u1", None, "Fix the bug"),
        answer("a1", "u1", "msg_1", {"type": "thinking", "thinking": "hm"}, usage=growing[0]),
        answer("a2", "a1", "msg_1", text("I look."), usage=growing[1]),
        answer("a3", "a2", "msg_1", tool_use("Bash"), usage=growing[2]),
        tool_result("r1", "a3"),
        answer("a4", "r1", "msg_2", text("Fixed.")),
    )
    assert frame["event_id"].to_list() == ["msg_1", "msg_1", "msg_1", "msg_2"]
    assert frame["is_agent"].to_list() == [False, False, False, True]
    assert frame["prompt"].unique().to_list() == ["Fix the bug"]
    kept = once(frame)
    assert kept["output_tokens"].to_list() == [90, 7]
    assert kept["input_tokens"].sum() == 2106


def test_only_the_first_call_after_a_person_typed_is_the_persons() -> None:
    frame = events(
        user("u1", None, "First"),
        answer("a1", "u1", "m1", tool_use("Read")),
        tool_result("r1", "a1"),
        answer("a2", "r1", "m2"),
        user("n1", "a2", "[Request interrupted by user]"),
        user("n2", "n1", [text("<system-reminder>Mind.</system-reminder>")]),
        user("n3", "n2", "Caveat: hidden", isMeta=True),
        answer("a3", "n3", "m3"),
        user("u2", "a3", [text("Second"), text("thing"), {"type": "image", "source": {}}]),
        answer("a4", "u2", "m4"),
        user("c1", "a4", "<command-name>/review</command-name>"),
        answer("a5", "c1", "m5"),
        user("u3", "a5", "This session is being continued from a previous conversation", isCompactSummary=True),
        answer("a6", "u3", "m6"),
    )
    assert turns(frame) == [
        ("m1", False, "human", "First"),
        ("m2", True, "human", "First"),
        ("m3", True, "human", "First"),
        ("m4", False, "human", "Second\nthing"),
        ("m5", False, "command", "<command-name>/review</command-name>"),
        ("m6", True, "command", "<command-name>/review</command-name>"),
    ]


def test_a_call_belongs_to_the_turn_above_it_in_the_thread_not_in_the_file() -> None:
    frame = events(
        user("u1", None, "First"),
        answer("a1", "u1", "m1"),
        user("u2", "a1", "Second"),
        answer("a2", "u2", "m2"),
        answer("a3", "a1", "m3"),
        answer("a4", "never-seen", "m4"),
        answer("a5", None, "m5"),
    )
    assert [row[1:] for row in turns(frame)] == [
        (False, "human", "First"),
        (False, "human", "Second"),
        (True, "human", "First"),
        (True, "human", "Second"),
        (True, "human", "Second"),
    ]


def test_what_an_editor_told_is_no_part_of_a_prompt_and_a_hooks_refusal_is_none() -> None:
    opened = "<ide_opened_file>The user opened the file /src/a.py in the IDE.</ide_opened_file>"
    frame = events(
        user("u1", None, f"{opened}\nadd a test"),
        answer("a1", "u1", "m1"),
        user("u2", "a1", opened),
        user("u3", "u2", "Operation stopped by hook: Another session is active."),
        answer("a2", "u3", "m2"),
        user("u4", "a2", [text(opened), text("and <ide_selection> in words")]),
        answer("a3", "u4", "m3"),
    )
    assert turns(frame) == [
        ("m1", False, "human", "add a test"),
        ("m2", True, "human", "add a test"),
        ("m3", False, "human", "and <ide_selection> in words"),
    ]


def test_an_image_alone_opens_a_turn_without_text() -> None:
    frame = events(
        user("u1", None, "First"),
        answer("a1", "u1", "m1"),
        user("u2", "a1", [{"type": "image", "source": {"data": "x"}}]),
        answer("a2", "u2", "m2"),
    )
    assert turns(frame)[1] == ("m2", False, "human", None)
    assert frame["prompt_scope"].to_list() == ["last_user", "none"]


def test_sub_agents_calls_are_counted_and_are_nobodys_prompt() -> None:
    frame = events(
        user("u1", None, "Survey the code"),
        answer("a1", "u1", "m1", tool_use("Task")),
        report("p1", "a1", "sub1", input_tokens=5, cache_read_input_tokens=100, output_tokens=2),
        report("p2", "p1", "sub1", input_tokens=5, cache_read_input_tokens=100, output_tokens=9),
        line("progress", "p3", "p2", data={"type": "bash_progress", "message": "text", "output": "usage"}),
        user("x1", None, "Look into src", isSidechain=True, agentId="g1"),
        answer("x2", "x1", "side1", text("Looked."), isSidechain=True),
        tool_result("r1", "a1"),
        answer("a2", "r1", "m2"),
    )
    assert turns(frame) == [
        ("m1", False, "human", "Survey the code"),
        ("sub1", True, None, None),
        ("side1", True, None, None),
        ("m2", True, "human", "Survey the code"),
    ]
    kept = once(frame)
    assert kept["input_tokens"].to_list() == [1053, 105, 1053, 1053]
    assert kept["output_tokens"].sum() == 7 + 9 + 7 + 7
    assert kept["timestamp"].to_list()[1] == datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)
    assert kept["model"].to_list()[1] == "claude-haiku-4-5"


def test_lines_of_one_call_agree_even_if_one_stands_in_a_side_thread() -> None:
    frame = events(
        user("u1", None, "Hi"),
        answer("a1", "u1", "m1"),
        answer("b1", "u1", "m1", isSidechain=True, requestId="other"),
    )
    assert frame.select("is_agent", "prompt").rows() == [(False, "Hi"), (False, "Hi")]


def test_a_file_without_user_rows_does_not_say_who_typed() -> None:
    entry = {
        "timestamp": "2026-01-09T10:00:00.000Z",
        "sessionId": "old",
        "message": {"role": "assistant", "id": "m1", "model": "claude-opus-4", "usage": USAGE},
        "requestId": "r1",
        "costUSD": 0.125,
        "version": "1.0.0",
    }
    found = events(entry).row(0, named=True)
    assert (found["is_agent"], found["prompt"], found["user"], found["user_kind"]) == (None, None, None, "none")
    assert (found["cost_nanousd"], found["cost_kind"], found["input_tokens"]) == (125_000_000, "logged", 1053)


def test_what_is_no_call_is_no_event() -> None:
    frame = events(
        {"type": "summary", "summary": "s", "leafUuid": "l"},
        {"type": "file-history-snapshot", "messageId": "m", "snapshot": {"usage": USAGE}},
        {"type": "queue-operation", "operation": "enqueue", "sessionId": "s-1", "content": "x"},
        line("system", "y1", None, subtype="turn_duration", message={"usage": USAGE}),
        line("brand-new-type", "y2", None, message={"usage": USAGE}),
        user("u1", None, "Hi"),
        answer("a1", "u1", "m1", text("API Error"), model="<synthetic>", isApiErrorMessage=True),
        answer("a2", "u1", "m2", usage=None),
        answer("a3", "u1", "m3", isApiErrorMessage=True),
        answer("a4", "a3", "m4"),
    )
    assert frame.select("event_id", "status", "is_agent").rows() == [("m3", "error", False), ("m4", "ok", True)]


@pytest.mark.parametrize(
    ("cwd", "login"),
    [
        ("/Users/ann/src", "ann"),
        ("/home/bob", "bob"),
        ("C:\\Users\\Carl Doe\\src", "Carl Doe"),
        ("/mnt/c/Users/dora/x", "dora"),
        ("/workspace/app", None),
        ("/Users/Shared/x", None),
        (None, None),
        ("", None),
    ],
)
def test_the_person_is_the_login_in_the_working_folder(cwd: str | None, login: str | None) -> None:
    found = events(answer("a1", None, "m1", cwd=cwd)).row(0, named=True)
    assert (found["user"], found["user_kind"]) == (login, "login" if login else "none")


def test_a_session_keeps_its_person_outside_the_home_folder() -> None:
    frame = events(
        answer("a1", None, "m1"),
        answer("a2", None, "m2", cwd="/tmp/x"),
        answer("a3", None, "m3", cwd="/tmp/x", sessionId="s-2"),
    )
    assert frame["user"].to_list() == ["ann", "ann", None]


@pytest.mark.parametrize(("branch", "task"), [("main", None), ("master", None), ("HEAD", None), ("", None), ("x", "x")])
def test_the_task_is_the_branch_unless_it_is_everybodys(branch: str, task: str | None) -> None:
    assert events(answer("a1", None, "m1", gitBranch=branch))["task_id"].to_list() == [task]


def test_without_a_message_id_the_request_and_then_the_line_name_the_call() -> None:
    frame = events(answer("a1", None, None), answer("a2", None, None, requestId=None))
    assert frame["event_id"].to_list() == ["req-a1", "a2"]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (answer("b", "u1", "bad", timestamp=None), "timestamp missing or not readable"),
        (answer("b", "u1", "bad", timestamp="soon"), "timestamp missing or not readable"),
        (answer("b", "u1", "bad", timestamp="2001-01-01T00:00:00Z"), "timestamp before 2015"),
        (answer("b", "u1", "bad", timestamp="2027-01-01T00:00:00Z"), "timestamp in the future"),
        (answer("b", "u1", "bad", usage={"input_tokens": -1}), "input_tokens is not a usable number"),
        (answer("b", "u1", "bad", usage={"output_tokens": "many"}), "output_tokens is not a usable number"),
        (answer("b", "u1", "bad", usage={"output_tokens": True}), "output_tokens is not a usable number"),
        (answer("b", "u1", "bad", usage={"output_tokens": 10**11}), "output_tokens is not a usable number"),
        (answer("b", "u1", "bad", usage={"cache_creation": 5}), "cache_creation is not a usable number"),
        (answer("b", "u1", "bad", usage=[1]), "usage is not a usable number"),
        (json.dumps(answer("b", "u1", "bad"))[:-30], "not valid JSON"),
        (json.dumps(answer("b", "u1", "bad")).replace(": 1000", ": NaN"), "not valid JSON"),
        ("\x00\x00\x00", "not valid JSON"),
        ('"text"', "not a JSON object"),
        ('{"type": "assistant", "message": ' + "[" * 9000 + "]" * 9000 + "}", "JSON nested too deeply"),
    ],
)
def test_a_line_that_cannot_be_counted_is_named_and_costs_only_itself(broken: Record | str, reason: str) -> None:
    before, after = answer("a0", None, "m0"), answer("a2", "u1", "m2")
    padding = [line("progress", f"p{number}", None, data={"output": "." * 500}) for number in range(20)]
    frame, quarantine = read([*padding, before, user("u1", "a0", "Hi"), broken, after])
    assert frame["event_id"].to_list() == ["m0", "m2"]
    assert [(bad.file, bad.row, bad.reason) for bad in quarantine.samples] == [("s-1.jsonl", 23, reason)]
    # What was left out has not used up the person's turn.
    assert frame.select("is_agent", "prompt").row(1) == (False, "Hi")


def test_fields_of_a_wrong_type_are_left_out_and_the_call_is_kept() -> None:
    odd = {"cwd": 5, "gitBranch": ["x"], "isSidechain": "no", "isMeta": {}, "costUSD": "free", "data": []}
    frame = events(
        user("u1", None, "Hi"),
        user("u2", "u1", "wow") | {"message": "error"},
        user("u3", "u1", ["wow"]) | {"toolUseResult": "Error", "cwd": 1},
        answer("a1", "u1", "m1", text("nice \ud83d"), {"type": "text", "text": 5}) | odd | {"uuid": 7},
        answer("a2", "u1", "m2", usage={"input_tokens": "12", "output_tokens": 3}),
    )
    assert frame.select("event_id", "input_tokens", "prompt", "is_agent").rows() == [
        ("m1", 1053, "Hi", False),
        ("m2", 12, "Hi", True),
    ]


def test_half_an_emoji_in_a_prompt_costs_one_character_only() -> None:
    assert events(user("u1", None, "nice \ud83d"), answer("a1", "u1", "m1"))["prompt"].to_list() == ["nice ?"]


def test_a_huge_line_is_read() -> None:
    frame = events(
        {"type": "summary", "summary": "s", "leafUuid": "l"},
        user("u1", None, "x" * 5_000_000),
        tool_result("r1", "u1", content="y" * 5_000_000),
        answer("a1", "r1", "m1"),
    )
    assert frame["prompt"].str.len_chars().to_list() == [5_000_000]


def test_turns_reach_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    padding = [line("progress", f"p{number}", "a1", data={"output": "." * 1000}) for number in range(600)]
    lines = [user("u1", None, "Hi"), answer("a1", "u1", "m1"), *padding, answer("a2", "p3", "m2")]
    monkeypatch.setattr("tokenscan.sources.lines.BLOCK_BYTES", 1 << 18)
    frame = events(*lines)
    assert turns(frame) == [("m1", False, "human", "Hi"), ("m2", True, "human", "Hi")]
    assert frame["source_row"].to_list() == [2, 603]


@pytest.mark.parametrize(
    "lines",
    [
        [{"type": "summary", "summary": "s", "leafUuid": "l"}],
        [{"type": "file-history-snapshot", "messageId": "m", "snapshot": {}, "isSnapshotUpdate": False}] * 2,
        [{"type": "queue-operation", "operation": "enqueue", "timestamp": "2026-01-06T13:33:51Z", "sessionId": "s"}],
        [user("u1", None, "Hi")],
        [line("progress", "p1", None, data={"type": "hook_progress"})],
    ],
)
def test_a_file_without_calls_is_known_and_empty(lines: list[Record]) -> None:
    assert events(*lines).height == 0


def test_other_logs_are_not_mistaken() -> None:
    for content in (
        b'{"timestamp": "2026-01-01T00:00:00Z", "type": "response_item", "payload": {}}\n{"type": "x"}\n',
        b'{"request_id": "r", "session_id": "s", "messages": "{}", "type": "message"}\n{}\n',
        b"type,sessionId,uuid,message,cwd\n1,2,3,4,5\n",
    ):
        file = LogFile(path=Path("-"), name="x", named=True, content=content)
        assert ClaudeCode().score(probe(file), OPTIONS) == 0


LINES = [
    json.dumps(entry).encode()
    for entry in (
        user("u1", None, "Hi"),
        answer("a1", "u1", "m1", text("é" * 9), tool_use("Bash")),
        report("p1", "a1", "s1", input_tokens=1),
        answer("a2", "a1", "m2"),
    )
]


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 2), st.integers(0, 2000), st.binary(min_size=1, max_size=5))
def test_damage_to_one_line_leaves_the_others(which: int, place: int, damage: bytes) -> None:
    lines = list(LINES)
    place %= len(lines[which])
    damage = damage.translate(bytes.maketrans(b"\n\0", b"  "))
    lines[which] = lines[which][:place] + damage + lines[which][place + len(damage) :]
    frame, _ = read_file(LogFile(path=Path("-"), name="s", named=True, content=b"\n".join(lines)))
    assert "m2" in frame["event_id"].to_list()
    assert {"m1", "s1", "m2"} & set(frame["event_id"]) >= {"m2", "s1" if which == 1 else "m1"}


ENTIRE = DATA / "entire"


@pytest.fixture(scope="module")
def entire() -> tuple[pl.DataFrame, Quarantine]:
    if not ENTIRE.exists():
        pytest.skip("real data is not here")
    frames, total = [], Quarantine()
    for path in sorted((ENTIRE / "native_claude_code").glob("*.jsonl")):
        frame, quarantine = read_file(LogFile(path=path, name=path.name, named=True))
        frames.append(frame)
        total.counts += quarantine.counts
    return pl.concat(frames), total


def test_real_sessions_give_the_reference_totals(entire: tuple[pl.DataFrame, Quarantine]) -> None:
    frame, quarantine = entire
    kept = once(frame)
    new = pl.col("input_tokens") - pl.col("cache_read_tokens") - pl.col("cache_write_tokens")
    totals = kept.select(new, "output_tokens", "cache_write_tokens", "cache_read_tokens").sum().row(0)
    assert totals == (19_824, 21_439, 1_355_876, 18_340_794)
    assert (kept.height, quarantine.total) == (339, 0)


def test_real_sessions_agree_with_the_table_published_beside_them(entire: tuple[pl.DataFrame, Quarantine]) -> None:
    frame, _ = entire
    # Sub-agents' calls stand in progress lines only and have no prompt; the published table leaves them out.
    own = once(frame.filter(pl.col("prompt_kind").is_not_null()))
    sums = ["input_tokens", "output_tokens", "cache_write_tokens", "cache_read_tokens"]
    mine = own.group_by("session_id").agg(pl.len().alias("calls"), pl.col(sums).sum()).sort("session_id")
    published = pl.read_parquet(ENTIRE / "calls.parquet").filter(
        pl.col("session_id").is_in(mine["session_id"].implode())
    )
    total = pl.sum_horizontal("input_tokens", "cache_creation", "cache_read").alias("input_tokens")
    theirs = published.select(
        "session_id", total, "output_tokens", cache_write_tokens="cache_creation", cache_read_tokens="cache_read"
    )
    theirs = theirs.group_by("session_id").agg(pl.len().alias("calls"), pl.col(sums).sum()).sort("session_id")
    assert mine.rows() == theirs.rows()
    assert own.height == 327


def test_real_turns_are_those_published(entire: tuple[pl.DataFrame, Quarantine]) -> None:
    frame, _ = entire
    opened = once(frame).filter(is_agent=False, prompt_kind="human").select("session_id", text="prompt")
    published = pl.read_parquet(ENTIRE / "prompts.parquet").filter(kind="prompt")
    published = published.filter(pl.col("session_id").is_in(frame["session_id"].unique().implode()))
    assert opened.height == published.height == 43
    assert opened.join(published, on=["session_id", "text"], how="anti").is_empty()


@pytest.mark.skipif(not (DATA / "samples").exists(), reason="real data is not here")
def test_published_fixtures() -> None:
    folder = DATA / "samples" / "claude_code"
    found = {}
    for path in sorted(folder.glob("*.jsonl")):
        frame, quarantine = read_file(LogFile(path=path, name=path.stem, named=True))
        found[path.stem] = (frame.height, frame["input_tokens"].sum(), frame["output_tokens"].sum(), quarantine.total)
    assert found == {
        "ccl_edge_cases": (4, 35 + 200 + 85 + 168, 145 + 25 + 180 + 85, 3),
        "ccl_representative_messages": (5, 25 + 45 + 78 + 25 + 45, 120 + 85 + 95 + 35 + 110, 0),
        "ccl_subagent_agent-showcol1": (1, 120, 40, 0),
        "ccusage_session-alpha": (3, 135 + 270 + 340, 50 + 75 + 125, 0),
        "ccusage_session-beta": (2, 70 + 115, 25 + 35, 0),
        "simonw_sample_session": (0, 0, 0, 0),
    }
