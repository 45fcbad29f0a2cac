"""One ticket a finding, whatever happens: ``docs/recipes/tickets`` against trackers that answer as the real ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.recipes.fake_trackers import SECRET, Trackers, serving
from tests.recipes.nights import HOSTILE, RECIPES, findings, needs, run, write_log

EVE, MAL = "eve@example.com", "mal@example.com"
INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """One of the three: its script, what the script is told, and how to look at its tickets."""

    name: str
    env: Callable[[Trackers], dict[str, str]]
    open: Callable[[Trackers], list[bool]]
    texts: Callable[[Trackers], list[str]]
    notes: Callable[[Trackers], list[str]]


GITHUB = Tracker(
    name="github",
    env=lambda at: {"GITHUB_API_URL": at.url, "GITHUB_REPOSITORY": "acme/usage", "GITHUB_TOKEN": SECRET},
    open=lambda at: [one["state"] == "open" for one in at.github.issues],
    texts=lambda at: [text for one in at.github.issues for text in (one["title"], one["body"])],
    notes=lambda at: [note["body"] for notes in at.github.comments.values() for note in notes],
)
JIRA = Tracker(
    name="jira",
    env=lambda at: {"JIRA_URL": at.url, "JIRA_PROJECT": "USAGE", "JIRA_TOKEN": SECRET},
    open=lambda at: [one["status"]["statusCategory"]["key"] != "done" for one in at.jira.issues.values()],
    texts=lambda at: [text for one in at.jira.issues.values() for text in (one["summary"], one["description"])],
    notes=lambda at: [note["body"] for notes in at.jira.comments.values() for note in notes],
)
SERVICENOW = Tracker(
    name="servicenow",
    env=lambda at: {"SERVICENOW_URL": at.url, "SERVICENOW_USER": "tokenscan", "SERVICENOW_PASSWORD": SECRET},
    open=lambda at: [one["state"] not in {"6", "7", "8"} for one in at.servicenow.incidents],
    texts=lambda at: [
        text for one in at.servicenow.incidents for text in (one["short_description"], one["description"])
    ],
    notes=lambda at: [note["value"] for note in at.servicenow.journal],
)


@pytest.fixture(params=[GITHUB, JIRA, SERVICENOW], ids=lambda tracker: tracker.name)
def tracker(request: pytest.FixtureRequest) -> Tracker:
    needs("bash", "jq", "curl")
    assert isinstance(request.param, Tracker)
    return request.param


@pytest.fixture
def trackers() -> Iterator[Trackers]:
    with serving() as at:
        yield at


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[list[dict[str, Any]]]:
    """What changes in four nights: two findings; one is gone and the other worse; it is back; nothing."""
    folder = tmp_path_factory.mktemp("nights")
    spikes = [{EVE: 100_000, MAL: 90_000}, {EVE: 200_000}, {EVE: 200_000, MAL: 90_000}, {EVE: 200_000, MAL: 90_000}]
    return [findings(folder, write_log(folder, one)) for one in spikes]


def hand_over(
    tracker: Tracker, at: Trackers, found: list[dict[str, Any]], cwd: Path, **env: str
) -> tuple[int, str, str]:
    """Run the script on findings; returns exit code, stdout, stderr."""
    given = {**tracker.env(at), "TICKETS_PAUSE": "0", "TICKETS_RETRIES": "0", **env}
    lines = "".join(json.dumps(one) + "\n" for one in found)
    done = run(f"tickets/{tracker.name}.sh", cwd=cwd, env=given, told=lines)
    return done.returncode, done.stdout, done.stderr


def test_the_nights_are_what_the_rest_assumes(nights: list[list[dict[str, Any]]]) -> None:
    states = [sorted((one["subject"]["user"], one["state"]) for one in night) for night in nights]
    assert states == [[(EVE, "new"), (MAL, "new")], [(EVE, "worse"), (MAL, "resolved")], [(MAL, "new")], []]


def test_a_ticket_lives_as_its_finding_does(
    tracker: Tracker, trackers: Trackers, nights: list[list[dict[str, Any]]], tmp_path: Path
) -> None:
    told = []
    for expected_open, expected_notes, night in (
        ([True, True], 0, nights[0]),
        ([True, False], 2, nights[1]),  # one is told that it is worse, the other closed with a word
        ([True, True], 3, nights[2]),  # the one that is back is reopened, and no third is made
        ([True, True], 3, nights[3]),
    ):
        for _ in range(2):  # run again, nothing happens: no second ticket, no second comment
            writes = trackers.writes()
            code, out, err = hand_over(tracker, trackers, night, tmp_path)
            assert (code, err) == (0, "")
            assert sorted(tracker.open(trackers), reverse=True) == expected_open
            assert len(tracker.notes(trackers)) == expected_notes
            told.append(sorted(line.split()[0] for line in out.splitlines()))
    assert trackers.writes() == writes
    assert told == [["opened", "opened"], [], ["closed", "worse"], ["worse"], ["reopened"], [], [], []]


@pytest.mark.parametrize("status", [500, 429, 403])
def test_a_refusal_is_loud(
    tracker: Tracker, trackers: Trackers, nights: list[list[dict[str, Any]]], tmp_path: Path, status: int
) -> None:
    trackers.refusals = [status]
    code, out, err = hand_over(tracker, trackers, nights[0], tmp_path)
    assert (code, out, tracker.open(trackers)) == (1, "", [])
    assert err.startswith("curl: (22)")
    assert f"{status}\n{tracker.name}.sh: " in err
    assert "failed: {" in err
    assert SECRET not in err


def test_a_night_that_is_cut_off_anywhere_is_healed_by_the_next(
    tracker: Tracker, trackers: Trackers, nights: list[list[dict[str, Any]]], tmp_path: Path
) -> None:
    """Refuse the first request, then the second, and so on, until a night gets through."""
    for night, expected in ((nights[0], ([True, True], 0)), (nights[1], ([True, False], 2))):
        for done in range(20):
            trackers.refusals = [0] * done + [500]
            code = hand_over(tracker, trackers, night, tmp_path)[0]
            assert code == (0 if trackers.refusals else 1)
            if code == 0:
                break
        assert code == 0
        assert done >= 2
        assert (sorted(tracker.open(trackers), reverse=True), len(tracker.notes(trackers))) == expected


def test_what_a_person_closed_stays_closed_until_the_finding_is_new_again(
    tracker: Tracker, trackers: Trackers, nights: list[list[dict[str, Any]]], tmp_path: Path
) -> None:
    gone = [{**one, "state": "resolved"} for one in nights[0]]
    assert hand_over(tracker, trackers, nights[0], tmp_path)[0] == 0
    assert hand_over(tracker, trackers, gone, tmp_path)[0] == 0
    unchanged = [{**one, "state": "unchanged"} for one in nights[0]]
    assert hand_over(tracker, trackers, unchanged, tmp_path)[1] == ""
    assert tracker.open(trackers) == [False, False]
    assert hand_over(tracker, trackers, nights[0], tmp_path)[0] == 0
    assert tracker.open(trackers) == [True, True]


def test_findings_that_were_suppressed_close_and_open_nothing(
    tracker: Tracker, trackers: Trackers, nights: list[list[dict[str, Any]]], tmp_path: Path
) -> None:
    hidden = [{**one, "suppression": {"reason": "load test", "expires": "2027-01-31"}} for one in nights[0]]
    assert hand_over(tracker, trackers, hidden, tmp_path) == (0, "", "")
    assert hand_over(tracker, trackers, nights[0][:1], tmp_path)[0] == 0
    assert hand_over(tracker, trackers, hidden, tmp_path)[0] == 0
    assert tracker.open(trackers) == [False]
    assert "Suppressed until 2027-01-31: load test" in tracker.notes(trackers)[0]


def test_hostile_names_stay_words(tracker: Tracker, trackers: Trackers, tmp_path: Path) -> None:
    (found,) = findings(tmp_path, write_log(tmp_path, {HOSTILE * 40: 100_000}))
    evil = {**found, "title": HOSTILE, "message": HOSTILE * 500, "remediation": HOSTILE}
    for state in ("new", "worse", "resolved"):
        code, out, err = hand_over(tracker, trackers, [{**evil, "state": state}], tmp_path)
        assert (code, err) == (0, "")
        assert not INVISIBLE.search(out)
    assert not (tmp_path / "pwned").exists()
    written = tracker.texts(trackers) + tracker.notes(trackers)
    assert len(written) >= 4
    for text in written:
        assert not INVISIBLE.search(text)
        assert "[code]" not in text
        assert text.count("{noformat}") in (0, 2)
        assert text.count("```") in (0, 2)
    assert tracker.open(trackers) == [False]


@pytest.mark.parametrize(
    "line", ['{"type":"summary"}', "no json", '{"fingerprint":"ts1:x\\" OR 1=1"}', '{"fingerprint":"ts1:^state=7"}']
)
def test_what_is_no_finding_is_refused_before_anything_is_written(
    tracker: Tracker, trackers: Trackers, tmp_path: Path, line: str
) -> None:
    done = run(f"tickets/{tracker.name}.sh", cwd=tmp_path, env=tracker.env(trackers), told=line + "\n")
    assert done.returncode != 0
    assert done.stderr
    assert trackers.writes() == 0


def test_a_flood_is_refused_before_anything_is_written(
    tracker: Tracker, trackers: Trackers, nights: list[list[dict[str, Any]]], tmp_path: Path
) -> None:
    code, _, err = hand_over(tracker, trackers, nights[0], tmp_path, TICKETS_MAX="1")
    assert (code, trackers.writes()) == (1, 0)
    assert "more than 1 findings" in err


def test_a_variable_that_is_missing_is_named(tracker: Tracker, trackers: Trackers, tmp_path: Path) -> None:
    for name in tracker.env(trackers):
        if name == "GITHUB_API_URL":
            continue
        code, _, err = hand_over(tracker, trackers, [], tmp_path, **{name: ""})
        assert code == 1
        assert f"set {name}" in err


def test_github_lists_beyond_its_first_page(
    trackers: Trackers, nights: list[list[dict[str, Any]]], tmp_path: Path
) -> None:
    needs("bash", "jq", "curl")
    hand_over(GITHUB, trackers, nights[0][:1], tmp_path)
    for number in range(150):
        body = f"<!-- tokenscan ts1:{number:032x} -->"
        trackers.github.answer(
            "POST", "/repos/acme/usage/issues", {}, {"title": "x", "body": body, "labels": ["tokenscan"]}
        )
    assert hand_over(GITHUB, trackers, nights[0][:1], tmp_path) == (0, "", "")
    assert len(trackers.github.issues) == 151


def test_an_incident_that_was_closed_for_good_gets_a_successor(
    trackers: Trackers, nights: list[list[dict[str, Any]]], tmp_path: Path
) -> None:
    needs("bash", "jq", "curl")
    hand_over(SERVICENOW, trackers, nights[0][:1], tmp_path)
    trackers.servicenow.incidents[0]["state"] = "7"
    assert (
        hand_over(SERVICENOW, trackers, nights[0][:1], tmp_path, SERVICENOW_FIELDS='{"assignment_group":"ai"}')[0] == 0
    )
    assert [one["state"] for one in trackers.servicenow.incidents] == ["7", "1"]
    assert trackers.servicenow.incidents[1]["assignment_group"] == "ai"


def test_jira_cloud_by_user_and_its_own_search(
    trackers: Trackers, nights: list[list[dict[str, Any]]], tmp_path: Path
) -> None:
    needs("bash", "jq", "curl")
    cloud = {"JIRA_USER": "tokenscan", "JIRA_SEARCH": "/rest/api/2/search/jql"}
    assert hand_over(JIRA, trackers, nights[0], tmp_path, **cloud)[0] == 0
    assert len(trackers.jira.issues) == 2
    trackers.jira.workflow["new"] = []
    gone = [{**nights[0][0], "state": "resolved"}]
    code, _, err = hand_over(JIRA, trackers, gone, tmp_path, **cloud)
    assert code == 1
    assert "the workflow has no way to: done" in err


def test_the_scripts_are_clean() -> None:
    needs("shellcheck")
    scripts = sorted(str(path) for path in RECIPES.rglob("*.sh"))
    import subprocess

    done = subprocess.run(["shellcheck", "-x", *scripts], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, "")
