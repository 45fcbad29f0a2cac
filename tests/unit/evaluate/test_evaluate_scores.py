"""Ten accounts scored, every figure worked out by hand in ``small_case``."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.unit.evaluate.small_case import LABELS, PEOPLE, report, write
from tokenscan.errors import InputError
from tokenscan.evaluate.evaluation import evaluated
from tokenscan.evaluate.json_v1 import to_dict, to_json
from tokenscan.evaluate.labels import read_labels
from tokenscan.evaluate.population import Draw
from tokenscan.evaluate.reports import read_report
from tokenscan.evaluate.schema import evaluation_schema


def draw(folder: Path, document: Any = None, labels: str = LABELS, name: str = "") -> Draw:
    first, second = write(folder, document, labels, name)
    judgement = read_report(Path(first).read_bytes(), f"report{name}.json")
    return Draw(judgement=judgement, labels=read_labels(Path(second)), labels_name=f"labels{name}.csv")


def scored(folder: Path, document: Any = None, labels: str = LABELS) -> dict[str, Any]:
    return to_dict(evaluated([draw(folder, document, labels)]))


def test_the_ranking(tmp_path: Path) -> None:
    found = scored(tmp_path)
    assert found["accounts"] == {"gamer": 4, "honest": 5, "service": 1, "all": 10}
    assert found["share_of_gamers"] == 0.4
    assert found["pr_auc"] == 0.767857  # (1 + 1 + 3/6 + 4/7) / 4
    assert found["roc_auc"] == 0.770833  # 18.5 of 24 pairs


def test_the_bands(tmp_path: Path) -> None:
    bands = scored(tmp_path)["bands"]
    strong, banded = bands["strong"], bands["strong_or_worth_a_look"]
    assert (strong["gamers"], strong["honest"], strong["services"]) == (2, 1, 0)
    assert (banded["gamers"], banded["honest"], banded["services"]) == (3, 2, 1)
    assert [strong[name]["value"] for name in ("precision", "recall", "false_share")] == [0.666667, 0.5, 0.166667]
    assert [banded[name]["value"] for name in ("precision", "recall", "false_share")] == [0.5, 0.75, 0.5]
    assert strong["precision_at_5_percent"]["value"] == 0.136364  # 0.05 * 1/2 / (0.05 * 1/2 + 0.95 * 1/6) = 3/22
    assert banded["precision_at_5_percent"]["value"] == 0.0731707  # 3/41
    assert strong["precision"] | {"low": 0.0943, "high": 0.9916} == strong["precision"] | {
        name: round(strong["precision"][name], 4) for name in ("low", "high")
    }


def test_kinds_and_doses(tmp_path: Path) -> None:
    found = scored(tmp_path)
    rows = [
        (
            kind["kind"],
            kind["dose"],
            *(kind["bands"][name]["hits"] for name in kind["bands"]),
            kind["average_precision"],
        )
        for kind in found["kinds"]
    ]
    assert rows == [
        ("loop", None, 2, 2, 1.0),
        ("loop", "full", 1, 1, 1.0),
        ("loop", "half", 1, 1, 1.0),
        ("ring", None, 0, 1, 0.325),  # the third beside three innocent accounts (1/4), the fourth above three: 2/5
        ("ring", "full", 0, 1, 0.25),
        ("ring", "half", 0, 0, 0.25),
        ("batch", None, 1, 1, None),
        ("plain", None, 0, 1, None),
        ("ci", None, 0, 1, None),
    ]
    doses = {dose["dose"]: dose["bands"]["strong_or_worth_a_look"]["hits"] for dose in found["doses"]}
    assert doses == {"full": 2, "half": 1}


def test_everybody_wrongly_named_stands_there_with_the_rule_that_did_it(tmp_path: Path) -> None:
    found = scored(tmp_path)
    told = [(one["user"], one["kind"], one["band"], one["rules"]) for one in found["false_accusations"]]
    assert told == [
        ("h1@x.example", "batch", "strong", ["copied-prompt", "duplicate-share"]),
        ("svc", "ci", "worth_a_look", ["scripted-timing"]),
        ("h2@x.example", "plain", "worth_a_look", ["copied-prompt"]),
    ]
    assert [one["user"] for one in found["services_ranked"]] == ["svc"]
    assert [(one["user"], one["rules"]) for one in found["missed"]] == [("g4@x.example", ["above-peers"])]


def test_rules(tmp_path: Path) -> None:
    rules = {rule["rule"]: rule for rule in scored(tmp_path)["rules"]}
    copied = rules["copied-prompt"]
    assert (copied["gamers"], copied["honest"], copied["services"], copied["false_accusations"]) == (1, 2, 0, 2)
    assert (copied["claimed_of_gamers"], copied["claimed_of_innocent"]) == (40, 50)
    assert copied["kinds"] == {"batch": 1, "plain": 1, "ring": 1}
    assert rules["duplicate-share"]["false_accusations"] == 0  # h1's other rule weighed more
    assert rules["unused-answers"]["draws_in_which_it_ran"] == 0
    assert rules["unused-answers"]["reasons"] == ["no export has the column used"]
    assert (rules["volume-band"]["honest"], rules["volume-band"]["false_accusations"]) == (1, 0)


def test_waste(tmp_path: Path) -> None:
    waste = scored(tmp_path)["waste_tokens"]
    # g1 800 of 1,000, g2 700 of 500, g4 nothing of 300; of g3 nobody knows.
    gamers = {"people": 3, "true": 1800, "claimed": 1500, "ratio": 0.833333, "over": 200, "under": 500}
    assert waste["gamers"] == gamers
    assert waste["innocent"] == {"people": 6, "true": 0, "claimed": 60, "ratio": None, "over": 60, "under": 0}
    assert waste["gamers_of_unknown_waste"] == {"people": 1, "claimed": 40}
    assert waste["over_claim_share"] == 0.0375  # 60 of 1,600
    assert waste["totals_comparable"] is False
    assert [(one["user"], one["over"], one["under"]) for one in waste["people"]] == [
        ("g4@x.example", 0, 300),
        ("g1@x.example", 0, 200),
        ("g2@x.example", 200, 0),
        ("h1@x.example", 50, 0),
        ("svc", 10, 0),
    ]


def test_totals_are_compared_where_labels_cover_them(tmp_path: Path) -> None:
    waste = scored(
        tmp_path, labels=LABELS.replace("g3@x.example,gamer,ring,full,,", "g3@x.example,gamer,ring,full,200,")
    )
    totals = waste["waste_tokens"]
    assert totals["totals_comparable"] is True
    assert totals["true_total"] == 2000
    assert totals["report_totals"] == {"low": 900, "expected": 1600, "high": 2000}


def test_nobody_is_dropped_silently(tmp_path: Path) -> None:
    extra = "gone@x.example,gamer,loop,,,\nbot,service,ci,,,\n"
    labels = LABELS.replace("h5@x.example,honest,plain,,,\n", "") + extra
    source = {"complete": True, "users": 10, "service_accounts": ["bot (a name like a service's)"]}
    found = scored(tmp_path, report(input=source), labels)
    assert [(one["user"], one["kept_out_as_service"]) for one in found["not_scored"]["absent_from_report"]] == [
        ("bot", True),
        ("gone@x.example", False),
    ]
    assert [one["user"] for one in found["not_scored"]["without_label"]] == ["h5@x.example"]
    assert found["bands"]["strong_or_worth_a_look"]["recall"]["of"] == 5  # the gamer that is not there was missed
    assert [one["user"] for one in found["missed"]] == ["g4@x.example", "gone@x.example"]


def test_a_report_of_the_flagged_alone_scores_like_one_of_everybody(tmp_path: Path) -> None:
    flagged = report([person for person in PEOPLE if person[1] > 0])
    flagged["input"]["users"] = 10
    some, everybody = scored(tmp_path, flagged), scored(tmp_path)
    for part in ("accounts", "pr_auc", "roc_auc", "bands", "kinds", "false_accusations", "missed"):
        assert some[part] == everybody[part]
    assert any("leaves out people without findings" in note for note in some["notes"])
    assert not any("leaves out" in note for note in everybody["notes"])


def test_suppressed_and_resolved_findings_and_teams_are_not_scored(tmp_path: Path) -> None:
    document = report()
    for finding in document["findings"]:
        if finding["rule_id"] == "copied-prompt":
            finding["suppression"] = {"reason": "shared template", "expires": "2027-01-01"}
        if finding["rule_id"] == "above-peers":
            finding["state"] = "resolved"
    team = {**document["findings"][0], "fingerprint": "t", "subject": {"kind": "team", "user": None, "team": "t1"}}
    document["findings"].append(team)
    document["teams"] = [{"team": "t1"}]
    found = scored(tmp_path, document)
    rules = {rule["rule"]: rule for rule in found["rules"]}
    assert rules["copied-prompt"]["honest"] == rules["above-peers"]["gamers"] == 0
    assert rules["scripted-timing"]["gamers"] == 2
    assert (found["not_scored"]["teams"], found["not_scored"]["findings_not_about_people"]) == (1, 1)


def test_order_of_people_and_labels_does_not_matter(tmp_path: Path) -> None:
    people, rows = list(PEOPLE), LABELS.splitlines()[1:]
    random.Random(5).shuffle(people)
    random.Random(6).shuffle(rows)
    mixed = scored(tmp_path, report(people), "\n".join([LABELS.splitlines()[0], *rows]))
    assert mixed == scored(tmp_path)


def test_pooled_draws_are_counted_together_and_one_by_one(tmp_path: Path) -> None:
    perfect = report([("g1@x.example", 80.0, 0, []), ("h1@x.example", 0.0, 0, [])])
    labels = "user,label,kind\ng1@x.example,gamer,loop\nh1@x.example,honest,plain\n"
    found = to_dict(evaluated([draw(tmp_path), draw(tmp_path, perfect, labels, "2")]))
    assert found["accounts"]["all"] == 12  # g1 of one draw is not g1 of the other
    assert found["bands"]["strong"]["recall"] | {"low": None, "high": None} == {
        "value": 0.6, "low": None, "high": None, "hits": 3, "of": 5,
    }  # fmt: skip
    # All together: 90 (1/1), 80 (2/2), 70 (3/3), 45 (4/7), 10 (5/8).
    assert found["pr_auc"] == pytest.approx((1 + 1 + 1 + 4 / 7 + 5 / 8) / 5, abs=1e-6)
    assert [(one["report"], one["pr_auc"]) for one in found["draws"]] == [
        ("report.json", 0.767857),
        ("report2.json", 1.0),
    ]


def test_the_json_fits_its_schema_and_is_the_same_every_time(tmp_path: Path) -> None:
    one, other = (to_json(evaluated([draw(tmp_path)])) for _ in range(2))
    jsonschema.validate(json.loads(one), evaluation_schema())
    assert one == other


def test_an_empty_ranking_finds_nobody_and_accuses_nobody(tmp_path: Path) -> None:
    found = scored(tmp_path, report([]))
    strong = found["bands"]["strong"]
    assert (found["pr_auc"], found["roc_auc"]) == (0.4, 0.5)
    assert strong["precision"] == {"value": None, "low": None, "high": None, "hits": 0, "of": 0}
    assert (strong["recall"]["value"], strong["false_share"]["value"]) == (0.0, 0.0)
    assert strong["precision_at_5_percent"]["value"] is None
    jsonschema.validate(found, evaluation_schema())


def test_labels_of_other_people_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nobody of labels.csv \(1 account\) is in report.json \(10 people\)"):
        scored(tmp_path, labels="user,label,kind\nzoe,honest,plain\n")
