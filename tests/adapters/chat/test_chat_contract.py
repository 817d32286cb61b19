"""What every chat adapter has to do, whatever its platform is like."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.ports import ChatBusy, ChatRefused, Choice, MediaRefused, PostUnknown, Reply, key_of
from tests.adapters.chat.bridge_platform import bridge_platform
from tests.adapters.chat.contract import MOST_BYTES, Platform
from tests.adapters.chat.discord.discord_platform import discord_platform
from tests.adapters.chat.slack.slack_platform import slack_platform

PLATFORMS: dict[str, Callable[[], AbstractAsyncContextManager[Platform]]] = {
    "bridge": bridge_platform,
    "discord": discord_platform,
    "slack": slack_platform,
}
KEY = key_of("message", "1")
SAID = Reply(
    "receipt", "Trimmed “clip” to 5.0 s", (Choice("Undo", "/undo"), Choice("Redo", "/redo"))
)


@pytest.fixture(params=PLATFORMS)
async def platform(request: pytest.FixtureRequest) -> AsyncIterator[Platform]:
    async with PLATFORMS[request.param]() as platform:
        yield platform


async def test_a_post_shows_its_words_and_buttons_and_has_an_id(platform: Platform) -> None:
    assert await platform.chat.post(platform.to, SAID, KEY)
    (seen,) = platform.seen()
    assert SAID.text in seen.text
    assert seen.buttons == (("Undo", f"{KEY}#0"), ("Redo", f"{KEY}#1"))


async def test_a_post_brings_its_files(platform: Platform, tmp_path: Path) -> None:
    film, picture = tmp_path / "film.mp4", tmp_path / "r2.png"
    film.write_bytes(b"f" * 200_000)
    picture.write_bytes(b"p" * 1000)
    reply = Reply("render", "Here is the film", files=(picture, film))
    await platform.chat.post(platform.to, reply, KEY)
    files = [file for seen in platform.seen() for file in seen.files]
    assert files == [("r2.png", picture.read_bytes()), ("film.mp4", film.read_bytes())]
    assert any("Here is the film" in seen.text for seen in platform.seen())


async def test_posts_are_found_by_their_key(platform: Platform) -> None:
    begun = datetime.now(UTC)
    first = await platform.chat.post(platform.to, Reply("answer", "one"), KEY)
    second = await platform.chat.post(platform.to, Reply("answer", "two"), key_of("2"))
    assert await platform.chat.find(platform.to, KEY, begun) == first
    assert await platform.chat.find(platform.to, key_of("2"), begun) == second
    assert await platform.chat.find(platform.to, key_of("3"), begun) is None


async def test_a_post_whose_answer_is_lost_is_unknown_and_then_found(platform: Platform) -> None:
    begun = datetime.now(UTC)
    platform.lose_answer()
    with pytest.raises(PostUnknown):
        await platform.chat.post(platform.to, SAID, KEY)
    assert await platform.chat.find(platform.to, KEY, begun)
    assert len(platform.seen()) == 1


async def test_a_found_post_can_be_edited(platform: Platform) -> None:
    begun = datetime.now(UTC)
    platform.lose_answer()
    with pytest.raises(PostUnknown):
        await platform.chat.post(platform.to, SAID, KEY)
    found = await platform.chat.find(platform.to, KEY, begun)
    assert found
    await platform.chat.edit(platform.to, found, Reply("receipt", "Undone"))
    (seen,) = platform.seen()
    assert "Undone" in seen.text


async def test_an_edit_replaces_words_and_buttons_and_may_be_repeated(platform: Platform) -> None:
    post = await platform.chat.post(platform.to, SAID, KEY)
    edited = Reply("progress", "Rendering: 40 %", (Choice("Cancel", "/cancel"),))
    await platform.chat.edit(platform.to, post, edited)
    await platform.chat.edit(platform.to, post, edited)
    (seen,) = platform.seen()
    assert edited.text in seen.text
    assert SAID.text not in seen.text
    assert seen.buttons == (("Cancel", f"{KEY}#0"),)


async def test_a_busy_platform_says_when_to_come_again(platform: Platform) -> None:
    platform.be_busy(7)
    with pytest.raises(ChatBusy) as busy:
        await platform.chat.post(platform.to, SAID, KEY)
    assert busy.value.retry_after == pytest.approx(7, abs=1)
    assert platform.seen() == []
    assert await platform.chat.post(platform.to, SAID, KEY)


async def test_an_edit_on_a_busy_platform_can_be_tried_again(platform: Platform) -> None:
    post = await platform.chat.post(platform.to, SAID, KEY)
    platform.be_busy(3)
    with pytest.raises(ChatBusy) as busy:
        await platform.chat.edit(platform.to, post, Reply("answer", "Done"))
    assert busy.value.retry_after == pytest.approx(3, abs=1)


async def test_a_platform_that_removed_the_bot_refuses(platform: Platform) -> None:
    post = await platform.chat.post(platform.to, SAID, KEY)
    platform.refuse()
    with pytest.raises(ChatRefused):
        await platform.chat.post(platform.to, SAID, key_of("2"))
    with pytest.raises(ChatRefused):
        await platform.chat.edit(platform.to, post, SAID)
    with pytest.raises(ChatRefused):
        await platform.chat.find(platform.to, KEY, datetime.now(UTC))


async def test_of_a_long_text_nothing_is_cut_off(platform: Platform) -> None:
    lines = [f"line {n} of what was asked" for n in range(1000)]
    await platform.chat.post(platform.to, Reply("answer", "\n".join(lines)), KEY)
    seen = platform.seen()
    attached = [data.decode(errors="replace") for post in seen for _, data in post.files]
    shown = "\n".join([*(post.text for post in seen), *attached])
    assert [line for line in lines if line not in shown] == []


async def test_text_in_any_script_arrives_as_it_is(platform: Platform) -> None:
    text = "Crème brûlée · 東京 · مرحبا · 👩‍👩‍👧"
    await platform.chat.post(platform.to, Reply("answer", text), KEY)
    (seen,) = platform.seen()
    assert text in seen.text


async def test_an_attachment_is_fetched_and_its_progress_told(
    platform: Platform, tmp_path: Path
) -> None:
    data = bytes(range(256)) * 3000
    told: list[float] = []
    await platform.chat.fetch(platform.attach("clip.mp4", data), tmp_path / "in", told.append)
    assert (tmp_path / "in").read_bytes() == data
    assert told == sorted(told)
    assert told[-1] == 1


@pytest.mark.parametrize("what", ["large", "gone", "login"])
async def test_what_cannot_be_fetched_is_refused_and_leaves_nothing(
    platform: Platform, tmp_path: Path, what: str
) -> None:
    attachment = {
        "large": lambda: platform.attach("clip.mp4", bytes(MOST_BYTES + 1)),
        "gone": platform.attach_gone,
        "login": platform.attach_login_page,
    }[what]()
    with pytest.raises(MediaRefused) as refused:
        await platform.chat.fetch(attachment, tmp_path / "in", lambda _: None)
    assert attachment.name in str(refused.value)
    assert not (tmp_path / "in").exists()
