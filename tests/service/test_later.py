"""Messages that have to wait for what is in clips: they are gone on with, whatever happens."""

from pathlib import Path

import pytest

from bot.adapters.media import analysis
from bot.adapters.store.tables import MessageRow
from bot.app import work
from bot.jobs.later import LaterJobs
from bot.ports import Message
from tests.handlers.test_insight import talk
from tests.service.ears import Ears
from tests.service.house import House, clip_data
from tests.speech import needs_ears, needs_speech, speech

SILENCES = "cut all silences longer than half a second"


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for what is in clips."""
    monkeypatch.setattr(work, "PATIENCE_SECONDS", 0.0)


@pytest.fixture
def closed_ears(ears: Ears, monkeypatch: pytest.MonkeyPatch) -> Ears:
    """What ChatKut has in this process; nothing is heard until they are opened."""
    monkeypatch.setattr(analysis, "ffmpeg_exe", lambda: str(ears.program))
    return ears


@pytest.fixture
def gaps(tmp_path: Path) -> bytes:
    return talk(tmp_path / "talk.mp4", 2).read_bytes()


async def test_a_message_is_gone_on_with_when_its_clip_is_looked_into(
    house: House, gaps: bytes
) -> None:
    async with house.open() as chatkut:
        first = await chatkut.hear(SILENCES, house.offer("talk.mp4", gaps))
        card, wait, receipt = await house.sees_kinds("clip", "answer", "receipt")
        assert wait.content.text == (
            "To listen to “talk.mp4” takes me a minute or two. I will go on by myself then."
        )
        assert "The film is 0:02.5 long now" in receipt.content.text
        assert {post.content.in_reply_to for post in (card, wait, receipt)} == {first}
        await chatkut.quiet()
        assert [(row.message_id, row.fate) for row in chatkut.rows(MessageRow)] == [
            (first, "waits"), (f"{first}/again", "worked")
        ]  # fmt: skip
    await house.sees_kinds("clip", "answer", "receipt")


async def test_others_in_the_channel_do_not_wait(
    house: House, gaps: bytes, closed_ears: Ears
) -> None:
    async with house.open() as chatkut:
        await chatkut.hear(SILENCES, house.offer("talk.mp4", gaps))
        await chatkut.hear("help")
        await house.sees_kinds("clip", "answer", "answer")
        closed_ears.open()
        await house.sees_kinds("clip", "answer", "answer", "receipt")


async def test_it_is_gone_on_with_after_a_crash(
    house: House, gaps: bytes, closed_ears: Ears
) -> None:
    async with house.open() as chatkut:
        await chatkut.hear(SILENCES, house.offer("talk.mp4", gaps))
        await house.sees_kinds("clip", "answer")
    closed_ears.open()
    async with house.open() as chatkut:
        await house.sees_kinds("clip", "answer", "receipt")
        await chatkut.quiet()
    await house.sees_kinds("clip", "answer", "receipt")


async def test_a_clip_that_is_damaged_meanwhile_is_told(house: House, gaps: bytes) -> None:
    async with house.open() as chatkut:
        await chatkut.hear("", house.offer("talk.mp4", gaps))
        await house.sees_kinds("clip")
        (original,) = (house.root / "media").glob("??/*/original.mp4")
        original.write_bytes(b"\0" * 5000)
        await chatkut.hear(SILENCES)
        *_, error = await house.sees_kinds("clip", "answer", "error")
        assert error.content.text == (
            f"I could not do “{SILENCES}”: it is too long for that, or damaged. "
            "Nothing was changed."
        )


async def test_a_message_that_does_not_wait_does_not_come_again(house: House) -> None:
    async with house.open() as chatkut:
        message = Message("m7", "bridge:launch", "Ada", "help")
        await LaterJobs(lambda: chatkut.work.engine).go_on(message, (), "sound")
        await chatkut.found("look", "running", "delayed")
        await chatkut.hear("help", id="m7")
        await chatkut.quiet()
        await house.sees_kinds("answer")


@pytest.mark.slow
@needs_speech
@needs_ears
async def test_captions_are_added_when_their_words_are_heard(house: House, tmp_path: Path) -> None:
    said = "Hello everybody. Today we make a chocolate cake."
    clip = speech(tmp_path / "talk.mp4", said, pause=0.5, picture=True).read_bytes()
    async with house.open() as chatkut:
        await chatkut.hear("add captions", house.offer("talk.mp4", clip))
        *_, receipt = await house.sees_kinds("clip", "answer", "receipt")
        assert "Added captions" in receipt.content.text


async def test_a_file_of_subtitles_comes_as_any_other(house: House, gaps: bytes) -> None:
    lines = b"1\n00:00:00,100 --> 00:00:00,900\nHello.\n"
    async with house.open() as chatkut:
        await chatkut.hear(
            "use these subtitles",
            house.offer("talk.mp4", gaps),
            house.offer("talk.srt", lines),
        )
        _, receipt = await house.sees_kinds("clip", "receipt")
        assert "Added captions: 1 line" in receipt.content.text
        await chatkut.hear("", house.offer("empty.srt", b" "))
        *_, refused = await house.sees_kinds("clip", "receipt", "error")
        assert refused.content.text == "I cannot use “empty.srt”: it is empty."


async def test_this_is_the_clip_that_came_along_also_when_the_message_comes_again(
    house: House, gaps: bytes, tmp_path: Path
) -> None:
    async with house.open() as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", clip_data(tmp_path, seconds=3)))
        await chatkut.hear("trim the beach to 2 seconds")
        await house.sees_kinds("clip", "receipt")
        await chatkut.hear("cut all silences in this", house.offer("talk.mp4", gaps))
        *_, receipt = await house.sees_kinds("clip", "receipt", "clip", "answer", "receipt")
        assert "talk" in receipt.content.text
