"""Build hook: compile the kernel where a compiler is at hand, go on in pure Python where none is.

`TOKENSCAN_BUILD_KERNEL=0` builds without the kernel, `=1` makes a failure an error. `CFLAGS` replaces the
optimisation flags. An editable install gets the kernel beside its source, a wheel inside; nothing is reused.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from subprocess import PIPE, STDOUT
from tempfile import TemporaryDirectory
from textwrap import shorten
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "tokenscan.prompts._kernel"
SOURCE = MODULE.replace(".", "/") + ".pyx"
SWITCH = "TOKENSCAN_BUILD_KERNEL"


class KernelBuildHook(BuildHookInterface[Any]):
    """Put the compiled kernel into a wheel, or beside its source for an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; without success the build goes on as if there were no kernel."""
        self._scratch = TemporaryDirectory()
        built = self._built(Path(self._scratch.name))
        # The suffix names interpreter and platform: pip picks by the wheel's tag, Python by the file's name.
        target = MODULE.replace(".", "/") + sysconfig.get_config_var("EXT_SUFFIX")
        if version == "editable":
            _place(built, Path(self.root, target))
        elif built:
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
            build_data["force_include"][str(built)] = target

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Drop the compiler's output; the wheel holds its copy."""
        self._scratch.cleanup()

    def _built(self, folder: Path) -> Path | None:
        switch = os.environ.get(SWITCH, "")
        if switch not in {"", "0", "1"}:
            raise ValueError(f"{SWITCH} is 0 (without the kernel), 1 (only with it) or empty, not {switch!r}")
        why = f"{SWITCH}=0" if switch == "0" else self._attempt(folder, required=switch == "1")
        if why:
            self.app.display_warning(f"tokenscan: no compiled kernel, comparing prompts takes longer ({why})")
            return None
        return next(folder.glob("_kernel.*"))

    def _attempt(self, folder: Path, *, required: bool) -> str:
        """Compile into a folder; return why there is no kernel, or nothing."""
        # A process of its own: compilers write to the file descriptors, and setuptools may end the process.
        command = [sys.executable, str(Path(self.root, "hatch_build.py")), str(folder)]
        done = subprocess.run(command, check=False, cwd=self.root, stdout=PIPE, stderr=STDOUT)  # noqa: S603
        output = done.stdout.decode(errors="replace")
        if done.returncode and required:
            raise RuntimeError(f"{SWITCH}=1, but the kernel does not compile:\n{output}")
        return f"{_reason(output)}; {SWITCH}=1 shows all" if done.returncode else ""


def _reason(output: str) -> str:
    """Return the line that tells most: a compiler's first error, or else how the attempt ended."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = next((line for line in lines if re.search(r"\berror: ", line)), lines[-1] if lines else "no output")
    return shorten(telling, 160)


def _place(built: Path | None, target: Path) -> None:
    """Renew the kernel of a source tree: none outlives its source, and no running process loses its file."""
    if built is None:
        target.unlink(missing_ok=True)
        return
    beside = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copyfile(built, beside)
    beside.replace(target)


def _compile(folder: Path) -> None:
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension

    # No fused multiply-add: a ratio has to be the same number on every processor.
    optimise = ["/O2"] if sys.platform == "win32" else ["-O3", "-g0", "-ffp-contract=off"]
    extension = Extension(MODULE, [SOURCE], extra_compile_args=[] if "CFLAGS" in os.environ else optimise)
    sources = cythonize([extension], build_dir=str(folder / "c"), force=True, quiet=True, emit_linenums=True)  # type: ignore[no-untyped-call]
    command = Distribution({"ext_modules": sources}).get_command_obj("build_ext")
    command.build_temp = command.build_lib = str(folder / "lib")
    command.ensure_finalized()
    command.run()
    (built,) = command.get_outputs()
    Path(built).replace(folder / Path(built).name)


if __name__ == "__main__":
    try:
        _compile(Path(sys.argv[1]))
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")
