"""Cues become what is seen: which words are on screen on which frames of a film."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

from bot.engine.captions.breaking import WORD, begins
from bot.engine.captions.passages import Passage, Spans, passages
from bot.engine.composition import Captions, Cue
from bot.engine.layout import Timeline

_LEAST_SECONDS = 0.4
_BLINK_SECONDS = 0.5
_MEMO = "spoken"
_ALL = 1 << 30

_Words = tuple[tuple[int, int], ...]
"""Stretches [first, last) of the words of a cue."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a caption says, and on which frames [start, end) of the film."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is left of cue `number` of a clip: stretches of its words, on frames of the film.

    One without words goes on with those of the piece before it, if that is of the same cue.
    """

    clip: str
    number: int
    words: _Words
    start: int
    end: int
    rank: int


def spoken(timeline: Timeline, captions: Captions) -> tuple[Spoken, ...]:
    """What captions show and when; in order, one at a time, inside the film.

    Heard are videos and sounds that are switched on and audible. Of a cue that a cut goes through
    the words are left that begin inside; where its parts follow each other closely, as after
    silence was cut out, they are one caption. Of two that would overlap the later one ends the
    earlier one.
    """
    # Remembered with the timeline, which never changes; pictures, films and receipts ask.
    remembered: tuple[Captions, tuple[Spoken, ...]] | None = timeline.__dict__.get(_MEMO)
    if remembered is None or remembered[0] is not captions:
        remembered = captions, tuple(_spoken(timeline, captions))
        timeline.__dict__[_MEMO] = remembered
    return remembered[1]


def _spoken(timeline: Timeline, captions: Captions) -> Iterator[Spoken]:
    fps = timeline.canvas.fps.value
    said = {clip: _Cues(row, float(fps)) for clip, row in captions.cues.items()}
    pieces = [
        piece
        for placed in timeline.placed
        if getattr(placed.item, "clip", None) in said
        for passage in passages(timeline, placed)
        for piece in said[passage.clip].within(passage)
    ]
    pieces.sort(key=lambda piece: (piece.start, -piece.rank))
    own = timeline.by_id.get(captions.id)
    first, last = (own.start, own.end) if own else (0, timeline.duration)
    joined = _joined_again(pieces, ceil(_BLINK_SECONDS * fps))
    shown = [piece for piece in joined if any(first < last for first, last in piece.words)]
    least = round(_LEAST_SECONDS * fps)
    for piece, following in zip(shown, [*shown, None][1:], strict=True):
        room = min(last, following.start) if following else last
        start = max(first, piece.start)
        end = min(max(piece.end, piece.start + least), room)
        if start < end:
            yield Spoken(said[piece.clip].text(piece.number, piece.words), start, end)


def _joined_again(pieces: Iterable[_Piece], blink: int) -> Iterator[_Piece]:
    """Pieces of one cue that follow each other closely as one."""
    before: _Piece | None = None
    for piece in pieces:
        if before is not None and _goes_on(before, piece, blink):
            before = replace(
                before, words=before.words + piece.words, end=max(before.end, piece.end)
            )
        else:
            if before is not None:
                yield before
            before = piece
    if before is not None:
        yield before


def _goes_on(before: _Piece, piece: _Piece, blink: int) -> bool:
    same = (before.clip, before.number) == (piece.clip, piece.number)
    later = piece.words[0][0] >= before.words[-1][1]
    return same and later and piece.start - before.end <= blink


class _Cues:
    """The cues of a clip, to find those of a stretch quickly. Times are source frames."""

    def __init__(self, row: Sequence[Cue], fps: float) -> None:
        self._row = row
        self._fps = fps
        self._spans = Spans((cue.start * fps, cue.end * fps) for cue in row)

    def within(self, passage: Passage) -> Iterator[_Piece]:
        """What is said in a passage."""
        for number in self._spans.between(passage.first, passage.last):
            start, end = self._spans[number]
            first, last = self._words(number, passage)
            if first < last or end > passage.first:
                begin = max(start, passage.first)
                stop = max(begin, min(end, passage.last))
                frames = [floor(passage.film(each) + 0.5) for each in (begin, stop)]
                words = ((first, last),)
                yield _Piece(passage.clip, number, words, frames[0], frames[1], passage.rank)

    def text(self, number: int, words: _Words) -> str:
        """What stretches of the words of a cue say."""
        text = self._row[number].text
        if words == ((0, _ALL),):
            return text
        spans = [match.span() for match in WORD.finditer(text)]
        kept = [each for first, last in words for each in range(first, last)]
        # Behind each word comes what is behind it in the cue, whichever word is the next one.
        ends = [*(spans[each + 1][0] for each in kept[:-1]), spans[kept[-1]][1]]
        return "".join(text[spans[each][0] : end] for each, end in zip(kept, ends, strict=True))

    def _words(self, number: int, passage: Passage) -> tuple[int, int]:
        """Which words of a cue begin in a passage, give or take half a frame."""
        start, end = self._spans[number]
        if passage.first <= start and end <= passage.last:
            return 0, _ALL
        times = [at * self._fps + 0.5 for at in begins(self._row[number])]
        return bisect_left(times, passage.first), bisect_left(times, passage.last)
