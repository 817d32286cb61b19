"""Audio: all sound of the film as the inputs and filters of one ffmpeg.

Sounds that do not overlap share a lane, so that a hundred short pieces cost no more than one long
one. Lanes are mixed into three buses: the main track, music that makes room for it, and the rest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from bot.adapters.process import ffmpeg_input
from bot.adapters.renderers.local.backwards import MOST_SOUND_SECONDS, takes
from bot.adapters.renderers.local.filters import chain
from bot.adapters.renderers.local.graph import Graph
from bot.adapters.renderers.local.sources import Source
from bot.adapters.renderers.lowering.keyframes import Keys, expression, normal, number
from bot.engine.composition import Audio, Video, is_frozen
from bot.engine.keyframes import Keyframe
from bot.engine.layout import Placed, Timeline
from bot.engine.timebase import Rate, exact, round_half_up

SAMPLES = 48_000
Bus = Literal["main", "ducked", "free"]

_DUCKING = "sidechaincompress=threshold=0.03:ratio=8:attack=50:release=400"
_LIMITER = "alimiter=limit=0.95:level=0:latency=1"
_PLANAR = "aformat=sample_fmts=fltp:channel_layouts=stereo"
_TURNED = "aformat=sample_fmts=s16p,areverse"  # 12 MB a minute, which ffmpeg holds
_EARLY_SECONDS = Fraction(1, 5)
_SLACK_SECONDS = Fraction(1, 2)
_SLOWEST = Fraction(1, 2)  # what one atempo can do; above 2 it would skip samples
_FASTEST = Fraction(2)


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of a clip's sound on the timeline; all lengths are frames.

    `first` is where it begins in its clip, also where it is `backwards`, from its end on. `loop` is
    the length of the source that is repeated, 0 where nothing is.
    """

    clip: str
    bus: Bus
    start: int
    frames: int
    first: Fraction
    speed: Fraction
    loop: int
    volume: Keys
    fade_in: int
    fade_out: int
    cross_in: int = 0
    cross_out: int = 0
    backwards: bool = False

    @property
    def end(self) -> int:
        """The frame after the last one."""
        return self.start + self.frames


@dataclass(frozen=True, slots=True)
class Take:
    """A stretch of a clip's sound that is read at one go, in frames."""

    first: Fraction
    frames: Fraction
    exact: bool = False


def samples(frames: int | Fraction, fps: Rate) -> int:
    """How many samples a number of frames lasts."""
    return round_half_up(frames * SAMPLES / fps.value)


def sounds(timeline: Timeline) -> tuple[Sound, ...]:
    """Everything that is heard, by start."""
    heard = (_sound(timeline, placed) for placed in timeline.placed)
    return tuple(sorted((sound for sound in heard if sound), key=lambda sound: sound.start))


def compile_audio(timeline: Timeline, sources: Mapping[str, Source]) -> tuple[Graph, int]:
    """Write the sound of a timeline in ffmpeg's language; also tell how many inputs it opens."""
    heard = [sound for sound in sounds(timeline) if sources[sound.clip].channels]
    length = samples(timeline.duration, timeline.canvas.fps)
    fps = timeline.canvas.fps
    inputs: list[str] = []
    chains: list[str] = []
    opened = 0
    for index, sound in enumerate(heard):
        source, parts = sources[sound.clip], list(_takes(sound, fps))
        inputs += [argument for part in parts for argument in _input(part, source, fps)]
        read = [f"[{n}:a:0]{_read(part, source, fps)}" for n, part in enumerate(parts, opened)]
        opened += len(parts)
        if sound.backwards:
            chains += [f"{text},{_TURNED}[r{index}_{n}]" for n, text in enumerate(read)]
            labels = "".join(f"[r{index}_{n}]" for n in range(len(parts)))
            read = [f"{labels}concat=n={len(parts)}:v=0:a=1,{_PLANAR}"]
        chains.append(f"{chain(read[0], _played(sound, fps))}[n{index}]")
    buses = {bus: _bus(bus, heard, fps, length) for bus in _buses(heard)}
    chains += [text for bus in buses.values() for text in bus]
    chains += _mixed(list(buses), length)
    return Graph(inputs, ";\n".join(chains)), opened


def _sound(timeline: Timeline, placed: Placed) -> Sound | None:
    item = placed.item
    if not isinstance(item, Video | Audio) or not item.enabled or item.muted or placed.frames <= 0:
        return None
    clip = timeline.clips[item.clip]
    if not clip.has_audio or is_frozen(item):
        return None
    volume = item.keyframes.get("volume") or (Keyframe(frame=0, value=item.volume),)
    before, after = _crossings(timeline, placed)
    return Sound(
        clip=clip.id,
        bus=_bus_of(placed),
        start=placed.start,
        frames=placed.frames,
        first=max(Fraction(0), item.source_in + min(Fraction(0), placed.frames * item.pace)),
        speed=exact(item.speed),
        loop=_loop(item, placed.frames, clip.frames(timeline.canvas.fps)),
        volume=normal(volume, "volume"),
        fade_in=min(item.fade_in, placed.frames),
        fade_out=min(item.fade_out, placed.frames),
        cross_in=before,
        cross_out=after,
        backwards=item.pace < 0,
    )


def _bus_of(placed: Placed) -> Bus:
    if placed.track == "main":
        return "main"
    return "ducked" if isinstance(placed.item, Audio) and placed.item.duck else "free"


def _crossings(timeline: Timeline, placed: Placed) -> tuple[int, int]:
    """How many frames an item shares with the ones before and after it on the main track."""
    if placed.track != "main":
        return 0, 0
    following = timeline.main[placed.index + 1 : placed.index + 2]
    return placed.overlap, following[0].overlap if following else 0


def _loop(item: Video | Audio, frames: int, clip_frames: int) -> int:
    """The source frames that repeat: what the item plays of its clip, if that is too short."""
    if not isinstance(item, Audio) or not item.loop:
        return 0
    stretch = min(item.source_out, clip_frames) - item.source_in
    return stretch if 0 < stretch < frames * item.speed else 0


def _takes(sound: Sound, fps: Rate) -> Iterator[Take]:
    """The stretches of its clip that a sound is made of, in the order in which they are heard."""
    length = Fraction(sound.loop or sound.frames * sound.speed)
    if sound.backwards:
        most = MOST_SOUND_SECONDS * fps.value
        yield from (Take(*each, exact=True) for each in takes(sound.first, length, most))
    else:
        yield Take(sound.first, length)


def _input(take: Take, source: Source, fps: Rate) -> list[str]:
    length = take.frames / fps.value
    seek, early = _seek(take, fps)
    return ffmpeg_input(
        source.path,
        *("-vn", "-sn", "-dn", "-threads", "1"),
        *(("-ss", number(float(seek))) if seek else ()),
        *("-t", number(float(early + length + _SLACK_SECONDS))),
    )


def _seek(take: Take, fps: Rate) -> tuple[Fraction, Fraction]:
    """Where to seek, in seconds, and how much comes before the sound: decoders start unclean."""
    start = take.first / fps.value
    seek = max(Fraction(0), start - _EARLY_SECONDS)
    return seek, start - seek


def _read(take: Take, source: Source, fps: Rate) -> str:
    """A stretch of a clip's sound from its first sample on; `exact`, to its last one too."""
    early = round_half_up(_seek(take, fps)[1] * SAMPLES)
    length = samples(take.first + take.frames, fps) - samples(take.first, fps)
    return chain(
        f"aresample={SAMPLES}:async=1:first_pts=0",
        "pan=stereo|c0=c0|c1=c0" if source.channels == 1 else "",
        _PLANAR,
        f"atrim=start_sample={early}",
        f"apad,atrim=end_sample={length}" if take.exact else "",
    )


def _played(sound: Sound, fps: Rate) -> str:
    """A sound with its speed, volume and fades, exactly as long as it is."""
    length = samples(sound.end, fps) - samples(sound.start, fps)
    loop = samples(sound.loop, fps)
    return chain(
        f"atrim=end_sample={loop},aloop=loop=-1:size={loop}" if loop else "",
        *_tempo(sound.speed),
        f"apad,atrim=end_sample={length},asetpts=N/SR/TB",
        _volume(sound.volume, fps),
        _fade("in", 0, samples(sound.fade_in, fps), "tri"),
        _fade("in", 0, samples(sound.cross_in, fps), "qsin"),
        _fade("out", length, samples(sound.fade_out, fps), "tri"),
        _fade("out", length, samples(sound.cross_out, fps), "qsin"),
    )


def _tempo(speed: Fraction) -> Iterator[str]:
    while speed > _FASTEST:
        yield f"atempo={number(float(_FASTEST))}"
        speed /= _FASTEST
    while speed < _SLOWEST:
        yield f"atempo={number(float(_SLOWEST))}"
        speed /= _SLOWEST
    if speed != 1:
        yield f"atempo={number(float(speed))}"


def _volume(keys: Keys, fps: Rate) -> str:
    if len(keys) > 1:
        frame = f"(t*{fps.num}/{fps.den})"
        # Ten milliseconds at a time: steps that are too small to be heard.
        return f"asetnsamples=n=480:p=0,volume='{expression(keys, frame)}':eval=frame"
    return f"volume={number(keys[0].value)}" if keys[0].value != 1 else ""


def _fade(way: Literal["in", "out"], end: int, length: int, curve: str) -> str:
    start = 0 if way == "in" else end - length
    return f"afade=t={way}:ss={start}:ns={length}:curve={curve}" if length else ""


# --- lanes, buses, mix -----------------------------------------------------------------------


def _buses(heard: Iterable[Sound]) -> tuple[Bus, ...]:
    order: tuple[Bus, ...] = ("main", "ducked", "free")
    there = {sound.bus for sound in heard}
    return tuple(bus for bus in order if bus in there)


def _bus(bus: Bus, heard: Sequence[Sound], fps: Rate, length: int) -> list[str]:
    """Chains that mix the sounds of a bus into [bus], as long as the film."""
    lanes = _lanes([(index, sound) for index, sound in enumerate(heard) if sound.bus == bus])
    names = [f"{bus}{index}" for index in range(len(lanes))]
    chains = [
        text for name, lane in zip(names, lanes, strict=True) for text in _lane(name, lane, fps)
    ]
    return [*chains, f"{_mix(names)},apad=whole_len={length}[{bus}]"]


def _lanes(sounds: Iterable[tuple[int, Sound]]) -> list[list[tuple[int, Sound]]]:
    """Share sounds out so that no two in a lane overlap; each takes the first lane that is free."""
    lanes: list[list[tuple[int, Sound]]] = []
    for index, sound in sounds:
        free = (lane for lane in lanes if lane[-1][1].end <= sound.start)
        if (lane := next(free, None)) is not None:
            lane.append((index, sound))
        else:
            lanes.append([(index, sound)])
    return lanes


def _lane(name: str, lane: list[tuple[int, Sound]], fps: Rate) -> Iterator[str]:
    """Put sounds one after the other, with silence between them."""
    labels, end = [], 0
    for index, sound in lane:
        if gap := samples(sound.start, fps) - samples(end, fps):
            yield f"{_silence(gap)}[{name}g{index}]"
            labels.append(f"[{name}g{index}]")
        labels.append(f"[n{index}]")
        end = sound.end
    yield f"{''.join(labels)}concat=n={len(labels)}:v=0:a=1[{name}]"


def _silence(length: int) -> str:
    return f"anullsrc=r={SAMPLES}:cl=stereo,atrim=end_sample={length},{_PLANAR}"


def _mix(labels: Sequence[str]) -> str:
    joined = "".join(f"[{label}]" for label in labels)
    if len(labels) == 1:
        return f"{joined}anull"
    return f"{joined}amix=inputs={len(labels)}:normalize=0:dropout_transition=0"


def _mixed(buses: Sequence[Bus], length: int) -> Iterator[str]:
    """Mix the buses into [out], with the music under the main track's sound."""
    if not buses:
        yield f"{_silence(length)}[out]"
        return
    labels: list[str] = list(buses)
    if "main" in buses and "ducked" in buses:
        yield "[main]asplit[voice][key]"
        yield f"[ducked][key]{_DUCKING}[music]"
        labels = ["voice", "music", *buses[2:]]
    yield f"{_mix(labels)},{_LIMITER},apad,atrim=end_sample={length},asetpts=N/SR/TB,{_PLANAR}[out]"
