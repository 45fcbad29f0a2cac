"""Logs in object storage: ``s3://``, ``gs://``, ``az://`` and ``abfss://``, read by Arrow's own clients.

Arrow's, not Polars' readers: they give plain streams of bytes, so that each container, packed or broken, is read by the
same code as on disk; and they list. Credentials come from the environment or the provider's own files, never from an
address, for addresses are shown in reports.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, BinaryIO, NamedTuple

from tokenscan.errors import InputError, UsageError

SCHEMES = ("s3", "gs", "az", "abfss")
_ALIASES = {"s3a": "s3", "gcs": "gs", "abfs": "abfss", "azure": "az"}
_AZURE_HOST = re.compile(r"([a-z0-9]+)\.(?:dfs|blob)\.core\.windows\.net")
_MAGIC = re.compile(r"[*?\[]")
_GLOB = re.compile(r"\*\*/|\*\*|[*?]|\[!?[^\]/\\]+\]|.", re.DOTALL)
_BUFFER = 4 << 20
_HINTS = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; AWS_ENDPOINT_URL for other stores",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS, or log in with gcloud",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN, or log in with az",
}


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """One object in a bucket; ``path`` is bucket and key."""

    store: Any
    scheme: str
    path: str
    size: int

    @property
    def address(self) -> str:
        """Return scheme, bucket and key."""
        return f"{self.scheme}://{self.path}"

    def open(self) -> BinaryIO:
        """Open for reading; only what is read is fetched."""
        return io.BufferedReader(_Fetched(self.store.open_input_file(self.path), self.size), _BUFFER)


class _Fetched(io.RawIOBase):
    """An Arrow file as Python's own kind of raw file, so that small reads need no request each."""

    def __init__(self, file: Any, size: int) -> None:
        self._file = file
        self._size = size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._place >= self._size:
            return 0
        data = self._file.read_at(min(len(buffer), self._size - self._place), self._place)
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        self._place = place + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        return self._place

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


class FoundObjects(NamedTuple):
    """What an address stands for: (name, object) pairs; ``named`` says that it is the address of one object."""

    objects: list[tuple[str, RemoteObject]]
    named: bool


def find_objects(address: str) -> FoundObjects:
    """Return the object at an address, or all below it, or those that its glob matches.

    Raises:
        UsageError: the address is of another kind, or has credentials in it.
        InputError: there is nothing, or it may not be read.
    """
    scheme, bucket, key, account = _parsed(address)
    shown = f"{scheme}://{bucket}/{key}"
    magic = _MAGIC.search(key)
    base = key[: magic.start()].rpartition("/")[0] if magic else key.rstrip("/")
    try:
        store = _store(scheme, bucket, account)
        objects = _listed(store, scheme, f"{bucket}/{base}".rstrip("/"))
    except (OSError, ImportError, ValueError) as error:
        raise InputError(f"{shown}: {_reason(error)}", hint=_HINTS["az" if scheme == "abfss" else scheme]) from None
    if magic:
        matches = _matcher(f"{bucket}/{key}")
        objects = [(each.path.rpartition("/")[2], each) for _, each in objects if matches(each.path)]
    if not objects:
        raise InputError(f"{shown}: no object there", hint="check bucket and prefix, or the pattern")
    return FoundObjects(objects, named=not magic and objects[0][1].path == f"{bucket}/{base}")


def _listed(store: Any, scheme: str, path: str) -> list[tuple[str, RemoteObject]]:
    """Return the object at a path, or all below it, by their names relative to it."""
    from pyarrow.fs import FileSelector, FileType

    info = store.get_file_info(path)
    if info.type == FileType.File:
        return [(info.base_name, RemoteObject(store, scheme, info.path, info.size))]
    found = store.get_file_info(FileSelector(path, allow_not_found=True, recursive=True))
    if not found and store.get_file_info(path.partition("/")[0]).type == FileType.NotFound:
        raise OSError("NO_SUCH_BUCKET")
    return sorted(
        (each.path.removeprefix(f"{path}/"), RemoteObject(store, scheme, each.path, each.size))
        for each in found
        if each.type == FileType.File and each.size
    )


def _parsed(address: str) -> tuple[str, str, str, str]:
    """Return scheme, bucket, key, and the account that an Azure address names."""
    scheme, _, rest = address.partition("://")
    scheme = _ALIASES.get(scheme.lower(), scheme.lower())
    if scheme not in SCHEMES:
        known = ", ".join(f"{known}://" for known in SCHEMES)
        raise UsageError("addresses of that kind are not read", hint=f"give a path, or {known}")
    place, _, key = rest.partition("/")
    account = ""
    if scheme == "abfss" and "@" in place:
        place, _, host = place.partition("@")
        match = _AZURE_HOST.fullmatch(host.lower())
        if match is None:
            raise UsageError(
                "abfss:// names no storage account", hint="abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH"
            )
        account = match[1]
    if "@" in place or ":" in place or re.search(r"\?[\w.~-]+=", key):
        raise UsageError(
            "an address may not hold credentials or a query", hint=_HINTS["az" if scheme == "abfss" else scheme]
        )
    if not place:
        raise UsageError(f"{scheme}:// names no bucket", hint=f"{scheme}://BUCKET/PREFIX")
    return scheme, place, key, account


def _matcher(pattern: str) -> Callable[[str], object]:
    """Return a test for paths: ``*`` and ``?`` stop at a slash, ``**/`` stands for any folders."""
    meaning = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = (
        meaning.get(part) or (part.replace("[!", "[^") if part[:1] == "[" and len(part) > 2 else re.escape(part))
        for part in _GLOB.findall(pattern)
    )
    return re.compile("".join(parts) + r"\Z", re.DOTALL).match


@cache
def _store(scheme: str, bucket: str, account: str) -> Any:
    """Return Arrow's client for a bucket."""
    from pyarrow import fs

    environment = os.environ
    if scheme == "s3":
        return fs.S3FileSystem(**_s3_options(environment, bucket))
    if scheme == "gs":
        return fs.GcsFileSystem(**_gs_options(environment))
    return fs.AzureFileSystem(**_az_options(environment, account))


def _s3_options(environment: Mapping[str, str], bucket: str) -> dict[str, Any]:
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL") or ""
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ""
    options: dict[str, Any] = {"connect_timeout": 10, "request_timeout": 60}
    if endpoint:
        scheme, separator, host = endpoint.partition("://")
        options |= {
            "endpoint_override": (host if separator else endpoint).rstrip("/"),
            "scheme": scheme if separator else "https",
        }
        region = region or "us-east-1"
    if not region:
        from pyarrow.fs import resolve_s3_region

        region = resolve_s3_region(bucket)
    return options | {"region": region}


def _gs_options(environment: Mapping[str, str]) -> dict[str, Any]:
    options: dict[str, Any] = {"retry_time_limit": timedelta(seconds=30)}
    emulator = environment.get("STORAGE_EMULATOR_HOST", "")
    if emulator:
        scheme, separator, host = emulator.partition("://")
        where = {
            "endpoint_override": (host if separator else emulator).rstrip("/"),
            "scheme": scheme if separator else "http",
        }
        options |= where | {"anonymous": True}
    return options


def _az_options(environment: Mapping[str, str], account: str) -> dict[str, Any]:
    def told(*names: str) -> str | None:
        return next((environment[name] for name in names if environment.get(name)), None)

    name = account or told("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT")
    if not name:
        raise ValueError("no storage account is named")
    options: dict[str, Any] = {"account_name": name}
    key, token = told("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_KEY"), told("AZURE_STORAGE_SAS_TOKEN")
    if key:
        options["account_key"] = key
    elif token:
        options["sas_token"] = token
    return options


def _reason(error: Exception) -> str:
    """Return why a store refuses, without what an error may repeat of keys and signed addresses."""
    text = str(error)
    if "NO_SUCH_BUCKET" in text or re.search(r"[Bb]ucket '[^']*' not found|does not exist", text):
        return "there is no such bucket"
    if re.search(
        r"ACCESS_DENIED|INVALID_ACCESS_KEY|SIGNATURE_DOES_NOT_MATCH|[Cc]redential|HTTP status code 40[13]|Forbidden",
        text,
    ):
        return "access denied, or no credentials"
    if re.search(r"NETWORK_CONNECTION|[Cc]ould ?n.t (?:connect|resolve)|curl|timed? ?out", text):
        return "the store cannot be reached"
    return re.sub(r"\?\S+|//[^/\s@]+@", "…", text.splitlines()[0] if text else type(error).__name__)[:300]
