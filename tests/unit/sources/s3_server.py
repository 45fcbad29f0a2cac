"""A small S3-compatible server on this machine: lists and gives objects of one bucket, to one access key."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

ACCESS_KEY, SECRET = "AKIDTEST", "do-not-show-this"
BUCKET = "logs"


@contextmanager
def s3_server(objects: Mapping[str, bytes]) -> Iterator[str]:
    """Serve ``objects`` in the bucket ``logs`` and give the endpoint's URL."""
    handler = type("Handler", (_Handler,), {"objects": objects})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    objects: Mapping[str, bytes] = {}
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def _answer(self, *, body: bool) -> None:
        url = urlsplit(self.path)
        bucket, _, key = unquote(url.path).lstrip("/").partition("/")
        if f"Credential={ACCESS_KEY}/" not in self.headers.get("Authorization", ""):
            self._error(403, "AccessDenied", body=body)
        elif bucket != BUCKET:
            self._error(404, "NoSuchBucket", body=body)
        elif not key:
            self._list(parse_qs(url.query), body=body)
        elif key in self.objects:
            self._object(self.objects[key], body=body)
        else:
            self._error(404, "NoSuchKey", body=body)

    def _object(self, content: bytes, *, body: bool) -> None:
        wanted = self.headers.get("Range", "")
        if wanted:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            part = content[int(first) : int(last or len(content)) + 1]
            span = {"Content-Range": f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}"}
            self._send(206, part, "application/octet-stream", body=body, headers=span)
        else:
            self._send(200, content, "application/octet-stream", body=body)

    def _list(self, query: Mapping[str, list[str]], *, body: bool) -> None:
        prefix, delimiter = query.get("prefix", [""])[0], query.get("delimiter", [""])[0]
        keys, folders = [], set()
        for key in sorted(self.objects):
            if key.startswith(prefix):
                rest = key.removeprefix(prefix)
                if delimiter and delimiter in rest:
                    folders.add(prefix + rest.partition(delimiter)[0] + delimiter)
                else:
                    keys.append(key)
        most = int(query.get("max-keys", ["1000"])[0])
        listed = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[key])}</Size>"
            "<LastModified>2026-03-02T09:00:00.000Z</LastModified><ETag>x</ETag></Contents>"
            for key in keys[:most]
        )
        listed += "".join(
            f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in sorted(folders)
        )
        head = f"<Name>{BUCKET}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(keys) + len(folders)}</KeyCount>"
        text = f'<?xml version="1.0"?><ListBucketResult>{head}<MaxKeys>{most}</MaxKeys>'
        text += f"<IsTruncated>false</IsTruncated>{listed}</ListBucketResult>"
        self._send(200, text.encode(), "application/xml", body=body)

    def _error(self, status: int, code: str, *, body: bool) -> None:
        text = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
        self._send(status, text.encode(), "application/xml", body=body)

    def _send(
        self, status: int, content: bytes, kind: str, *, body: bool, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", '"x"')
        self.send_header("Last-Modified", "Mon, 02 Mar 2026 09:00:00 GMT")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)
