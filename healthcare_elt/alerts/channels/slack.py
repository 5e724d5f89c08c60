"""Slack's incoming webhook."""

from __future__ import annotations

from healthcare_elt.alerts.channels.post import post
from healthcare_elt.alerts.message import Message
from healthcare_elt.alerts.policy import SlackChannel
from healthcare_elt.settings import Settings

MOST_LETTERS = 35_000
"""Slack cuts a text after 40,000."""


def send(channel: SlackChannel, message: Message, settings: Settings) -> str:
    text = f"*{_escaped(message.title)}*\n{_escaped(message.text)}"
    return post(channel.url, {"text": text[:MOST_LETTERS]})


def _escaped(text: str) -> str:
    """The three letters that Slack reads as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
