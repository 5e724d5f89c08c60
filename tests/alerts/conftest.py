"""Fixtures of the alert suites: receivers, and homes with a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from alert_servers import Receiver, receiver, self_made_certificate

from healthcare_elt.alerts.policy import EVENTS
from healthcare_elt.pipeline.home import Home

WritePolicy = Callable[..., None]


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """A web server that takes alerts."""
    with receiver() as made:
        yield made


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_made_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def write_policy(monkeypatch: pytest.MonkeyPatch) -> WritePolicy:
    """`write_policy(home, {name: url}, **options)`: all events go to webhooks of these names."""

    def write(home: Home, urls: dict[str, str], **options: object) -> None:
        channels = {}
        for name, url in urls.items():
            monkeypatch.setenv(f"URL_OF_{name.upper()}", url)
            channels[name] = {"type": "webhook", "url": f"env:URL_OF_{name.upper()}"}
        rules = [{"events": list(EVENTS), "channels": list(urls)}]
        policy = {"channels": channels, "rules": rules, **options}
        home.settings.alerts_policy.write_text(yaml.safe_dump(policy, sort_keys=False))

    return write
