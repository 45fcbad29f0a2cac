"""A look at the input: what is in it, what is missing, and which rules that leaves."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tokenscan.api import active_rules
from tokenscan.config import Config, RuleEntry
from tokenscan.context.load import load_context
from tokenscan.context.model import Context, Review
from tokenscan.inspection import Inspection, look, to_dict
from tokenscan.reading import InputOptions, read_files
from tokenscan.ruleset.effective import EffectiveRule


@pytest.fixture(scope="module")
def rules() -> tuple[EffectiveRule, ...]:
    """Return every rule as it runs without a config."""
    return active_rules(Config(), Path())


def line(when: str, **columns: Any) -> str:
    record = {"timestamp": when, "user": "ann", "input_tokens": 800, "output_tokens": 200} | columns
    return json.dumps({name: value for name, value in record.items() if value is not None}) + "\n"


def seen(folder: Path, content: str, rules: tuple[EffectiveRule, ...], context: Context | None = None) -> Inspection:
    (folder / "log.jsonl").write_text(content, encoding="utf-8")
    return look(read_files([str(folder)], InputOptions()), context or Context(), rules)


def reason(found: Inspection, rule: str) -> str:
    return dict(found.rules)[rule]


def test_people_and_times_are_counted(tmp_path: Path, rules: tuple[EffectiveRule, ...]) -> None:
    content = line("2026-03-02T23:30:00Z") + line("2026-03-04T09:00:00Z", user="bob") + line("2026-03-03", user=None)
    found = seen(tmp_path, content, rules)
    assert [moment.isoformat() for moment in found.window] == ["2026-03-02T23:30:00+00:00", "2026-03-04T09:00:00+00:00"]
    assert (found.users, found.unattributed, found.unknown_people) == (2, 1, None)


def test_aliases_are_one_person_and_strangers_are_named(tmp_path: Path, rules: tuple[EffectiveRule, ...]) -> None:
    (tmp_path / "people.csv").write_text("user,aliases\nann,A@x\n")
    context = load_context(Config(people="people.csv"), tmp_path).context
    names = ["ann", "ANN", "a@X", "eve"]
    found = seen(
        tmp_path, "".join(line(f"2026-03-02T09:00:0{n}Z", user=name) for n, name in enumerate(names)), rules, context
    )
    assert found.users == 2
    assert found.unknown_people == ("eve",)


def test_workdays_without_any_call_are_listed(tmp_path: Path, rules: tuple[EffectiveRule, ...]) -> None:
    # Monday 2nd and Wednesday 11th of March: between them two days of the first week and two of the second are silent.
    days = ["2026-03-02", "2026-03-03", "2026-03-05", "2026-03-09", "2026-03-11"]
    content = "".join(line(f"{day}T12:00:00Z") for day in days)
    assert seen(tmp_path, content, rules).days_without_calls == ("2026-03-04", "2026-03-06", "2026-03-10")
    holiday = Context(holidays=frozenset({date(2026, 3, 6)}))
    assert seen(tmp_path, content, rules, holiday).days_without_calls == ("2026-03-04", "2026-03-10")


def test_days_are_cut_in_the_zone_of_the_report(tmp_path: Path, rules: tuple[EffectiveRule, ...]) -> None:
    content = line("2026-03-02T23:30:00Z") + line("2026-03-04T23:30:00Z")
    assert seen(tmp_path, content, rules).days_without_calls == ("2026-03-03",)
    assert seen(tmp_path, content, rules, Context(timezone="Asia/Tokyo")).days_without_calls == ("2026-03-04",)


def test_a_rule_that_cannot_run_says_what_it_lacks(tmp_path: Path, rules: tuple[EffectiveRule, ...]) -> None:
    bare = seen(tmp_path, line("2026-03-02"), rules)
    assert reason(bare, "personal-spike") == ""
    assert reason(bare, "copied-prompt") == "needs prompt text; the table input has none"
    assert reason(bare, "review-window") == "needs review dates (--review DATE)"
    full = seen(
        tmp_path,
        line("2026-03-02", prompt="Summarise this quarter's incident reports.", team="t1", session_id="s", used=True),
        rules,
        Context(reviews=(Review(name="Q1", day=date(2026, 3, 9)),)),
    )
    assert reason(full, "copied-prompt") == ""
    assert reason(full, "review-window") == ""


def test_without_people_or_tokens_hardly_a_rule_can_run(tmp_path: Path, rules: tuple[EffectiveRule, ...]) -> None:
    nobody = seen(tmp_path, line("2026-03-02", user=""), rules)
    assert all(why.startswith("no call") for _, why in nobody.rules)
    uncounted = seen(tmp_path, line("2026-03-02", input_tokens=None, output_tokens=None), rules)
    assert reason(uncounted, "personal-spike") == "needs token counts; the table input has none"


def test_a_rule_that_is_switched_off_says_so(tmp_path: Path) -> None:
    off = active_rules(Config(rules={"personal-spike": RuleEntry(enabled=False)}), Path())
    assert "disabled" in reason(seen(tmp_path, line("2026-03-02"), off), "personal-spike")


def test_as_json_it_is_complete_and_plain(tmp_path: Path, rules: tuple[EffectiveRule, ...]) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n")
    content = line("2026-03-02T09:00:00Z", event_id="1") * 2 + line("2026-03-04T09:00:00Z", event_id="2") + "bad\n"
    found = seen(tmp_path, content, rules)
    told = to_dict(found)
    assert json.loads(json.dumps(told)) == told
    assert {name: told[name] for name in told if name not in ("files", "sources", "rules")} == {
        "schema_version": "1.0",
        "window": {"from": "2026-03-02T09:00:00Z", "to": "2026-03-04T09:00:00Z"},
        "rows": 4,
        "events": 2,
        "users": 1,
        "unattributed": 0,
        "unknown_people": None,
        "duplicates_dropped": {"same response id": 1},
        "bad_rows": 1,
        "bad_row_samples": [{"file": "log.jsonl", "row": 4, "reason": "not valid JSON"}],
        "workdays_without_calls": ["2026-03-03"],
    }
    log, notes = told["files"]
    assert log == {
        "name": "log.jsonl", "format": "table", "rows": 4, "events": 2, "duplicates": {"same response id": 1},
        "bad_rows": 1, "bad_reasons": {"not valid JSON": 1}, "broken": None, "skipped": None,
        "window": {"from": "2026-03-02T09:00:00Z", "to": "2026-03-04T09:00:00Z"},
        "gaps": [{"from": "2026-03-03", "to": "2026-03-03"}],
        "carries": {"user": 1.0, "text": 0.0, "tokens": 1.0, "cost": 0.0},
        "cache": None, "clock": "as written; times without a zone are taken as UTC",
    }  # fmt: skip
    assert (notes["format"], notes["rows"]) == (None, 0)
    assert notes["skipped"].startswith("no known format")
    (source,) = told["sources"]
    assert (source["format"], source["rows"], source["columns"]["user"]) == ("table", 2, 1.0)
    assert [rule["id"] for rule in told["rules"]] == [rule.rule.id for rule in rules]
    assert all(rule["can_run"] is (rule["reason"] is None) for rule in told["rules"])
