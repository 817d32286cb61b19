"""What only a socket can do: break, and come back."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.adapters.chat.slack import SlackApi, SlackListener
from bot.ports import ChatRefused
from tests.adapters.chat.slack.conftest import Accepting, Joined
from tests.adapters.chat.slack.telling import TellingSlack
from tests.adapters.chat.slack.things import APP_TOKEN, BOT_TOKEN


@pytest.fixture
async def listener(slack: TellingSlack) -> AsyncIterator[SlackListener]:
    api = SlackApi(SecretStr(BOT_TOKEN), slack.api_url)
    listener = SlackListener(api, Joined(), SecretStr(APP_TOKEN), ping_seconds=0.1)
    yield listener
    await listener.stop()
    await api.close()


async def test_listening_at_a_socket_needs_no_routes(
    slack: TellingSlack, listener: SlackListener, intake: Accepting
) -> None:
    assert not listener.connected
    await listener.start(intake)
    await slack.connected()
    assert listener.connected
    assert listener.routes() == []
    assert len(slack.called("apps.connections.open")) == 1


@pytest.mark.parametrize("politely", [True, False])
async def test_after_a_socket_is_gone_messages_come_again(
    slack: TellingSlack, listener: SlackListener, intake: Accepting, politely: bool
) -> None:
    await listener.start(intake)
    await slack.connected()
    await slack.hang_up(politely=politely)
    await slack.said(slack.channel("D0ANNA"), "U0ANNA", "hi")
    assert intake.only().text == "hi"


async def test_what_was_not_acknowledged_when_the_socket_broke_is_told_again(
    slack: TellingSlack,
    listener: SlackListener,
    intake: Accepting,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accept = intake.accept

    async def broken(message: object) -> None:
        monkeypatch.setattr(intake, "accept", accept)
        await slack.hang_up(politely=False)
        await accept(message)  # type: ignore[arg-type]

    monkeypatch.setattr(intake, "accept", broken)
    slack.patience_seconds = 0.5
    await listener.start(intake)
    _, (told,) = await slack.said(slack.channel("D0ANNA"), "U0ANNA", "hi")
    assert told.attempts > 1
    assert intake.asked > 1
    assert intake.only().text == "hi"


async def test_an_address_that_went_stale_is_asked_for_anew(
    slack: TellingSlack, listener: SlackListener, intake: Accepting
) -> None:
    slack.sockets.refused = 2
    await listener.start(intake)
    await slack.said(slack.channel("D0ANNA"), "U0ANNA", "hi")
    assert intake.only().text == "hi"


async def test_while_slack_is_away_the_start_waits_for_it(
    slack: TellingSlack, listener: SlackListener, intake: Accepting
) -> None:
    slack.faults.statuses.append(503)
    await listener.start(intake)
    assert listener.connected


@pytest.mark.parametrize(
    ("bot", "app", "what"),
    [
        (APP_TOKEN, APP_TOKEN, "What is set as Slack's bot token is not one"),
        (BOT_TOKEN, BOT_TOKEN, "What is set as Slack's app token is not one"),
        ("xoxb-wrong", APP_TOKEN, "refuses the bot token .invalid_auth."),
        (BOT_TOKEN, "xapp-wrong", "refuses the app token .invalid_auth.*connections:write"),
    ],
)
async def test_a_wrong_token_is_named_at_the_start(
    slack: TellingSlack, intake: Accepting, bot: str, app: str, what: str
) -> None:
    api = SlackApi(SecretStr(bot), slack.api_url)
    listener = SlackListener(api, Joined(), SecretStr(app))
    with pytest.raises(ChatRefused, match=what):
        await listener.start(intake)
    await listener.stop()
    await api.close()


async def test_missing_scopes_are_named_at_the_start(
    slack: TellingSlack, listener: SlackListener, intake: Accepting
) -> None:
    slack.faults.scopes = slack.faults.scopes.replace("files:read,", "")
    with pytest.raises(ChatRefused, match=r"lacks files:read.*install the app again"):
        await listener.start(intake)


async def test_a_stop_while_connecting_ends_it(
    slack: TellingSlack, listener: SlackListener, intake: Accepting
) -> None:
    slack.sockets.refused = 1000
    starting = asyncio.create_task(listener.start(intake))
    await slack.sockets.turned_away.wait()
    await listener.stop()
    await starting
    assert not listener.connected
