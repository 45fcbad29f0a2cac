"""What happens to calls on their way into the log: failures, clients that resend, loggers that repeat, padding."""

from __future__ import annotations

import numpy as np

from tokenscan.simulate import dice
from tokenscan.simulate import habit_model as model
from tokenscan.simulate.desk import Desk
from tokenscan.simulate.rows import Rows, joined, texts
from tokenscan.simulate.sizes import text_tokens

_OUTAGE_HOURS = (13.0, 15.5)
_FAILS_IN_AN_OUTAGE = 0.5


def change(desk: Desk, entry: model.AnyChange, made: Rows) -> Rows:
    """Return rows as the log will show them."""
    match entry:
        case model.Resend():
            return resent(desk, entry, made)
        case model.LogTwice():
            again = made.take(desk.rng.random(len(made)) < entry.share)
            return joined([made, again.changed(same=np.ones(len(again)), waste=np.zeros(len(again)))])
        case model.Pad():
            return padded(desk, entry, made)
        case model.Mark():
            return marked(desk, entry, made)


def failed(desk: Desk, made: Rows) -> Rows:
    """Put failed attempts before some calls: more of them while the provider is down."""
    rng, count = desk.rng, len(made)
    day = _outage(desk)
    hours = (made["at"] - desk.midnight(np.array([day]))[0]) / 3_600_000
    down = (hours >= _OUTAGE_HOURS[0]) & (hours < _OUTAGE_HOURS[1])
    risk = np.where(down, _FAILS_IN_AN_OUTAGE, desk.kind.errors)
    attempts = np.minimum(rng.geometric(1.0 - risk, count) - 1, 6)
    again = np.repeat(np.arange(count), attempts)
    if not len(again):
        return made
    before = np.cumsum(dice.around(rng, 3400.0, 0.5, len(again)))
    opened = np.cumsum(attempts) - attempts
    start = np.concatenate([[0.0], before])[opened][again]
    tried = made.take(again)
    nothing = np.zeros(len(again))
    tried = tried.changed(
        at=tried["at"] - np.round(before - start),
        ok=nothing,
        **dict.fromkeys(("plain", "read", "written", "output", "waste", "work", "claim"), nothing),
        used=nothing - 1,
        latency=np.round(dice.around(rng, 900.0, 0.4, len(again))),
    )
    return joined([made, tried])


def _outage(desk: Desk) -> int:
    """Return the day of the provider's outage, the same for everybody."""
    open_ = np.flatnonzero(desk.world.calendar.workdays())
    return int(dice.words(desk.world.seed, "outage").choice(open_.tolist() or [0]))


def resent(desk: Desk, entry: model.Resend, made: Rows) -> Rows:
    """Add byte-identical requests a few milliseconds later; both get an answer, and one is thrown away."""
    rng = desk.rng
    copies = np.where(rng.random(len(made)) < entry.share, rng.integers(1, max(2, entry.most), len(made)), 0)
    again = made.take(np.repeat(np.arange(len(made)), copies * made["ok"]))
    late = rng.integers(entry.gap_ms[0], max(entry.gap_ms) + 1, len(again))
    output = np.maximum(3, np.round(again["output"] * dice.around(rng, 1.0, 0.1, len(again))))
    nothing = np.zeros(len(again))
    again = again.changed(at=again["at"] + late, output=output, work=nothing, used=nothing - 1)
    return joined([made, again.changed(waste=again.tokens * (again["waste"] > 0))])


def padded(desk: Desk, entry: model.Pad, made: Rows) -> Rows:
    """Put needless material on top of prompts; exactly what is added is waste."""
    rng, count = desk.rng, len(made)
    days = desk.day_of(made["at"])
    grown = days / desk.world.calendar.days if entry.grows else np.full(count, 0.5)
    chosen = made["ok"] & (rng.random(count) < entry.share) & (made["text"] != "")
    factor = 2 * (entry.factor - 1) * grown * np.exp(0.3 * rng.standard_normal(count))
    extra = np.where(chosen, np.minimum(np.round(factor * (made["plain"] + made["output"])), 10**7), 0).astype(np.int64)
    speaker = desk.speaker
    # Part of it can be read in the prompt, the rest is attached.
    sentences = np.minimum(extra // 800, 4).tolist()
    longer = texts(
        f"{text}\n\n{' '.join(speaker.say('idle', 'filler_text') for _ in range(count))}" if count else text
        for text, count in zip(made["text"].tolist(), sentences, strict=True)
    )
    seen = np.where(np.array(sentences) > 0, text_tokens(longer) - text_tokens(made["text"]), 0)
    extra = np.maximum(extra, seen)
    wasted = extra if desk.kind.label == "gamer" else np.zeros(count)
    return made.changed(text=longer, plain=made["plain"] + extra, waste=made["waste"] + wasted)


def marked(desk: Desk, entry: model.Mark, made: Rows) -> Rows:
    """Mark answers as used whatever they are, and report tasks for gaming."""
    chosen = made["ok"] & (desk.rng.random(len(made)) < entry.share)
    used = np.where(chosen & (made["waste"] > 0), 1, made["used"])
    return made.changed(used=used, claim=np.where(chosen & (made["waste"] > 0), entry.tasks, 0.0))
