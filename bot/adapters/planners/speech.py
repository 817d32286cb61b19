"""What is said in the film: words at their frames, and where somebody says some of them.

Words are matched without case and punctuation. What is spelt a little differently is found too,
where nothing is spelt just so: speech recognition and people do not agree on every letter.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rapidfuzz import fuzz

from bot.engine.composition import Audio, Video, is_frozen
from bot.engine.layout import Placed, Timeline
from bot.engine.timebase import timecode
from bot.ports import Analysis, Request

_NOTHING = Analysis()
_FURTHEST = 0.5  # seconds: how far from a word a cut may be, however long the pause is
_ALIKE = 92  # of 100: letters that may be heard for others
_LEAST_ALIKE = 5  # letters; shorter words have to be right
_NEAR = 60
_MARKS = ' ,;:.…-–—"“”'
_SENTENCE = 1.0  # seconds of pause that end one
_ARTICLE = re.compile(r"^(?:the|an?|our|my|your|his|her|their|this|that|some) ", re.IGNORECASE)
_NO_LETTERS = re.compile(r"[\W_]+")
_FULL_STOP = re.compile(r"[.!?…][\"'”’)»]*\Z")


@dataclass(frozen=True, slots=True)
class Said:
    """A word of the film: `plain` are its letters alone, `start` and `end` its frames.

    `low` and `high` are where to cut before and behind it, in the middle of the pauses.
    """

    text: str
    plain: str
    start: float
    end: float
    low: int
    high: int
    placed: Placed

    @property
    def until(self) -> int:
        """The frame at which the item ends in which it is said."""
        return self.placed.end


@dataclass(frozen=True, slots=True)
class Hit:
    """Where something is said: words that follow one another. All times are seconds."""

    words: tuple[Said, ...]
    fps: float

    @property
    def onset(self) -> float:
        """When it begins to be said."""
        return int(self.words[0].start) / self.fps

    @property
    def low(self) -> float:
        """Where to cut before it."""
        return self.words[0].low / self.fps

    @property
    def high(self) -> float:
        """Where to cut behind it."""
        return self.words[-1].high / self.fps

    @property
    def ending(self) -> float:
        """When it has been said."""
        return self.words[-1].end / self.fps

    @property
    def text(self) -> str:
        """The words as they were heard."""
        return " ".join(word.text for word in self.words).strip(_MARKS)

    @property
    def place(self) -> str:
        """When and in which clip: 0:14 (“interview”)."""
        return f"{timecode(self.onset)} (“{self.words[0].placed.item.label}”)"


class Speech:
    """The words of a film, in lines: one for the main track, one for each thing over it.

    Of clips that nobody has listened to there are none.
    """

    def __init__(self, request: Request, timeline: Timeline, only: Sequence[Placed] = ()) -> None:
        heard = tuple(only) or voices(timeline)
        self._request = request
        self._fps = float(timeline.canvas.fps.value)
        main = [placed for placed in heard if placed.track == "main"]
        others = [[placed] for placed in heard if placed.track != "main"]
        rows = (self._line(group) for group in (main, *others))
        self.lines: tuple[tuple[Said, ...], ...] = tuple(row for row in rows if row)

    def loosely(self, phrase: str) -> tuple[Hit, ...]:
        """Every place where a phrase is said that stood without quotes: its article may be ours."""
        return self.hits(phrase, exactly=True) or self.hits(_ARTICLE.sub("", phrase))

    def hits(self, phrase: str, *, exactly: bool = False) -> tuple[Hit, ...]:
        """Every place where a phrase is said, in the order of the film."""
        wanted = [plain for word in phrase.split() if (plain := letters(word))]
        if not wanted:
            return ()
        found = [hit for line in self.lines for hit in self._exact(line, wanted)]
        if not found and not exactly:
            found = [hit for line in self.lines for hit in self._alike(line, wanted)]
        return tuple(sorted(found, key=lambda hit: hit.words[0].start))

    def sentences(self) -> tuple[Hit, ...]:
        """Everything that is said, sentence by sentence."""
        found = (hit for line in self.lines for hit in self._sentences(line))
        return tuple(sorted(found, key=lambda hit: hit.words[0].start))

    def about(self, phrase: str) -> tuple[Hit, ...]:
        """The sentences in which a phrase is said."""
        said = {id(word) for hit in self.loosely(phrase) for word in hit.words}
        sentences = self.sentences()
        return tuple(hit for hit in sentences if any(id(word) in said for word in hit.words))

    def nearest(self, phrase: str) -> Hit | None:
        """What is said that comes closest to a phrase, if anything does."""
        wanted = "".join(map(letters, phrase.split()))
        count = max(1, len(phrase.split()))
        windows = [hit for line in self.lines for hit in self._windows(line, count)]
        scored = [(fuzz.ratio(wanted, _joined(hit.words)), hit) for hit in windows]
        best = max(scored, key=lambda pair: pair[0], default=None)
        return best[1] if best and best[0] >= _NEAR else None

    def _exact(self, line: tuple[Said, ...], wanted: Sequence[str]) -> Iterator[Hit]:
        plain, size, at = [word.plain for word in line], len(wanted), 0
        while at <= len(line) - size:
            if plain[at] == wanted[0] and plain[at : at + size] == wanted:
                yield self._hit(line[at : at + size])
                at += size
            else:
                at += 1

    def _alike(self, line: tuple[Said, ...], wanted: Sequence[str]) -> Iterator[Hit]:
        """What has the same letters, or nearly: “chat cut” for “chatcut”."""
        spelt = "".join(wanted)
        if len(spelt) < _LEAST_ALIKE:
            return
        after = -1
        sizes = {max(1, len(wanted) - 1), len(wanted), len(wanted) + 1}
        for at in range(len(line)):
            rows = [line[at : at + size] for size in sizes if at + size <= len(line)]
            scores = [(fuzz.ratio(spelt, _joined(row), score_cutoff=_ALIKE), row) for row in rows]
            score, row = max(scores, key=lambda pair: (pair[0], -len(pair[1])), default=(0, ()))
            if score and at >= after:
                yield self._hit(row)
                after = at + len(row)

    def _windows(self, line: tuple[Said, ...], count: int) -> Iterator[Hit]:
        for at in range(max(1, len(line) - count + 1)):
            yield self._hit(line[at : at + count])

    def _sentences(self, line: tuple[Said, ...]) -> Iterator[Hit]:
        number, numbers = 0, []
        for word, behind in zip(line, (*line[1:], line[-1]), strict=True):
            numbers.append(number)
            pause = (behind.start - word.end) / self._fps
            number += bool(_FULL_STOP.search(word.text)) or pause > _SENTENCE
        for _, group in groupby(zip(line, numbers, strict=True), key=lambda pair: pair[1]):
            yield self._hit(tuple(word for word, _ in group))

    def _hit(self, words: Iterable[Said]) -> Hit:
        return Hit(tuple(words), self._fps)

    def _line(self, heard: Sequence[Placed]) -> tuple[Said, ...]:
        words = sorted((row for placed in heard for row in self._words(placed)), key=_start)
        return tuple(self._with_cuts(words))

    def _words(self, placed: Placed) -> Iterator[tuple[Placed, str, float, float]]:
        """What is heard of an item: words whose middle it shows."""
        item = placed.item
        if not isinstance(item, Video | Audio) or item.pace < 0 or is_frozen(item):
            return  # backwards, nothing is understood
        for word in self._request.analysis.get(item.clip, _NOTHING).words or ():
            start, end = (self._frame(item, second) for second in (word.start, word.end))
            if letters(word.text) and 0 <= (start + end) / 2 < placed.frames:
                start, end = max(0.0, start), min(end, float(placed.frames))
                yield placed, word.text, placed.start + start, placed.start + end

    def _frame(self, item: Video | Audio, second: float) -> float:
        """Frames from the start of an item to a second of its clip."""
        return (second * self._fps - item.source_in) / item.speed

    def _with_cuts(self, words: list[tuple[Placed, str, float, float]]) -> Iterator[Said]:
        furthest = _FURTHEST * self._fps
        for at, (placed, text, start, end) in enumerate(words):
            before = max(placed.start, words[at - 1][3]) if at else placed.start
            behind = min(placed.end, words[at + 1][2]) if at + 1 < len(words) else placed.end
            low = start - min(furthest, max(0.0, start - before) / 2)
            high = end + min(furthest, max(0.0, behind - end) / 2)
            frames = (max(placed.start, round(low)), min(placed.end, round(high)))
            yield Said(text, letters(text), start, end, *frames, placed)


def voices(timeline: Timeline) -> tuple[Placed, ...]:
    """Who is listened to: videos and voice-overs; other sounds only where nothing else is heard."""
    heard = [placed for placed in timeline.in_order if _is_heard(timeline, placed)]
    voice = [p for p in heard if isinstance(p.item, Video) or "voice" in p.item.label.casefold()]
    return tuple(voice or heard)


def _is_heard(timeline: Timeline, placed: Placed) -> bool:
    item = placed.item
    if not isinstance(item, Video | Audio) or not item.enabled or item.muted or not item.volume:
        return False
    if isinstance(item, Video) and (item.backwards or item.frozen is not None):
        return False
    return placed.frames > 0 and timeline.clips[item.clip].has_audio


def letters(word: str) -> str:
    """A word without case, punctuation and blanks."""
    return _NO_LETTERS.sub("", word.casefold())


def _joined(words: Iterable[Said]) -> str:
    return "".join(word.plain for word in words)


def _start(row: tuple[Placed, str, float, float]) -> float:
    return row[2]
