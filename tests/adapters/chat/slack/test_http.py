"""What only HTTP has: signatures, and requests of strangers."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from bot.adapters.chat.slack import SlackApi, SlackListener
from bot.ports import ChatRefused
from tests.adapters.chat.slack.conftest import Accepting, Joined
from tests.adapters.chat.slack.telling import SECRET, TellingSlack
from tests.adapters.chat.slack.things import BOT_TOKEN

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def listener(slack: TellingSlack) -> AsyncIterator[SlackListener]:
    api = SlackApi(SecretStr(BOT_TOKEN), slack.api_url)
    listener = SlackListener(api, Joined(), None, SecretStr(SECRET))
    transport = httpx.ASGITransport(Starlette(routes=listener.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as slack.http:
        yield listener
    await listener.stop()
    await api.close()


@pytest.mark.parametrize(("secret", "seconds_late"), [("stolen", 0), (SECRET, 301)])
async def test_a_forged_or_old_request_is_not_heard(
    slack: TellingSlack,
    listener: SlackListener,
    intake: Accepting,
    secret: str,
    seconds_late: int,
) -> None:
    await listener.start(intake)
    slack.secret, slack.seconds_late = secret, seconds_late
    _, (told,) = await slack.said(slack.channel("D0ANNA"), "U0ANNA", "hi")
    assert told.answer is None
    assert intake.messages == {}


async def test_slack_can_verify_the_address(
    slack: TellingSlack, listener: SlackListener, intake: Accepting
) -> None:
    await listener.start(intake)
    body = json.dumps({"type": "url_verification", "challenge": "c4", "token": "t"}).encode()
    answer = await slack.post(body, slack.signed(body) | JSON)
    assert answer.json() == {"challenge": "c4"}


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 401), (b"\xff\xfe", 401), (b"[]", 401), (b"", 401), (b"x" * 2_000_000, 413)],
)
async def test_what_strangers_send_does_no_harm(
    slack: TellingSlack, listener: SlackListener, intake: Accepting, body: bytes, status: int
) -> None:
    await listener.start(intake)
    genuine = slack.signed(b"other")
    for forged in (
        {},
        genuine,
        genuine | {"X-Slack-Signature": "v0=é"},
        genuine | {"X-Slack-Request-Timestamp": "now"},
    ):
        assert (await slack.post(body, forged | JSON)).status_code == status
    assert intake.asked == 0


async def test_before_the_start_and_after_the_stop_slack_shall_come_again(
    slack: TellingSlack, listener: SlackListener, intake: Accepting
) -> None:
    assert (await slack.post(b"{}", JSON)).status_code == 503
    await listener.start(intake)
    assert listener.connected
    await listener.stop()
    assert (await slack.post(b"{}", JSON)).status_code == 503
    assert not listener.connected


async def test_what_the_environment_says_of_slack_does_not_matter(
    slack: TellingSlack,
    listener: SlackListener,
    intake: Accepting,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("BOT_TOKEN", "SIGNING_SECRET", "CLIENT_ID", "CLIENT_SECRET", "SCOPES"):
        monkeypatch.setenv(f"SLACK_{name}", "of another app")
    await listener.start(intake)
    await slack.said(slack.channel("D0ANNA"), "U0ANNA", "hi")
    assert intake.only().text == "hi"


@pytest.mark.parametrize("secret", [None, SecretStr("")])
async def test_without_a_way_in_the_start_says_what_to_set(
    slack: TellingSlack, intake: Accepting, secret: SecretStr | None
) -> None:
    api = SlackApi(SecretStr(BOT_TOKEN), slack.api_url)
    with pytest.raises(ChatRefused, match="Set the app token"):
        await SlackListener(api, Joined(), None, secret).start(intake)
    await api.close()
