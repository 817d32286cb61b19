"""Buttons at Discord, through the real client and its gateway."""

from bot.adapters.chat.discord import DiscordChat
from bot.ports import Address, Choice, Message, Reply, key_of
from tests.adapters.chat.discord.ears import Kept, listening, me
from tests.adapters.chat.discord.payloads import Payload
from tests.adapters.chat.discord.site import DiscordSite

KEY = key_of("question")


async def asked(site: DiscordSite, chat: DiscordChat, to: Address) -> Payload:
    """A question with buttons, as an earlier process posted it."""
    choices = (Choice("intro", "trim intro"), Choice("beach", "trim beach"))
    await chat.post(to, Reply("question", "Which clip?", choices), KEY)
    return site.said()[-1]


async def test_a_button_from_before_a_restart_says_what_it_stands_for(
    site: DiscordSite, kept: Kept, chat: DiscordChat, to: Address
) -> None:
    question = await asked(site, chat, to)
    async with listening(kept):
        pressed = await site.press(question, "beach")
        (callback,) = await site.until_answered()
    assert kept.messages == [
        Message(pressed, to.channel, "Anna", "", user=site.anna["id"], chose=f"{KEY}#1")
    ]
    assert (callback["interaction"], callback["type"]) == (pressed, 6)


async def test_a_button_is_acknowledged_only_once_the_choice_is_kept(
    site: DiscordSite, kept: Kept, chat: DiscordChat, to: Address
) -> None:
    question = await asked(site, chat, to)
    async with listening(kept):
        kept.hold.clear()
        await site.press(question, "beach")
        await kept.until_offered(1)
        assert site.callbacks == []
        kept.hold.set()
        await site.until_answered()


async def test_a_choice_that_cannot_be_kept_is_told_to_the_person_alone(
    site: DiscordSite, kept: Kept, chat: DiscordChat, to: Address
) -> None:
    question = await asked(site, chat, to)
    async with listening(kept):
        kept.failures = 1
        await site.press(question, "intro")
        (callback,) = await site.until_answered()
    assert callback["data"]["content"] == "The disk is full. Try again."
    assert callback["data"]["flags"] == 64
    assert kept.messages == []


async def test_a_press_that_is_acknowledged_too_late_still_counts(
    site: DiscordSite, kept: Kept, chat: DiscordChat, to: Address
) -> None:
    question = await asked(site, chat, to)
    async with listening(kept):
        await site.press(question, "intro", lives=-1)
        await site.press(question, "beach")
        await site.until_answered()
        assert {message.chose for message in await kept.until(2)} == {f"{KEY}#0", f"{KEY}#1"}


async def test_two_people_who_press_the_same_button_are_both_heard(
    site: DiscordSite, kept: Kept, chat: DiscordChat, to: Address
) -> None:
    question = await asked(site, chat, to)
    async with listening(kept):
        pressed = {await site.press(question, "beach"), await site.press(question, "beach")}
        await site.until_answered(2)
    assert {message.id for message in kept.messages} == pressed


async def test_a_button_in_a_thread_belongs_to_the_channels_composition(
    site: DiscordSite, kept: Kept, chat: DiscordChat, to: Address
) -> None:
    thread = await site.thread()
    question = await asked(site, chat, Address(to.channel, thread["id"]))
    async with listening(kept):
        await site.press(question, "beach", channel=thread)
        (message,) = await kept.until(1)
    assert (message.channel, message.thread) == (to.channel, thread["id"])


async def test_a_button_of_somebody_else_is_not_ours(site: DiscordSite, kept: Kept) -> None:
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "other"}]}
    message = site.write("press me", author=site.bot, components=[row])
    async with listening(kept):
        await site.press(message, "x")
        await site.say(f"{me(site)} help")
        await kept.until(1)
    assert [message.text for message in kept.messages] == ["help"]
