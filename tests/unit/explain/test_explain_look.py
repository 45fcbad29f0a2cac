"""What the logs add to a finding: calls, claims, prompts, and other values of the rule's parameters."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from tests.unit.explain import explain_factory as make
from tests.unit.findings_factory import finding
from tokenscan.explain.build import explained, known_of
from tokenscan.explain.look import Wish
from tokenscan.explain.model import Looked, Trial
from tokenscan.findings.model import Evidence
from tokenscan.prompts.redact import redacted
from tokenscan.ruleset.effective import Override, effective


@pytest.fixture(autouse=True)
def _detector(monkeypatch: pytest.MonkeyPatch) -> None:
    make.install(monkeypatch)


def looked(wish: Wish | None = None) -> Looked:
    found = make.explanation(wish).looked
    assert found is not None
    return found


def test_claims_add_up_to_the_finding_s_waste() -> None:
    explanation = make.explanation(Wish(trials=False))
    assert explanation.looked is not None
    [line] = explanation.looked.waste
    assert (line.level, line.share, line.calls, line.tokens, line.waste_tokens) == ("row", 0.5, 4, 4000, 2000)
    assert explanation.finding.impact.waste_tokens == 2000
    assert explanation.looked.trials is None


def test_a_call_is_told_with_where_it_stands_in_the_logs() -> None:
    [first, *rest] = looked(Wish(samples=9, trials=False)).calls
    assert (first.event_id, first.app, first.session, first.input_tokens, first.output_tokens) == (
        "e1", "odd", "ann-0", 800, 200,
    )  # fmt: skip
    assert (first.source, first.used, first.share, first.waste_tokens) == ("test, row 1", False, 0.5, 500)
    assert [call.event_id for call in rest] == ["e7", "e13", "e19"]
    assert [call.used for call in rest] == [True, False, False]


def test_samples_are_the_rule_s_own_and_then_spread() -> None:
    # The rule's own are the first three; of the others only e19 is left.
    assert [call.event_id for call in looked(Wish(samples=2, trials=False)).calls] == ["e1", "e7"]
    assert looked(Wish(samples=0, trials=False)).calls == ()
    assert looked(Wish(samples=0, trials=False)).calls_in_all == 4


def test_trials_find_the_nearest_value_that_was_seen_to_silence_the_rule() -> None:
    assert looked().trials == (
        # Three digits beyond the finding's value of 0.2.
        Trial(param="share", current="0.1", value="0.201", headline=True, tried=("0.201",)),
        Trial(param="top", current="0.4", value=None, headline=False, tried=("0.04", "1")),
        # 20 calls: of 11, 13, 15, 20, 30, 50 and 100 the first that is too many. Fewer never silence it.
        Trial(param="min_calls", current="10", value="30", headline=False, tried=("30", "50", "100")),
    )


def test_a_trial_really_silences_the_rule() -> None:
    on = make.ground()
    for trial in looked().trials or ():
        if trial.value is not None:
            value = float(trial.value) if "." in trial.value else int(trial.value)
            changed = effective(make.rule().rule, [Override(params={trial.param: value})])
            assert not make.report(on, changed).findings


def test_a_threshold_beyond_its_limit_is_not_tried() -> None:
    params = make.rule().rule.params
    tight = make.rule(params=params | {"share": replace_limit(params["share"], 0.15)})
    on = make.ground()
    known = known_of(make.report(on, tight))
    found = explained(known.findings[0], known, tight, ground=on)
    assert found.looked is not None
    trials = {trial.param: trial for trial in found.looked.trials or ()}
    assert (trials["share"].value, trials["share"].tried) == (None, ("0.01", "0.15"))


def replace_limit(param: object, most: float) -> object:
    import msgspec

    return msgspec.structs.replace(param, max=most)


def test_no_text_unless_asked_and_then_without_secrets() -> None:
    assert looked(Wish(trials=False)).prompts is None
    prompts = looked(Wish(prompts=3, trials=False)).prompts
    assert prompts is not None
    [sample] = prompts.samples
    assert (sample.calls, prompts.distinct, prompts.calls) == (4, 1, 4)
    assert sample.text == "say hello to joe, my password is <secret> and order <n> is late"


def test_prompts_that_are_one_template_are_told_as_such() -> None:
    rows = make.calls()
    for n, row in enumerate(rows):
        row["prompt"] = f"Write a friendly product text for the garden chair number {n} of our list"
    prompts = make.explanation(Wish(prompts=2, trials=False), make.ground(rows)).looked.prompts  # type: ignore[union-attr]
    assert prompts is not None
    assert (len(prompts.samples), prompts.distinct) == (2, 4)
    assert prompts.common == "write a friendly product text for the garden chair number {...} of our list"
    assert prompts.varies == "1 place varies: a number (4 values)."


def test_a_log_without_text_says_why_there_is_none() -> None:
    rows = [row | {"prompt": None} for row in make.calls()]
    prompts = make.explanation(Wish(prompts=2, trials=False), make.ground(rows)).looked.prompts  # type: ignore[union-attr]
    assert prompts is not None
    assert prompts.reason == "the log holds no prompts for these calls"


def test_the_order_of_rows_changes_nothing() -> None:
    rows = make.calls()
    for n, row in enumerate(rows):
        row["event_id"] = f"id-{n}"
    there = make.explanation(Wish(prompts=3), make.ground(rows)).looked
    back = make.explanation(Wish(prompts=3), make.ground([*reversed(rows)])).looked
    assert there is not None
    assert back is not None

    def without_rows(found: Looked) -> Looked:
        return replace(found, calls=tuple(replace(call, source="") for call in found.calls))

    assert without_rows(there) == without_rows(back)


def test_a_rule_that_breaks_with_other_values_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def fragile(tables: object, params: make.Params) -> object:
        if params.min_calls != 10:
            raise ZeroDivisionError
        return make.detect(tables, params)  # type: ignore[arg-type]

    make.install(monkeypatch, fragile)
    trials = {trial.param: trial for trial in looked().trials or ()}
    assert (trials["share"].value, trials["min_calls"].value) == ("0.201", None)


def test_a_finding_that_is_about_sums_names_no_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_claims(tables: object, params: make.Params) -> object:
        found = make.detect(tables, params)  # type: ignore[arg-type]
        silent = found.candidates.with_columns(pl.lit([], pl.List(pl.UInt32)).alias("samples"))
        return replace(found, candidates=silent, claims=found.claims.clear())

    make.install(monkeypatch, without_claims)
    found = looked(Wish(prompts=2))
    assert (found.calls, found.calls_in_all, found.waste) == ((), 0, ())
    assert found.prompts is not None
    assert found.prompts.reason == "the finding names no single calls"


def test_another_version_of_the_rule_lends_the_finding_no_page() -> None:
    evidence = Evidence(value=0.2, unit="", threshold=0.1, threshold_origin="", n=1, compared_with="")
    old = finding(rule_id="odd-calls", rule_version=2, strength=0.75, evidence=evidence)
    found = explained(old, make.known(old), make.rule())
    assert (found.rule, found.strength.formula) == (None, "")
    assert found.rule_note == "made with version 2 of the rule; this installation has version 3"
    same = replace(old, rule_version=3)
    assert explained(same, make.known(same), make.rule()).strength.filled.startswith("0.5 + 0.5 * ln(0.2 / 0.1)")
    assert explained(same, make.known(same), None).rule_note == "this installation has no rule odd-calls"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("api_key: 'abc def', go", "api_key: <secret>, go"),
        ('{"password": "x y"}', '{"password": <secret>}'),
        ("curl -H 'Authorization: Bearer abcDEF1234567890'", "curl -h 'authorization: bearer <secret>'"),
        ("use sk-proj-abcdefghijklmnop1234", "use <secret>"),
        ("AKIAIOSFODNN7EXAMPLE", "<secret>"),
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "<secret>"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nwhy?", "<secret> why?"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc", "<secret>"),
        ("write to Ann.Smith@x.example on 2026-01-05", "write to <email> on <n>"),
        ("das Passwort lautet Sommer", "das passwort lautet <secret>"),
        ("why is the token count 300?", "why is the token count <n>?"),
        ("", ""),
    ],
)
def test_secrets_go_and_what_varies_is_masked(text: str, shown: str) -> None:
    assert redacted([text]) == [shown]


def test_no_text_takes_long_to_redact() -> None:
    """Patterns that backtrack would need hours for these; nothing is timed."""
    pieces = ("a", "-a", "a=", "secret", "token-", "-----BEGIN ", "x://", "a.a", "=/", "bearer ", "eyJ")
    assert len(redacted([piece * 20_000 for piece in pieces])) == len(pieces)
