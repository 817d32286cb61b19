"""A timeline as OpenTimelineIO, which DaVinci Resolve and many other programs open.

All times are at the canvas rate, counted from the first frame of a file. What other programs would
not understand lies in the metadata of each item.
Conventions: https://opentimelineio.readthedocs.io/en/stable/tutorials/otio-timeline-structure.html
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from opentimelineio.adapters import write_to_string
from opentimelineio.core import Composable
from opentimelineio.opentime import RationalTime, TimeRange
from opentimelineio.schema import (
    Clip,
    ExternalReference,
    FreezeFrame,
    Gap,
    LinearTimeWarp,
    Marker,
    MarkerColor,
    Timeline,
    Track,
    TrackKind,
    Transition,
    TransitionTypes,
)

from bot.adapters.exporters.facts import Shot, is_heard, lanes, main_shots, passes
from bot.engine import composition, layout
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
from bot.engine.layout import Placed
from bot.engine.timebase import Rate


def otio_text(film: layout.Timeline, name: str) -> str:
    """Write a laid-out composition as an .otio document."""
    timeline = Timeline(name, global_start_time=_time(0, film.canvas.fps))
    drawn = Text | Shape | Captions
    overlays = [p for p in film.track("overlay") if not isinstance(p.item, drawn)]
    seen = [main_shots(film), *lanes(overlays)]
    for number, lane in enumerate(seen, 1):
        timeline.tracks.append(_track(f"V{number}", TrackKind.Video, lane, film))
    heard = [lane for lane in seen if any(is_heard(shot, film) for shot in lane)]
    for number, lane in enumerate([*heard, *lanes(film.track("audio"))], 1):
        timeline.tracks.append(_track(f"A{number}", TrackKind.Audio, lane, film))
    timeline.tracks.markers.extend(_markers(film))
    return str(write_to_string(timeline, "otio_json"))


def _track(name: str, kind: str, lane: Sequence[Shot], film: layout.Timeline) -> Track:
    track = Track(name, kind=kind)
    end = 0
    for shot in lane:
        if shot.start > end:
            track.append(_gap(shot.start - end, film))
        if shot.transition is not None:
            track.append(_transition(shot.transition, film.canvas.fps))
        track.extend(_composed(shot, kind, film))
        end = shot.end
    return track


def _composed(shot: Shot, kind: str, film: layout.Timeline) -> Iterator[Composable]:
    """A shot as it stands in a track: what cannot stand there leaves a gap."""
    item = shot.item
    silent = kind == TrackKind.Audio and not is_heard(shot, film)
    if silent or isinstance(item, Text | Shape | Captions):
        gap = _gap(shot.end - shot.start, film)
        gap.markers.extend([] if silent else [_marker(shot.placed, 0, film)])
        yield gap
    else:
        for begin, frames in passes(shot, film):
            yield _clip(item, _range(begin, frames, film.canvas.fps), film)


def _clip(item: Video | Image | Audio, shown: TimeRange, film: layout.Timeline) -> Clip:
    rate, clip = film.canvas.fps, film.clips[item.clip]
    reach = None if isinstance(item, Image) else _range(0, clip.frames(rate), rate)
    file = ExternalReference(quote(clip.name), reach, {"chatkut": {"sha256": clip.sha256}})
    made = Clip(item.label, file, shown, _metadata(item))
    made.enabled = item.enabled
    if is_frozen(item):
        made.effects.append(FreezeFrame("freeze"))
    elif not isinstance(item, Image) and item.pace != 1:
        made.effects.append(LinearTimeWarp("speed", time_scalar=float(item.pace)))
    return made


def _transition(transition: composition.Transition, rate: Rate) -> Transition:
    """From the start of a shot on, while the one before it goes on below."""
    dissolve = transition.kind == "crossfade"
    return Transition(
        transition.kind,
        TransitionTypes.SMPTE_Dissolve if dissolve else TransitionTypes.Custom,
        _time(0, rate),
        _time(transition.frames, rate),
        {"chatkut": transition.model_dump(mode="json")},
    )


def _markers(film: layout.Timeline) -> Iterator[Marker]:
    """What lies over the film and is no clip."""
    for placed in film.track("overlay"):
        if isinstance(placed.item, Text | Shape) and placed.frames:
            yield _marker(placed, placed.start, film)


def _marker(placed: Placed, start: int, film: layout.Timeline) -> Marker:
    color = MarkerColor.YELLOW if isinstance(placed.item, Text) else MarkerColor.CYAN
    marked = _range(start, placed.frames, film.canvas.fps)
    return Marker(called(placed.item), marked, color, _metadata(placed.item))


def _metadata(item: Item) -> dict[str, object]:
    return {"chatkut": item.model_dump(mode="json")}


def _gap(frames: int, film: layout.Timeline) -> Gap:
    return Gap(source_range=_range(0, frames, film.canvas.fps))


def _range(start: int, frames: int, rate: Rate) -> TimeRange:
    return TimeRange(_time(start, rate), _time(frames, rate))


def _time(frames: int, rate: Rate) -> RationalTime:
    return RationalTime(frames, float(rate.value))
