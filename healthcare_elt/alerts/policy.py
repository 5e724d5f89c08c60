"""The policy: which events, from which severity on, are told on which channels.

Here belongs what `alerts.yaml` may say, and which channels an incident goes to. Reading the file, and the line of a
mistake in it, is in `policy_file`; an example with every option is `alerts.example.yaml`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from healthcare_elt.alerts.incident import SEVERITIES, Incident, Severity, ToldEvent
from healthcare_elt.secrets import REFERENCES

RoutedEvent = Literal[ToldEvent, "run_recovered", "daily_summary"]
EVENTS: tuple[RoutedEvent, ...] = get_args(RoutedEvent)


def _reference(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(REFERENCES):
        raise ValueError(
            "must say where the secret is and not hold it: env:NAME, ssm:/path or secretsmanager:name, with the secret "
            "itself in the environment, in .env or in AWS"
        )
    return value


Reference = Annotated[SecretStr, AfterValidator(_reference)]
"""Where a secret is (`healthcare_elt.secrets`); the file holds none."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SlackChannel(_Part):
    """An incoming webhook of Slack."""

    type: Literal["slack"]
    url: Reference


class WebhookChannel(_Part):
    """Any server that takes JSON by POST."""

    type: Literal["webhook"]
    url: Reference


class SnsChannel(_Part):
    """A topic of AWS SNS; who calls is what AWS_* says."""

    type: Literal["sns"]
    topic_arn: str = Field(pattern=r"^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$")


class SmtpChannel(_Part):
    """E-mail over a server of yours."""

    type: Literal["smtp"]
    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    tls: Literal["none", "starttls", "tls"]
    sender: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    to: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = Field(min_length=1)
    user: str | None = None
    password: Reference | None = None

    @model_validator(mode="after")
    def _whole_login(self) -> SmtpChannel:
        if (self.user is None) != (self.password is None):
            raise ValueError("has one of user and password and needs both, or none of them to send without a login")
        return self


Channel = Annotated[SlackChannel | WebhookChannel | SnsChannel | SmtpChannel, Field(discriminator="type")]


class Rule(_Part):
    """These events, if at least so severe, go to these channels."""

    events: tuple[RoutedEvent, ...] = Field(min_length=1)
    severity: Severity = "info"
    channels: tuple[str, ...] = Field(min_length=1)


class Policy(_Part):
    """All of `alerts.yaml`."""

    channels: dict[str, Channel] = Field(min_length=1)
    rules: tuple[Rule, ...] = Field(min_length=1)
    quarantine_share: float = Field(default=0.05, ge=0, le=1)
    """A delivery with a larger share of its rows in quarantine is an incident."""
    repeat_after_hours: float | None = Field(default=None, ge=1)
    """An incident that lasts is told again after so long; never if unset."""
    messages_per_hour: int = Field(default=12, ge=1)
    """On one channel; what is more waits and goes out together."""
    daily_summary_hour: int = Field(default=7, ge=0, le=23)
    """In HEALTHCARE_ELT_TIMEZONE."""

    @property
    def repeat_after(self) -> timedelta | None:
        return timedelta(hours=self.repeat_after_hours) if self.repeat_after_hours else None

    def channels_for(self, incident: Incident) -> tuple[str, ...]:
        """Who is told of it; of a channel that is down, all others are."""
        if incident.event == "channel_down":
            return tuple(name for name in self.channels if channel_down_key(name) != incident.key)
        return self.channels_of(incident.event, incident.severity)

    def channels_of(self, event: RoutedEvent, severity: Severity = "info") -> tuple[str, ...]:
        level = SEVERITIES.index(severity)
        named = [
            name
            for rule in self.rules
            if event in rule.events and level >= SEVERITIES.index(rule.severity)
            for name in rule.channels
        ]
        return tuple(dict.fromkeys(named))


def channel_down_key(name: str) -> str:
    return f"channel_down/{name}"
