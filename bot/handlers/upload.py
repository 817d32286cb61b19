"""Clips that come with a message: into the media store, then into the composition's bin."""

from dataclasses import replace
from pathlib import PurePath

from bot.engine.composition import Audio, Canvas, Clip, Composition, Image, Video
from bot.engine.operations import Add, AddClip
from bot.engine.plan import Plan
from bot.engine.timebase import timecode
from bot.ports import Arrival, Attachment, Facts, Head, Reply

_WAITING = {
    "image": "It waits in the bin: say “add it top right” or “show it for 5 seconds at the end”.",
    "audio": "It waits in the bin: say “add it as music”.",
}
_NEARLY_FILLED = 0.9
"""Of the frame; what is left is hardly seen."""


def shown_name(attachment: Attachment) -> str:
    """A file name as it may be shown: no folders, no control characters, bounded."""
    plain = "".join(c for c in PurePath(attachment.name).name if c.isprintable())
    return plain.strip()[-80:] or "clip"


def with_arrivals(
    comp: Composition, arrivals: tuple[Arrival, ...], serial: int
) -> tuple[Composition, tuple[str, ...]]:
    """Put arrivals into the bin, videos also on the main track; also return their clip ids.

    A file that is in the bin already is not put there twice, unless it came by another name.
    """
    ids: list[str] = []
    for arrival in arrivals:
        known = next((c for c in comp.clips.values() if _same(c, arrival)), None)
        clip = known or _clip(arrival, f"c{serial}x{len(ids) + 1}" if ids else f"c{serial}")
        adding = [] if known else [AddClip(clip=clip)]
        placing = [Add(item_type="video", clip=clip.id)] if clip.kind == "video" else []
        comp = Plan(operations=(*adding, *placing)).apply(comp, serial)
        ids.append(clip.id)
    return comp, tuple(ids)


def _same(clip: Clip, arrival: Arrival) -> bool:
    return (clip.sha256, clip.name) == (arrival.facts.sha256, arrival.name)


def _clip(arrival: Arrival, clip_id: str) -> Clip:
    facts = arrival.facts
    return Clip(
        id=clip_id,
        name=arrival.name,
        kind=facts.kind,
        sha256=facts.sha256,
        seconds=facts.seconds,
        width=facts.width,
        height=facts.height,
        fps=facts.fps,
        has_audio=facts.has_audio,
    )


def cards(arrivals: tuple[Arrival, ...], head: Head) -> tuple[Reply, ...]:
    """What is said about clips that arrived; the last that leaves bars in the film says so."""
    told = [_card(arrival, head) for arrival in arrivals]
    barred = {n: video for n, a in enumerate(arrivals) if (video := _barred(a, head.comp))}
    if barred:
        last = max(barred)
        line = _about_bars(tuple(barred.values()), head.comp.canvas)
        told[last] = replace(told[last], text=f"{told[last].text}\n{line}")
    return tuple(told)


def _card(arrival: Arrival, head: Head) -> Reply:
    """What is said about a clip, and what can be done with one that waits."""
    facts = arrival.facts
    lines = [f"Got “{arrival.name}”: {', '.join(_described(facts))}."]
    if facts.sha256 not in _shown(head.comp):
        lines[0] += " " + _WAITING.get(facts.kind, "It waits in the bin.")
    lines += [f"It {note}." for note in facts.notes]
    return Reply("clip", "\n".join(lines), revision=head.revision)


def _barred(arrival: Arrival, comp: Composition) -> Clip | None:
    """The clip, if it stands whole in a frame of clearly another shape."""
    for item in (comp.items[key] for key in comp.main):
        if not isinstance(item, Video) or item.transform.fit != "contain":
            continue
        if _same(clip := comp.clips[item.clip], arrival):
            ratio = clip.width * comp.canvas.height / (clip.height * comp.canvas.width)
            return clip if min(ratio, 1 / ratio) < _NEARLY_FILLED else None
    return None


def _about_bars(clips: tuple[Clip, ...], canvas: Canvas) -> str:
    """Why there are bars, and what to say against them."""
    clip, size = clips[-1], f"{canvas.width}×{canvas.height}"
    fill = "all clips" if len(clips) > 1 else "it"
    if len(clips) > 1:
        why = f"{len(clips)} of these are not of the film's shape ({size}), so they have bars"
    elif clip.width * canvas.height > clip.height * canvas.width:
        why = f"It is wider than the film ({size}), so it has bars above and below"
    else:
        why = f"It is narrower than the film ({size}), so it has bars left and right"
    shape = _shape(clip.width, clip.height)
    other = f", or “make the film {shape}”" if shape != _shape(canvas.width, canvas.height) else ""
    return f"{why}: say “make {fill} fill the frame”{other}."


def _shape(width: int, height: int) -> str:
    if width == height:
        return "square"
    return "landscape" if width > height else "vertical"


def _shown(comp: Composition) -> set[str]:
    items = (item for item in comp.items.values() if isinstance(item, Video | Audio | Image))
    return {comp.clips[item.clip].sha256 for item in items}


def _described(facts: Facts) -> list[str]:
    words = [timecode(facts.seconds)] if facts.seconds else []
    if facts.width:
        words.append(f"{facts.width}×{facts.height}")
    if facts.fps:
        words.append(f"{facts.fps:.5g} fps")
    if facts.kind == "video":
        words += ["with sound"] if facts.has_audio else []
    return [facts.kind, *words]
