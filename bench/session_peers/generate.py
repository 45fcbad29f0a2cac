"""Multiply our own session logs: every copy has ids, days, token counts and tool output of its own.

Run as ``python -m bench.session_peers.generate FOLDER MEGABYTES``. Prints the number of copies.
"""

from __future__ import annotations

import re
import sys
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path

from bench.session_peers.lengthen import LENGTHENED, lengthened
from bench.session_peers.multiply import DAYS, FACTORS

ROOT = Path(__file__).resolve().parents[2]
CLAUDE = ROOT / "sample_logs" / "claude_code" / "projects"
CODEX = ROOT / "tests" / "unit" / "sources" / "fixtures" / "codex"
_HOMES = {CLAUDE: ".claude/projects", CODEX: ".codex"}
_CLAUDE_SHARE = 0.5

_UUID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_CHANGED = re.compile(
    rb"(?P<id>" + _UUID + rb"|(?<=\")(?:msg|req|toolu|resp|agent)_[0-9A-Za-z]+|(?<=agent-)[0-9a-f]{7}\b)"
    rb"|(?P<day>20\d\d-\d\d-\d\d)(?=T)"
    rb'|(?P<tokens>(?<=_tokens":)\d+)'
    rb"|(?P<millisecond>(?<=T\d\d:\d\d:\d\d\.)\d{3}(?=Z))"
    rb'|(?P<second>(?<="started_at":)\d+)'
    rb'|(?P<output>"tool_result","content":"|"stdout":"|"output":"ok)'
)
_WORDS = (
    rb"src/basket/view.py:41: total = sum(line.price * line.count for line in lines)\n"
    rb"tests/test_basket.py::test_last_item_is_kept PASSED [ 12%]\n"
    rb"-rw-r--r-- 1 ann staff 4096 Mar  2 09:00 README.md\n"
    rb"warning: unused variable `left`, consider prefixing it with an underscore\n"
    rb"@@ -12,7 +12,9 @@ def empty(basket):\n"
) * 300
_LONGEST = 64_000  # bytes of one tool's output


def main() -> None:
    """Write copies of both programs' logs until each has its share of the size."""
    home, size = Path(sys.argv[1]), float(sys.argv[2]) * 1e6
    claude = _fill(home, CLAUDE, size * _CLAUDE_SHARE)
    codex = _fill(home, CODEX, size * (1 - _CLAUDE_SHARE))
    print(claude, codex)


def _fill(home: Path, source: Path, size: float) -> int:
    """Write whole copies of the logs in ``source`` until they have ``size`` bytes; return how many."""
    logs = [(path.relative_to(source), _text(path)) for path in sorted(source.rglob("*.jsonl"))]
    written = copies = 0
    while written < size:
        renew = Renewal(copies)
        for name, text in logs:
            path = home / _HOMES[source] / renew.text(str(name).encode()).decode()
            path.parent.mkdir(parents=True, exist_ok=True)
            written += path.write_bytes(renew.text(text))
        copies += 1
    return copies


def _text(path: Path) -> bytes:
    is_short = path.stem.endswith(LENGTHENED) and "archived_sessions" not in path.parts
    return lengthened(path.read_bytes()) if is_short else path.read_bytes()


class Renewal:
    """What one copy changes, the same in all of its files."""

    def __init__(self, copy: int) -> None:
        self._copy = copy
        self._days = copy % DAYS
        self._factor = 1 + copy % FACTORS
        self._outputs = 0

    def text(self, text: bytes) -> bytes:
        """Return the text of one file, or its name, as this copy has it."""
        self._outputs = 0
        return _CHANGED.sub(self._changed, text)

    def _changed(self, match: re.Match[bytes]) -> bytes:
        old = match[0]
        if match.lastgroup == "id":
            return self._id(old)
        if match.lastgroup == "day":
            return (date.fromisoformat(old.decode()) + timedelta(days=self._days)).isoformat().encode()
        if match.lastgroup == "millisecond":
            # Programs that tell calls apart by time and tokens must find no two alike.
            return b"%03d" % ((int(old) + self._copy) % 1000)
        if match.lastgroup == "tokens":
            return str(int(old) * self._factor).encode()
        if match.lastgroup == "second":
            return str(int(old) + self._days * 86_400).encode()
        return old + self._output()

    def _id(self, old: bytes) -> bytes:
        """Return another id of the same kind; one that carries its time is moved as the days are."""
        new = blake2b(old + b"%d" % self._copy, digest_size=16).hexdigest().encode()
        if old[14:15] == b"7" and len(old) == 36:
            milliseconds = int(old[:8] + old[9:13], 16) + self._days * 86_400_000
            return b"%08x-%04x-7%b-8%b-%b" % (milliseconds >> 16, milliseconds & 0xFFFF, new[:3], new[3:6], new[6:18])
        if len(old) == 36:
            return b"-".join((new[:8], new[8:12], b"4" + new[13:16], b"8" + new[17:20], new[20:]))
        return old.split(b"_")[0] + b"_" + new[:24] if b"_" in old else new[:7]

    def _output(self) -> bytes:
        self._outputs += 1
        seed = blake2b(b"%d %d" % (self._copy, self._outputs), digest_size=4).digest()
        share = int.from_bytes(seed, "little") / 2**32
        # Mostly short, sometimes very long, as real tools answer.
        cut = int(_LONGEST * share**3)
        return _WORDS[: _WORDS.rfind(rb"\n", 0, cut) + 2] if cut > 200 else b""


if __name__ == "__main__":
    main()
