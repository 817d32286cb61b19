"""Exports, asked for in a channel; and what begins with a slash that nobody knows."""

from pathlib import Path

import pytest

from bot.adapters.planners.offline.planner import OfflinePlanner
from bot.engine.composition import Composition
from bot.ports import Question, folder_of
from tests.handlers.asking import FIRST, ops, trim
from tests.handlers.conftest import Channel
from tests.media import video


async def test_an_export_brings_the_files_and_says_what_each_is_for(
    channel: Channel, beach: Path, tmp_path: Path
) -> None:
    await channel.say(ops(trim(1)), beach)
    (reply,) = await channel.say("/export")
    assert [path.name for path in reply.files] == ["film-r1.otio", "film-r1.edl", "film-r1.json"]
    assert {path.parent for path in reply.files} == {tmp_path / "exports" / folder_of(channel.name)}
    assert "film-r1.otio: the whole timeline; DaVinci Resolve opens it" in reply.text
    assert "film-r1.edl: the cuts of the main track; Premiere Pro" in reply.text
    assert "Not in them" not in reply.text
    head = await channel.services.conversations.head(channel.name)
    assert Composition.model_validate_json(reply.files[2].read_text()) == head.comp


async def test_an_earlier_revision_can_be_exported(channel: Channel, beach: Path) -> None:
    await channel.say("", beach)
    await channel.say(ops(trim(1)))
    (reply,) = await channel.say("/export #1")
    assert (reply.revision, reply.files[0].name) == (1, "film-r1.otio")
    (unknown,) = await channel.say("/export #9")
    assert "no revision #9" in unknown.text


async def test_of_one_format_there_is_one_file(channel: Channel, beach: Path) -> None:
    channel.set(planner=OfflinePlanner())
    await channel.say("", beach)
    for text in ("/export edl", "export as EDL", "can i get an edl for premiere"):
        (reply,) = await channel.say(text)
        assert [path.name for path in reply.files] == ["film-r1.edl"]
        assert "film-r1.otio" not in reply.text
    (reply,) = await channel.say("give me the OTIO file for Resolve")
    assert [path.name for path in reply.files] == ["film-r1.otio"]


async def test_a_format_that_cannot_be_is_told_with_what_there_is(
    channel: Channel, beach: Path
) -> None:
    await channel.say(ops({"action": "canvas", "changes": {"fps": 12}}), beach)
    (reply,) = await channel.say("/export edl")
    assert [path.suffix for path in reply.files] == [".otio", ".json"]
    assert "Not in them: an .edl: it cannot count 12 frames a second" in reply.text


async def test_captions_are_exported_as_subtitles(channel: Channel, beach: Path) -> None:
    channel.set(planner=OfflinePlanner())
    await channel.say("", beach)
    for text in ("/export srt", "export as srt", "export the captions as vtt"):
        (reply,) = await channel.say(text)
        assert reply.text == "There are no captions to export: say “add captions” first."
        assert not reply.files
    channel.set(planner=channel.planner)
    head = await channel.services.conversations.head(channel.name)
    (clip,) = head.comp.clips
    cues = {clip: [{"start": 0.5, "end": 1, "text": "Hello"}]}
    await channel.say(ops({"action": "caption", "changes": {"cues": cues}}))
    (reply,) = await channel.say("/export srt")
    assert reply.text == (
        "The captions as of edit #2, as files for other programs:\n"
        "film-r2.srt: the captions, for YouTube, Vimeo and most players and editing programs."
    )
    assert reply.files[0].read_text() == "1\n00:00:00,500 --> 00:00:01,000\nHello\n\n"
    (reply,) = await channel.say("/export")
    assert [path.suffix for path in reply.files] == [".otio", ".edl", ".json", ".srt", ".vtt"]
    assert "Not in them: “captions” (.srt and .vtt have the words)." in reply.text


async def test_what_is_not_in_an_export_is_told(channel: Channel, beach: Path) -> None:
    fade: dict[str, object] = {"action": "update", "selector": FIRST, "changes": {"fade_in": 0.5}}
    await channel.say(ops(fade), beach)
    (reply,) = await channel.say("/export")
    assert reply.text.endswith("Not in them: the fades of “beach”.")


async def test_there_is_nothing_to_export_of_an_empty_film(channel: Channel) -> None:
    (reply,) = await channel.say("/export")
    assert reply.text == "There is nothing to export yet: drop a clip first."


async def test_an_unknown_command_gets_the_list_of_commands(channel: Channel) -> None:
    channel.planner.answers["/foo"] = Question("I did not understand “foo”.", understood=False)
    (reply,) = await channel.say("/foo")
    assert reply.text.startswith(
        "I did not understand “foo”.\nThe commands are /chatkut budget, cancel, "
    )
    assert " export, " in reply.text


@pytest.mark.parametrize(("sound", "told"), [(True, "with sound."), (False, "It has no sound.")])
async def test_whether_a_clip_has_sound_is_said_once(
    channel: Channel, tmp_path: Path, sound: bool, told: str
) -> None:
    (card,) = await channel.say("", video(tmp_path / "clip.mp4", seconds=1, sound=sound))
    assert told in card.text
    assert card.text.count("sound") == 1
