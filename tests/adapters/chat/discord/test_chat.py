"""Posting at Discord through the real client: what arrives, and what happens when it does not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.adapters.chat.discord import DiscordChat
from bot.adapters.download import Downloads
from bot.ports import (
    Address,
    Attachment,
    ChatBusy,
    ChatRefused,
    Choice,
    FetchFailed,
    MediaRefused,
    PostUnknown,
    Reply,
    key_of,
)
from tests.adapters.chat.discord.discord_platform import buttons, files, shown
from tests.adapters.chat.discord.rest import Fault
from tests.adapters.chat.discord.site import DiscordSite

KEY = key_of("message", "1")


def film(folder: Path, size: int) -> Path:
    path = folder / "film.mp4"
    with path.open("wb") as file:
        file.truncate(size)
    return path


async def test_a_second_post_with_the_same_key_is_the_first(
    site: DiscordSite, chat: DiscordChat, to: Address
) -> None:
    first = await chat.post(to, Reply("answer", "Hello"), KEY)
    assert await chat.post(to, Reply("answer", "Hello"), KEY) == first
    assert len(site.said()) == 1
    assert [post["nonce"] for post in site.posted] == [KEY, KEY]


async def test_an_answer_replies_to_its_message(
    site: DiscordSite, chat: DiscordChat, to: Address
) -> None:
    asked = site.write("trim it")
    await chat.post(Address(to.channel, "", asked["id"]), Reply("answer", "Done"), KEY)
    assert site.said()[0]["message_reference"]["message_id"] == asked["id"]


@pytest.mark.parametrize("message", ["123", "", "/cli/1"])
async def test_where_there_is_no_message_to_reply_to_it_is_a_plain_post(
    site: DiscordSite, chat: DiscordChat, to: Address, message: str
) -> None:
    await chat.post(Address(to.channel, "", message), Reply("answer", "Done"), KEY)
    assert "message_reference" not in site.said()[0]


async def test_an_answer_in_a_thread_stays_in_it(
    site: DiscordSite, chat: DiscordChat, to: Address
) -> None:
    thread = await site.thread()
    await chat.post(Address(to.channel, thread["id"]), Reply("answer", "Done"), KEY)
    assert site.said()[0]["channel_id"] == thread["id"]


async def test_direct_messages_are_answered_directly(site: DiscordSite, chat: DiscordChat) -> None:
    to = Address(f"discord:dm/{site.direct['id']}")
    await chat.post(to, Reply("answer", "Done"), KEY)
    assert site.said()[0]["channel_id"] == site.direct["id"]


LINK = "https://chatkut.example.com/u/alone"


async def test_what_is_for_one_person_is_a_direct_message_and_the_others_see_no_link(
    site: DiscordSite, chat: DiscordChat, to: Address
) -> None:
    reply = Reply("answer", "Drop your files here", link=LINK, only_for=site.anna["id"])
    post = await chat.post(to, reply, KEY)
    direct, told = site.said()
    assert direct["channel_id"] == site.direct["id"]
    assert LINK in shown(direct)
    assert told["channel_id"] == site.channel["id"]
    assert "direct message" in shown(told)
    assert await chat.find(to, KEY, datetime.now(UTC)) == post
    await chat.post(to, reply, KEY)
    await chat.edit(to, post, reply)
    assert len(site.said()) == 2
    assert LINK not in str(told)


@pytest.mark.parametrize("who", ["anna", "a stranger", "42"])
async def test_where_direct_messages_are_closed_nothing_leaks(
    site: DiscordSite, chat: DiscordChat, to: Address, who: str
) -> None:
    site.takes_no_direct = True
    user = site.anna["id"] if who == "anna" else who
    await chat.post(to, Reply("answer", "Drop here", link=LINK, only_for=user), KEY)
    (told,) = site.said()
    assert "no direct messages from me" in shown(told)
    assert LINK not in str(site.posted[-1])


async def test_what_is_for_one_person_needs_no_detour_where_they_are_alone(
    site: DiscordSite, chat: DiscordChat
) -> None:
    to = Address(f"discord:dm/{site.direct['id']}")
    await chat.post(to, Reply("answer", "Here", link=LINK, only_for=site.anna["id"]), KEY)
    (direct,) = site.said()
    assert LINK in shown(direct)


async def test_a_direct_message_of_unknown_fate_is_sent_again_once(
    site: DiscordSite, chat: DiscordChat, to: Address
) -> None:
    site.faults.append(Fault(lost=True))
    reply = Reply("answer", "Here", link=LINK, only_for=site.anna["id"])
    with pytest.raises(PostUnknown):
        await chat.post(to, reply, KEY)
    assert await chat.find(to, KEY, datetime.now(UTC)) is None
    await chat.post(to, reply, KEY)
    assert len(site.said()) == 2


async def test_nobody_is_mentioned(site: DiscordSite, chat: DiscordChat, to: Address) -> None:
    await chat.post(to, Reply("answer", "@everyone <@1> <@&2> @here"), KEY)
    assert site.posted[0]["allowed_mentions"]["parse"] == []
    assert shown(site.said()[0]) == "@everyone <@1> <@&2> @here"
    assert "\\<@1>" in site.said()[0]["embeds"][0]["description"]


async def test_many_choices_are_rows_of_five(
    site: DiscordSite, chat: DiscordChat, to: Address
) -> None:
    choices = tuple(Choice(f"clip {n}", f"trim clip {n}") for n in range(30))
    await chat.post(to, Reply("question", "Which?", choices), KEY)
    assert [len(row["components"]) for row in site.said()[0]["components"]] == [5] * 5
    assert buttons(site.said()[0])[24] == ("clip 24", f"{KEY}#24")
    assert "30. clip 29" in shown(site.said()[0])


@pytest.mark.parametrize(
    ("tier", "size", "attached"),
    [(0, 10 << 20, True), (0, (10 << 20) + 1, False), (2, 20 << 20, True), (2, 51 << 20, False)],
)
async def test_a_film_is_attached_where_the_server_takes_it(
    site: DiscordSite,
    chat: DiscordChat,
    to: Address,
    tmp_path: Path,
    *,
    tier: int,
    size: int,
    attached: bool,
) -> None:
    site.guild["premium_tier"] = tier
    await chat.post(to, Reply("render", "Rendered", files=(film(tmp_path, size),)), KEY)
    (message,) = site.said()
    assert [len(data) for _, data in files(message, site)] == ([size] if attached else [])
    assert ("film.mp4” is" in shown(message)) is not attached


async def test_a_film_that_discord_finds_too_large_after_all_is_told_about(
    site: DiscordSite, chat: DiscordChat, to: Address, tmp_path: Path
) -> None:
    site.faults.append(Fault(413, {"code": 40005, "message": "Request entity too large"}))
    await chat.post(to, Reply("render", "Rendered", files=(film(tmp_path, 2 << 20),)), KEY)
    (message,) = site.said()
    assert message["attachments"] == []
    assert "2.1 MB" in shown(message)


async def test_pictures_need_no_question_about_the_limit(
    site: DiscordSite, chat: DiscordChat, to: Address, tmp_path: Path
) -> None:
    picture = tmp_path / "r2.png"
    picture.write_bytes(b"p" * 1000)
    await chat.post(to, Reply("receipt", "Trimmed", files=(picture,)), KEY)
    (message,) = site.said()
    assert message["embeds"][0]["image"]["url"] == message["attachments"][0]["url"]
    assert not any(path.startswith("/guilds") for _, path in site.requests)


async def test_an_edit_keeps_the_files(
    site: DiscordSite, chat: DiscordChat, to: Address, tmp_path: Path
) -> None:
    picture = tmp_path / "r2.png"
    picture.write_bytes(b"p")
    post = await chat.post(to, Reply("receipt", "Trimmed", files=(picture,)), KEY)
    await chat.edit(to, post, Reply("receipt", "Trimmed, then undone", files=(picture,)))
    assert files(site.said()[0], site) == (("r2.png", b"p"),)
    assert "image" in site.said()[0]["embeds"][0]


async def test_a_long_edit_attaches_its_text_beside_what_is_there(
    site: DiscordSite, chat: DiscordChat, to: Address, tmp_path: Path
) -> None:
    picture = tmp_path / "r2.png"
    picture.write_bytes(b"p")
    post = await chat.post(to, Reply("receipt", "Trimmed", files=(picture,)), KEY)
    for text in ("a" * 5000, "b" * 5000):
        await chat.edit(to, post, Reply("receipt", text))
    assert files(site.said()[0], site) == (("r2.png", b"p"), ("message.txt", b"b" * 5000))


async def test_an_edit_of_a_post_that_is_gone_is_refused(
    site: DiscordSite, chat: DiscordChat, to: Address
) -> None:
    post = await chat.post(to, Reply("answer", "Hello"), KEY)
    site.messages.clear()
    with pytest.raises(ChatRefused, match="message is gone"):
        await chat.edit(to, post, Reply("answer", "Hello again"))


async def test_a_short_rate_limit_is_waited_for(
    site: DiscordSite, chat: DiscordChat, to: Address
) -> None:
    body = {"message": "You are being rate limited.", "retry_after": 0.05, "global": False}
    site.faults.extend([Fault(429, body, {"Via": "1.1 google"})] * 2)
    assert await chat.post(to, Reply("answer", "Hello"), KEY)
    assert len(site.said()) == 1


async def test_a_long_rate_limit_is_told(site: DiscordSite, chat: DiscordChat, to: Address) -> None:
    body = {"message": "You are being rate limited.", "retry_after": 61.5, "global": True}
    site.faults.append(Fault(429, body, {"Via": "1.1 google"}))
    with pytest.raises(ChatBusy) as busy:
        await chat.post(to, Reply("answer", "Hello"), KEY)
    assert busy.value.retry_after == 61.5


async def test_a_ban_at_the_edge_is_respected_for_long(
    site: DiscordSite, chat: DiscordChat, to: Address
) -> None:
    site.faults.append(Fault(429, {"message": "banned"}))
    with pytest.raises(ChatBusy) as busy:
        await chat.post(to, Reply("answer", "Hello"), KEY)
    assert busy.value.retry_after >= 600


async def test_after_a_server_error_nobody_knows_whether_it_was_posted(
    site: DiscordSite, chat: DiscordChat, to: Address
) -> None:
    site.faults.append(Fault(503, {"message": "unavailable"}))
    with pytest.raises(PostUnknown):
        await chat.post(to, Reply("answer", "Hello"), KEY)
    assert await chat.find(to, KEY, datetime.now(UTC)) is None
    post = await chat.post(to, Reply("answer", "Hello"), KEY)
    assert await chat.find(to, KEY, datetime.now(UTC)) == post


async def test_a_lost_answer_and_a_new_process_make_one_post(
    site: DiscordSite, chat: DiscordChat, to: Address
) -> None:
    site.faults.append(Fault(lost=True))
    with pytest.raises(PostUnknown):
        await chat.post(to, Reply("answer", "Hello"), KEY)
    async with DiscordChat(chat._token, Downloads([], 1)) as another:
        await another.post(to, Reply("answer", "Hello"), KEY)
    assert len(site.said()) == 1


async def test_a_post_is_found_behind_hundreds_of_others(
    site: DiscordSite, chat: DiscordChat, to: Address
) -> None:
    begun = datetime.now(UTC)
    quoted = [{"type": "rich", "footer": {"text": f"ref {KEY[:8]}"}}]
    for n in range(150):
        site.write(f"chatter {n}", embeds=quoted)
    post = await chat.post(to, Reply("answer", "Hello"), KEY)
    assert await chat.find(to, KEY, begun) == post
    assert await chat.find(to, KEY, begun + timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (403, 50013, "lacks a permission"),
        (403, 50001, "cannot see"),
        (404, 10003, "channel is gone"),
        (403, 50007, "no direct messages"),
        (400, 50035, "Discord refused it: Invalid Form Body"),
    ],
)
async def test_a_refusal_says_what_to_do(
    site: DiscordSite, chat: DiscordChat, to: Address, *, status: int, code: int, reason: str
) -> None:
    site.faults.append(Fault(status, {"code": code, "message": "Invalid Form Body"}))
    with pytest.raises(ChatRefused, match=reason):
        await chat.post(to, Reply("answer", "Hello"), KEY)


async def test_an_address_of_another_platform_is_refused(chat: DiscordChat) -> None:
    with pytest.raises(ChatRefused, match="not a Discord channel"):
        await chat.post(Address("slack:T1/C2"), Reply("answer", "Hello"), KEY)


async def test_with_a_wrong_token_posts_wait_and_the_token_stays_secret(
    site: DiscordSite, to: Address
) -> None:
    async with DiscordChat(SecretStr("wrong.to.ken"), Downloads([], 1)) as chat:
        with pytest.raises(ChatBusy, match="does not accept the bot token") as busy:
            await chat.post(to, Reply("answer", "Hello"), KEY)
        assert "wrong.to.ken" not in f"{busy.value!r} {vars(chat)}"
    assert site.said() == []


async def test_a_file_of_a_command_is_fetched_by_its_own_address(
    site: DiscordSite, chat: DiscordChat, tmp_path: Path
) -> None:
    attached = site.attachment("clip.mp4", b"film")
    clip = Attachment("clip.mp4", attached["url"], 4)
    await chat.fetch(clip, tmp_path / "in", lambda _: None)
    assert (tmp_path / "in").read_bytes() == b"film"


async def test_a_file_elsewhere_is_refused(chat: DiscordChat, tmp_path: Path) -> None:
    clip = Attachment("clip.mp4", "http://169.254.169.254/latest", 4)
    with pytest.raises(MediaRefused):
        await chat.fetch(clip, tmp_path / "in", lambda _: None)


async def test_a_file_that_was_taken_out_of_its_message_is_refused(
    site: DiscordSite, chat: DiscordChat, tmp_path: Path
) -> None:
    message = site.write("no file any more")
    clip = Attachment("clip.mp4", f"{message['channel_id']}/{message['id']}/5", 4)
    with pytest.raises(MediaRefused, match=r"clip\.mp4.*removed"):
        await chat.fetch(clip, tmp_path / "in", lambda _: None)


async def test_while_discord_is_down_a_file_can_be_fetched_again_later(
    site: DiscordSite, chat: DiscordChat, tmp_path: Path
) -> None:
    site.faults.append(Fault(503, {}))
    with pytest.raises(FetchFailed, match=r"clip\.mp4"):
        await chat.fetch(Attachment("clip.mp4", "1/2/3", 4), tmp_path / "in", lambda _: None)
