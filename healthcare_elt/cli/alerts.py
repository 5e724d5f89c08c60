"""`healthcare-elt alerts`: try the channels, see what is open, look and send without a daemon."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from healthcare_elt.cli.display import AsJson, print_json, say
from healthcare_elt.cli.errors import FAILED

app = typer.Typer(help="Who is told of what is wrong: test, show, send.", no_args_is_help=True)


@app.command()
def test(
    channel: Annotated[
        list[str] | None, typer.Option(help="Only this channel; may be given more than once.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send a test message on every channel of alerts.yaml; exit 1 if one did not take it."""
    from healthcare_elt.alerts.book import Note
    from healthcare_elt.alerts.deliver import policy_sender, send_all
    from healthcare_elt.alerts.message import compose

    settings, policy = _home().settings, _policy()
    for name in channel or ():
        if name not in policy.channels:
            raise typer.BadParameter(f"{name} is not in alerts.yaml; it may be one of {', '.join(policy.channels)}.")
    note = Note(kind="test", at=datetime.now(UTC), lines=("This is a test: alerts of this home arrive here.",))
    message = compose([note], settings)
    sent = send_all({name: (policy_sender(policy, name, settings), message) for name in channel or policy.channels})
    if as_json:
        print_json(sent)
    else:
        for name, outcome in sent.items():
            words = f"{name}: {outcome.sentence}." if outcome.ok else f"{name} failed: {outcome.sentence}."
            say(words, "" if outcome.ok else "red")
    if not all(outcome.ok for outcome in sent.values()):
        raise typer.Exit(FAILED)


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show what is open and what waits to be sent, as of the last look; sends nothing."""
    from healthcare_elt.alerts.book import read_book
    from healthcare_elt.alerts.policy_file import load_policy

    settings = _home().settings
    book = read_book(settings)
    if as_json:
        print_json(book.model_dump(mode="json"))
    else:
        _print_book(settings, book)
    load_policy(settings)  # were it broken, nothing of this would be sent


def _print_book(settings, book) -> None:
    incidents = sorted((known.incident for known in book.open.values()), key=lambda incident: incident.since)
    for each in incidents:
        style = "red" if each.severity == "error" else "yellow"
        say(f"{each.since.astimezone(settings.tz):%Y-%m-%d %H:%M %Z}  {each.severity}: {each.what}", style)
        say(f"Next: {each.next}", indent=2)
    for name, channel in book.channels.items():
        if channel.notes:
            why = f": {channel.why}" if channel.why else ""
            say(f"{name}: {len(channel.notes):,} notes wait{why}.", "yellow")
    if not settings.alerts_book.exists():
        say(_how_to_look(settings.alerts_policy.exists()))
    elif not incidents:
        say("No incident is open.")


def _how_to_look(has_policy: bool) -> str:
    first = "" if has_policy else "first write alerts.yaml as in alerts.example.yaml; "
    return (
        f"Nothing has looked yet: {first}`healthcare-elt alerts send` looks once, and the alert_sensor again and again."
    )


@app.command()
def send(as_json: AsJson = False) -> None:
    """Look at everything, tell what is new or over, and send what waits: what the sensor does, for cron."""
    from healthcare_elt.orchestration import look_and_send

    turn = look_and_send(_home(), _policy())
    if as_json:
        print_json(turn)
    else:
        say(turn.sentence())
    if not all(sent.ok for sent in turn.sent.values()):
        raise typer.Exit(FAILED)


def _home():
    from healthcare_elt.pipeline.home import Home
    from healthcare_elt.settings import load_settings

    return Home(load_settings())


def _policy():
    from healthcare_elt.alerts.policy_file import load_policy
    from healthcare_elt.settings import SettingsError, load_settings

    settings = load_settings()
    if policy := load_policy(settings):
        return policy
    raise SettingsError(f"There is no {settings.alerts_policy}; write one as in alerts.example.yaml.")
