"""Conditions that only the insides of clips can answer, through a conversation."""

import asyncio
import subprocess
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.media.local import LocalMedia
from bot.adapters.planners.deciding import CarefulPlanner
from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.adapters.process import ffmpeg_exe
from bot.engine.layout import layout
from bot.handlers.direct import converse
from bot.ports import AGAIN, NOBODY, Analysis, Message, Request, Scope, Sense, Wanted
from tests.handlers.conftest import Channel
from tests.media import video


def talk(path: Path, gaps: int) -> Path:
    """A clip that is heard for a second, and silent for the next, so many times."""
    tone = "0.5*sin(2*PI*440*t)*lt(mod(t\\,2)\\,1)"
    inputs = ("-f", "lavfi", "-i", f"color=red:s=64x64:r=30:d={2 * gaps}")
    sound = ("-f", "lavfi", "-i", f"aevalsrc={tone}:d={2 * gaps}")
    subprocess.run(
        [ffmpeg_exe(), "-v", "error", *inputs, *sound, "-preset", "ultrafast", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


@dataclass
class SlowMedia:
    """A media store that looks into clips when it is let."""

    store: LocalMedia
    go: asyncio.Event = field(default_factory=asyncio.Event)

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    async def analysed(self, sha256: str, sense: Sense, payer: Scope = NOBODY) -> Analysis:
        await self.go.wait()
        return await self.store.analysed(sha256, sense, payer)


async def test_silences_are_cut_by_one_message_and_put_back_by_one_undo(
    channel: Channel, tmp_path: Path
) -> None:
    channel.set(planner=CarefulPlanner(OfflinePlanner()))
    await channel.say("", talk(tmp_path / "talk.mp4", 4))
    (receipt,) = await channel.say("whenever it is silent for more than half a second, cut it")
    assert receipt.kind == "receipt"
    assert "Cut 4 pieces, 2.8 s in all" in receipt.text
    assert "Assumed: silent is what is quieter than −40 dB for more than 0.5 s." in receipt.text
    await channel.say("/undo")
    head = await channel.services.conversations.head(channel.name)
    assert layout(head.comp).seconds == 8


async def test_many_cuts_are_shown_first_and_done_as_they_were_shown(
    channel: Channel, tmp_path: Path
) -> None:
    channel.set(planner=CarefulPlanner(OfflinePlanner()))
    _, question = await channel.say("remove the silences", talk(tmp_path / "talk.mp4", 22))
    assert question.kind == "question"
    assert "That changes 22 items. Shall I do it?" in question.text
    (receipt,) = await channel.say("1")
    assert "Cut 22 pieces" in receipt.text
    assert len(receipt.text.splitlines()) < 6


async def test_a_question_about_silences_changes_nothing(channel: Channel, tmp_path: Path) -> None:
    channel.set(planner=OfflinePlanner())
    await channel.say("", talk(tmp_path / "talk.mp4", 2))
    (answer,) = await channel.say("how many silences are there?")
    assert answer.text.startswith("I found 2 silences longer than 0.5 s")
    assert await channel.revision() == 1


async def test_a_clip_that_cannot_be_heard_is_told(channel: Channel, tmp_path: Path) -> None:
    channel.set(planner=OfflinePlanner())
    mute = video(tmp_path / "mute.mp4", sound=False)
    *_, answer = await channel.say("remove the silences", mute)
    assert "nothing to be heard in “mute”" in answer.text
    media = channel.services.media
    assert isinstance(media, LocalMedia)
    await channel.say("", clip := talk(tmp_path / "talk.mp4", 1))
    head = await channel.services.conversations.head(channel.name)
    (sha256,) = [each.sha256 for each in head.comp.clips.values() if each.name == clip.name]
    original = media.homes.original(sha256)
    assert original is not None
    original.write_bytes(b"\x00" * 5000)
    (answer,) = await channel.say("remove the silences in the talk")
    assert answer.text == (
        "I cannot listen to “talk.mp4”: it is too long for that, or damaged. Nothing was changed."
    )


async def test_what_takes_long_is_told_and_there_when_it_is_asked_for_again(
    channel: Channel, tmp_path: Path
) -> None:
    assert isinstance(channel.services.media, LocalMedia)
    slow = SlowMedia(channel.services.media)
    channel.set(planner=OfflinePlanner(), media=slow, patience_seconds=0.01)
    _, question = await channel.say("remove the silences", talk(tmp_path / "talk.mp4", 2))
    assert question.text.startswith("To listen to “talk.mp4” takes me a while.")
    slow.go.set()
    channel.set(patience_seconds=None)
    (receipt,) = await channel.say("try again")
    assert "The film is" in receipt.text or "Cut" in receipt.text


@dataclass
class Diary:
    """Remembers which messages are to be gone on with."""

    kept: list[str] = field(default_factory=list)

    async def go_on(self, message: Message, clips: Collection[str], sense: Sense) -> None:  # noqa: ARG002
        self.kept.append(message.id)


async def test_a_message_may_wait_once_for_each_sense_and_not_for_ever(
    channel: Channel, tmp_path: Path
) -> None:
    assert isinstance(channel.services.media, LocalMedia)
    slow, diary = SlowMedia(channel.services.media), Diary()
    channel.set(planner=OfflinePlanner(), media=slow, later=diary, patience_seconds=0.01)
    await channel.say("", talk(tmp_path / "talk.mp4", 2))
    ids = [f"m77{times * AGAIN}" for times in range(4)]
    told = [await channel.say("remove the silences", message_id=each) for each in ids]
    assert diary.kept == ids[:3]
    assert [reply.kind for (reply,) in told] == ["answer", "answer", "answer", "question"]
    assert "ask me again" in told[3][0].text
    assert {Message(each, channel.name, "anna", "").address.message for each in ids} == {"m77"}


async def test_what_is_known_of_clips_is_told_to_any_planner_at_once(
    channel: Channel, tmp_path: Path
) -> None:
    await channel.say("", talk(tmp_path / "talk.mp4", 2))
    await channel.say("[]")
    assert channel.planner.requests[-1].analysis == {}
    head = await channel.services.conversations.head(channel.name)
    (clip,) = head.comp.clips.values()
    found = await channel.services.media.analysed(clip.sha256, "sound")
    await channel.say("[]")
    assert channel.planner.requests[-1].analysis == {clip.id: found}


class Insatiable:
    """A planner that wants to look into the same clip for ever."""

    def __init__(self) -> None:
        self.asked = 0

    async def plan(self, request: Request) -> Wanted:
        self.asked += 1
        return Wanted(tuple(request.comp.clips), "sound")


async def test_a_planner_that_never_knows_enough_is_stopped(
    channel: Channel, tmp_path: Path
) -> None:
    planner = Insatiable()
    channel.set(planner=planner)
    _, question = await channel.say("cut it", talk(tmp_path / "talk.mp4", 1))
    assert question.kind == "question"
    assert planner.asked == 6


async def test_a_message_that_is_delivered_twice_is_answered_once(
    channel: Channel, tmp_path: Path
) -> None:
    channel.set(planner=OfflinePlanner())
    await channel.say("", talk(tmp_path / "talk.mp4", 2))
    message = Message("m77", channel.name, "anna", "remove the silences")
    await asyncio.gather(*(converse(message, channel.chat, channel.services) for _ in range(2)))
    assert await channel.revision() == 2
