"""The few requests of S3 that a COPY makes, answered from memory on loopback; no signature is checked."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

MODIFIED_HTTP = "Thu, 01 Jan 2026 00:00:00 GMT"
MODIFIED_XML = "2026-01-01T00:00:00.000Z"


class ObjectStore:
    """`objects` holds the bytes by `bucket/key`."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        handler = type("Handler", (_Handler,), {"objects": self.objects})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    objects: dict[str, bytes]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        name = unquote(address.path).lstrip("/")
        if "list-type" in query:
            self._answer(200, self._listing(name, query.get("prefix", [""])[0]))
        else:
            self._object(name)

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        self.objects.pop(unquote(urlsplit(self.path).path).lstrip("/"), None)
        self._answer(204, b"")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _object(self, name: str) -> None:
        if name in self.objects:
            self._answer(200, self.objects[name], ETag=_etag(self.objects[name]))
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>")

    def _listing(self, bucket: str, prefix: str) -> bytes:
        found = sorted(name for name in self.objects if name.startswith(f"{bucket}/{prefix}"))
        rows = "".join(
            f"<Contents><Key>{escape(name.partition('/')[2])}</Key><LastModified>{MODIFIED_XML}</LastModified>"
            f"<ETag>{_etag(self.objects[name])}</ETag><Size>{len(self.objects[name])}</Size></Contents>"
            for name in found
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Last-Modified": MODIFIED_HTTP, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
