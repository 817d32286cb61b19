"""The document that a channel edits: a canvas, a bin of clips, items, and the main track's order.

Times are whole frames at the canvas rate, source times too (source seconds × canvas rate).
Positions and sizes are fractions of the canvas, so a canvas of another size needs no new numbers.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from bot.engine.keyframes import Animated, Keyframe
from bot.engine.record import Record
from bot.engine.style import Color, Fraction01, TextStyle, Transform
from bot.engine.timebase import LONGEST_SECONDS, Rate, exact, round_half_up

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _one_line(label: Any) -> Any:
    """Take line breaks and control characters out of a name; receipts are made of lines."""
    if isinstance(label, str) and _CONTROL.search(label):
        return " ".join(_CONTROL.sub(" ", label).split())
    return label


Frames = Annotated[int, Field(ge=0)]
Label = Annotated[str, BeforeValidator(_one_line), Field(min_length=1, max_length=80)]
Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]

ItemId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(\.[0-9]+(x[0-9]+)?)*$")]
"""A letter and letters or digits; a piece that was split off has its parent's id in front."""

ItemType = Literal["video", "image", "text", "audio", "shape", "captions"]
ClipKind = Literal["video", "image", "audio"]
TransitionKind = Literal["crossfade", "dip", "wipe", "slide"]
Direction = Literal["left", "right", "up", "down"]
EffectKind = Literal["brightness", "contrast", "saturation", "grayscale", "sepia", "blur"]


class Canvas(Record):
    """The picture that comes out: size in pixels (even), frame rate, colour behind everything.

    `chosen` is False until somebody asks for a format; until then the first video decides.
    """

    width: int = Field(default=1920, ge=16, le=7680, multiple_of=2)
    height: int = Field(default=1080, ge=16, le=7680, multiple_of=2)
    fps: Rate = Rate(num=30)
    background: Color = "#000000"
    chosen: bool = False

    @property
    def short_side(self) -> int:
        """The smaller of width and height, in pixels; text and margins scale with it."""
        return min(self.width, self.height)


class Clip(Record):
    """A file in the bin and the facts that were measured about it.

    `seconds` is 0 for an image; `fps` is 0 where there are no frames.
    """

    id: str
    name: Label
    kind: ClipKind
    sha256: str
    seconds: float = Field(default=0, ge=0, le=LONGEST_SECONDS)
    width: int = Field(default=0, ge=0)
    height: int = Field(default=0, ge=0)
    fps: float = Field(default=0, ge=0)
    has_audio: bool = False

    def frames(self, rate: Rate) -> int:
        """How many frames this clip gives at `rate`."""
        return max(1, rate.frames(self.seconds))

    def suits(self, item_type: ItemType) -> bool:
        """Whether it can be shown as such an item; a video with sound can be heard alone."""
        return self.kind == item_type or (item_type == "audio" and self.has_audio)


class Effect(Record):
    """A colour effect or blur.

    Neutral amounts: brightness 0 (−1 black … 1 white), contrast and saturation 1 (factors),
    grayscale and sepia 0 (… 1), blur 0 (radius as a fraction of the short side, up to 0.2).
    """

    kind: EffectKind
    amount: float

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        low, high = EFFECT_RANGE[self.kind]
        if not low <= self.amount <= high:
            raise ValueError(f"{self.kind} goes from {low:g} to {high:g}")
        return self


EFFECT_RANGE: Mapping[EffectKind, tuple[float, float]] = {
    "brightness": (-1, 1),
    "contrast": (0, 4),
    "saturation": (0, 4),
    "grayscale": (0, 1),
    "sepia": (0, 1),
    "blur": (0, 0.2),
}
EFFECT_NEUTRAL: Mapping[EffectKind, float] = {
    "brightness": 0,
    "contrast": 1,
    "saturation": 1,
    "grayscale": 0,
    "sepia": 0,
    "blur": 0,
}


class Transition(Record):
    """How the item before gives way to this one; both are on screen for `frames`."""

    kind: TransitionKind = "crossfade"
    frames: int = Field(ge=1)
    direction: Direction = "left"


class ItemAnchor(Record):
    """Starts `offset` frames after the start of a main-track item, and moves with it."""

    item: str
    offset: Frames = 0


class TimeAnchor(Record):
    """Starts at a fixed frame of the timeline."""

    at: Frames = 0


Anchor = ItemAnchor | TimeAnchor


class _Item(Record):
    """What all items have.

    `anchor` is None on the main track, where the order decides. An item with `to_end` lasts to the
    end of the film, or as far as its clip reaches; its `duration` does not matter.
    """

    id: ItemId
    label: Label
    duration: int = Field(ge=1)
    anchor: Anchor | None = None
    to_end: bool = False
    layer: int = Field(default=0, ge=0)
    enabled: bool = True
    fade_in: Frames = 0
    fade_out: Frames = 0
    keyframes: Mapping[Animated, tuple[Keyframe, ...]] = {}


class _Visual(_Item):
    """An item that is seen."""

    opacity: Fraction01 = 1
    transform: Transform = Transform()
    effects: tuple[Effect, ...] = ()
    transition_in: Transition | None = None


class _Still(_Visual):
    """An item that does not move by itself; `source_in` is how much was cut off its start."""

    source_in: int = 0


class _Sounding(_Item):
    """An item that plays a stretch of a clip: `source_in` in frames, `volume` linear."""

    clip: str
    source_in: Frames = 0
    speed: float = Field(default=1, ge=0.1, le=16)
    volume: float = Field(default=1, ge=0, le=16)
    muted: bool = False

    @property
    def pace(self) -> Fraction:
        """Source frames per frame of the film; negative where it plays backwards."""
        return exact(self.speed)

    @property
    def source_length(self) -> int:
        """How many source frames are consumed, in canvas frames."""
        return max(1, round_half_up(self.duration * exact(self.speed)))

    @property
    def source_out(self) -> int:
        """The source frame after the last one shown."""
        return self.source_in + self.source_length


class Video(_Visual, _Sounding):
    """Moving pictures, with their sound where the clip has any.

    It plays from `source_in` on; `backwards`, from there towards the start of its clip, sound too.
    Where it is `frozen`, that one frame of the clip stands for as long as you like and without
    sound; `source_in` is then how much was cut off the start, as with a still.

    ```
    source          0 . . . 4 . . . 8
    forwards        source_in 4, 3 frames:          4 5 6
    backwards       source_in 4, 3 frames:    3 2 1
    ```
    """

    type: Literal["video"] = "video"
    source_in: int = 0
    backwards: bool = False
    frozen: Frames | None = None

    @property
    def pace(self) -> Fraction:
        """Source frames per frame of the film; negative where it plays backwards."""
        return -exact(self.speed) if self.backwards else exact(self.speed)

    @property
    def stretch(self) -> tuple[int, int]:
        """The source frames [first, end) that it shows."""
        if self.frozen is not None:
            return self.frozen, self.frozen + 1
        if self.backwards:
            return self.source_in - self.source_length, self.source_in
        return self.source_in, self.source_out

    def source_at(self, offset: int) -> Fraction:
        """Which moment of the source, in frames, is seen that many frames after its start."""
        if self.frozen is not None:
            return Fraction(self.frozen)
        return self.source_in + (offset + self.backwards) * self.pace


class Image(_Still):
    """A still."""

    type: Literal["image"] = "image"
    clip: str


class Text(_Still):
    """Words on the screen."""

    type: Literal["text"] = "text"
    text: Words
    style: TextStyle = TextStyle()


class Shape(_Still):
    """A plain rectangle or ellipse; width and height are fractions of the canvas."""

    type: Literal["shape"] = "shape"
    shape: Literal["rectangle", "ellipse"] = "rectangle"
    color: Color = "#ffffff"
    width: float = Field(default=0.3, gt=0, le=2)
    height: float = Field(default=0.3, gt=0, le=2)


class Audio(_Sounding):
    """Sound alone. `loop` repeats it up to its end; `duck` lowers it under the main track."""

    type: Literal["audio"] = "audio"
    loop: bool = False
    duck: bool = False


class Cue(Record):
    """A few words that are said in a clip, from `start` to `end` in seconds of the clip.

    `at` is when each of its words begins; where that is not known it is empty.
    """

    start: float = Field(ge=0, le=LONGEST_SECONDS)
    end: float = Field(ge=0, le=LONGEST_SECONDS)
    text: Words
    at: tuple[float, ...] = ()


class Captions(_Still):
    """What is said in the clips of the film, as text.

    `cues` are by clip id and in order. They are times of the clips, so captions follow every edit:
    what is seen when is derived by `spoken`.
    """

    type: Literal["captions"] = "captions"
    cues: Mapping[str, tuple[Cue, ...]]
    style: TextStyle = TextStyle(size=0.05, background="#000000a0", shadow=False)


Item = Annotated[Video | Image | Text | Shape | Audio | Captions, Field(discriminator="type")]


def called(item: Item) -> str:
    """What an item is called: a text by what it says, after its name where it has one."""
    if not isinstance(item, Text):
        return item.label
    named = item.label.casefold() not in item.text.casefold()
    return f"{item.label}: {item.text}" if named else item.text


def is_frozen(item: Item) -> bool:
    """Whether an item is a frame of a video that stands."""
    return isinstance(item, Video) and item.frozen is not None


class Composition(Record):
    """One video in the making."""

    schema_version: Literal[1] = 1
    canvas: Canvas = Canvas()
    clips: Mapping[str, Clip] = {}
    items: Mapping[str, Item] = {}
    main: tuple[str, ...] = ()

    @cached_property
    def main_set(self) -> frozenset[str]:
        """The ids on the main track, for quick look-up."""
        return frozenset(self.main)

    def clip_of(self, item: Video | Audio | Image) -> Clip:
        """The clip that an item shows."""
        return self.clips[item.clip]

    def with_item(self, *items: Item) -> Self:
        """Put items in, replacing those with the same id."""
        if not items:
            return self
        return self.but(items={**self.items, **{item.id: item for item in items}})

    def without(self, *ids: str) -> Self:
        """Take items out, from the main track too."""
        gone = set(ids)
        return self.but(
            items={key: item for key, item in self.items.items() if key not in gone},
            main=tuple(key for key in self.main if key not in gone),
        )

    @cached_property
    def _hanging(self) -> Mapping[str, tuple[Item, ...]]:
        hanging: dict[str, tuple[Item, ...]] = {}
        for item in self.items.values():
            if isinstance(item.anchor, ItemAnchor):
                hanging[item.anchor.item] = (*hanging.get(item.anchor.item, ()), item)
        return hanging

    def anchored_to(self, item_id: str) -> tuple[Item, ...]:
        """Items that move with a main-track item."""
        return self._hanging.get(item_id, ())

    def longest(self, item: Item) -> int | None:
        """How many frames an item can last from where it starts; None for as long as you like."""
        if not isinstance(item, Video | Audio) or (isinstance(item, Audio) and item.loop):
            return None
        if is_frozen(item):
            return None
        left = self.clips[item.clip].frames(self.canvas.fps) - item.source_in
        if item.pace < 0:
            left = item.source_in
        return max(0, left if item.speed == 1 else int(left / exact(item.speed)))
