"""Operations on captions: put them over the film, and correct what they say."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from pydantic import Field

from bot.engine.captions import LONGEST, WIDE, WORD, begins
from bot.engine.composition import Captions, Composition, Cue, TimeAnchor, Words
from bot.engine.errors import InvalidEdit, NothingSelected
from bot.engine.operations.base import Operation
from bot.engine.operations.edit import Edit
from bot.engine.operations.properties import Properties, given, spot, with_properties
from bot.engine.operations.surgery import PREFIX, Names
from bot.engine.style import Transform

_LABEL = "captions"
_APOSTROPHE = re.compile("['’]")


class Caption(Properties, Operation):
    """Caption what is said in the film (subtitles), at the bottom unless another `place` is said.

    Captions that are there keep their look, and the corrections in clips that are not heard anew.
    """

    action: Literal["caption"] = "caption"
    cues: Mapping[str, tuple[Cue, ...]] | None = None
    """What is said, by clip id; a plan gets it before it is applied, whoever makes the plan."""

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        if self.cues is None:
            raise InvalidEdit(
                "Nobody has listened to the clips yet, so there is nothing to caption."
            )
        if not any(self.cues.values()):
            raise InvalidEdit(
                "Nobody speaks in the clips of this film; there is nothing to caption."
            )
        there = captions_of(comp) or (_new(comp, edit),)
        rows = {clip: tuple(sorted(row, key=_start)) for clip, row in self.cues.items()}
        captioned = (each.but(cues={**each.cues, **rows}) for each in there)
        values = given(self)
        for item in captioned:
            comp = comp.with_item(with_properties(comp, item, values) if values else item)
        return comp


class Reword(Operation):
    """Say something else in all captions: whole words, whatever their case; "" takes them out.

    ```
    teh → the             “Teh end of teh road” → “The end of the road”
    ```
    """

    action: Literal["reword"] = "reword"
    find: Words
    text: str = Field(default="", max_length=200)

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        there = captions_of(comp)
        if not there:
            raise InvalidEdit("There are no captions yet: say “add captions” first.")
        changed = [each for before in there if (each := self._reworded(before)) != before]
        if not changed:
            raise NothingSelected(f"No caption says “{self.find}”.")
        return comp.with_item(*changed)

    def _reworded(self, captions: Captions) -> Captions:
        pattern = _pattern(self.find, takes_out=not self.text.strip())
        rows = {
            clip: tuple(cue for before in row if (cue := self._changed(before, pattern)))
            for clip, row in captions.cues.items()
        }
        return captions.but(cues=rows)

    def _changed(self, cue: Cue, pattern: re.Pattern[str]) -> Cue | None:
        """A cue in other words; None where none are left."""
        pieces = [*_pieces(cue.text, pattern, self._instead)]
        text = "".join(piece.text for piece in pieces)
        if text == cue.text:
            return cue
        if not text.strip():
            return None
        if len(text) > LONGEST:
            raise InvalidEdit(f"A caption would be longer than {LONGEST} letters.")
        return cue.but(text=text, at=tuple(_times(cue, text, pieces)) if cue.at else ())

    def _instead(self, found: str) -> str:
        """The new words; they begin a sentence where the old ones did."""
        text = " ".join(self.text.split())
        begins_one = found[:1].isupper() and self.find[:1].islower()
        return text[:1].upper() + text[1:] if begins_one else text


def _start(cue: Cue) -> float:
    return cue.start


def captions_of(comp: Composition) -> tuple[Captions, ...]:
    """The captions of a film: none, one item, or the pieces that it was split into."""
    return tuple(item for item in comp.items.values() if isinstance(item, Captions))


def _new(comp: Composition, edit: Edit) -> Captions:
    """Captions for the whole film, over everything else."""
    names = Names(comp)
    below = (item.layer for item in comp.items.values() if item.anchor is not None)
    return Captions(
        id=names.id(f"{PREFIX['captions']}{edit.serial}"),
        label=names.label(_LABEL),
        duration=1,
        anchor=TimeAnchor(),
        to_end=True,
        layer=1 + max(below, default=0),
        transform=Transform(**spot("bottom")),
        cues={},
    )


def _pattern(find: str, *, takes_out: bool) -> re.Pattern[str]:
    """Whole words, however they are spaced; those to be taken out with their space and comma."""
    words = r"\s+".join(_APOSTROPHE.sub("['’]", re.escape(word)) for word in find.split())
    alone = _edge(r"(?<!\w)", find[0]) + words + _edge(r"(?!\w)", find[-1])
    if takes_out:
        last = rf",?\s*{alone}(?=\s*(?:[.!?…]|\Z))"
        alone = rf"\A{alone}[,;:.!?…]*\s*|{last}|\s*{alone},?"
    return re.compile(alone, re.IGNORECASE)


def _edge(boundary: str, letter: str) -> str:
    """Where a word ends; scripts without spaces do not show that."""
    return "" if re.match(f"[{WIDE}]", letter) else boundary


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a new text, and which letters of the old one it stands for."""

    text: str
    start: int
    end: int


def _pieces(text: str, pattern: re.Pattern[str], instead: Callable[[str], str]) -> Iterator[_Piece]:
    end = 0
    for match in pattern.finditer(text):
        yield _Piece(text[end : match.start()], end, match.start())
        yield _Piece(instead(match[0]), *match.span())
        end = match.end()
    yield _Piece(text[end:], end, len(text))


def _times(cue: Cue, text: str, pieces: Sequence[_Piece]) -> Iterator[float]:
    """When each word of a new text begins: when the letters were said that it stands for."""
    letters = [*(match.start() for match in WORD.finditer(cue.text)), len(cue.text)]
    moments = [*begins(cue), cue.end]
    ends = [*accumulate(len(piece.text) for piece in pieces)]
    for match in WORD.finditer(text):
        number = bisect_right(ends, match.start())
        piece = pieces[number]
        share = 1 - (ends[number] - match.start()) / len(piece.text)
        old = piece.start + share * (piece.end - piece.start)
        word = bisect_right(letters, old, hi=len(letters) - 1) - 1
        inside = (old - letters[word]) / (letters[word + 1] - letters[word])
        yield round(moments[word] + inside * max(0, moments[word + 1] - moments[word]), 3)
