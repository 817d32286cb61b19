"""Words in real speech, heard by the real library in its child process."""

import asyncio
import json
import os
import subprocess
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from bot.adapters.media.local import LocalMedia
from bot.adapters.media.speech import whisper as whisper_module
from bot.adapters.media.speech.whisper import WhisperTranscriber, shipped_model
from bot.adapters.process import ffmpeg_exe
from bot.ports import NOBODY, MediaRefused, Word
from tests.media import sound
from tests.speech import needs_ears, needs_speech, speech

pytestmark = [needs_ears, pytest.mark.slow]

CAKE = "Today we make a chocolate cake."
EAT = "Then we eat it."


def whisper(root: Path, model: str = "") -> WhisperTranscriber:
    return WhisperTranscriber(model or str(shipped_model()), root / "models")


def store(root: Path, model: str = "") -> LocalMedia:
    return LocalMedia(root / "media", 100_000_000, whisper(root, model))


async def taken(media: LocalMedia, path: Path) -> str:
    return (await media.take(path, path.name, lambda _: None)).sha256


async def heard(media: LocalMedia, path: Path) -> tuple[Word, ...]:
    words = (await media.analysed(await taken(media, path), "speech")).words
    assert words is not None
    return words


def said(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


@needs_speech
async def test_words_are_heard_with_their_times_and_kept(tmp_path: Path) -> None:
    media = store(tmp_path)
    clip = speech(tmp_path / "talk.mp4", CAKE, EAT, pause=2, picture=True)
    words = await heard(media, clip)
    assert "we make a chocolate cake" in said(words)
    assert "then we eat it." in said(words).lower()
    (cake,) = (word for word in words if word.text.startswith("cake"))
    (then,) = (word for word in words if word.text.lower() == "then")
    assert 1.7 < words[0].start < 2.6
    assert then.start - cake.end > 1
    assert all(a.start <= b.start for a, b in pairwise(words))
    sha256 = await taken(media, clip)
    assert (await media.known(sha256)).words == words
    deaf = LocalMedia(tmp_path / "media", 1)
    assert (await deaf.analysed(sha256, "speech")).words == words
    noted = json.loads((media.homes.home(sha256) / "speech.json").read_text())
    assert noted["by"] == "whisper model"


@needs_speech
async def test_who_stops_waiting_finds_the_words_later(tmp_path: Path) -> None:
    media = store(tmp_path)
    sha256 = await taken(media, speech(tmp_path / "talk.wav", CAKE))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await media.analysed(sha256, "speech")
    words = (await media.analysed(sha256, "speech")).words
    assert words
    assert "chocolate cake" in said(words)


@needs_speech
async def test_stopping_the_work_kills_the_child(tmp_path: Path) -> None:
    piece = speech(tmp_path / "talk.wav", CAKE)
    listening = asyncio.create_task(whisper(tmp_path).words(piece, 5, NOBODY))
    async with asyncio.timeout(30):
        while not (children := workers()):  # noqa: ASYNC110 (processes set no events)
            await asyncio.sleep(0.01)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert not children & workers()


def workers() -> set[int]:
    """Our children that hear."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            if b"whisper_worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.add(int(child))
    return found


def made(path: Path, source: str) -> Path:
    command = [ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source, str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


@pytest.mark.parametrize("source", ["anoisesrc=d=4:a=0.3", "sine=440:d=4", "anullsrc=d=4"])
async def test_no_words_are_heard_in_noise_tones_and_silence(tmp_path: Path, source: str) -> None:
    path = made(tmp_path / "sound.wav", source)
    assert await heard(store(tmp_path), path) == ()


async def test_a_model_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for model in (str(tmp_path / "empty"), "no-such-model"):
        media = store(tmp_path, model)
        with pytest.raises(MediaRefused, match="can correct CHATKUT_SPEECH_MODEL"):
            await heard(media, sound(tmp_path / "tone.wav"))


async def test_sound_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "junk.wav").write_bytes(os.urandom(5000))
    with pytest.raises(MediaRefused, match="listening to it failed"):
        await whisper(tmp_path).words(tmp_path / "junk.wav", 1, NOBODY)


async def test_what_was_said_goes_into_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answer = json.dumps({"words": [["secret", 0.5, "secret"]]})
    monkeypatch.setattr(whisper_module, "_WORKER", ("echo", answer))
    with pytest.raises(MediaRefused, match="listening to it failed"):
        await whisper(tmp_path).words(sound(tmp_path / "tone.wav"), 1, NOBODY)
    assert "Speech could not be heard" in caplog.text
    assert "secret" not in caplog.text
