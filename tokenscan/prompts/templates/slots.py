"""What a template says and what its slots hold, for people to read: common text with the slots marked."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from tokenscan.hashing import stable_hash
from tokenscan.prompts.templates.align import Filling, Prompt
from tokenscan.prompts.templates.kinds import Kind, common_kind, kind_of, words_in
from tokenscan.prompts.templates.model import Aligned

SAMPLE: Final = 200
EXAMPLES: Final = 3
EXAMPLE_CHARS: Final = 60

_TRIED: Final = 40  # prompts on which a model is tried
_LISTED: Final = 5  # slots named in a sentence
_PHRASES: Final[dict[Kind, str]] = {
    "number": "a number",
    "date": "a date",
    "url": "a URL",
    "path": "a path",
    "e-mail": "an e-mail address",
    "id": "an id",
    "text": "long text",
    "nothing": "signs only",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place where the prompts differ; counts and lengths are those of the prompts that fit the template."""

    kind: Kind
    values: int  # distinct fillings, without regard to case and white space
    distinct_share: float  # values / prompts that fit
    least_words: int
    most_words: int
    mean_chars: float
    examples: tuple[str, ...]  # the commonest, cut to EXAMPLE_CHARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The common text of prompts that are alike, and what varies."""

    parts: tuple[str | Slot, ...]  # fixed text and slots in order
    members: int  # distinct prompts
    sampled: int  # of these, the ones looked at
    fitting: int  # of these, the ones that hold all of the fixed text
    calls: int

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots in order: the first is {1}."""
        return tuple(part for part in self.parts if isinstance(part, Slot))

    @property
    def text(self) -> str:
        """The fixed text with `{1}`, `{2}`, ... for the slots."""
        numbers = itertools.count(1)
        return "".join(part if isinstance(part, str) else f"{{{next(numbers)}}}" for part in self.parts)

    @property
    def what_varies(self) -> str:
        """One sentence, such as "2 places vary: a number (118 values), 1-3 words (40 values)."."""
        return _what_varies(self)


def describe_template(
    texts: Sequence[str], counts: Sequence[int] | None = None, *, representative: str | None = None
) -> Template:
    """Describe the prompts of a template, or of a near-duplicate cluster, given its representative.

    `texts` are prompts as they were sent, `counts` how often (once each if not given). Equal texts count as
    one. Of more than SAMPLE, a sample is looked at that depends on the texts alone. The fixed text is what
    nearly all of them share, in the words of the representative.
    """
    sent: Counter[str] = Counter()
    for text, count in zip(texts, counts if counts is not None else [1] * len(texts), strict=True):
        sent[text] += count
    chosen = _sample(list(sent))
    vocabulary: dict[str, int] = {}
    prompts = [Prompt.of(text, vocabulary) for text in chosen]
    model = _typical(prompts) if representative is None else Prompt.of(representative, vocabulary)
    aligned = Aligned.of(model, prompts)
    return Template(
        parts=tuple(_parts(aligned, [sent[text] for text in chosen])),
        members=len(sent),
        sampled=len(chosen),
        fitting=len(aligned.places),
        calls=sent.total(),
    )


def _sample(texts: list[str]) -> list[str]:
    """Choose texts by a hash, so that neither their order nor how often they were sent matters."""
    known = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return known.sort(stable_hash(pl.col("text")), "text").head(SAMPLE)["text"].to_list()


def _typical(prompts: list[Prompt]) -> Prompt:
    """Choose, of a few prompts of medium length, the one that shares most words with others: not one with a slip."""
    by_length = sorted(prompts, key=lambda prompt: len(prompt.keys))
    middle = len(by_length) // 2
    few = by_length[max(0, middle - 1) : middle + 2]
    if not few:
        return Prompt.of("", {})
    return max(few, key=lambda prompt: Aligned.of(prompt, prompts[:_TRIED]).fixed_words())


def _parts(aligned: Aligned, counts: Sequence[int]) -> Iterator[str | Slot]:
    for number in range(len(aligned.pieces)):
        if number:
            yield _slot(aligned.fillings(number - 1), counts)
        if text := aligned.fixed(number):
            yield text


def _slot(fillings: dict[int, Filling], counts: Sequence[int]) -> Slot:
    """Sum up what some prompts (by number) have in a slot; `counts` = how often each prompt was sent."""
    values = len({filling.key for filling in fillings.values()})
    words = [words_in(filling.text) for filling in fillings.values()]
    shown: Counter[str] = Counter()
    for row, filling in fillings.items():
        shown[_cut(filling.text)] += counts[row]
    return Slot(
        kind=common_kind([kind_of(filling.text) if filling.whole else "text" for filling in fillings.values()]),
        values=values,
        distinct_share=values / max(len(fillings), 1),
        least_words=min(words, default=0),
        most_words=max(words, default=0),
        mean_chars=sum(filling.chars for filling in fillings.values()) / max(len(fillings), 1),
        examples=tuple(sorted(filter(None, shown), key=lambda text: (-shown[text], text))[:EXAMPLES]),
    )


def _cut(text: str) -> str:
    return text if len(text) <= EXAMPLE_CHARS else text[: EXAMPLE_CHARS - 1] + "\u2026"


def _what_varies(template: Template) -> str:
    slots = template.slots
    unlike = template.sampled - template.fitting
    if slots:
        listed = [f"{_phrase(slot)} ({slot.values} {'value' if slot.values == 1 else 'values'})" for slot in slots]
        if len(listed) > _LISTED:
            listed = [*listed[:_LISTED], f"{len(listed) - _LISTED} more"]
        sentence = f"{len(slots)} {'place varies' if len(slots) == 1 else 'places vary'}: {', '.join(listed)}"
        if unlike:
            sentence += f"; {unlike} of {template.sampled} wordings differ elsewhere too"
    elif unlike:
        sentence = f"No one place varies, but {unlike} of {template.sampled} wordings differ here or there"
    else:
        sentence = "Nothing varies"
    if template.sampled < template.members:
        sentence += f" (seen in a sample of {template.sampled} of {template.members} wordings)"
    return sentence + "."


def _phrase(slot: Slot) -> str:
    if slot.kind in _PHRASES:
        return _PHRASES[slot.kind]
    if slot.least_words == slot.most_words:
        return f"{slot.most_words} {'word' if slot.most_words == 1 else 'words'}"
    return f"{slot.least_words}-{slot.most_words} words"
