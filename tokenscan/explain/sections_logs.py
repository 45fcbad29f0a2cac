"""The second half of an explanation as a document: calls, waste, what would change it, the rule, what to do."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

from tokenscan.explain.document import Block, Code, Facts, Grid, Points, Prose, Section
from tokenscan.explain.find import shortest
from tokenscan.explain.model import Call, Explanation, Looked, Prompts, Trial, WasteLine
from tokenscan.explain.strength import exact
from tokenscan.findings.model import Confidence
from tokenscan.report.numbers import UNKNOWN, money, plural, zone_of

WASTE_LINES = 12
LEVELS = {
    "row": "single calls",
    "day": "what a day held beyond normal",
    "window": "what a window of days held beyond normal",
}


def logs_sections(explanation: Explanation) -> Iterator[Section]:
    """Yield the sections in reading order; one without blocks has nothing to say."""
    yield Section(title="Sample calls", blocks=list(_calls(explanation)), note=_shown(explanation.looked))
    yield Section(title="Prompts", blocks=list(_prompts(explanation)), note="masked, secrets taken out")
    yield Section(title="Waste of this finding", blocks=list(_waste(explanation)))
    yield Section(title="What would change it", blocks=list(_changes(explanation)))
    yield Section(title="The rule", blocks=list(_rule(explanation)), note=explanation.finding.rule_id)
    yield Section(title="What to do", blocks=list(_to_do(explanation)))


def _shown(looked: Looked | None) -> str:
    return f"{len(looked.calls)} of {looked.calls_in_all:,}" if looked and looked.calls else ""


def _calls(explanation: Explanation) -> Iterator[Block]:
    looked, samples = explanation.looked, explanation.finding.evidence.samples
    if looked is None:
        if samples:
            yield Prose("The report has only their ids; the logs have the rest.", quiet=True)
            yield Points(samples)
        return
    if not looked.calls_in_all:
        yield Prose("The finding rests on sums, and names no single calls.", quiet=True)
    if looked.calls:
        headers = ("call", "time", "app, model", "tokens", "session", "what came of it", "where")
        yield Grid(headers=headers, rows=[_call(call, explanation) for call in looked.calls], wide=150)


def _call(call: Call, explanation: Explanation) -> tuple[str, ...]:
    zone = zone_of(explanation.known.timezone)
    moment = call.timestamp.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    who = f"{call.user}: " if call.user and call.user != explanation.finding.subject.user else ""
    claimed = "" if call.waste_tokens is None else f"{call.waste_tokens:,} tokens claimed as waste"
    used = "" if call.used is None else "answer used" if call.used else "answer not used"
    return (
        call.event_id,
        who + moment,
        ", ".join(filter(None, (call.app, call.model))) or UNKNOWN,
        _tokens(call),
        call.session or "not in the log",
        "; ".join(filter(None, (call.status, used, claimed))) or UNKNOWN,
        call.source,
    )


def _tokens(call: Call) -> str:
    def shown(count: int | None) -> str:
        return UNKNOWN if count is None else f"{count:,}"

    cached = f" ({call.cache_read_tokens:,} cached)" if call.cache_read_tokens else ""
    return f"{shown(call.input_tokens)} in{cached}, {shown(call.output_tokens)} out"


def _prompts(explanation: Explanation) -> Iterator[Block]:
    prompts = explanation.looked.prompts if explanation.looked else None
    if prompts is None:
        return
    if prompts.reason:
        yield Prose(f"None to show: {prompts.reason}.", quiet=True)
        return
    distinct = plural(prompts.distinct, "distinct prompt")
    yield Prose(f"The commonest of {distinct} in {plural(prompts.calls, 'call')}:", quiet=True)
    yield Grid(
        headers=("calls", "prompt"),
        rows=[(f"{one.calls:,}", one.text or "(empty)") for one in prompts.samples],
        right=frozenset({0}),
    )
    yield from _template(prompts)


def _template(prompts: Prompts) -> Iterator[Block]:
    if prompts.common:
        yield Facts((("in common", prompts.common), ("varies", prompts.varies)))


def _waste(explanation: Explanation) -> Iterator[Block]:
    finding, looked = explanation.finding, explanation.looked
    impact = finding.impact
    if not impact.waste_tokens:
        yield Facts((("claimed", "nothing"), ("why", impact.basis)))
        return
    price = "at an unknown price" if impact.waste_nanousd is None else money(impact.waste_nanousd)
    yield Facts(
        (
            ("claimed", f"{impact.waste_tokens:,} tokens in {plural(impact.requests, 'call')}, {price}"),
            ("computed", impact.basis),
        )
    )
    if looked is not None and looked.waste:
        yield Grid(
            headers=("claim", "calls", "tokens", "* share", "= waste", "waste $"),
            rows=[_waste_row(line) for line in looked.waste[:WASTE_LINES]],
            right=frozenset({1, 2, 3, 4, 5}),
            wide=64,
        )
        more = looked.waste[WASTE_LINES:]
        if more:
            rest = sum(line.waste_tokens for line in more)
            yield Prose(f"and {plural(len(more), 'more line')} with {rest:,} tokens; -f json has them all", quiet=True)
    yield Prose(" ".join(_how_it_adds_up(explanation)), quiet=True)


def _waste_row(line: WasteLine) -> tuple[str, ...]:
    what = f"{LEVELS.get(line.level, line.level)}{f', {line.day}' if line.day else ''}"
    price = UNKNOWN if line.waste_nanousd is None else money(line.waste_nanousd)
    return what, f"{line.calls:,}", f"{line.tokens:,}", exact(line.share), f"{line.waste_tokens:,}", price


def _how_it_adds_up(explanation: Explanation) -> Iterator[str]:
    yield "Each call's part is rounded to whole tokens."
    if explanation.finding.confidence is Confidence.LOW:
        yield "A finding of low confidence claims only in the high figure of the report."
    subject = explanation.subject
    if subject is not None:
        name = subject.user if subject.user is not None else subject.team
        yield (
            f"Two findings may claim one call, so findings do not add up: counting each call once, {name} has "
            f"{subject.waste_tokens:,} tokens of waste."
        )


def _changes(explanation: Explanation) -> Iterator[Block]:
    looked, finding = explanation.looked, explanation.finding
    trials = looked.trials if looked else None
    if trials is None:
        evidence = finding.evidence
        if explanation.threshold_param and evidence.value >= evidence.threshold:
            yield Prose(
                f"A threshold ({explanation.threshold_param}) above the finding's value, {exact(evidence.value)}, "
                "would not have been reached. Nothing was tried."
            )
        return
    moved = [trial for trial in trials if trial.value is not None]
    if moved:
        yield Prose("The rule was run again with other values; with these it does not make this finding:", quiet=True)
        yield Grid(headers=("parameter", "is now", "gone at"), rows=[_trial(trial) for trial in moved])
        yield Code([f"tokenscan analyze … --set {finding.rule_id}.{moved[0].param}={moved[0].value}"])
    still = [trial for trial in trials if trial.value is None and trial.tried]
    if still:
        named = ", ".join(f"{trial.param} {' or '.join(trial.tried)}" for trial in still)
        alone = "It is found" if moved else "No parameter that was tried changes it by itself. It is found"
        yield Prose(f"{alone} with {named}, too.", quiet=True)


def _trial(trial: Trial) -> tuple[str, str, str]:
    value = str(trial.value)
    return trial.param, trial.current, f"{value} and beyond" if trial.headline else value


def _rule(explanation: Explanation) -> Iterator[Block]:
    page = explanation.rule
    if page is None:
        yield Prose(f"Its page is not shown: {explanation.rule_note}.")
        return
    yield Prose(page.description)
    yield Prose(page.rationale)
    if page.params:
        note = "Its parameters:" if page.in_force else "Its parameters here and now; the report does not tell its own:"
        yield Prose(note, quiet=True)
        yield Grid(
            headers=("parameter", "value", "from", "meaning"),
            rows=[(one.name, one.value, one.origin, one.doc) for one in page.params],
            marked=frozenset(place for place, one in enumerate(page.params) if one.headline),
            wide=80,
        )
    if page.references:
        yield Prose("References:", quiet=True)
        yield Points(page.references)


def _to_do(explanation: Explanation) -> Iterator[Block]:
    finding, known = explanation.finding, explanation.known
    yield Prose(finding.remediation)
    yield Prose("Findings are evidence, not verdicts, and must not be the only ground for a decision about a person.")
    if finding.suppression is None:
        yield Prose("To keep a finding that was looked into out of reports, in tokenscan.toml:", quiet=True)
        yield Code(suppression(explanation))
    if known.source:
        short = shlex.quote(shortest(finding, known.findings))
        yield Prose(
            "This is from the saved report alone. The logs also show the calls, how the waste adds up, and which "
            "parameters would change the verdict:",
            quiet=True,
        )
        yield Code([f"tokenscan explain {short} PATH", f"tokenscan rules show {shlex.quote(finding.rule_id)}"])


def suppression(explanation: Explanation) -> list[str]:
    """Return the lines of a config that hide the finding for a while; the reason is for people to give."""
    finding = explanation.finding
    return [
        "[[suppress]]",
        f"rule = {json.dumps(finding.rule_id)}",
        f"fingerprint = {json.dumps(finding.fingerprint)}",
        'reason = "…"  # who looked into it, and what they found',
        f"expires = {explanation.suppress_until}",
    ]
