"""What people type: requests, follow-ups, short replies, pasted material, long documents, rewordings."""

from __future__ import annotations

import random

from tokenscan.simulate.speaker import Speaker, slipped

DESKS = ("support", "engineering", "finance", "legal", "product", "sales", "office")
_PASTES = {"engineering": "log_line", "finance": "table_line", "support": "mail_line", "legal": "mail_line"}
_DOCUMENTS = {"finance": "finance_paragraph", "engineering": "spec_paragraph", "product": "spec_paragraph"}
_OWN_DESK = 0.72
_SYNONYMS = {
    "give": "provide", "write": "draft", "explain": "describe", "make": "prepare", "detailed": "thorough",
    "list": "name", "important": "essential", "best": "good", "common": "frequent", "overview": "summary",
    "long": "extensive", "article": "text", "analysis": "review", "ideas": "suggestions", "guide": "manual",
    "collect": "gather", "discuss": "consider", "possible": "you can", "reasons": "causes", "tips": "hints",
    "please": "kindly", "include": "add", "modern": "today's", "about": "on", "examples": "cases",
}  # fmt: skip


def subject(speaker: Speaker, function: str, foreign: str, share: float) -> str:
    """Choose the tongue of a conversation: the own desk, the office at large, or a foreign language."""
    draw = speaker.rng.random()
    if foreign and draw < share:
        return foreign
    return function if speaker.rng.random() < _OWN_DESK else "office"


def opening(speaker: Speaker, tongue: str) -> str:
    """Return the first prompt of a conversation, now and then with pasted material."""
    rng, typing = speaker.rng, speaker.typing
    text = speaker.say(tongue, "start" if tongue in DESKS else tongue)
    if tongue not in DESKS:
        return text
    if rng.random() < typing.adds:
        more = speaker.say("everyday", "because" if rng.random() < 0.6 else "want")
        text = f"{text} {more}" if rng.random() < 0.7 else f"{more} {text}"
    text = speaker.typed(text)
    if rng.random() < typing.greets:
        text = f"{speaker.say('everyday', 'opener')} {text}"
    if rng.random() < typing.pastes:
        text = f"{text}\n\n{pasted(speaker, tongue)}"
    return text


def follow_up(speaker: Speaker, tongue: str) -> str:
    """Return a later prompt of a conversation: a short reply, a correction, or something new."""
    draw = speaker.rng.random()
    if draw < speaker.typing.shorts:
        return speaker.say("followups", "short" if tongue in DESKS else f"short_{tongue}")
    if tongue not in DESKS or draw > 0.84:
        return opening(speaker, tongue)
    return speaker.typed(speaker.say("followups"))


def pasted(speaker: Speaker, tongue: str) -> str:
    """Return a thread, a table or a log as people paste it: a few lines, at times very many."""
    section = _PASTES.get(tongue, "mail_line")
    count = min(150, 2 + int(4 * speaker.rng.lognormvariate(0.0, 1.25)))
    lead = speaker.say("everyday", "paste_lead")
    return "\n".join([lead, *(speaker.say("everyday", section) for _ in range(count))])


def paragraphs(speaker: Speaker, function: str, chars: int) -> list[str]:
    """Return the paragraphs of a document of about so many characters."""
    section = _DOCUMENTS.get(function, "legal_paragraph")
    listed: list[str] = []
    while chars > 0:
        listed.append(speaker.say("documents", section))
        chars -= len(listed[-1]) + 2
    return listed


def reworded(rng: random.Random, text: str, strength: float) -> str:
    """Return a copy that says the same: other words, other order, a slip. ``strength`` is a share of words."""
    words = text.split(" ")
    for place, word in enumerate(words):
        bare = word.lower().strip(".,:;!?")
        if bare in _SYNONYMS and rng.random() < 2 * strength:
            words[place] = word.lower().replace(bare, _SYNONYMS[bare])
        elif rng.random() < 0.1 * strength:
            words[place] = f"{word} {rng.choice(('also', 'really', 'again'))}"
    sentences = " ".join(words).removesuffix(".").split(". ")
    if len(sentences) > 1 and rng.random() < strength:
        sentences = [*sentences[1:], sentences[0]]
    text = ". ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences) + "."
    return slipped(rng, text) if rng.random() < strength else text


def padded(speaker: Speaker, text: str, sentences: int) -> str:
    """Return a text between sentences that have nothing to do with it."""
    around = [speaker.say("idle", "sugar") for _ in range(sentences)]
    cut = int(speaker.rng.random() * (sentences + 1))
    return " ".join([*around[:cut], text, *around[cut:]])
