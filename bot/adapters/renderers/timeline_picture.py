"""The timeline as a picture: what a channel sees after every edit."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path

from PIL import Image as Pixels

from bot.adapters.renderers.drawing import measure
from bot.adapters.renderers.drawing.lanes import INDENT, LABEL, Bar, Scale, stacked
from bot.adapters.renderers.drawing.picture import Box
from bot.adapters.renderers.drawing.saving import save
from bot.adapters.renderers.drawing.sheet import Sheet, label_width
from bot.adapters.renderers.drawing.thumbnails import card, filmstrip, shade, sign, wave
from bot.adapters.renderers.drawing.typesetting import Lettering
from bot.engine.captions import spoken
from bot.engine.composition import (
    Audio,
    Captions,
    Image,
    Item,
    Shape,
    Text,
    Video,
    called,
    is_frozen,
)
from bot.engine.layout import Placed, Timeline
from bot.engine.timebase import length, timecode
from bot.ports import MediaFiles

_WIDTH, _MARGIN = 1200, 28
_HEADER, _RULER = 78, 44
_MAIN, _TITLE = 172, 42
_LANE, _BAR = 50, 42
_GAP = 10
_RADIUS = 8
_MOST_LANES = 10
_LONGEST_LINE, _INSET = 220, 6
_NARROW, _LEAST_LABEL, _SMALLEST_SIGN = 26, 40, 20

_PAGE, _BAND = "#15171c", "#1e2128"
_WHITE, _SOFT, _LINE = "#f4f6fa", "#a4adbc", "#363c47"
_PILL, _OFF = "#000000b8", "#15171cb0"
_ACCENT = "#ffd23f"
_WAVE = "#3fae7c"
_COLORS: Mapping[str, str] = {
    "video": "#34507f",
    "image": "#1f7a74",
    "text": "#6b4fb3",
    "shape": "#a8552f",
    "audio": "#1c553d",
    "captions": "#7d3a5c",
}

_TOTAL = Lettering(36, bold=True)
_NUMBER, _TINY = Lettering(20, bold=True), Lettering(14, bold=True)
_PLAIN, _SMALL = Lettering(21), Lettering(18)

_STEPS = (
    (0.1, 2), (0.2, 2), (0.5, 5), (1, 5), (2, 4), (5, 5), (10, 5), (15, 3), (30, 3), (60, 4),
    (120, 4), (300, 5), (600, 5), (900, 3), (1800, 3), (3600, 4), (7200, 4), (21600, 6),
)  # fmt: skip
"""Seconds between labelled ticks, and into how many parts small ticks divide them."""
_TICK_ROOM = 100


class TimelinePicture:
    """Draws the timeline from our own thumbnails; user media is never decoded here."""

    async def timeline(
        self,
        timeline: Timeline,
        media: Mapping[str, MediaFiles],
        changed: frozenset[str],
        out: Path,
    ) -> None:
        """Write a PNG of the timeline, 1200 px wide, with the `changed` item ids highlighted.

        Raises:
            StoreFailed: The file cannot be written.
        """
        await asyncio.to_thread(_write, timeline, media, changed, out)

    def sizes(self, timeline: Timeline) -> Mapping[str, tuple[float, float]]:
        """Width and height of the texts, as fractions of the canvas, by item id."""
        canvas = timeline.canvas.width, timeline.canvas.height
        boxes = {
            placed.item.id: measure(placed.item, canvas)
            for placed in timeline.placed
            if isinstance(placed.item, Text)
        }
        return {key: (w / canvas[0], h / canvas[1]) for key, (w, h) in boxes.items()}


def _write(
    timeline: Timeline, media: Mapping[str, MediaFiles], changed: frozenset[str], out: Path
) -> None:
    save(_drawn(timeline, media, changed), out)


def _drawn(
    timeline: Timeline, media: Mapping[str, MediaFiles], changed: frozenset[str]
) -> Pixels.Image:
    """Lay the rows out from top to bottom: header, ruler, overlays, main track, sound."""
    scale = Scale(_MARGIN, _WIDTH - _MARGIN, timeline.duration)
    overlays = stacked(timeline.track("overlay"), scale)
    sounds = stacked(timeline.track("audio"), scale)
    hidden = sum(map(len, overlays[_MOST_LANES:] + sounds[_MOST_LANES:]))
    del overlays[_MOST_LANES:], sounds[_MOST_LANES:]
    main = _MAIN + _GAP if timeline.main or not timeline.duration else 0
    lanes = len(overlays) + len(sounds)
    height = _HEADER + _RULER + lanes * _LANE + main + _MARGIN
    page = _Page(Sheet((_WIDTH, height), _PAGE), timeline, media, changed, scale)
    page.header(hidden)
    if not timeline.duration:
        page.invitation()
        return page.sheet.image
    page.ruler(_HEADER)
    y = _HEADER + _RULER
    page.lanes(overlays[::-1], y)
    y += len(overlays) * _LANE
    page.main_track(y)
    page.lanes(sounds, y + main)
    return page.sheet.image


@dataclass(frozen=True, slots=True)
class _Page:
    """The sheet and what is drawn on it; `y` is the top of a row."""

    sheet: Sheet
    timeline: Timeline
    media: Mapping[str, MediaFiles]
    changed: frozenset[str]
    scale: Scale

    def header(self, hidden: int) -> None:
        """Length, number of clips and canvas, what found no room; the legend on the right."""
        middle = _HEADER // 2 + 2
        total = length(self.timeline.seconds) if self.timeline.duration else "Empty timeline"
        x = self.sheet.write(total, (_MARGIN, middle), _TOTAL, _WHITE)
        self.sheet.write(self._facts(hidden), (x + 22, middle + 3), _PLAIN, _SOFT)
        if self.changed & self.timeline.by_id.keys():
            left = self.scale.right - round(label_width("changed", _PLAIN))
            self.sheet.write("changed", (left, middle + 3), _PLAIN, _ACCENT)
            self.sheet.frame(Box(left - 36, middle - 6, left - 14, middle + 12), _ACCENT, 3, 4)

    def _facts(self, hidden: int) -> str:
        canvas, count = self.timeline.canvas, len(self.timeline.main)
        fps = f"{float(canvas.fps.value):.2f}".rstrip("0").rstrip(".")
        clips = f"{count or 'no'} clip{'' if count == 1 else 's'}"
        facts = [clips, f"{canvas.width} × {canvas.height}", f"{fps} fps"]
        return "  ·  ".join(facts + [f"{hidden} more in further rows"] * bool(hidden))

    def invitation(self) -> None:
        """What an empty timeline says instead of tracks."""
        box = Box(_MARGIN, _HEADER, _WIDTH - _MARGIN, self.sheet.image.height - _MARGIN)
        self.sheet.fill(box, _BAND, _RADIUS)
        wish = "Drop a video, a picture or a sound into the channel to begin"
        left = (_WIDTH - label_width(wish, _PLAIN)) / 2
        self.sheet.write(wish, (left, (box.top + box.bottom) / 2), _PLAIN, _SOFT)

    def ruler(self, y: int) -> None:
        """Ticks at round times, with faint lines down through the tracks."""
        bottom = self.sheet.image.height - _MARGIN // 2
        per_second = (self.scale.right - self.scale.left) / self.timeline.seconds
        roomy = (step for step in _STEPS if step[0] * per_second >= _TICK_ROOM)
        step, parts = next(roomy, _STEPS[-1])
        for index in range(int(self.timeline.seconds / step * parts + 1e-6) + 1):
            x = _MARGIN + round(index * step / parts * per_second)
            if index % parts:
                self.sheet.fill(Box(x, y + 22, x + 1, y + 32), _LINE)
                continue
            self.sheet.fill(Box(x, y + 2, x + 1, bottom), _LINE)
            label = timecode(index * step / parts)
            if x + 8 + label_width(label, _SMALL) <= self.scale.right:
                self.sheet.write(label, (x + 8, y + 11), _SMALL, _SOFT)

    def lanes(self, lanes: list[list[Bar]], y: int) -> None:
        """Rows of bars, top row first."""
        for row, lane in enumerate(lanes):
            for bar in lane:
                self._bar(bar, y + row * _LANE)

    def _bar(self, bar: Bar, y: int) -> None:
        item, box = bar.placed.item, Box(bar.left, y, bar.right, y + _BAR)
        self.sheet.fill(box, _COLORS[item.type], _RADIUS)
        if isinstance(item, Audio):
            self._wave(item, bar, box)
        if isinstance(item, Captions):
            self._lines(item, box)
        else:
            self._named(item, bar, box)
        if not item.enabled:
            self.sheet.fill(box, _OFF, _RADIUS)
        self._highlight(item, box)

    def _named(self, item: Item, bar: Bar, box: Box) -> None:
        if bar.right - bar.left >= INDENT:
            self._sign(item, box)
        if bar.room >= min(_LEAST_LABEL, label_width(called(item), LABEL)):
            middle = box.top + _BAR / 2
            self.sheet.write(called(item), (bar.label, middle), LABEL, _WHITE, bar.room)

    def _sign(self, item: Item, box: Box) -> None:
        """What kind of item it is: a letter, a note, the shape or the picture itself."""
        plate = Box(box.left + 6, box.top + 6, box.left + _BAR - 6, box.bottom - 6)
        match item:
            case Image() | Video():
                self.sheet.show(self._strip(item, plate.size), plate, 5)
            case Shape():
                self.sheet.fill(plate, item.color, 15 if item.shape == "ellipse" else 5)
            case Text() | Audio():
                letter = "T" if isinstance(item, Text) else "♪"
                left = plate.left + (plate.size[0] - label_width(letter, LABEL)) / 2
                self.sheet.fill(plate, "#ffffff2e", 5)
                self.sheet.write(letter, (left, box.top + _BAR / 2), LABEL, _WHITE)

    def _lines(self, item: Captions, box: Box) -> None:
        """A mark for each caption, and above it what it says, where there is room."""
        free = box.left
        for line in spoken(self.timeline, item):
            left, right = self.scale.x(line.start), self.scale.x(line.end)
            mark = Box(left, box.bottom - 12, max(left + 1, right - 2), box.bottom - 5)
            self.sheet.fill(mark.meet(box), "#ffffff90", 3)
            room = min(max(_LONGEST_LINE, right - left), box.right - left) - 2 * _INSET
            if left >= free and room >= min(_LEAST_LABEL, label_width(line.text, _SMALL)):
                at = (left + _INSET, box.top + 16)
                free = round(self.sheet.write(line.text, at, _SMALL, _WHITE, room)) + 2 * _INSET

    def main_track(self, y: int) -> None:
        """Clips with their thumbnails, then highlights, then the transitions over the cuts."""
        main = self.timeline.main
        boxes = [self._box(*pair, y) for pair in zip_longest(main, main[1:])]
        for placed, box in zip(main, boxes, strict=True):
            self._block(placed, box)
        for placed, box in zip(main, boxes, strict=True):
            self._highlight(placed.item, box)
        for (before, box), placed in zip(pairwise(boxes), main[1:], strict=True):
            if placed.overlap:
                self._transition(placed, min(before.size[0], box.size[0]), y)

    def _box(self, placed: Placed, after: Placed | None, y: int) -> Box:
        """Where a clip is drawn: up to the middle of its transitions."""
        left = self.scale.x(placed.start + placed.overlap / 2)
        right = self.scale.x(placed.end - (after.overlap / 2 if after else 0))
        gap = 4 if right - left > _NARROW else int(right - left > 4)
        return Box(left, y, max(left + 1, right - gap * (after is not None)), y + _MAIN)

    def _block(self, placed: Placed, box: Box) -> None:
        item = placed.item
        self.sheet.fill(box, _COLORS[item.type], min(_RADIUS, box.size[0] // 4))
        inset = 4 if box.size[0] > _NARROW else 1
        window = Box(box.left + inset, box.top + _TITLE, box.right - inset, box.bottom - inset)
        if not window.empty:
            self.sheet.show(self._strip(item, window.size), window, inset)
            self._fades(placed, window)
            self._badges(placed, window)
        self._title(placed, box)
        if not item.enabled:
            self.sheet.fill(box, _OFF, _RADIUS)

    def _title(self, placed: Placed, box: Box) -> None:
        """Number and label, or the number alone where there is no more room."""
        number, middle = str(placed.index + 1), box.top + _TITLE / 2
        plate = max(28, round(label_width(number, _NUMBER)) + 14)
        if box.size[0] < plate + 12:
            indent = (box.size[0] - label_width(number, _TINY)) / 2
            if indent >= 1:
                self.sheet.write(number, (box.left + indent, middle), _TINY, _WHITE)
            return
        left = box.left + 7
        self.sheet.fill(Box(left, box.top + 7, left + plate, box.top + 35), "#ffffff2e", 14)
        indent = (plate - label_width(number, _NUMBER)) / 2
        self.sheet.write(number, (left + indent, middle), _NUMBER, _WHITE)
        start = left + plate + 9
        if box.right - start >= _LEAST_LABEL:
            label = placed.item.label
            self.sheet.write(label, (start, middle), LABEL, _WHITE, box.right - start - 8)

    def _strip(self, item: Item, size: tuple[int, int]) -> Pixels.Image:
        """What an item shows, as a strip of pictures."""
        match item:
            case Text() | Shape():
                return card(item, self.timeline.canvas, size)
            case Image():
                return filmstrip(self._thumbs(item.clip), (0, 1), size)
            case Video():
                total = self.timeline.clips[item.clip].frames(self.timeline.canvas.fps)
                first, end = (frame / total for frame in item.stretch)
                span = (end, first) if item.backwards else (first, end)
                return filmstrip(self._thumbs(item.clip), span, size)
            case Captions():  # which never stand on the main track
                return Pixels.new("RGB", size, _COLORS["captions"])
            case Audio():
                strip = Pixels.new("RGB", size, _COLORS["audio"])
                strip.paste(_WAVE, (0, 0), wave(size, item.clip, _loudness(item, item.duration)))
                return strip

    def _thumbs(self, clip: str) -> tuple[Path, ...]:
        return self.media[clip].thumbs if clip in self.media else ()

    def _fades(self, placed: Placed, window: Box) -> None:
        """Darken the ends of what fades in or out."""
        per_frame = window.size[0] / placed.frames
        for frames, rising in ((placed.item.fade_in, True), (placed.item.fade_out, False)):
            width = min(window.size[0], round(frames * per_frame))
            if width:
                left = window.left if rising else window.right - width
                self.sheet.stencil(
                    shade((width, window.size[1]), rising), (left, window.top), "#000000"
                )

    def _badges(self, placed: Placed, window: Box) -> None:
        """How long it is, bottom right; speed and mute bottom left where there is room."""
        top = window.bottom - 36
        seconds = length(self.timeline.canvas.fps.seconds(placed.frames))
        right = window.right - 6
        if _pill_width(seconds) + 12 <= window.size[0]:
            right -= _pill_width(seconds)
            self._pill(seconds, right, top)
        left = window.left + 6
        for badge in _remarks(placed.item):
            if left + _pill_width(badge) + 4 > right:
                return
            self._pill(badge, left, top)
            left += _pill_width(badge) + 5

    def _pill(self, text: str, left: int, top: int) -> None:
        self.sheet.fill(Box(left, top, left + _pill_width(text), top + 30), _PILL, 8)
        self.sheet.write(text, (left + 9, top + 15), _SMALL, _WHITE)

    def _transition(self, placed: Placed, room: int, y: int) -> None:
        """A light band where both pictures are on screen, and the transition's sign."""
        transition = None if isinstance(placed.item, Audio) else placed.item.transition_in
        if transition is None:
            return
        left, right = self.scale.x(placed.start), self.scale.x(placed.start + placed.overlap)
        self.sheet.fill(Box(left, y + _TITLE, right, y + _MAIN - 4), "#ffffff40")
        side = min(40, room // 2 * 2)
        if side >= _SMALLEST_SIGN:
            x, top = (left + right - side) // 2 - 2, y + _TITLE + (_MAIN - _TITLE - side) // 2
            mask = sign(transition.kind, transition.direction, side * 5 // 8)
            self.sheet.fill(Box(x, top, x + side, top + side), _PAGE, side // 2)
            inset = (side - mask.width) // 2
            self.sheet.stencil(mask, (x + inset, top + inset), _WHITE)

    def _wave(self, item: Audio, bar: Bar, box: Box) -> None:
        """Sound over the whole bar but for its sign and label."""
        mask = wave(box.size, item.clip, _loudness(item, bar.placed.frames))
        named = min(bar.room, label_width(item.label, LABEL)) if bar.label < bar.right else 0
        covered = INDENT + round(named) + 6 if bar.right - bar.left >= INDENT else 0
        mask.paste(0, (0, 0, min(covered, box.size[0]), box.size[1]))
        self.sheet.stencil(mask, box[:2], _WAVE)

    def _highlight(self, item: Item, box: Box) -> None:
        if item.id in self.changed:
            self.sheet.frame(box, _ACCENT, 4, _RADIUS)


def _remarks(item: Item) -> list[str]:
    remarks = []
    if is_frozen(item):
        return ["freeze"]
    if isinstance(item, Video | Audio):
        if item.pace < 0:
            remarks.append("backwards")
        if item.speed != 1:
            remarks.append(f"{item.speed:g}×")
        if item.muted or item.volume == 0:
            remarks.append("muted")
    return remarks


def _pill_width(text: str) -> int:
    return round(label_width(text, _SMALL)) + 18


def _loudness(item: Audio, frames: int) -> tuple[float, ...]:
    """Volume with its fades at 200 equal steps."""
    level = 0.0 if item.muted else min(1, item.volume)
    moments = [frames * step / 199 for step in range(200)]
    return tuple(
        level
        * min(1, moment / item.fade_in if item.fade_in else 1)
        * min(1, (frames - moment) / item.fade_out if item.fade_out else 1)
        for moment in moments
    )
