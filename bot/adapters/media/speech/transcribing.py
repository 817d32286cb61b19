"""From the sound of a clip to its words, whoever hears them.

What is silent is not listened to: that costs time or money, and models hear words in it. A long
clip is heard in pieces, cut where it is silent, so that what hearing takes is bounded.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from bot.adapters.process import Limits, ffmpeg_exe, ffmpeg_input, run
from bot.ports import ChildFailed, MediaRefused, Scope, Word

PIECE_SECONDS = 600.0
LONGEST_SECONDS = 4 * 3600.0
SAMPLE_RATE = 16_000

_EARLIER_SECONDS = 120.0  # so much before its time a piece may end, where it is silent
_SHORTEST_PIECE = 0.1
_LONGEST_WORD = 100
_MOST_WORDS = 100_000
_EXTRACTING_SECONDS = 600
_LIMITS = Limits(cpu_seconds=1200, file_bytes=256 << 20)

Span = tuple[float, float]


class Transcriber(Protocol):
    """Hears words in sound.

    `name` says who hears, with what and in which language: where it is another one, clips are heard
    anew. `suffix` and `coding` tell ffmpeg which files it wants; these have one channel of
    `SAMPLE_RATE`.
    """

    @property
    def name(self) -> str: ...
    @property
    def suffix(self) -> str: ...
    @property
    def coding(self) -> Sequence[str]: ...

    async def words(self, piece: Path, seconds: float, payer: Scope) -> Sequence[Word]:
        """The words in a file, in seconds of it.

        Raises:
            MediaRefused: They cannot be had; why, as the second half of a sentence.
            BudgetSpent: There is no money left for it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of a clip up to a moment, in seconds of the clip."""

    words: tuple[Word, ...] = ()
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class Listening:
    """Who hears a clip, for whose money, and where a file can be put meanwhile."""

    transcriber: Transcriber
    payer: Scope
    folder: Path


async def transcribed(
    original: Path, sounding: Sequence[Span], by: Listening, begun: Heard
) -> AsyncIterator[Heard]:
    """Hear a clip where it is `sounding`, from where it was `begun`; all so far, after each piece.

    Raises:
        MediaRefused: They cannot be had; why, as the second half of a sentence.
        BudgetSpent: There is no money left for it.
    """
    if sounding and sounding[-1][1] > LONGEST_SECONDS:
        most = f"{LONGEST_SECONDS / 3600:.0f} hours"
        raise MediaRefused(f"it is longer than {most}, and that is the most that I listen to")
    words = [*begun.words]
    for start, end in pieces(sounding):
        if end <= begun.seconds:
            continue
        said = await _words(original, (start, end), by)
        words += (word for word in said if _is_heard(word, sounding))
        if len(words) > _MOST_WORDS:
            raise MediaRefused("there are too many of them")
        yield Heard(tuple(words), end)


async def _words(original: Path, span: Span, by: Listening) -> Iterator[Word]:
    """The words of a stretch, in seconds of the clip."""
    start, seconds = span[0], span[1] - span[0]
    piece = by.folder / f"piece{by.transcriber.suffix}"
    await _extract(original, span, piece, by.transcriber.coding)
    heard = await by.transcriber.words(piece, seconds, by.payer)
    return (Word(start + w.start, start + w.end, w.text) for w in sane(heard, seconds))


def sounding(silences: Iterable[Span], seconds: float) -> tuple[Span, ...]:
    """Where a clip is not silent."""
    edges = [0.0, *(edge for span in silences for edge in span), seconds]
    spans = zip(edges[::2], edges[1::2], strict=True)
    return tuple((start, end) for start, end in spans if end - start > 0)


def pieces(sounding: Sequence[Span]) -> Iterator[Span]:
    """What to hear at once: from the first sound to the last, cut in silences if they are near."""
    if not sounding:
        return
    quiet = [(before + after) / 2 for (_, before), (after, _) in pairwise(sounding)]
    start, last = max(0.0, sounding[0][0] - _SHORTEST_PIECE), sounding[-1][1]
    while last - start > PIECE_SECONDS:
        end = start + PIECE_SECONDS
        near = [middle for middle in quiet if end - _EARLIER_SECONDS < middle <= end]
        yield start, (end := near[-1] if near else end)
        start = end
    if last - start >= _SHORTEST_PIECE:
        yield start, last


def sane(words: Iterable[Word], seconds: float) -> Iterator[Word]:
    """Words as they must be, whoever said so: in order, within the sound, without spaces."""
    earliest = 0.0
    for word in words:
        text = "".join(c for c in "".join(word.text.split()) if c.isprintable())[:_LONGEST_WORD]
        start = min(max(earliest, float(word.start)), seconds)
        end = min(max(start, float(word.end)), seconds)
        if text and start < seconds:
            yield Word(round(start, 3), round(end, 3), text)
            earliest = start


def _is_heard(word: Word, sounding: Sequence[Span]) -> bool:
    """Whether there is any sound where a word is said to be: models hear some in silence."""
    return any(start <= word.end and word.start <= end for start, end in sounding)


async def _extract(original: Path, span: Span, piece: Path, coding: Sequence[str]) -> None:
    """Write the sound of a stretch, exactly from its start; what has no sound there is silent."""
    start, end = span
    whole = f"aresample={SAMPLE_RATE}:async=1:first_pts=0,apad=whole_dur={end:.3f}"
    cut = f"atrim=start={start:.3f}:end={end:.3f},asetpts=PTS-STARTPTS"
    quiet = ("-hide_banner", "-nostdin", "-y", "-v", "error")
    sound = ("-map", "0:a:0", "-af", f"{whole},{cut}", "-ac", "1", *coding, f"file:{piece}")
    try:
        await run(
            [ffmpeg_exe(), *quiet, *ffmpeg_input(original), *sound],
            timeout_seconds=_EXTRACTING_SECONDS,
            limits=_LIMITS,
        )
    except ChildFailed as failed:
        raise MediaRefused("its sound cannot be read; it may be damaged") from failed
