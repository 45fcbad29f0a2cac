"""Prompts laid beside one of them: its words that all hold, and what the others have between these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenscan.prompts.templates.align import Filling, Piece, Prompt, located, shared_pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """A model prompt, the pieces of it that the others share, and where those that hold all pieces have them.

    The first piece begins with START, the last ends with END; between two pieces is a slot.
    """

    model: Prompt
    pieces: tuple[Piece, ...]
    prompts: Sequence[Prompt]
    places: dict[int, tuple[Piece, ...]]  # by number of the prompt

    @classmethod
    def of(cls, model: Prompt, prompts: Sequence[Prompt]) -> Aligned:
        """Find what nearly all prompts share with the model."""
        pieces = shared_pieces(model, prompts)
        found = cls._fit(model, pieces, prompts)
        joined = found.without_constant()
        return found if len(joined) == len(pieces) else cls._fit(model, joined, prompts)

    @classmethod
    def _fit(cls, model: Prompt, pieces: tuple[Piece, ...], prompts: Sequence[Prompt]) -> Aligned:
        keys = [model.keys[start:stop] for start, stop in pieces]
        places = {row: located(prompt, keys) for row, prompt in enumerate(prompts)}
        fitting = {row: found for row, found in places.items() if found is not None}
        return cls(model=model, pieces=pieces, prompts=prompts, places=fitting)

    def fixed_words(self) -> int:
        """Count the words of all pieces."""
        return sum(stop - start for start, stop in self.pieces)

    def fillings(self, slot: int) -> dict[int, Filling]:
        """Return what the prompts that hold all pieces have in a slot."""
        return {
            row: self.prompts[row].between(found[slot][1] - 1, found[slot + 1][0]) for row, found in self.places.items()
        }

    def fixed(self, piece: int) -> str:
        """Return the text of a piece, with a space towards a slot where the prompts have one."""
        text = self.model.fixed(self.pieces[piece])
        if text and piece > 0 and self._spaces(piece - 1)[1]:
            text = " " + text
        if text and piece < len(self.pieces) - 1 and self._spaces(piece)[0]:
            text += " "
        return text

    def _spaces(self, slot: int) -> tuple[bool, bool]:
        if self.pieces[slot + 1][0] > self.pieces[slot][1]:
            return self.model.spaces(self.pieces[slot][1] - 1, self.pieces[slot + 1][0])
        for row, found in self.places.items():
            if found[slot + 1][0] > found[slot][1]:
                return self.prompts[row].spaces(found[slot][1] - 1, found[slot + 1][0])
        return False, False

    def without_constant(self) -> tuple[Piece, ...]:
        """Join pieces between which all prompts have the same."""
        joined = [self.pieces[0]]
        for slot, piece in enumerate(self.pieces[1:]):
            own = self.model.between(self.pieces[slot][1] - 1, piece[0])
            if all(filling.key == own.key for filling in self.fillings(slot).values()):
                joined[-1] = (joined[-1][0], piece[1])
            else:
                joined.append(piece)
        return tuple(joined)
