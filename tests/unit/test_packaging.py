"""What is installed is what users run: rules in the wheel, the kernel where it compiles, locks without an index."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.paths import ROOT

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
KERNEL = f"tokenscan/prompts/_kernel{SUFFIX}"
WRITTEN = {path.relative_to(ROOT).as_posix(): path for path in ROOT.glob("tokenscan/prompts/_kernel*.p[xy][xi]")}
HEADER = Path(sysconfig.get_path("include"), "Python.h")
COMPILER = shutil.which((os.environ.get("CC") or sysconfig.get_config_var("CC") or "cl").split()[0])
QUICKLY = {"TOKENSCAN_BUILD_KERNEL": "1", "CFLAGS": "-O0"}

# CI has to compile: there the tests fail where a developer's machine without a compiler skips them. Read here,
# because each test's environment is scrubbed of CI.
needs_compiler = pytest.mark.skipif(
    not os.environ.get("CI") and not (COMPILER and HEADER.exists()), reason="no C compiler, or no Python headers"
)


def build(
    target: str, out: Path, env: Mapping[str, str], root: Path = ROOT, *extra: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(out), *extra]
    return subprocess.run(command, check=False, cwd=root, env={**os.environ, **env}, capture_output=True, text=True)


def only_file(out: Path, pattern: str) -> Path:
    (found,) = out.glob(pattern)
    return found


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def pure(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pure")
    done = build("wheel", out, {"TOKENSCAN_BUILD_KERNEL": "0"})
    assert done.returncode == 0, done.stderr
    return only_file(out, "*.whl")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source distribution."""
    out = tmp_path_factory.mktemp("source")
    done = build("sdist", out, {})
    assert done.returncode == 0, done.stderr
    with tarfile.open(only_file(out, "*.tar.gz")) as archive:
        archive.extractall(out, filter="data")
    return only_file(out, "tokenscan-*/")


def test_the_wheel_carries_every_rule_and_nothing_of_the_tests(pure: Path) -> None:
    shipped = {
        f"tokenscan/_rules/{path.relative_to(ROOT / 'rules').as_posix()}" for path in ROOT.glob("rules/*/*.toml")
    }
    page = ROOT / "tokenscan" / "report" / "html"
    drawn = {path.relative_to(ROOT).as_posix() for suffix in ("*.css", "*.j2") for path in page.rglob(suffix)}
    assert shipped
    assert drawn
    assert shipped | drawn <= names(pure)
    assert not any(name.startswith(("tests/", "bench/", "sample_logs/")) for name in names(pure))


def test_a_wheel_without_the_kernel_fits_every_machine(pure: Path) -> None:
    assert pure.name.endswith("-py3-none-any.whl")
    assert not any(name.endswith((".so", ".pyd", ".pyx", ".pxi", ".c")) for name in names(pure))


def test_the_source_distribution_can_build_the_kernel(source: Path) -> None:
    files = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    assert "tokenscan/prompts/_kernel.pyx" in WRITTEN
    assert {"hatch_build.py", *WRITTEN} <= files
    assert not any(name.endswith((".so", ".pyd", ".c")) for name in files)


@needs_compiler
def test_a_wheel_with_the_kernel_differs_by_that_one_file(source: Path, pure: Path, tmp_path: Path) -> None:
    before = sorted(source.rglob("*"))
    done = build("wheel", tmp_path, QUICKLY, source)
    assert done.returncode == 0, done.stderr
    wheel = only_file(tmp_path, "*.whl")
    version = f"cp{sys.version_info.major}{sys.version_info.minor}"
    assert re.search(rf"-{version}-{version}t?-(?!any)\w+\.whl$", wheel.name)
    assert names(wheel) - names(pure) == {KERNEL}
    assert names(pure) <= names(wheel)
    assert [path for path in sorted(source.rglob("*")) if path not in before] == []
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    code = "from tokenscan.prompts import _kernel; print(_kernel.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "installed", capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == tmp_path / "installed" / KERNEL


@pytest.mark.parametrize("missing", ["compiler", "headers", "Cython"])
def test_what_cannot_be_compiled_is_one_line_and_a_wheel_without_the_kernel(tmp_path: Path, missing: str) -> None:
    (tmp_path / "Cython.py").write_text("raise ImportError('no Cython here')")
    env = {
        "compiler": {"CC": "/nowhere/cc"},
        "headers": {"CC": "false"},  # what a compiler does that finds no Python.h: it runs and fails
        "Cython": {"PYTHONPATH": str(tmp_path)},
    }
    done = build("wheel", tmp_path, env[missing])
    assert done.returncode == 0
    said = [line for line in (done.stdout + done.stderr).splitlines() if not line.endswith(".whl")]
    assert len(said) == 1
    assert said[0].startswith("tokenscan: no compiled kernel, comparing prompts takes longer (")
    assert only_file(tmp_path, "*.whl").name.endswith("-py3-none-any.whl")


def test_no_compiler_is_an_error_where_the_kernel_is_asked_for(tmp_path: Path) -> None:
    done = build("wheel", tmp_path, {"CC": "/nowhere/cc", "TOKENSCAN_BUILD_KERNEL": "1"})
    assert done.returncode != 0
    assert "/nowhere/cc" in done.stderr
    assert list(tmp_path.glob("*.whl")) == []


def test_a_switch_that_means_nothing_is_an_error(tmp_path: Path) -> None:
    done = build("wheel", tmp_path, {"TOKENSCAN_BUILD_KERNEL": "no"})
    assert done.returncode != 0
    assert "TOKENSCAN_BUILD_KERNEL is 0 (without the kernel), 1 (only with it) or empty, not 'no'" in done.stderr


def test_an_editable_install_drops_a_kernel_that_it_cannot_renew(source: Path, tmp_path: Path) -> None:
    tree = shutil.copytree(source, tmp_path / "tree")
    (tree / KERNEL).write_bytes(b"of another day")
    done = build("wheel:editable", tmp_path, {"CC": "/nowhere/cc"}, tree, "--hooks-only")
    assert done.returncode == 0, done.stderr
    assert not (tree / KERNEL).exists()


@needs_compiler
def test_an_editable_install_puts_the_kernel_beside_its_source(source: Path, tmp_path: Path) -> None:
    tree = shutil.copytree(source, tmp_path / "tree")
    (tree / KERNEL).write_bytes(b"of another day")
    done = build("wheel:editable", tmp_path, QUICKLY, tree, "--hooks-only")
    assert done.returncode == 0, done.stderr
    assert (tree / KERNEL).stat().st_size > 10_000
    assert not list(tree.rglob("*.c"))


def test_the_kernel_in_the_source_tree_is_not_older_than_its_source() -> None:
    built = ROOT / KERNEL
    newest = max(path.stat().st_mtime for path in WRITTEN.values() if path.suffix != ".pyi")
    assert not built.exists() or built.stat().st_mtime >= newest, "renew it: make demo"


def test_the_locks_pin_everything_by_hash_and_name_no_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = re.findall(r"^[a-z0-9][\w.-]*==", text, re.MULTILINE)
        assert len(pins) > 10
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text
