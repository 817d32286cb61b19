"""Slack as a place to speak at, and to listen to over a socket or over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from bot.adapters.chat.slack import SlackApi, SlackChat, SlackListener
from bot.ports import Message, StoreFailed
from tests.adapters.chat.slack.site import SlackSite
from tests.adapters.chat.slack.slack_platform import speaking
from tests.adapters.chat.slack.telling import SECRET, TellingSlack
from tests.adapters.chat.slack.things import APP_TOKEN, BOT_TOKEN


@dataclass
class Accepting:
    """Keeps what is accepted; refuses the next `failures` times."""

    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    asked: int = 0
    failures: int = 0

    async def accept(self, message: Message) -> None:
        self.asked += 1
        if self.failures:
            self.failures -= 1
            raise StoreFailed("The database is away.")
        self.messages.setdefault((message.channel, message.id), message)

    def only(self) -> Message:
        (message,) = self.messages.values()
        return message


@dataclass
class Joined:
    """The threads in which ChatKut takes part."""

    threads: set[tuple[str, str]] = field(default_factory=set)

    async def joined(self, channel: str, thread: str) -> bool:
        return (channel, thread) in self.threads


@dataclass
class Heard:
    """A workspace, its listener, and what came of it."""

    slack: TellingSlack
    listener: SlackListener
    intake: Accepting
    threads: Joined


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for Slack for longer than Slack waits for us, after which something would be left out.

    This machine may be busy.
    """
    for name in (
        "hearing._PATIENCE_SECONDS",
        "people._PATIENCE_SECONDS",
        "surfaces._PATIENCE_SECONDS",
        "surfaces._STATUS_PATIENCE_SECONDS",
    ):
        monkeypatch.setattr(f"bot.adapters.chat.slack.{name}", 60)


@pytest.fixture
async def site() -> AsyncIterator[SlackSite]:
    async with SlackSite() as site:
        yield site


@pytest.fixture
async def chat(site: SlackSite) -> AsyncIterator[SlackChat]:
    async with speaking(site) as chat:
        yield chat


@pytest.fixture
async def slack() -> AsyncIterator[TellingSlack]:
    async with TellingSlack() as slack:
        yield slack


@pytest.fixture
def intake() -> Accepting:
    return Accepting()


@pytest.fixture(params=["socket", "http"])
async def heard(
    request: pytest.FixtureRequest, slack: TellingSlack, intake: Accepting
) -> AsyncIterator[Heard]:
    threads, api = Joined(), SlackApi(SecretStr(BOT_TOKEN), slack.api_url)
    keys = (SecretStr(APP_TOKEN), None) if request.param == "socket" else (None, SecretStr(SECRET))
    listener = SlackListener(api, threads, *keys, ping_seconds=0.1)
    await listener.start(intake)
    transport = httpx.ASGITransport(Starlette(routes=listener.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as http:
        slack.http = http if request.param == "http" else None
        yield Heard(slack, listener, intake, threads)
    await listener.stop()
    await api.close()
