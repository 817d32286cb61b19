"""What is listened to, and what becomes of what was heard, whoever heard it."""

import asyncio
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.media.local import LocalMedia
from bot.adapters.media.remote import RemoteMedia
from bot.adapters.media.s3 import S3Objects
from bot.adapters.media.speech import transcribing
from bot.adapters.media.speech.transcribing import PIECE_SECONDS, Transcriber, pieces, sane
from bot.adapters.media.speech.transcribing import sounding as not_silent
from bot.ports import AdapterError, Analysis, BudgetSpent, MediaRefused, Scope, Word
from tests.adapters.media.test_analysis import spoken
from tests.media import picture, sound, video

ANNA = Scope("chat:film", "chat:anna")
HELLO = (Word(0.2, 0.6, "Hello"), Word(0.6, 0.9, "world."))

Spans = list[tuple[float, float]]


@dataclass
class Reciter:
    """Says what it was taught, and remembers what it was given and who pays."""

    taught: Sequence[Word] = HELLO
    name: str = "reciter"
    suffix: str = ".wav"
    coding: Sequence[str] = ("-c:a", "pcm_s16le")
    given: list[float] = field(default_factory=list)
    payers: list[Scope] = field(default_factory=list)

    async def words(self, piece: Path, seconds: float, payer: Scope) -> Sequence[Word]:
        with wave.open(str(piece), "rb") as file:
            assert (file.getnchannels(), file.getframerate()) == (1, 16_000)
            assert file.getnframes() == pytest.approx(16_000 * seconds, abs=2)
        self.given.append(round(seconds, 2))
        self.payers.append(payer)
        return self.taught


@dataclass
class Refusing(Reciter):
    """Refuses; after that it is as good as any."""

    refusals: int = 1

    async def words(self, piece: Path, seconds: float, payer: Scope) -> Sequence[Word]:
        if self.refusals:
            self.refusals -= 1
            raise MediaRefused("I do not feel like it")
        return await super().words(piece, seconds, payer)


@dataclass
class Breaking(Reciter):
    """Hears a piece, then fails so many times, and then hears the others."""

    breaks: int = 0
    error: AdapterError = field(default_factory=lambda: MediaRefused("it broke off"))

    async def words(self, piece: Path, seconds: float, payer: Scope) -> Sequence[Word]:
        if self.given and self.breaks:
            self.breaks -= 1
            raise self.error
        return await super().words(piece, seconds, payer)


@dataclass
class Slow(Reciter):
    """Hears when it is let."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def words(self, piece: Path, seconds: float, payer: Scope) -> Sequence[Word]:
        self.asked.set()
        await self.go.wait()
        return await super().words(piece, seconds, payer)


def local(root: Path, ears: Transcriber | None) -> LocalMedia:
    return LocalMedia(root / "media", 10_000_000, ears)


async def taken(media: LocalMedia | RemoteMedia, path: Path) -> str:
    return (await media.take(path, path.name, lambda _: None)).sha256


@pytest.mark.parametrize("kind", ["local", "remote"])
async def test_words_are_heard_once_and_kept(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    ears = Reciter()
    media: LocalMedia | RemoteMedia = local(tmp_path, ears)
    if kind == "remote":
        objects: S3Objects = request.getfixturevalue("objects")
        media = RemoteMedia(local(tmp_path, ears), objects)
    sha256 = await taken(media, sound(tmp_path / "tone.wav", seconds=1))
    both = await asyncio.gather(*(media.analysed(sha256, "speech", ANNA) for _ in range(2)))
    assert [found.words for found in both] == [HELLO, HELLO]
    assert (ears.given, ears.payers) == ([1.0], [ANNA])
    assert await media.known(sha256) == Analysis(silences=(), words=HELLO)
    assert (await media.analysed(sha256, "speech")).words == HELLO
    assert ears.given == [1.0]


async def test_other_machines_get_the_words_from_the_bucket(
    tmp_path: Path, objects: S3Objects
) -> None:
    media = RemoteMedia(local(tmp_path, Reciter()), objects)
    sha256 = await taken(media, sound(tmp_path / "tone.wav", seconds=1))
    await media.analysed(sha256, "speech")
    await media.settle((await media.taken())[sha256])
    elsewhere = RemoteMedia(local(tmp_path / "elsewhere", ears := Reciter()), objects)
    assert (await elsewhere.analysed(sha256, "speech")).words == HELLO
    assert ears.given == []


async def test_another_listener_hears_a_clip_anew(tmp_path: Path) -> None:
    sha256 = await taken(local(tmp_path, None), sound(tmp_path / "tone.wav", seconds=1))
    await local(tmp_path, Reciter()).analysed(sha256, "speech")
    better = Reciter([Word(0, 1, "Hallo")], name="better")
    assert await local(tmp_path, better).known(sha256) == Analysis(silences=())
    found = await local(tmp_path, better).analysed(sha256, "speech")
    assert found.words == (Word(0, 1, "Hallo"),)


async def test_nobody_listens_to_silence(tmp_path: Path) -> None:
    ears = Reciter([Word(0, 1, "Thank"), Word(0, 1, "you.")])
    media = local(tmp_path, ears)
    quiet = video(tmp_path / "quiet.mp4", options=("-af", "volume=0"))
    found = await media.analysed(await taken(media, quiet), "speech")
    assert (found.words, ears.given) == ((), [])


async def test_words_in_silences_and_beyond_the_end_are_not_believed(tmp_path: Path) -> None:
    taught = [Word(0.5, 0.9, "Hello"), Word(1.3, 2.2, "thanks"), Word(2.6, 3, "you"),
              Word(4.6, 90, "there"), Word(95, 99, "ghost")]  # fmt: skip
    media = local(tmp_path, Reciter(taught))
    found = await media.analysed(await taken(media, spoken(tmp_path / "talk.mp4")), "speech")
    assert [word.text for word in found.words or ()] == ["Hello", "you", "there"]
    assert (found.words or ())[-1].end < 5.2


async def test_a_refusal_is_told_and_the_next_try_is_a_new_one(tmp_path: Path) -> None:
    media = local(tmp_path, Refusing())
    sha256 = await taken(media, sound(tmp_path / "tone.wav", seconds=1))
    with pytest.raises(MediaRefused, match="I do not feel like it"):
        await media.analysed(sha256, "speech")
    assert (await media.analysed(sha256, "speech")).words == HELLO


async def test_what_cannot_be_heard_is_refused(tmp_path: Path) -> None:
    deaf, media = local(tmp_path, None), local(tmp_path, Reciter())
    tone = await taken(media, sound(tmp_path / "tone.wav"))
    with pytest.raises(MediaRefused, match=r"install chatkut\[speech\] or set CHATKUT_SPEECH"):
        await deaf.analysed(tone, "speech")
    for silent in (video(tmp_path / "mute.mp4", sound=False), picture(tmp_path / "logo.png")):
        sha256 = await taken(media, silent)
        for each in (deaf, media):
            with pytest.raises(MediaRefused, match="it has no sound"):
                await each.analysed(sha256, "speech")


@given(st.lists(st.tuples(st.floats(-10, 700), st.floats(-10, 700), st.text(max_size=9))))
def test_words_are_in_order_within_the_sound_and_without_spaces(
    said: list[tuple[float, float, str]],
) -> None:
    words = list(sane((Word(*each) for each in said), 600))
    for word in words:
        assert 0 <= word.start <= word.end <= 600
        assert word.text
        assert not any(map(str.isspace, word.text))
    assert all(a.start <= b.start for a, b in pairwise(words))


@given(st.lists(st.floats(0, 9000), unique=True, max_size=40))
def test_pieces_cover_all_that_sounds_and_are_never_too_long(edges: list[float]) -> None:
    times = sorted(edges)[: len(edges) // 2 * 2]
    silences = list(zip(times[::2], times[1::2], strict=True))
    spans = not_silent(silences, 9000)
    cut = list(pieces(spans))
    assert all(end - start <= PIECE_SECONDS + 0.001 for start, end in cut)
    assert all(a[1] == b[0] for a, b in pairwise(cut))
    if cut:
        assert cut[0][0] <= spans[0][0]
        assert 0 <= spans[-1][1] - cut[-1][1] < 0.1


def test_pieces_are_cut_in_silences_where_those_are_near() -> None:
    silences = [(100.0, 101.0), (550.0, 552.0), (580.0, 581.0), (1300.0, 1400.0)]
    cut = list(pieces(not_silent(silences, 2000)))
    assert cut == [(0, 580.5), (580.5, 1180.5), (1180.5, 1780.5), (1780.5, 2000)]
    assert list(pieces(not_silent([(0.0, 30.0)], 30))) == []


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clips be heard in pieces of a second."""
    monkeypatch.setattr(transcribing, "PIECE_SECONDS", 1.0)
    monkeypatch.setattr(transcribing, "_EARLIER_SECONDS", 0.1)


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.parametrize("error", [MediaRefused("no answer"), BudgetSpent("no money is left")])
async def test_no_piece_is_paid_for_twice_where_hearing_was_broken_off(
    tmp_path: Path, error: AdapterError
) -> None:
    clip = sound(tmp_path / "tone.wav", seconds=3)
    breaking = Breaking(breaks=1, error=error)
    sha256 = await taken(media := local(tmp_path, breaking), clip)
    when = (await media.taken())[sha256]
    with pytest.raises(type(error), match=str(error)):
        await local(tmp_path, breaking).analysed(sha256, "speech")
    assert breaking.given == [1.0]
    assert (await local(tmp_path, breaking).known(sha256)).words is None
    whole = await local(tmp_path, breaking).analysed(sha256, "speech")
    assert breaking.given == [1.0, 1.0, 1.0]
    assert [word.start for word in whole.words or ()] == [0.2, 0.6, 1.2, 1.6, 2.2, 2.6]
    assert not [*(tmp_path / "media").glob("??/*/speech.part")]
    assert (await media.taken())[sha256] == when


@pytest.mark.usefixtures("in_pieces")
async def test_another_listener_does_not_go_on_with_what_one_began(tmp_path: Path) -> None:
    breaking, other = Breaking(breaks=1), Reciter(name="other")
    sha256 = await taken(local(tmp_path, None), sound(tmp_path / "tone.wav", seconds=2))
    with pytest.raises(MediaRefused):
        await local(tmp_path, breaking).analysed(sha256, "speech")
    await local(tmp_path, other).analysed(sha256, "speech")
    assert other.given == [1.0, 1.0]


@pytest.mark.usefixtures("in_pieces")
async def test_what_is_only_begun_does_not_go_to_the_bucket(
    tmp_path: Path, objects: S3Objects
) -> None:
    media = RemoteMedia(local(tmp_path, Breaking(breaks=1)), objects)
    sha256 = await taken(media, sound(tmp_path / "tone.wav", seconds=2))
    with pytest.raises(MediaRefused):
        await media.analysed(sha256, "speech")
    assert [*(tmp_path / "media").glob("??/*/speech.part")]
    await media.settle((await media.taken())[sha256])
    names = {each.key.rpartition("/")[2] async for each in objects.under("clips/")}
    assert names == {"original.wav", "facts.json", "sound.json"}


async def test_two_processes_hear_a_clip_once(tmp_path: Path) -> None:
    first, second = Slow(), Slow()
    media = [local(tmp_path, ears) for ears in (first, second)]
    sha256 = await taken(media[0], sound(tmp_path / "tone.wav", seconds=1))
    hearing = asyncio.create_task(media[0].analysed(sha256, "speech"))
    await first.asked.wait()
    waiting = asyncio.create_task(media[1].analysed(sha256, "speech"))
    tried = asyncio.create_task(second.asked.wait())
    await asyncio.wait([tried, waiting], timeout=0.3)
    first.go.set()
    second.go.set()
    assert (await hearing).words == (await waiting).words == HELLO
    assert (first.given, second.given) == ([1.0], [])
    tried.cancel()
