"""Small compositions as they are drawn in the diagrams: 0 [ A ] 60 [ B ] 150 [ C ] 210."""

from typing import Any

from bot.engine.composition import (
    Audio,
    Canvas,
    Clip,
    Composition,
    Item,
    ItemAnchor,
    Text,
    TimeAnchor,
    Video,
)
from bot.engine.layout import layout
from bot.engine.operations import AnyOperation
from bot.engine.plan import Plan
from bot.engine.rules import check
from bot.engine.select import ById, ByLabel

FILM = Clip(
    id="film",
    name="film.mp4",
    kind="video",
    sha256="f" * 64,
    seconds=10.0,
    width=1920,
    height=1080,
    fps=30,
    has_audio=True,
)
OTHER = FILM.but(id="other", name="other.mov", seconds=2.0, width=1080, height=1920)
SILENT = FILM.but(id="silent", name="silent.mp4", has_audio=False)
LOGO = Clip(id="logo", name="logo.png", kind="image", sha256="1" * 64, width=400, height=300)
SONG = Clip(id="song", name="song.mp3", kind="audio", sha256="5" * 64, seconds=4.0, has_audio=True)
BIN = {clip.id: clip for clip in (FILM, OTHER, SILENT, LOGO, SONG)}


def track(*durations: int, free: tuple[Item, ...] = (), **changes: dict[str, Any]) -> Composition:
    """A main track of clips a, b, c … at 30 fps; `changes` are further fields by id."""
    names = "abcdefghijklmnopqrstuvwxyz"[: len(durations)]
    clips = [
        Video(
            **{"id": name, "label": name.upper(), "duration": frames, "clip": "film"}
            | changes.get(name, {})
        )
        for name, frames in zip(names, durations, strict=True)
    ]
    items = {item.id: item for item in (*clips, *free)}
    comp = Composition(canvas=Canvas(chosen=True), clips=BIN, items=items, main=tuple(names))
    check(comp)
    return comp


def title(key: str, on: str, offset: int, frames: int = 30, **changes: Any) -> Text:
    """A text that hangs on a clip."""
    anchor = ItemAnchor(item=on, offset=offset)
    return Text(id=key, label=key, duration=frames, text=key, anchor=anchor, **changes)


def music(key: str = "m", frames: int = 120, at: int = 0, **changes: Any) -> Audio:
    """Sound on the timeline; its clip is 120 frames long."""
    anchor = TimeAnchor(at=at)
    return Audio(id=key, label=key, duration=frames, clip="song", anchor=anchor, **changes)


def done(comp: Composition, *operations: AnyOperation, serial: int = 9) -> Composition:
    """The composition after one plan."""
    return Plan(operations=operations).apply(comp, serial)


def spans(comp: Composition) -> dict[str, tuple[int, int]]:
    """When each item is on screen, in frames."""
    return {placed.item.id: (placed.start, placed.end) for placed in layout(comp).placed}


def sources(comp: Composition) -> dict[str, tuple[int, int]]:
    """Which source frames each clip of the main track shows."""
    found = {}
    for key in comp.main:
        item = comp.items[key]
        if isinstance(item, Video):
            found[key] = item.stretch
    return found


def clip(comp: Composition, key: str) -> Video:
    """A video item."""
    item = comp.items[key]
    assert isinstance(item, Video)
    return item


def by_id(key: str) -> ById:
    return ById(id=key)


def called(label: str) -> ByLabel:
    return ByLabel(label=label)
