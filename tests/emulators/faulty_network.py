"""The way to a server, with faults on it: a proxy on loopback that passes requests on, or fails as networks and S3 do.

Here belongs the proxy. Which faults happen to which requests is each test's choice.
"""

from __future__ import annotations

import http.client
import json
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["throttle", "refuse", "cut", "lose"]
"""throttle: 503 SlowDown. refuse: an error with `code`. cut: half of the answer's bytes, then the connection ends.
lose: the request is done, and its answer never comes."""


@dataclass
class Rule:
    """What happens to the next `times` requests whose method and path `meant` accepts."""

    fault: Fault
    meant: Callable[[str, str], bool]
    times: int = 1
    status: int = 503
    code: str = "SlowDown"


@dataclass
class FaultyNetwork:
    url: str
    rules: list[Rule] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    """`fault method path` of every request that a fault happened to."""
    passed: list[str] = field(default_factory=list)
    """`method path` of every request."""
    _lock: Lock = field(default_factory=Lock)

    def fail(self, fault: Fault, meant: Callable[[str, str], bool], times: int = 1, **answer: str | int) -> None:
        self.rules.append(Rule(fault, meant, times, **answer))  # type: ignore[arg-type]

    def rule_for(self, method: str, path: str) -> Rule | None:
        with self._lock:
            self.passed.append(f"{method} {path}")
            for rule in self.rules:
                if rule.times and rule.meant(method, path):
                    rule.times -= 1
                    self.struck.append(f"{rule.fault} {method} {path}")
                    return rule
        return None


@contextmanager
def faulty_network(server_url: str) -> Iterator[FaultyNetwork]:
    proxy = _Proxy(("127.0.0.1", 0), _Handler)
    proxy.network = FaultyNetwork(f"http://127.0.0.1:{proxy.server_port}")  # type: ignore[attr-defined]
    proxy.target = urlsplit(server_url).netloc  # type: ignore[attr-defined]
    thread = Thread(target=proxy.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield proxy.network  # type: ignore[attr-defined]
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hung up wants no answer, and standard error is the command's own; other errors are told."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        rule = self.server.network.rule_for(self.command, self.path)  # type: ignore[attr-defined]
        body = self._body()
        if rule and rule.fault in ("throttle", "refuse"):
            self._refuse(rule)
            return
        status, headers, answer = self._passed_on(body)
        if rule and rule.fault == "lose":
            self._hang_up()
        else:
            self._answer(status, headers, answer, len(answer) // 2 if rule else len(answer))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            raise NotImplementedError("the product sends lengths")
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _passed_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.server.target)  # type: ignore[attr-defined]
        headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
        try:
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes, shown: int) -> None:
        self.send_response_only(status)
        length = dict((name.lower(), value) for name, value in headers).get("content-length", str(len(content)))
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(content[:shown])
        if shown < len(content):
            self._hang_up()

    def _refuse(self, rule: Rule) -> None:
        as_json = "X-Amz-Target" in self.headers
        xml = f"<Error><Code>{rule.code}</Code><Message>Refused by a test.</Message></Error>"
        content = (json.dumps({"__type": rule.code}) if as_json else xml).encode()
        self.send_response_only(rule.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        pass
