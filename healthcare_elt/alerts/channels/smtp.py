"""E-mail over a server of yours: with no TLS, STARTTLS or TLS, and with or without a login."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from healthcare_elt.alerts.channels.errors import SECONDS, ChannelError
from healthcare_elt.alerts.message import Message
from healthcare_elt.alerts.policy import SmtpChannel
from healthcare_elt.secrets import resolve
from healthcare_elt.settings import Settings


def send(channel: SmtpChannel, message: Message, settings: Settings) -> str:
    password = resolve(channel.password) if channel.password else None
    try:
        with _connected(channel) as server:
            if channel.user and password:
                server.login(channel.user, password)
            refused = server.send_message(_mail(channel, message))
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelError(_sentence(error, channel)) from None
    return f"taken, but not for {len(refused)} of {len(channel.to)} addresses" if refused else "taken"


@contextmanager
def _connected(channel: SmtpChannel) -> Iterator[smtplib.SMTP]:
    trust = ssl.create_default_context()
    if channel.tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(channel.host, channel.port, timeout=SECONDS, context=trust)
    else:
        server = smtplib.SMTP(channel.host, channel.port, timeout=SECONDS)
    with server:
        if channel.tls == "starttls":
            server.starttls(context=trust)
        yield server


def _mail(channel: SmtpChannel, message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = message.title
    mail["From"] = channel.sender
    mail["To"] = ", ".join(channel.to)
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{message.id}@healthcare-elt>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{message.title}\n\n{message.text}\n")
    return mail


def _sentence(error: Exception, channel: SmtpChannel) -> str:
    """By the kind of the error, since its text may quote names and addresses."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return "the mail server does not take the login; correct user and password"
        case smtplib.SMTPNotSupportedError():
            return "the mail server does not offer STARTTLS or a login; correct tls, user and password"
        case smtplib.SMTPSenderRefused() | smtplib.SMTPRecipientsRefused():
            return "the mail server refuses the sender or every address; correct sender and to, or log in"
        case smtplib.SMTPResponseException():
            return f"the mail server answered {error.smtp_code}; look at that server"
        case ssl.SSLCertVerificationError():
            return "the mail server's certificate is not trusted; set SSL_CERT_FILE or mend it"
        case ssl.SSLError():
            return "the mail server does not speak TLS on that port; correct port and tls"
        case smtplib.SMTPServerDisconnected() | TimeoutError():
            return f"the mail server hung up or was silent for {SECONDS:.0f} seconds; look at it, and at port and tls"
        case _:
            return f"the mail server {channel.host} cannot be reached on port {channel.port}; correct host and port"
