"""What goes where: the payload to stdout or a file, everything else to stderr."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tokenscan.errors import TokenscanError, UsageError

if TYPE_CHECKING:
    from tokenscan.reading import Progress


class ClosedPipeError(Exception):
    """The reader of stdout has gone: no failure, but nothing is left to do."""


PROGRESS_AFTER = 2.0  # seconds: quicker runs need no bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """How loud to be. ``verbosity`` is -1 (errors only), 0 (notes) or 1 (files, skipped rules, config)."""

    verbosity: int = 0
    color: str = "auto"
    width: int | None = None
    progress: bool = True

    def payload_options(self) -> dict[str, object]:
        """Return width, colour and character set of what goes to stdout."""
        terminal = sys.stdout.isatty()
        encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
        return {
            "width": self.width or (shutil.get_terminal_size((80, 24)).columns if terminal else _columns(100)),
            "color": self._wants_color(terminal=terminal),
            "ascii_only": not encoding.startswith("utf"),
        }

    def _wants_color(self, *, terminal: bool) -> bool:
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        return terminal or bool(os.environ.get("FORCE_COLOR"))

    def note(self, text: str, *, level: int = 0) -> None:
        """Print a line for people on stderr, unless they asked for less."""
        if self.verbosity >= level:
            from tokenscan.report.text import clean

            print(clean(text, limit=2000), file=sys.stderr)  # noqa: T201 - this is the one place that prints notes

    @contextmanager
    def bar(self) -> Iterator[Progress]:
        """Show progress on a terminal's stderr once a run has taken two seconds."""
        from tokenscan.reading import silent

        if not self.progress or self.verbosity < 0 or os.environ.get("CI") or not sys.stderr.isatty():
            yield silent
            return
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
        with_bar = Progress(*columns, console=RichConsole(stderr=True), transient=True)
        task = with_bar.add_task("starting")
        timer = threading.Timer(PROGRESS_AFTER, with_bar.start)
        timer.daemon = True
        timer.start()
        from tokenscan.report.text import clean

        def advance(stage: str, done: int, total: int) -> None:
            with_bar.update(task, description=clean(stage, limit=60), completed=done, total=max(total, 1))

        try:
            yield advance
        finally:
            timer.cancel()
            with_bar.stop()


def _columns(default: int) -> int:
    """Return ``COLUMNS`` where it is a sensible number."""
    value = os.environ.get("COLUMNS", "")
    return int(value) if value.isdigit() and 20 <= int(value) <= 1000 else default


def write_payload(text: str, output: Path | None) -> None:
    """Write the payload to stdout, or to a file that is there whole or not at all."""
    if output is None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise ClosedPipeError from error
        return
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=output.parent, prefix=f".{output.name}.", delete=False, newline="\n"
        ) as draft:
            draft.write(text)
            draft.flush()
            os.fsync(draft.fileno())
        Path(draft.name).chmod(0o644 & ~_umask())
        Path(draft.name).replace(output)
    except OSError as error:
        raise UsageError(f"{output}: cannot be written ({error.strerror})", hint="check the folder") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def show_error(error: TokenscanError) -> None:
    """Print an expected error and what to do about it; what a file is called cannot reach the terminal raw."""
    from tokenscan.report.text import clean

    # Several problems have a line each; a line break inside one, as a file's name may have it, makes no line.
    lines = getattr(error, "lines", None) or [str(error)]
    print("tokenscan:", "\n".join(clean(line, limit=2000) for line in lines), file=sys.stderr)  # noqa: T201
    if error.hint:
        print(f"  {clean(error.hint, limit=2000)}", file=sys.stderr)  # noqa: T201
