"""Long material: contracts and reports, new ones each time or the same over and over."""

from __future__ import annotations

import numpy as np

from tokenscan.simulate.asking import paragraphs
from tokenscan.simulate.desk import Desk
from tokenscan.simulate.dice import count_of
from tokenscan.simulate.habit_model import Documents
from tokenscan.simulate.placing import over_the_day, pauses, pick_days
from tokenscan.simulate.rows import Rows, rows, texts
from tokenscan.simulate.sizes import Said, answered, calls, habit_marks, text_tokens

_BOILERPLATE = 0.4  # share of a new document that stands in others too


def documents(desk: Desk, habit: Documents) -> Rows:
    """Return conversations that begin with a long document."""
    rng = desk.rng
    opened = pick_days(rng, desk.days_of(habit), habit.count)
    if not len(opened):
        return rows(0)
    asked = rng.integers(habit.questions[0], max(habit.questions) + 1, len(opened))
    days = np.repeat(opened, np.maximum(asked, 1))
    first = np.zeros(len(days), np.bool_)
    first[np.cumsum(np.maximum(asked, 1)) - np.maximum(asked, 1)] = True
    listed, hidden = _written(desk, habit, first.tolist())
    number = np.cumsum(first) - 1
    model = desk.models(opened, habit.model)[number]
    output = answered(desk, days, habit.answer, model)
    gaming = desk.gaming(habit)
    said = Said(
        at=over_the_day(desk, days, first, pauses(rng, output, 150.0)),
        first=first,
        text=texts(listed),
        material=text_tokens(texts(hidden)) * (texts(hidden) != ""),
        output=output,
        app=desk.apps(len(opened), habit.app or "document-addon")[number],
        model=model,
    )
    return calls(desk, said, gaming=gaming, used=habit_marks(desk, habit, len(days)), work=habit.tasks)


def _written(desk: Desk, habit: Documents, first: list[bool]) -> tuple[list[str], list[str]]:
    """Return what is typed or pasted, and what is attached beside it."""
    speaker, rng = desk.speaker, desk.rng
    stock = [paragraphs(speaker, desk.person.function, count_of(rng, habit.chars)) for _ in range(habit.stock)]
    usual = paragraphs(speaker, desk.person.function, 25_000)
    wishes = [speaker.say("documents", "doc_ask") for _ in range(habit.instructions)]
    listed, hidden = [], []
    for opens in first:
        ask = speaker.rng.choice(wishes) if wishes else speaker.typed(speaker.say("documents", "doc_ask"))
        if not opens:
            listed.append(ask)
            hidden.append("")
            continue
        speaker.next_conversation()
        if stock:
            document = _edited(desk, speaker.rng.choice(stock), habit.edits)
        else:
            new = paragraphs(speaker, desk.person.function, count_of(rng, habit.chars))
            document = [speaker.rng.choice(usual) if speaker.rng.random() < _BOILERPLATE else one for one in new]
        text = "\n\n".join(document)
        apart = speaker.rng.random() < habit.attached
        listed.append(ask if apart else f"{ask}\n\n{text}")
        hidden.append(text if apart else "")
    return listed, hidden


def _edited(desk: Desk, document: list[str], share: float) -> list[str]:
    if not share:
        return document
    speaker = desk.speaker
    fresh = paragraphs(speaker, desk.person.function, 4000)
    return [speaker.rng.choice(fresh) if speaker.rng.random() < share else one for one in document]
