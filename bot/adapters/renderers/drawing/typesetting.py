"""From text to lines of positioned runs: cleaning, line breaks, visual order.

Line breaks are made here and nowhere else, from the same font files that draw them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import ceil, inf

import regex
from PIL import Image, ImageDraw

from bot.adapters.renderers.drawing import bidi, fonts
from bot.adapters.renderers.drawing.fonts import Face

_NEWLINE = regex.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_DROPPED = regex.compile(r"[\p{Cc}\u202a-\u202e\u2066-\u2069]")
_SURROGATE = regex.compile(r"[\ud800-\udfff]")
_SPACE = regex.compile(r"[ \u1680\u2000-\u2006\u2008-\u200b\u205f\u3000]")
_HYPHEN = regex.compile(r"[-/\u2010\u2012-\u2014]")
_BREAKABLE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Emoji_Presentation}、。]")
_OPENING = regex.compile(r"[\p{Ps}\p{Pi}]")
_CLOSING = regex.compile(r"[\p{Pe}\p{Pf}\p{Po}ーぁぃぅぇぉっゃゅょァィゥェォッャュョ]")

_BREAKING_SIZE = 100.0


@dataclass(frozen=True, slots=True)
class Lettering:
    """Letter size in pixels (the em) and cut."""

    size: float
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one face and direction; `x` is where it starts, in pixels from the line's left."""

    text: str
    face: Face
    direction: str
    x: float


@dataclass(frozen=True, slots=True)
class Line:
    """Runs from left to right, and the line's size in pixels around its baseline."""

    runs: tuple[Run, ...]
    size: float
    width: float
    ascent: float
    descent: float

    @property
    def height(self) -> float:
        """Ascent and descent."""
        return self.ascent + self.descent


@dataclass(frozen=True, slots=True)
class _Cluster:
    text: str
    face: Face
    level: int


@dataclass(frozen=True, slots=True)
class _Word:
    """Clusters that stay together; `width` counts the spaces at the end, `ink` does not."""

    clusters: list[_Cluster]
    width: float
    ink: float


@lru_cache(maxsize=256)
def typeset(text: str, lettering: Lettering, limit: float = inf) -> tuple[Line, ...]:
    """Break a text into lines of at most `limit` pixels, as few and as equally long as possible.

    Newlines are kept, words longer than a line are broken between grapheme clusters, and what
    cannot be drawn (control characters, explicit direction marks) is dropped. A preview and the
    film break alike: breaks are sought at one letter size, as hinted letters do not grow evenly.
    """
    limit *= _BREAKING_SIZE / lettering.size
    return tuple(
        _line(clusters, lettering)
        for paragraph in _paragraphs(text)
        for clusters in _balanced(_clusters(paragraph, lettering), _BREAKING_SIZE, limit)
    )


@lru_cache(maxsize=1024)
def one_line(text: str, lettering: Lettering, limit: float) -> Line:
    """Set a text on one line of at most `limit` pixels, ending in an ellipsis where it is cut."""
    flat = " ".join(filter(None, (part.strip() for part in _paragraphs(text))))
    clusters = _clusters(flat, lettering)
    if _advance(clusters, lettering.size) <= limit:
        return _line(clusters, lettering)
    room = limit - _advance(_clusters("…", lettering), lettering.size)
    kept = "".join(cluster.text for cluster in _fitting(clusters, lettering.size, room))
    return _line(_clusters(kept.rstrip() + "…", lettering), lettering)


def ink(line: Line, mask: Image.Image, origin: tuple[float, float], stroke: float = 0) -> None:
    """Draw a line's letters into an "L" mask; `origin` is the left end of its baseline."""
    pen = ImageDraw.Draw(mask)
    for run in line.runs:
        if not run.face.colour:
            pen.text(
                (origin[0] + run.x, origin[1]),
                run.text,
                fill=255,
                font=run.face.font(line.size),
                anchor="ls",
                direction=run.direction,
                stroke_width=stroke,
            )


def stamp_emoji(line: Line, layer: Image.Image, origin: tuple[float, float]) -> None:
    """Put a line's colour emoji on a transparent RGBA layer."""
    for run in line.runs:
        if run.face.colour:
            emoji, left, top = _emoji(run, line.size)
            layer.paste(emoji, (round(origin[0] + run.x + left), round(origin[1] + top)))


def has_emoji(line: Line) -> bool:
    """Whether a line needs `stamp_emoji`."""
    return any(run.face.colour for run in line.runs)


def _emoji(run: Run, size: float) -> tuple[Image.Image, float, float]:
    font, zoom = run.face.font(size), run.face.zoom(size)
    left, top, right, bottom = font.getbbox(run.text, anchor="ls", direction=run.direction)
    plate = Image.new("RGBA", (max(1, round(right - left)), max(1, round(bottom - top))))
    ImageDraw.Draw(plate).text(
        (-left, -top),
        run.text,
        font=font,
        anchor="ls",
        direction=run.direction,
        embedded_color=True,
    )
    # Pillow blends colour glyphs into the transparent black below: that is premultiplied alpha.
    premultiplied = Image.frombytes("RGBa", plate.size, plate.tobytes())
    wanted = max(1, round(plate.width * zoom)), max(1, round(plate.height * zoom))
    resized = premultiplied.resize(wanted, Image.Resampling.LANCZOS)
    return resized.convert("RGBA"), left * zoom, top * zoom


def _paragraphs(text: str) -> list[str]:
    plain = _SURROGATE.sub("\ufffd", text).replace("\t", "    ")
    return [_DROPPED.sub("", part) for part in _NEWLINE.split(plain)]


def _clusters(paragraph: str, lettering: Lettering) -> list[_Cluster]:
    texts = regex.findall(r"\X", paragraph)
    faces = fonts.faces(texts, bold=lettering.bold, italic=lettering.italic)
    return list(map(_Cluster, texts, faces, bidi.levels(texts)))


def _balanced(clusters: list[_Cluster], size: float, limit: float) -> list[list[_Cluster]]:
    """Break into as few lines as fit, and those as equally long as words allow."""
    words = list(_words(clusters, size, limit))
    lines = _filled(words, limit)
    if len(lines) > 1:
        limits = range(ceil(max(word.ink for word in words)), ceil(limit))
        narrow = bisect_left(limits, -len(lines), key=lambda width: -len(_filled(words, width)))
        lines = _filled(words, limits[narrow]) if narrow < len(limits) else lines
    return [[cluster for word in line for cluster in word.clusters] for line in lines]


def _filled(words: Sequence[_Word], limit: float) -> list[list[_Word]]:
    """Fill lines greedily; the spaces that end a line may stand over."""
    lines: list[list[_Word]] = [[]]
    width = 0.0
    for word in words:
        if lines[-1] and width + word.ink > limit:
            lines.append([])
            width = 0.0
        lines[-1].append(word)
        width += word.width
    return lines


def _words(clusters: list[_Cluster], size: float, limit: float) -> Iterator[_Word]:
    """What is never broken; words that are longer than a line come in pieces of its length."""
    for word in _unbroken(clusters):
        rest = word
        while len(rest) > 1 and _advance(_stripped(rest), size) > limit:
            head = _fitting(rest, size, limit)
            yield _word(head, size)
            rest = rest[len(head) :]
        yield _word(rest, size)


def _word(clusters: list[_Cluster], size: float) -> _Word:
    return _Word(clusters, _advance(clusters, size), _advance(_stripped(clusters), size))


def _unbroken(clusters: Sequence[_Cluster]) -> Iterator[list[_Cluster]]:
    start = 0
    for end in range(1, len(clusters)):
        if _may_break(clusters[end - 1].text, clusters[end].text):
            yield list(clusters[start:end])
            start = end
    if clusters:
        yield list(clusters[start:])


def _may_break(before: str, after: str) -> bool:
    if _SPACE.match(after):
        return False
    if _SPACE.match(before):
        return True
    if _HYPHEN.match(before):
        return after[0].isalpha()
    if _OPENING.match(before) or _CLOSING.match(after):
        return False
    return bool(_BREAKABLE.match(before) or _BREAKABLE.match(after))


def _fitting(clusters: list[_Cluster], size: float, limit: float) -> list[_Cluster]:
    """The longest start that fits, at least one cluster."""
    lengths = range(1, len(clusters) + 1)
    count = bisect_right(lengths, limit, key=lambda n: _advance(clusters[:n], size))
    return clusters[: max(1, count)]


def _stripped(clusters: list[_Cluster]) -> list[_Cluster]:
    end = len(clusters)
    while end and _SPACE.match(clusters[end - 1].text):
        end -= 1
    return clusters[:end]


def _runs(clusters: Sequence[_Cluster]) -> list[tuple[str, Face, int]]:
    groups = groupby(clusters, key=lambda cluster: (cluster.face, cluster.level))
    return [("".join(c.text for c in group), face, level) for (face, level), group in groups]


def _direction(level: int) -> str:
    return "rtl" if level % 2 else "ltr"


def _advance(clusters: Sequence[_Cluster], size: float) -> float:
    return sum(face.advance(text, size, _direction(level)) for text, face, level in _runs(clusters))


def _line(clusters: list[_Cluster], lettering: Lettering) -> Line:
    runs = _runs(_stripped(clusters))
    placed: list[Run] = []
    x = 0.0
    for index in bidi.visual_order([level for _, _, level in runs]):
        text, face, level = runs[index]
        placed.append(Run(text, face, _direction(level), x))
        x += face.advance(text, lettering.size, _direction(level))
    own = fonts.letters(bold=lettering.bold, italic=lettering.italic)
    extents = [face.extent(lettering.size) for face in {own, *(run.face for run in placed)}]
    ascent, descent = (max(side) for side in zip(*extents, strict=True))
    return Line(tuple(placed), lettering.size, x, ascent, descent)
