"""Which files are read, under which names, and what an archive gives."""

from __future__ import annotations

import io
import os
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import calls, pack

from tokenscan.errors import InputError
from tokenscan.sources.files import LogFile, find_files
from tokenscan.sources.sniff import probe
from tokenscan.sources.streams import WholeLines, blocks


def write(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.name.encode())
    return paths


def find(*paths: str | Path, stdin: bytes = b"", ignore: Sequence[Path] = ()) -> list[LogFile]:
    return find_files([str(path) for path in paths], stdin=io.BytesIO(stdin), ignore=ignore)


def names(*paths: str | Path, ignore: Sequence[Path] = ()) -> list[str]:
    return [file.name for file in find(*paths, ignore=ignore)]


def content(file: LogFile, piece: int = 1 << 16) -> tuple[bytes, str]:
    """Return what can be read of a file, and the error at its end, if any."""
    read = b""
    with file.open() as stream:
        try:
            for block in blocks(stream, piece):
                read += block
        except OSError as error:
            return read, str(error)
    return read, ""


def test_a_folder_is_searched_through_and_through_for_logs_only(tmp_path: Path) -> None:
    logs = ["a.jsonl", "b.CSV", "deep/er/c.parquet", "deep/d.ndjson.gz", "e.json.zst", "f.tsv", "g.log", "h.x.Json.GZ"]
    write(tmp_path, *logs, "readme.md", "run.sh", "archive.gz", "deep/notes.txt", "jsonl")
    (tmp_path / "folder.jsonl").mkdir()
    found = find(tmp_path)
    assert [file.name for file in found] == sorted(logs)
    assert not any(file.named for file in found)


def test_a_file_is_found_once_however_often_it_is_named(tmp_path: Path) -> None:
    (log, _) = write(tmp_path, "a.jsonl", "sub/b.jsonl")
    (tmp_path / "link.jsonl").symlink_to(log)
    (tmp_path / "dangling.jsonl").symlink_to(tmp_path / "gone")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    assert names(tmp_path, f"{tmp_path}/", tmp_path / "sub") == ["a.jsonl", "sub/b.jsonl"]
    assert names(log, tmp_path / "." / "a.jsonl", tmp_path / "link.jsonl") == ["a.jsonl"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_file_named_beside_its_folder_counts_as_named(tmp_path: Path, order: int) -> None:
    (log,) = write(tmp_path, "notes.csv")
    assert [file.named for file in find(*[log, tmp_path][::order])] == [True]


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    write(tmp_path, "x/mon/spend.jsonl", "x/tue/spend.jsonl", "y/tue/spend.jsonl", "y/tue/other.jsonl")
    folders = [tmp_path / "x" / "mon", tmp_path / "x" / "tue", tmp_path / "y" / "tue"]
    assert names(*folders) == ["mon/spend.jsonl", "other.jsonl", "x/tue/spend.jsonl", "y/tue/spend.jsonl"]


def test_globs_match_files_and_folders_without_naming_them(tmp_path: Path) -> None:
    write(tmp_path, "2026-01.jsonl", "2026-02.jsonl", "2025-12.jsonl", "readme.md", "2026-03/deep/a.csv")
    (tmp_path / "2026-x.jsonl").symlink_to(tmp_path / "gone")
    found = find(f"{tmp_path}/2026-*")
    assert [file.name for file in found] == ["2026-01.jsonl", "2026-02.jsonl", "deep/a.csv"]
    assert not any(file.named for file in found)
    assert names(f"{tmp_path}/**/*.csv") == ["a.csv"]
    with pytest.raises(InputError, match="no file matches"):
        find(f"{tmp_path}/*.parquet")


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    write(tmp_path, "log[1].jsonl", "log1.jsonl")
    assert names(tmp_path / "log[1].jsonl") == ["log[1].jsonl"]


@pytest.mark.parametrize("path", ["gone.jsonl", "nul\0byte", "x" * 5000])
def test_a_path_that_leads_nowhere_is_an_error(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError, match="does not exist"):
        find(tmp_path / path)


def test_context_files_are_no_logs_however_they_are_given(tmp_path: Path) -> None:
    people, _ = write(tmp_path, "people.csv", "log.csv")
    assert names(tmp_path, ignore=[people]) == ["log.csv"]
    assert names(f"{tmp_path}/*.csv", ignore=[people]) == ["log.csv"]
    assert names(people, tmp_path / "log.csv", ignore=[tmp_path / "." / "people.csv"]) == ["log.csv"]


def test_standard_input_is_read_alone(tmp_path: Path) -> None:
    (file,) = find("-", stdin=pack(calls(0, 3), "gz"))
    assert file.name == "stdin"
    assert content(file) == (calls(0, 3), "")
    with pytest.raises(InputError, match="cannot be mixed"):
        find("-", tmp_path)


def test_a_named_pipe_is_read_once_and_one_in_a_folder_never(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert names(tmp_path) == []
    with pytest.raises(InputError):
        find(f"{tmp_path}/*")
    writer = threading.Thread(target=(tmp_path / "pipe.jsonl").write_bytes, args=(calls(0, 2),))
    writer.start()
    (file,) = find(tmp_path / "pipe.jsonl")
    writer.join()
    assert [content(file)[0], content(file)[0]] == [calls(0, 2)] * 2


def test_a_name_that_is_no_text_is_shown_as_such(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jsonl")).write_bytes(b"{}")
    assert names(tmp_path) == ["caf?.jsonl"]


def test_a_folder_that_cannot_be_listed_is_reported_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.jsonl", "closed/b.jsonl")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert names(tmp_path) == ["a.jsonl", "closed"]


@pytest.mark.parametrize("codec", ["gz", "zst"])
def test_archives_of_one_or_more_members_are_read_whole(codec: str) -> None:
    packed = pack(calls(0, 900), codec) + pack(b"", codec) + pack(calls(900, 1000), codec)
    (file,) = find("-", stdin=packed)
    assert content(file) == (calls(0, 1000), "")


@pytest.fixture(scope="module")
def long_log() -> bytes:
    """Return about 1.5 MB of lines, more than one read takes."""
    return calls(0, 15_000)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_what_stands_before_the_cut_of_a_gzip_archive_is_read_to_the_byte(long_log: bytes, share: float) -> None:
    import zlib

    packed = pack(long_log, "gz")
    cut = packed[: int(len(packed) * share)]
    (file,) = find("-", stdin=cut)
    expected = zlib.decompressobj(wbits=31).decompress(cut)
    read, error = content(file)
    assert read == expected
    assert len(read) > 50_000
    assert "runcated" in error


def test_what_stands_before_the_cut_of_a_zstd_archive_is_read_to_its_last_block(long_log: bytes) -> None:
    (file,) = find("-", stdin=pack(long_log, "zst")[:-3])
    read, error = content(file)
    assert long_log.startswith(read)
    assert len(long_log) - len(read) <= 1 << 17  # a block of zstd holds 128 KB and is whole or lost
    assert error


def test_a_damaged_archive_gives_what_comes_before_the_damage(long_log: bytes) -> None:
    packed = bytearray(pack(long_log, "gz"))
    packed[len(packed) // 2] ^= 0xFF
    (file,) = find("-", stdin=bytes(packed))
    read, error = content(file)
    assert error
    assert read[:100_000] == long_log[:100_000]


def test_reading_an_archive_without_a_size_gives_all_before_the_cut_and_then_the_error() -> None:
    (file,) = find("-", stdin=pack(calls(0, 500), "gz")[:-4])
    with file.open() as stream:
        assert stream.read() == calls(0, 500)
        with pytest.raises(OSError, match="runcated"):
            stream.read(1)


def test_utf_16_is_read_as_utf_8() -> None:
    text = "timestamp,user\n2026-01-01,Zoë 😀\n" * 3000
    for encoding in ("utf-16-le", "utf-16-be"):
        (file,) = find("-", stdin="\ufeff".encode(encoding) + text.encode(encoding))
        assert content(file) == (text.encode(), "")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(1, 50))
def test_whole_lines_lose_nothing_and_end_with_a_line(data: bytes, size: int) -> None:
    stream = WholeLines(io.BytesIO(data))
    read = b"".join(iter(lambda: stream.read(size), b""))
    text = data.decode("utf-8", "replace").encode()
    whole = text if text.endswith(b"\n") or not text else text + b"\n"
    assert read == whole or b"\xef\xbf\xbd" in read  # a cut inside a character may give one mark more
    assert read.count(b"\n") == whole.count(b"\n")
    assert stream.broken == ""


def test_whole_lines_of_a_broken_archive_end_before_the_torn_line() -> None:
    (file,) = find("-", stdin=pack(calls(0, 500), "gz")[:-40])
    with file.open() as raw:
        stream = WholeLines(raw)
        read = b"".join(iter(lambda: stream.read(1000), b""))
    assert calls(0, 500).startswith(read)
    assert read.endswith(b"\n")
    assert "runcated" in stream.broken


def test_large_standard_input_goes_to_a_file_without_a_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tokenscan.sources.contents.MEMORY_BYTES", 100_000)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    text = calls(0, 5000)
    (file,) = find("-", stdin=text)
    assert not isinstance(file.content, bytes)
    assert file.size() == len(text)
    assert [content(file), content(file)] == [(text, "")] * 2
    with file.open() as first, file.open() as second:
        assert (first.read(10), second.read(20), first.read(10)) == (text[:10], text[:20], text[10:20])
    assert list(tmp_path.iterdir()) == []


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def test_the_logs_in_a_zip_archive_are_read(tmp_path: Path) -> None:
    members = {"a.jsonl": calls(0, 3), "deep/b.json.gz": pack(calls(3, 5), "gz"), "notes.txt": b"x", "c.zip": b"x"}
    (tmp_path / "export.zip").write_bytes(zipped(members))
    files = find(tmp_path)
    assert [file.name for file in files] == ["export.zip/a.jsonl", "export.zip/deep/b.json.gz"]
    assert [content(file) for file in files] == [(calls(0, 3), ""), (calls(3, 5), "")]
    assert [file.name for file in find(tmp_path / "export.zip")] == [file.name for file in files]


def test_a_zip_archive_without_logs_and_a_broken_one_are_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "notes.zip").write_bytes(zipped({"notes.txt": b"x"}))
    (tmp_path / "torn.zip").write_bytes(zipped({"a.jsonl": calls(0, 3)})[:-30])
    for file in find(tmp_path):
        with pytest.raises(InputError, match="a zip archive that holds no log"):
            probe(file)


def test_a_damaged_member_ends_where_the_damage_is(tmp_path: Path) -> None:
    packed = bytearray(zipped({"a.jsonl": calls(0, 20_000)}))
    packed[len(packed) // 2] ^= 0xFF
    (tmp_path / "x.zip").write_bytes(packed)
    (file,) = find(tmp_path)
    read, error = content(file)
    assert read[:50_000] == calls(0, 20_000)[:50_000]
    assert "zip archive" in error
