"""Which font file draws which characters.

Pillow has no font fallback. A text is cut into grapheme clusters, and each takes the first face
that has all of its characters: Inter, Noto for other scripts, symbols, Noto Sans CJK where it is
installed, colour emoji.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import regex
from fontTools.ttLib import TTFont
from PIL import ImageFont

_SHIPPED = Path(__file__).parents[3] / "assets" / "fonts"
_NOTO = (
    "NotoSansArabic",
    "NotoSansHebrew",
    "NotoSansDevanagari",
    "NotoSansThai",
    "NotoSansSymbols",
)
_EMOJI_PIXELS = 109
"""The one size at which Noto Color Emoji holds bitmaps."""

_IGNORABLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\s]")
_WANTS_COLOUR = regex.compile(r"[\p{Emoji_Presentation}\uFE0F]")
_ANY_SCRIPT = regex.compile(r"[\p{Common}\p{Inherited}]+")


@dataclass(frozen=True, slots=True)
class Face:
    """One face of a font file; `colour` faces hold bitmaps of one size, to be zoomed."""

    path: Path
    index: int = 0
    colour: bool = False

    def font(self, size: float) -> ImageFont.FreeTypeFont:
        """The Pillow font for letters of `size` pixels, of the only size for colour faces."""
        return _open(self.path, self.index, _EMOJI_PIXELS if self.colour else size)

    def zoom(self, size: float) -> float:
        """What pictures and lengths of `font(size)` must be multiplied with."""
        return size / _EMOJI_PIXELS if self.colour else 1.0

    def advance(self, text: str, size: float, direction: str) -> float:
        """How many pixels the pen moves on."""
        return self.font(size).getlength(text, direction=direction) * self.zoom(size)

    def extent(self, size: float) -> tuple[float, float]:
        """Pixels above and below the baseline that a line of this face needs."""
        ascent, descent = self.font(size).getmetrics()
        return ascent * self.zoom(size), descent * self.zoom(size)

    def covers(self, text: str) -> bool:
        """Whether every visible character has a glyph."""
        return coverage(self.path, self.index).issuperset(map(ord, _IGNORABLE.sub("", text)))


_EMOJI = Face(_SHIPPED / "NotoColorEmoji.ttf", colour=True)
_SYMBOLS = Face(_SHIPPED / "NotoSansSymbols2-Regular.ttf")
"""Also draws the box that stands for a missing glyph; the one of Inter is a pattern of stripes."""


@lru_cache(maxsize=48)
def _open(path: Path, index: int, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, index, layout_engine=ImageFont.Layout.RAQM)


@cache
def coverage(path: Path, index: int = 0) -> frozenset[int]:
    """The code points for which a face has a glyph."""
    with TTFont(path, fontNumber=index, lazy=True) as font:
        return frozenset(font.getBestCmap())


def letters(*, bold: bool = False, italic: bool = False) -> Face:
    """The face of Latin, Greek and Cyrillic text."""
    cut = ("Bold" if bold else "") + ("Italic" if italic else "")
    return Face(_SHIPPED / f"Inter-{cut or 'Regular'}.otf")


def faces(clusters: Sequence[str], *, bold: bool, italic: bool) -> list[Face]:
    """The face of each grapheme cluster; spaces and signs stay with the cluster before."""
    chosen: list[Face] = []
    for cluster in clusters:
        stays = chosen and not chosen[-1].colour and _stays(cluster, chosen[-1])
        chosen.append(chosen[-1] if stays else _first_face(cluster, bold, italic))
    return chosen


def without_font(text: str) -> tuple[str, ...]:
    """The characters that would be drawn as a box, each once, in order of appearance."""
    missing = (
        char
        for cluster in regex.findall(r"\X", text)
        for char in cluster
        if not char.isspace()
        and char.isprintable()
        and not _first_face(cluster, bold=False, italic=False).covers(char)
    )
    return tuple(dict.fromkeys(missing))


def _stays(cluster: str, face: Face) -> bool:
    return bool(
        _ANY_SCRIPT.fullmatch(cluster)
        and not _WANTS_COLOUR.search(cluster)
        and face.covers(cluster)
    )


@lru_cache(maxsize=4096)
def _first_face(cluster: str, bold: bool, italic: bool) -> Face:
    if _WANTS_COLOUR.search(cluster) and _EMOJI.covers(cluster):
        return _EMOJI
    # A letter with a mark that no font has keeps its letter: fall back to covering the first.
    return next(
        (
            face
            for wanted in (cluster, cluster[0])
            for face in _candidates(bold, italic)
            if face.covers(wanted)
        ),
        _SYMBOLS,
    )


def _candidates(bold: bool, italic: bool) -> Iterator[Face]:
    """Faces by preference; installed fonts are looked for only where no shipped one helps."""
    yield letters(bold=bold, italic=italic)
    for name in _NOTO:
        yield Face(_SHIPPED / f"{name}-{'Bold' if bold else 'Regular'}.ttf")
    yield _SYMBOLS
    yield _EMOJI
    yield from installed_cjk(bold)


@cache
def installed_cjk(bold: bool = False) -> tuple[Face, ...]:
    """Noto Sans CJK from the usual font folders, the wanted weight first; empty if absent."""
    found = {
        path
        for folder in _font_folders()
        for pattern in ("NotoSansCJK*.tt[cf]", "NotoSansCJK*.otf")
        for path in folder.rglob(pattern)
    }
    wanted = "Bold" if bold else "Regular"
    return tuple(Face(path) for path in sorted(found, key=lambda p: (wanted not in p.name, p.name)))


def _font_folders() -> list[Path]:
    home = Path.home()
    if sys.platform == "darwin":
        return [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    if sys.platform == "win32":
        return [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    shared = (Path("/usr/local/share/fonts"), Path("/usr/share/fonts"))
    return [home / ".local/share/fonts", home / ".fonts", *shared]
