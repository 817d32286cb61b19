"""Captions, written out as the texts that are seen one after the other."""

from collections.abc import Iterator
from dataclasses import replace

from bot.engine.captions import Spoken, spoken
from bot.engine.composition import Captions, Text
from bot.engine.keyframes import Keyframe
from bot.engine.layout import Placed, Timeline


def captioned(timeline: Timeline) -> Timeline:
    """The same film with a text in the place of each caption; what is hidden is left out.

    Renderers read texts only, so captions look, are kept and are made anew just as texts are.
    """
    if not any(isinstance(placed.item, Captions) for placed in timeline.placed):
        return timeline
    placed = (text for each in timeline.placed for text in _written(timeline, each))
    return replace(timeline, placed=tuple(placed))


def _written(timeline: Timeline, placed: Placed) -> Iterator[Placed]:
    item = placed.item
    if not isinstance(item, Captions):
        yield placed
    elif item.enabled:
        for line in spoken(timeline, item):
            text = _text(item, line, placed.start)
            yield replace(placed, item=text, start=line.start, end=line.end)


def _text(captions: Captions, line: Spoken, start: int) -> Text:
    """A caption as a text, which fades and moves as the captions do."""
    frames = line.end - line.start
    fade_in = min(captions.fade_in, frames // 2)
    return Text(
        id=f"{captions.id}.{line.start}",
        label=captions.label,
        text=line.text,
        style=captions.style,
        duration=frames,
        anchor=captions.anchor,
        layer=captions.layer,
        opacity=captions.opacity,
        transform=captions.transform,
        effects=captions.effects,
        fade_in=fade_in,
        fade_out=min(captions.fade_out, frames - fade_in),
        keyframes={
            name: tuple(_later(key, start - line.start) for key in keys)
            for name, keys in captions.keyframes.items()
        },
    )


def _later(key: Keyframe, frames: int) -> Keyframe:
    return key.but(frame=key.frame + frames)
