"""Any server that takes JSON by POST: the message as text, and its notes as values."""

from __future__ import annotations

from dataclasses import asdict

from healthcare_elt.alerts.channels.post import post
from healthcare_elt.alerts.message import Message
from healthcare_elt.alerts.policy import WebhookChannel
from healthcare_elt.settings import Settings


def send(channel: WebhookChannel, message: Message, settings: Settings) -> str:
    return post(channel.url, asdict(message))
