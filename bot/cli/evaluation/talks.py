"""Films in which somebody talks, for cases about captions and spoken words.

A word lasts 0.2 s, and so does the pause behind it: `_said` needs only when a line begins.
"""

from collections.abc import Callable, Iterator, Mapping

from bot.cli.evaluation.setups import BIN, Setup, built, clip
from bot.engine.captions import cues
from bot.engine.operations import Add, Caption
from bot.ports import Word

_WORD = 0.2
_STEP = 0.4

_INTERVIEW = """\
2.4 Hello everyone, and welcome to the show.
6.0 Today, um, I want to talk about pricing.
10.0 So our budget is, um, ten thousand dollars.
14.0 Look at this: the new launch page.
17.6 Anyway, pricing is hard.
20.0 Moving on to the team.
24.0 Nobody will ever hear this."""

_OUTRO = """\
1.0 Thank you all for watching.
4.0 Goodbye, and see you at the launch."""

_SHOW = (
    clip("c1", "interview.mp4", seconds=30),
    clip("c2", "street.mp4", seconds=6),
    clip("c3", "outro.mp4", seconds=8),
    *BIN,
    Add(item_type="video", id="v1", clip="c1", source_in=2, duration=20),
    Add(item_type="video", id="v2", clip="c2"),
    Add(item_type="video", id="v3", clip="c3"),
)


def _said(lines: str) -> tuple[Word, ...]:
    """Words from lines, each with the second at which it begins."""
    return tuple(_words(lines))


def _words(lines: str) -> Iterator[Word]:
    for line in lines.splitlines():
        start, *words = line.split()
        for number, text in enumerate(words):
            begin = round(float(start) + number * _STEP, 3)
            yield Word(begin, round(begin + _WORD, 3), text)


def _captioned(*keys: str) -> Setup:
    """The show with the captions of some clips."""
    rows = {key: cues((word.start, word.end, word.text) for word in WORDS[key]) for key in keys}
    return Setup(built(*_SHOW, Caption(cues=rows)), words=WORDS)


WORDS: Mapping[str, tuple[Word, ...]] = {"c1": _said(_INTERVIEW), "c2": (), "c3": _said(_OUTRO)}


def show() -> Setup:
    """An interview of 20 s (from its second 2 on), a silent street of 6 s, and an outro of 8 s."""
    return Setup(built(*_SHOW), words=WORDS)


def captioned() -> Setup:
    """The show with captions."""
    return _captioned("c1", "c3")


def half_captioned() -> Setup:
    """The show, whose outro came after the captions were made."""
    return _captioned("c1")


TALKS: Mapping[str, Callable[[], Setup]] = {
    make.__name__: make for make in (show, captioned, half_captioned)
}
