"""Channels: one module per way out, each a function `send(channel, message, settings)`.

Here belongs choosing it. A channel gives up within seconds; trying again later is the business of `deliver`.
"""

from __future__ import annotations

from importlib import import_module

from healthcare_elt.alerts.message import Message
from healthcare_elt.alerts.policy import Channel
from healthcare_elt.settings import Settings


def send(channel: Channel, message: Message, settings: Settings) -> str:
    """Hand the message over; what came of it in a few words, such as `taken`.

    Raises:
        ChannelError: the channel did not take it.
        SettingsError: a secret cannot be read.
    """
    module = import_module(f"healthcare_elt.alerts.channels.{channel.type}")
    return module.send(channel, message, settings)
