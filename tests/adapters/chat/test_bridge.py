import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from bot.adapters.chat.bridge import BridgeChat, BridgeListener
from bot.adapters.download import Downloads
from bot.ports import (
    Address,
    Attachment,
    ChatBusy,
    ChatRefused,
    Choice,
    MediaRefused,
    Message,
    PostUnknown,
    Progress,
    Reply,
    StoreFailed,
    key_of,
)
from tests.adapters.chat.bridge_site import TOKEN, BridgeSite, Clip

TO = Address("bridge:launch", "t1", "m1")
KEY = key_of("m1")
LINK = "https://chatkut.example.com/r/1"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
SAID = {"id": "m1", "channel": "launch", "author": "Anna", "text": "trim it to 5 s"}
KNOWN = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class Kept:
    """An intake that keeps messages, when it may, and fails when it is told to."""

    messages: list[Message] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    may: asyncio.Event = field(default_factory=asyncio.Event)
    full: bool = False

    async def accept(self, message: Message) -> None:
        self.asked.set()
        await self.may.wait()
        if self.full:
            raise StoreFailed("the disk is full")
        self.messages.append(message)


@dataclass
class Bot:
    listener: BridgeListener
    kept: Kept
    app: Starlette

    async def hear(self, body: Any, headers: dict[str, str] = KNOWN) -> httpx.Response:
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        async with self.client() as client:
            return await client.post("/bridge/messages", headers=headers, **content)

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://bot")


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[int]:
    """Serve on loopback: the port."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as bound:
        running = asyncio.create_task(server.serve(sockets=[bound]))
        yield bound.getsockname()[1]
        server.should_exit = True
        await running


@pytest.fixture
async def bot() -> Bot:
    kept = Kept()
    kept.may.set()
    listener = BridgeListener(TOKEN)
    await listener.start(kept)
    return Bot(listener, kept, Starlette(routes=listener.routes()))


@pytest.fixture
def site() -> Iterator[BridgeSite]:
    with BridgeSite() as site:
        yield site


@pytest.fixture
async def chat(site: BridgeSite) -> AsyncIterator[BridgeChat]:
    async with BridgeChat(site.url, TOKEN, Downloads([site.host], 1_000_000)) as chat:
        yield chat


async def test_all_that_was_said_arrives(bot: Bot) -> None:
    files = [
        {"name": "beach.mp4", "url": "https://files.example.com/1?x=y", "size": 7},
        {"name": "пляж.mp4", "url": "https://files.example.com/2"},
    ]
    said = SAID | {"user": "u7", "thread": "t1", "chose": f"{KEY}#1", "attachments": files}
    answer = await bot.hear(said)
    assert (answer.status_code, answer.json()) == (202, {"accepted": "m1"})
    attached = (
        Attachment("beach.mp4", "https://files.example.com/1?x=y", 7),
        Attachment("пляж.mp4", "https://files.example.com/2"),
    )
    assert bot.kept.messages == [
        Message(
            "m1",
            "bridge:launch",
            "Anna",
            "trim it to 5 s",
            attached,
            user="u7",
            thread="t1",
            chose=f"{KEY}#1",
        )
    ]


async def test_being_addressed_by_name_is_no_part_of_what_is_asked(bot: Bot) -> None:
    await bot.hear(SAID | {"text": "@ChatKut, trim it to 3 seconds"})
    assert bot.kept.messages[0].text == "trim it to 3 seconds"


async def test_a_message_is_acknowledged_only_once_it_is_kept(bot: Bot) -> None:
    bot.kept.may.clear()
    answer = asyncio.create_task(bot.hear(SAID))
    await bot.kept.asked.wait()
    assert not answer.done()
    bot.kept.may.set()
    assert (await answer).status_code == 202


async def test_what_could_not_be_kept_is_to_be_brought_again(bot: Bot) -> None:
    bot.kept.full = True
    answer = await bot.hear(SAID)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "disk" not in answer.text
    bot.kept.full = False
    assert (await bot.hear(SAID)).status_code == 202


async def test_stopping_takes_nothing_more_but_what_is_being_accepted(bot: Bot) -> None:
    assert bot.listener.connected
    bot.kept.may.clear()
    first = asyncio.create_task(bot.hear(SAID))
    await bot.kept.asked.wait()
    stopped = asyncio.create_task(bot.listener.stop())
    await asyncio.sleep(0)  # it begins
    late = await bot.hear(SAID | {"id": "m2"})
    assert (late.status_code, late.headers["Retry-After"]) == (503, "5")
    assert not stopped.done()
    assert not bot.listener.connected
    bot.kept.may.set()
    await stopped
    assert (await first).status_code == 202
    assert [message.id for message in bot.kept.messages] == ["m1"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": TOKEN},
    ],
)
async def test_without_the_token_nothing_is_taken(bot: Bot, headers: dict[str, str]) -> None:
    answer = await bot.hear(SAID, headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert bot.kept.messages == []


async def test_a_token_that_can_be_guessed_does_not_start() -> None:
    with pytest.raises(ChatRefused, match="too short"):
        await BridgeListener("secret").start(Kept())


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"id": "x" * 201}, "id"),
        ({"channel": "bridge:launch"}, "channel"),
        ({"channel": "a/b"}, "channel"),
        ({"channel": "launch\n"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"author": ""}, "author"),
        ({"author": "Anna\nBob"}, "author"),
        ({"author": None}, "author"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "  \n"}, "no text"),
        ({"thread": "x" * 201}, "thread"),
        ({"chose": "nonsense"}, "chose"),
        ({"attachments": [{"name": "a", "url": "file:///etc/passwd"}]}, "attachments.0.url"),
        ({"attachments": [{"name": "a", "url": "https://a/b c"}]}, "attachments.0.url"),
        ({"attachments": [{"name": "", "url": "https://a/b"}]}, "attachments.0.name"),
        ({"attachments": [{"name": "a", "url": "https://a/b", "size": -1}]}, "attachments.0.size"),
        ({"attachments": [{"name": "a", "url": "https://a"}] * 51}, "attachments"),
        ({"atachments": []}, "unknown: atachments"),
    ],
)
async def test_a_wrong_message_is_told_what_is_wrong(
    bot: Bot, change: dict[str, Any], wrong: str
) -> None:
    answer = await bot.hear(SAID | change)
    assert answer.status_code == 400
    assert wrong in answer.json()["error"]
    assert bot.kept.messages == []


async def test_what_is_wrong_is_told_in_our_words_with_the_fields_that_there_are_not(
    bot: Bot,
) -> None:
    silent = await bot.hear(SAID | {"text": ""})
    assert silent.json() == {"error": "there is no text, no choice and no attachment"}
    misspelt = {("chanel" if name == "channel" else name): SAID[name] for name in SAID}
    answer = await bot.hear(misspelt)
    assert answer.json() == {"error": "channel: Field required; unknown: chanel"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"id": "\\ud800"}', b"[" * 9999])
async def test_what_is_no_message_is_refused(bot: Bot, body: bytes) -> None:
    answer = await bot.hear(body)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_a_body_without_end_is_not_read_to_the_end(bot: Bot) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 65536

    async with bot.client() as client:
        answer = await client.post("/bridge/messages", headers=KNOWN, content=endless())
    assert answer.status_code == 413


async def test_a_message_that_breaks_off_does_no_harm(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(bot.app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /bridge/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        writer.write(f'{head}Content-Length: 100\r\n\r\n{{"id"'.encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await bot.hear(SAID)).status_code == 202
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_everything_about_a_reply_is_sent(chat: BridgeChat, site: BridgeSite) -> None:
    choices = (Choice("Go", "/render"), Choice("No", "/cancel"))
    progress = Progress("encoding", 0.25, 12)
    reply = Reply("estimate", "About $1.20", choices, (), 4, 1.2, progress, LINK, "u7")
    await chat.post(TO, reply, KEY)
    assert site.posts[0].content.model_dump() == {
        "key": KEY,
        "channel": "launch",
        "thread": "t1",
        "in_reply_to": "m1",
        "kind": "estimate",
        "text": "About $1.20",
        "choices": [{"label": "Go", "value": f"{KEY}#0"}, {"label": "No", "value": f"{KEY}#1"}],
        "revision": 4,
        "cost_usd": 1.2,
        "progress": {"stage": "encoding", "fraction": 0.25, "seconds_left": 12},
        "link": LINK,
        "only_for": "u7",
    }


async def test_one_key_makes_one_post(chat: BridgeChat, site: BridgeSite) -> None:
    first = await chat.post(TO, Reply("answer", "Hello"), KEY)
    assert await chat.post(TO, Reply("answer", "Hello"), KEY) == first
    assert len(site.posts) == 1


async def test_where_the_chat_knows_no_keys_a_post_is_still_found(
    chat: BridgeChat, site: BridgeSite
) -> None:
    site.idempotent = False
    first = await chat.post(TO, Reply("answer", "Hello"), KEY)
    await chat.post(TO, Reply("answer", "Hello"), KEY)
    assert len(site.posts) == 2
    assert await chat.find(TO, KEY, LONG_AGO) == first


async def test_a_chat_that_answers_too_late_leaves_a_post_unknown(
    chat: BridgeChat, site: BridgeSite
) -> None:
    site.delay_seconds = 600
    downloads = Downloads([], 1)
    async with BridgeChat(site.url, TOKEN, downloads, timeout_seconds=1) as hasty:
        with pytest.raises(PostUnknown):
            await hasty.post(TO, Reply("answer", "Hello"), KEY)
    assert await chat.find(TO, KEY, LONG_AGO)


async def test_a_chat_that_is_down_took_nothing(chat: BridgeChat, site: BridgeSite) -> None:
    site.stop()
    for doing in (
        chat.post(TO, Reply("answer", "Hello"), KEY),
        chat.edit(TO, f"{KEY}/p1", Reply("answer", "Hello")),
        chat.find(TO, KEY, LONG_AGO),
    ):
        with pytest.raises(ChatBusy):
            await doing
    site.start()
    await chat.post(TO, Reply("answer", "Hello"), KEY)
    assert len(site.posts) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, ChatRefused),
        (400, ChatRefused),
        (401, ChatBusy),
        (404, ChatRefused),
        (409, PostUnknown),
        (413, ChatRefused),
        (429, ChatBusy),
        (500, PostUnknown),
        (502, PostUnknown),
        (503, ChatBusy),
    ],
)
async def test_statuses_mean_what_they_mean_for_a_post(
    chat: BridgeChat, site: BridgeSite, status: int, error: type[Exception]
) -> None:
    site.answer_next(status)
    with pytest.raises(error):
        await chat.post(TO, Reply("answer", "Hello"), KEY)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_can_be_repeated_is_not_of_unknown_fate(
    chat: BridgeChat, site: BridgeSite, status: int
) -> None:
    site.answer_next(status)
    with pytest.raises(ChatBusy):
        await chat.find(TO, KEY, LONG_AGO)
    site.answer_next(status)
    with pytest.raises(ChatBusy):
        await chat.edit(TO, f"{KEY}/p1", Reply("answer", "Hello"))


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("4", 4),
        ("Fri, 31 Dec 2199 23:59:59 GMT", 3600),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
        ("9" * 400, 3600),
    ],
)
async def test_when_to_come_again_is_understood(
    chat: BridgeChat, site: BridgeSite, told: str, seconds: float
) -> None:
    site.answer_next(503, Retry_After=told)
    with pytest.raises(ChatBusy) as busy:
        await chat.post(TO, Reply("answer", "Hello"), KEY)
    assert busy.value.retry_after == seconds


async def test_a_post_that_is_gone_cannot_be_edited(chat: BridgeChat, site: BridgeSite) -> None:
    post = await chat.post(TO, Reply("answer", "Hello"), KEY)
    site.posts.clear()
    with pytest.raises(ChatRefused):
        await chat.edit(TO, post, Reply("answer", "Bye"))


async def test_files_that_are_too_large_for_the_chat_are_told(
    chat: BridgeChat, site: BridgeSite, tmp_path: Path
) -> None:
    site.most_bytes = 10_000
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(20_000))
    await chat.post(TO, Reply("render", "Here it is", files=(film,)), KEY)
    (post,) = site.posts
    assert post.content.text == "Here it is\nfilm.mp4 is too large for this chat."
    assert post.files == {}


async def test_files_that_are_no_longer_there_are_told(
    chat: BridgeChat, site: BridgeSite, tmp_path: Path
) -> None:
    picture = tmp_path / "r2.png"
    picture.write_bytes(b"picture")
    reply = Reply("receipt", "Trimmed", files=(picture, tmp_path / "film.mp4"))
    await chat.post(TO, reply, KEY)
    (post,) = site.posts
    assert post.content.text == "Trimmed\nfilm.mp4 is no longer there."
    assert post.files == {"r2.png": b"picture"}


async def test_files_with_odd_names_arrive(
    chat: BridgeChat, site: BridgeSite, tmp_path: Path
) -> None:
    odd = tmp_path / 'fi"lm\n東京.mp4'
    odd.write_bytes(b"film")
    await chat.post(TO, Reply("render", "Here it is", files=(odd,)), KEY)
    assert list(site.posts[0].files.values()) == [b"film"]


async def test_the_token_opens_files_of_the_chat_itself(
    chat: BridgeChat, site: BridgeSite, tmp_path: Path
) -> None:
    url = site.clip("clip.mp4", Clip(b"film", private=True))
    await chat.fetch(Attachment("clip.mp4", url, 4), tmp_path / "in", lambda _: None)
    assert (tmp_path / "in").read_bytes() == b"film"


async def test_the_token_goes_to_no_other_host(site: BridgeSite, tmp_path: Path) -> None:
    clip = Clip(b"film")
    with BridgeSite() as other:
        url = other.clip("clip.mp4", clip)
        async with BridgeChat(site.url, TOKEN, Downloads([other.host], 100)) as chat:
            await chat.fetch(Attachment("clip.mp4", url), tmp_path / "in", lambda _: None)
    assert TOKEN not in str(clip.asked)


async def test_files_of_other_hosts_are_refused(chat: BridgeChat, tmp_path: Path) -> None:
    attachment = Attachment("clip.mp4", "https://elsewhere.example/clip.mp4")
    with pytest.raises(MediaRefused, match=r"elsewhere\.example"):
        await chat.fetch(attachment, tmp_path / "in", lambda _: None)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ChatRefused, match="https://"):
        BridgeChat("chat.example.com", TOKEN, Downloads([], 1))


@pytest.mark.parametrize("token", ["", "secret word", "secret\n", "sécret"])
def test_a_token_that_cannot_be_sent_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(ChatRefused) as refused:
        BridgeChat("https://chat.example.com", token, Downloads([], 1))
    assert "cret" not in str(refused.value)


async def test_the_token_is_neither_logged_nor_shown(
    bot: Bot, chat: BridgeChat, site: BridgeSite, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await bot.hear(SAID)
    await chat.post(TO, Reply("answer", "Hello"), KEY)
    site.token = "another"  # noqa: S105
    with pytest.raises(ChatBusy) as refused:
        await chat.post(TO, Reply("answer", "Hello"), KEY)
    assert TOKEN not in caplog.text + str(refused.value) + repr(chat) + repr(bot.listener)


async def test_the_site_talks_to_the_bot_and_keeps_its_posts_when_it_restarts(
    bot: Bot, chat: BridgeChat, site: BridgeSite
) -> None:
    async with served(bot.app) as port:
        site.bot = f"http://127.0.0.1:{port}"
        assert await asyncio.to_thread(site.say, SAID) == 202
    assert await asyncio.to_thread(site.say, SAID) == 0
    waiting = asyncio.create_task(asyncio.to_thread(site.wait, lambda posts: len(posts) == 1))
    await chat.post(TO, Reply("answer", "Hello"), KEY)
    assert await waiting
    site.stop()
    site.start()
    assert await chat.find(TO, KEY, LONG_AGO)


async def test_the_site_loses_a_fraction_of_its_answers(chat: BridgeChat, site: BridgeSite) -> None:
    site.loss = 0.5
    lost = 0
    for number in range(40):
        try:
            await chat.post(TO, Reply("answer", "Hello"), key_of(str(number)))
        except PostUnknown:
            lost += 1
    assert 8 < lost < 32
    assert len(site.posts) == 40
