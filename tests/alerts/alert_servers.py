"""Servers on loopback that take alerts, or fail to: HTTP for webhooks, SMTP with and without TLS and login.

Here belongs what a server does. Which faults happen is each test's choice.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

LOCALHOST = "127.0.0.1"


@dataclass
class Receiver:
    """A web server, and what was posted to it."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    words: bytes = b""
    is_slow: bool = False
    """It takes the request and answers when `answer` is set."""
    answer: Event = field(default_factory=Event)
    taken: list[dict[str, Any]] = field(default_factory=list)
    """What it answered with 200."""
    asked: int = 0

    @property
    def notes(self) -> list[dict[str, Any]]:
        """Of all messages of a webhook channel, in order."""
        return [note for body in self.taken for note in body["notes"]]


@contextmanager
def receiver() -> Iterator[Receiver]:
    took = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            took.asked += 1
            if took.is_slow:
                took.answer.wait()
            if took.status == 200:
                took.taken.append(json.loads(body))
            self.send_response(took.status)
            for name, value in took.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(took.words)))
            self.end_headers()
            self.wfile.write(took.words)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer((LOCALHOST, 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    took.url = f"http://{LOCALHOST}:{server.server_port}/hook/of-{SECRET_PATH}"
    try:
        yield took
    finally:
        took.answer.set()
        server.shutdown()
        thread.join()
        server.server_close()


SECRET_PATH = "planted-token-of-the-webhook"
PASSWORD = "planted-password-of-the-mailbox"


@dataclass
class Mailbox:
    """A mail server, and what it took."""

    host: str
    port: int = 0
    answer: str = "250 OK"
    """To every message."""
    refused: tuple[str, ...] = ()
    """Addresses."""
    mails: list[Any] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content or b"", policy=policy.default))
        return self.answer


class FreePort(Controller):
    """A controller that asks its server for the port that it was given."""

    def _trigger_server(self) -> None:
        assert self.server
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mailbox(tls: str, certificate: Path, *, login: bool = False) -> Iterator[Mailbox]:
    """
    Args:
        tls: none, starttls or tls.
        certificate: file with key and certificate.
    """
    box = Mailbox(LOCALHOST)

    def authenticate(_: SMTP, __: Session, ___: Envelope, mechanism: str, given: LoginPassword) -> AuthResult:
        if right := given.password.decode() == PASSWORD:
            box.logins.append(given.login.decode())
        return AuthResult(success=right, handled=False)

    context = None
    if tls != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    options: dict[str, Any] = {"auth_required": login, "auth_require_tls": False}
    if login:
        options["authenticator"] = authenticate
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    controller = FreePort(box, hostname=LOCALHOST, port=0, ssl_context=context if tls == "tls" else None, **options)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def self_made_certificate(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody but its holder trusts, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, LOCALHOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOCALHOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    return file
