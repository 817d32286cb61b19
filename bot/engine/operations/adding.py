"""Operations that bring something in: a file into the bin, an item onto the timeline."""

from typing import Any, Literal

from pydantic import Field

from bot.engine.composition import (
    Audio,
    Clip,
    Composition,
    Image,
    Item,
    ItemType,
    Shape,
    Text,
    Video,
)
from bot.engine.errors import InvalidEdit
from bot.engine.layout import Track
from bot.engine.operations.base import Operation
from bot.engine.operations.canvas import native_canvas, retimed
from bot.engine.operations.edit import Edit, hung
from bot.engine.operations.order import Placing
from bot.engine.operations.properties import (
    OVERLAY_SCALE,
    Properties,
    given,
    label_of_clip,
    label_of_text,
    with_properties,
)
from bot.engine.operations.surgery import PREFIX, Names, insert
from bot.engine.timebase import Seconds, length

_STILL_SECONDS = {"image": 5.0, "text": 3.0, "shape": 3.0, "captions": 3.0}


class AddClip(Operation):
    """Put a file into the bin. Nothing appears on the timeline yet."""

    action: Literal["add_clip"] = "add_clip"
    clip: Clip

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        return comp.but(clips={**comp.clips, self.clip.id: self.clip})


class Add(Placing, Properties):
    """Add an item: a clip of the bin, a text or a shape.

    `track` defaults to where such a thing usually goes: video to the end of the main track, images,
    texts and shapes over it, sound below it. `before`, `after` or `index` (0 = first) place it on
    the main track, and so does `at` (seconds) at the nearest cut; elsewhere `at` is where it
    starts. Without `duration` a video or sound plays whole, a loop to the end of the film, and a
    still stays 5 s, a text 3 s.

    ```
    add C after A         0 [ A ] 60 [ B ] 120
                          0 [ A ] 60 [ C ] 90 [ B ] 150
    ```
    """

    action: Literal["add"] = "add"
    id: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9]{0,30}$")
    item_type: ItemType
    clip: str | None = None
    track: Track | None = None
    duration: Seconds | None = Field(default=None, gt=0)
    source_in: Seconds | None = Field(default=None, ge=0)

    def apply(self, comp: Composition, edit: Edit) -> Composition:
        comp = self._with_format(comp)
        item = with_properties(comp, self._item(comp, edit), self._properties())
        if self._on_main:
            where = self.position(comp, edit)
            return insert(comp.with_item(item), where, item.id)
        return comp.with_item(hung(comp, item, edit.on_screen(self.at or 0, comp)))

    @property
    def _on_main(self) -> bool:
        asked = any(place is not None for place in (self.index, self.before, self.after))
        return self.track == "main" or (self.track is None and (asked or self.item_type == "video"))

    def _with_format(self, comp: Composition) -> Composition:
        """Let the first video decide the canvas, until somebody chooses one."""
        has_video = any(item.type == "video" for item in comp.items.values())
        if comp.canvas.chosen or has_video or self.item_type != "video":
            return comp
        native = native_canvas(self._clip(comp), comp.canvas)
        return retimed(comp, native.fps).but(canvas=native)

    def _clip(self, comp: Composition) -> Clip:
        if self.clip is None or self.clip not in comp.clips:
            raise InvalidEdit("There is no such clip in the bin.")
        clip = comp.clips[self.clip]
        if not clip.suits(self.item_type):
            raise InvalidEdit(f"“{clip.name}” cannot be used as {self.item_type}.")
        return clip

    def _item(self, comp: Composition, edit: Edit) -> Item:
        names = Names(comp)
        fields: dict[str, Any] = {
            "id": self.id or names.id(f"{PREFIX[self.item_type]}{edit.serial}"),
            "label": names.label(self.label or self._name(comp)),
            "duration": self._frames(comp),
        }
        if fields["id"] in comp.items:
            raise InvalidEdit(f"There is an item {fields['id']!r} already.")
        match self.item_type:
            case "text":
                if self.text is None:
                    raise InvalidEdit("A text needs words.")
                return Text(**fields, text=self.text)
            case "shape":
                return Shape(**fields)
            case "captions":
                raise InvalidEdit("Captions come from what is said: use “caption” instead.")
            case "image":
                return Image(**fields, clip=self._clip(comp).id)
        kind = Video if self.item_type == "video" else Audio
        return kind(**fields, clip=self._clip(comp).id, source_in=self._source_in(comp))

    def _name(self, comp: Composition) -> str:
        if self.item_type in ("text", "shape", "captions"):
            return label_of_text(self.text or self.shape or self.item_type)
        return label_of_clip(self._clip(comp))

    def _source_in(self, comp: Composition) -> int:
        return comp.canvas.fps.frames(self.source_in or 0)

    def _frames(self, comp: Composition) -> int:
        rate = comp.canvas.fps
        if self.item_type in _STILL_SECONDS:
            return max(1, rate.frames(self.duration or _STILL_SECONDS[self.item_type]))
        clip = self._clip(comp)
        available = clip.frames(rate) - self._source_in(comp)
        wanted = available if self.duration is None else max(1, rate.frames(self.duration))
        if self.loop:
            return max(1, wanted)
        if available < 1 or wanted > available + 1:
            raise InvalidEdit(f"“{clip.name}” is only {length(clip.seconds)} long.")
        return min(wanted, available)

    def _properties(self) -> dict[str, Any]:
        """The properties asked for, over the defaults of an overlay."""
        values = {k: v for k, v in given(self).items() if k not in ("label", "text")}
        if self.loop and self.duration is not None:
            values = {"to_end": False} | values
        if self._on_main or self.item_type not in OVERLAY_SCALE:
            return values
        return {"scale": OVERLAY_SCALE[self.item_type], "place": "top-right"} | values
