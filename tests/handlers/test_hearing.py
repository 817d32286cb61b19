"""Words that are said in clips, through a conversation: who hears them, and who pays."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.adapters.media.local import LocalMedia
from bot.adapters.media.speech.whisper import WhisperTranscriber, shipped_model
from bot.adapters.planners.deciding import CarefulPlanner
from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.engine.captions import spoken
from bot.engine.layout import layout
from bot.engine.operations.captioning import captions_of
from bot.ports import BudgetSpent, Scope, Word
from tests.handlers.conftest import Channel
from tests.media import video
from tests.speech import needs_ears, needs_speech, speech


@dataclass
class Reciter:
    """Says the same of every clip, as long as there is money."""

    has_money: bool = True
    name: str = "reciter"
    suffix: str = ".wav"
    coding: Sequence[str] = ("-c:a", "pcm_s16le")
    payers: list[Scope] = field(default_factory=list)

    async def words(self, piece: Path, seconds: float, payer: Scope) -> Sequence[Word]:  # noqa: ARG002
        if not self.has_money:
            raise BudgetSpent("The budget of this channel for this month is used up.")
        self.payers.append(payer)
        return [Word(0.2, 0.6, "Hello"), Word(0.6, 1.2, "everybody.")]


@pytest.fixture
def room(channel: Channel) -> Channel:
    channel.set(planner=CarefulPlanner(OfflinePlanner()))
    return channel


async def shown(channel: Channel) -> str:
    head = await channel.services.conversations.head(channel.name)
    (captions,) = captions_of(head.comp)
    return " ".join(each.text for each in spoken(layout(head.comp), captions))


async def test_whoever_asks_for_words_pays_for_them(
    room: Channel, tmp_path: Path, beach: Path
) -> None:
    ears = Reciter()
    room.set(media=LocalMedia(tmp_path / "media", 1 << 30, ears))
    card, receipt = await room.say("add captions", beach)
    assert (card.kind, receipt.kind) == ("clip", "receipt")
    assert await shown(room) == "Hello everybody."
    assert ears.payers == [Scope("terminal:test", "terminal:anna")]
    (progress,) = (each for each in room.chat.replies if "listening" in each.text)
    assert progress.kind == "progress"
    assert "listening to “beach.mp4”" in progress.text


async def test_what_was_dropped_stays_where_there_is_no_money(
    room: Channel, tmp_path: Path, beach: Path
) -> None:
    room.set(media=LocalMedia(tmp_path / "media", 1 << 30, Reciter(has_money=False)))
    card, answer = await room.say("add captions", beach)
    assert card.kind == "clip"
    assert answer.text == "The budget of this channel for this month is used up."
    assert await room.revision() == 1


async def test_where_nobody_hears_it_is_told_what_to_do(room: Channel, beach: Path) -> None:
    _, answer = await room.say("add captions", beach)
    assert answer.text == (
        "I cannot make out the words of “beach.mp4”: no speech recognition is set up here. "
        "Whoever runs me can install chatkut[speech] or set CHATKUT_SPEECH=openai; an .srt file "
        "that is dropped here works as well. Nothing was changed."
    )


async def test_a_film_without_sound_has_no_words(room: Channel, tmp_path: Path) -> None:
    room.set(media=LocalMedia(tmp_path / "media", 1 << 30, Reciter()))
    *_, answer = await room.say("add captions", video(tmp_path / "mute.mp4", sound=False))
    assert answer.kind in ("answer", "question")
    assert await room.revision() == 1


@pytest.mark.slow
@needs_speech
@needs_ears
async def test_real_speech_becomes_captions(room: Channel, tmp_path: Path) -> None:
    ears = WhisperTranscriber(str(shipped_model()), tmp_path / "models")
    room.set(media=LocalMedia(tmp_path / "media", 1 << 30, ears))
    said = ("Hello everybody.", "Today we make a chocolate cake.")
    clip = speech(tmp_path / "talk.mp4", *said, pause=1, picture=True)
    _, receipt = await room.say("add captions", clip)
    assert "Added captions" in receipt.text
    assert "chocolate cake" in await shown(room)
