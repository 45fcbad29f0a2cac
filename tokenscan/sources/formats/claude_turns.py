"""Tell which of a Claude Code session's calls a person started, and with what words.

Most rows of type ``user`` are no person's: tool results, reminders, command output, prompts an agent writes for its
sub-agents. A turn opens where a person typed; every call belongs to the nearest turn above it, and only the first
call of a turn answers the person, the others are the agent's own steps.
"""

from __future__ import annotations

from tokenscan.events.harness import kind_of, typed_text
from tokenscan.sources.formats.claude_lines import Line, Message, Part
from tokenscan.sources.session_turns import NO_TURN, Place, TypedTurns

_TYPED = frozenset({"text", "image", "document"})


class Turns(TypedTurns):
    """Follows the lines of one file in their order."""

    def __init__(self) -> None:
        super().__init__()
        self._turn_of_line: dict[str, int] = {}
        self._places: dict[str, Place] = {}

    def follow(self, line: Line) -> int:
        """Take in the next line and return its turn: a new one, its parent's, or else the file's latest."""
        self.saw_user |= line.type == "user"
        opened = _typed(line) if line.type == "user" else None
        if opened is not None:
            turn = self.open(*opened)
        elif line.parent_uuid is not None:
            turn = self._turn_of_line.get(line.parent_uuid, self.latest)
        else:
            turn = self.latest
        if line.uuid is not None:
            self._turn_of_line[line.uuid] = turn
        return turn

    def place(self, call_id: str | None, turn: int, *, aside: bool) -> Place:
        """Return where a call stands; all lines of one call stand where its first line does."""
        if call_id is not None and (known := self._places.get(call_id)) is not None:
            return known
        place = Place(NO_TURN, is_agent=True) if aside else self.next_call(turn)
        if call_id is not None:
            self._places[call_id] = place
        return place


def _typed(line: Line) -> tuple[str | None, str] | None:
    """Return text and kind of a row that a person typed, None for any other; the text of an image alone is None."""
    if line.is_meta or line.is_sidechain or line.is_compact_summary or _has_tool_result(line):
        return None
    content = line.message.content if isinstance(line.message, Message) else None
    parts = [Part(type="text", text=content)] if isinstance(content, str) else content or []
    blocks = [Part(type="text", text=part) if isinstance(part, str) else part for part in parts]
    if not blocks or any(block.type not in _TYPED for block in blocks):
        return None
    text = "\n".join(block.text for block in blocks if block.text and block.text.strip())
    if not text:
        return None if all(block.type == "text" for block in blocks) else (None, "human")
    kind = kind_of(text)
    return None if kind == "harness" else (typed_text(text), kind)


def _has_tool_result(line: Line) -> bool:
    return bytes(line.tool_use_result) != b"null"
