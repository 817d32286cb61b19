"""Check: whether a finished film is what was asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.renderers.local.sources import work
from bot.adapters.renderers.lowering.scene import Window
from bot.engine.record import Record
from bot.ports import ChildFailed, RenderFailed

_DECODED_WHOLE = 200_000_000
"""Pixels; of longer films only the end is decoded, and the keyframes of what is new."""

_MOST_SPANS = 2000  # so that they fit into an argument
_BT709 = (1, 1, 1, 1)  # limited range, matrix, primaries, transfer
_SAMPLE = 1 / 48_000


@dataclass(frozen=True, slots=True)
class Expected:
    """What a film has to be; its sound may be longer or shorter by `sound_slack` seconds.

    `new` are the frames that were in no film that was checked before; None for all of them.
    """

    size: tuple[int, int]
    frames: int
    seconds: float
    codec: str
    sound: bool
    sound_slack: float = 1.5 * _SAMPLE
    new: Sequence[Window] | None = None


class _Sound(Record):
    codec: str
    seconds: float
    decoded: int


class _Found(Record):
    codec: str
    width: int
    height: int
    format: str
    tags: tuple[int, ...]
    seconds: float
    frames: int
    tried: int
    decoded: int
    sound: _Sound | None


async def check(film: Path, expected: Expected) -> float:
    """Look through a film; return the CPU seconds it took.

    Raises:
        RenderFailed: It is not what was asked for; the message says in what.
    """
    try:
        done = await work("check", str(film), str(_DECODED_WHOLE), _new(expected))
    except ChildFailed as error:
        raise RenderFailed(f"The finished film cannot be read again: {error}") from error
    found = _Found.model_validate_json(done.stdout)
    if wrong := "; ".join(_differences(found, expected)):
        raise RenderFailed(f"The film did not pass the check: {wrong}.")
    return done.cpu_seconds


def _new(expected: Expected) -> str:
    """Where what is new lies, in seconds, from a little before the first frame."""
    if expected.new is None or len(expected.new) > _MOST_SPANS:
        return "all"
    frame = expected.seconds / expected.frames
    spans = ((max(0, first - 0.5) * frame, (end - 0.5) * frame) for first, end in expected.new)
    return ",".join(f"{start:.6f}-{end:.6f}" for start, end in spans)


def _differences(found: _Found, expected: Expected) -> Iterator[str]:
    if found.codec != expected.codec:
        yield f"its pictures are {found.codec} and not {expected.codec}"
    if (found.width, found.height) != expected.size:
        size = f"{expected.size[0]} × {expected.size[1]}"
        yield f"it has {found.width} × {found.height} pixels and not {size}"
    if found.frames != expected.frames:
        yield f"it has {found.frames} frames and not {expected.frames}"
    if found.decoded < found.tried:
        yield f"only {found.decoded} of {found.tried} frames can be decoded"
    if abs(found.seconds - expected.seconds) > 0.5 * expected.seconds / expected.frames:
        yield f"it lasts {found.seconds:.3f} s and not {expected.seconds:.3f} s"
    if found.codec == "h264" and (found.format, found.tags) != ("yuv420p", _BT709):
        yield f"its colours are {found.format} {found.tags} and not BT.709"
    yield from _about_sound(found.sound, expected)


def _about_sound(sound: _Sound | None, expected: Expected) -> Iterator[str]:
    if (sound is not None) != expected.sound:
        yield "it has a sound track" if sound else "it has no sound track"
    elif sound and not (sound.decoded and sound.codec == "aac"):
        yield "its sound cannot be decoded"
    elif sound and abs(sound.seconds - expected.seconds) > expected.sound_slack:
        yield f"its sound lasts {sound.seconds:.3f} s and not {expected.seconds:.3f} s"
