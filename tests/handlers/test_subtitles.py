"""Files of subtitles dropped into a conversation."""

from pathlib import Path

import pytest

from bot.adapters.planners.deciding import CarefulPlanner
from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.engine.captions import spoken
from bot.engine.layout import layout
from bot.engine.operations.captioning import captions_of
from bot.handlers.subtitles import only_about_files
from bot.ports import Subtitles
from tests.handlers.conftest import Channel
from tests.media import video

LINES = ((0.5, 1.0, "Hello."), (1.2, 1.8, "<b>Welcome</b> & goodbye."))


def srt(path: Path, lines: tuple[tuple[float, float, str], ...] = LINES) -> Path:
    rows = (f"{n}\n{_time(a)} --> {_time(b)}\n{text}\n" for n, (a, b, text) in enumerate(lines, 1))
    path.write_text("\n".join(rows))
    return path


def _time(seconds: float) -> str:
    return f"00:00:{seconds:06.3f}".replace(".", ",")


async def shown(channel: Channel) -> list[tuple[str, float, float]]:
    """What the captions say, and when, in seconds of the film."""
    head = await channel.services.conversations.head(channel.name)
    timeline = layout(head.comp)
    fps = float(timeline.canvas.fps.value)
    return [
        (each.text, round(each.start / fps, 1), round(each.end / fps, 1))
        for captions in captions_of(head.comp)
        for each in spoken(timeline, captions)
    ]


@pytest.fixture
async def room(channel: Channel, beach: Path) -> Channel:
    """Two seconds of beach, in a channel that understands words."""
    channel.set(planner=CarefulPlanner(OfflinePlanner()))
    await channel.say("", beach)
    return channel


SHOWN = [("Hello.", 0.5, 1.0), ("Welcome & goodbye.", 1.2, 1.8)]


@pytest.mark.parametrize(
    "text", ["", "use these subtitles", "Here's the .srt for the video, please"]
)
async def test_a_dropped_file_becomes_captions(room: Channel, tmp_path: Path, text: str) -> None:
    (receipt,) = await room.say(text, srt(tmp_path / "words.srt"))
    assert receipt.kind == "receipt"
    assert "Added captions: 2 lines" in receipt.text
    assert receipt.files
    assert await shown(room) == SHOWN
    await room.say("undo")
    assert await shown(room) == []


async def test_a_clip_and_its_file_may_come_together(channel: Channel, tmp_path: Path) -> None:
    clip = video(tmp_path / "talk.mp4", seconds=2)
    card, receipt = await channel.say("", srt(tmp_path / "talk.srt"), clip)
    assert (card.kind, receipt.kind) == ("clip", "receipt")
    assert await shown(channel) == SHOWN
    assert await channel.revision() == 1


async def test_a_file_that_is_called_as_a_clip_tells_its_times(
    room: Channel, tmp_path: Path
) -> None:
    await room.say("", video(tmp_path / "talk.mp4", seconds=2, tone=600))
    await room.say("cut the first second of the beach")
    await room.say("", srt(tmp_path / "Talk.en.srt"))
    assert await shown(room) == [("Hello.", 1.5, 2.0), ("Welcome & goodbye.", 2.2, 2.8)]
    await room.say("", srt(tmp_path / "beach.vtt", ((1.2, 1.6, "Sea."),)))
    assert await shown(room) == [
        ("Sea.", 0.2, 0.6), ("Hello.", 1.5, 2.0), ("Welcome & goodbye.", 2.2, 2.8)
    ]  # fmt: skip


async def test_a_file_of_the_film_replaces_what_was_there(room: Channel, tmp_path: Path) -> None:
    await room.say("", video(tmp_path / "talk.mp4", seconds=2, tone=600))
    await room.say("", srt(tmp_path / "talk.srt"))
    (receipt,) = await room.say("", srt(tmp_path / "final cut.srt", ((0.2, 1, "New."),)))
    assert "captions" in receipt.text.lower()
    assert await shown(room) == [("New.", 0.2, 1.0)]


async def test_lines_beyond_a_trimmed_film_are_of_its_only_clip(
    channel: Channel, tmp_path: Path
) -> None:
    channel.set(planner=CarefulPlanner(OfflinePlanner()))
    await channel.say("cut the first 2 seconds", video(tmp_path / "talk.mp4", seconds=6))
    await channel.say("", srt(tmp_path / "x.srt", ((4.5, 5.0, "Late."), (5.2, 5.9, "Later."))))
    assert await shown(channel) == [("Late.", 2.5, 3.0), ("Later.", 3.2, 3.9)]


async def test_what_else_is_asked_for_is_done_with_the_captions(
    room: Channel, tmp_path: Path
) -> None:
    (receipt,) = await room.say("make the film black and white", srt(tmp_path / "words.srt"))
    assert "Added captions: 2 lines" in receipt.text
    assert len(receipt.text.splitlines()) > 1
    assert await shown(room) == SHOWN
    assert await room.revision() == 2


async def test_words_that_nobody_understands_do_not_hide_what_was_done(
    room: Channel, tmp_path: Path
) -> None:
    receipt, question = await room.say("frobnicate the gizmo", srt(tmp_path / "words.srt"))
    assert (receipt.kind, question.kind) == ("receipt", "question")
    assert await shown(room) == SHOWN


async def test_without_a_clip_there_is_nothing_to_caption(channel: Channel, tmp_path: Path) -> None:
    (answer,) = await channel.say("use these", srt(tmp_path / "words.srt"))
    assert answer.text == (
        "“words.srt” has nothing to stand on yet: drop its clip first, or both together."
    )
    assert await channel.revision() == 0


async def test_lines_that_cannot_be_shown_are_told(room: Channel, tmp_path: Path) -> None:
    rows = (*LINES, (1.9, 1.8, "Backwards."), (30, 31, "Nobody"), (40, 41, "sees this."))
    *told, receipt = await room.say("", srt(tmp_path / "words.srt", rows))
    assert [each.text for each in told] == [
        "1 line of “words.srt” with broken times was left out.",
        "2 lines of “words.srt” with times after the end were left out.",
    ]
    assert receipt.kind == "receipt"
    assert await shown(room) == SHOWN


async def test_lines_of_another_film_are_refused(room: Channel, tmp_path: Path) -> None:
    late = srt(tmp_path / "other.srt", ((30, 31, "Nobody"), (40, 41, "sees this.")))
    (answer,) = await room.say("make it black and white", late)
    assert answer.text.startswith("No line of “other.srt” is at a time")
    assert await room.revision() == 1


async def test_a_file_of_no_use_is_refused_and_the_words_are_left(
    room: Channel, tmp_path: Path
) -> None:
    junk = tmp_path / "junk.srt"
    junk.write_bytes(b"")
    refused, left = await room.say("make it black and white", junk)
    assert refused.text == "I cannot use “junk.srt”: it is empty."
    assert "I did not do “make it black and white”" in left.text


async def test_viewers_may_not_caption(room: Channel, tmp_path: Path) -> None:
    await room.say("hello", author="Ben")
    await room.say("/chatkut settings role @Ben viewer", admin=True)
    (refused,) = await room.say("", srt(tmp_path / "words.srt"), author="Ben")
    assert "not change it" in refused.text
    assert await shown(room) == []


def test_a_message_may_be_about_its_file_alone() -> None:
    files = (Subtitles("Final Talk.srt", LINES),)
    for text in ("use these subtitles", "Here’s the SRT of the final talk!", "captions 👇", ""):
        assert only_about_files(text, files), text
        assert text == "" or not only_about_files(text, ())
    for text in ("make the captions yellow", "use these and cut the end", "remove the captions"):
        assert not only_about_files(text, files), text
