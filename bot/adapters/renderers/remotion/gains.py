"""Gains: how loud every sound is at every frame, with music that makes room for the main track.

The player cannot listen, as the local renderer's compressor does. So it is assumed that what is
heard on the main track is speech of an ordinary level; the rest is the compressor's arithmetic.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import exp, pi, sin, sqrt
from typing import Final

from bot.adapters.renderers.local.audio import Sound
from bot.adapters.renderers.remotion.curves import Curve, curve
from bot.engine.keyframes import value
from bot.engine.timebase import Rate

_TOLERANCE: Final = 0.01  # a tenth of a decibel
_SPEECH: Final = 0.1  # −20 dB
_THRESHOLD: Final = 0.03
_RATIO: Final = 8
# For how long ffmpeg's sidechaincompress remembers, at attack=50 and release=400.
_ATTACK_SECONDS: Final = 0.0125
_RELEASE_SECONDS: Final = 0.1


def gains(heard: Sequence[Sound], frames: int, fps: Rate) -> list[Curve]:
    """The gain of each sound from its own start on; a frame has one, that of its middle."""
    levels = [[_level(sound, frame + 0.5) for frame in range(sound.frames)] for sound in heard]
    main = [0.0] * frames
    for sound, own in zip(heard, levels, strict=True):
        if sound.bus == "main":
            for frame, level in enumerate(own, sound.start):
                main[frame] += level**2
    room = list(_room(main, fps))
    return [
        curve(
            [level * room[frame] for frame, level in enumerate(own, sound.start)]
            if sound.bus == "ducked"
            else own,
            _TOLERANCE,
        )
        for sound, own in zip(heard, levels, strict=True)
    ]


def _level(sound: Sound, frame: float) -> float:
    """The volume, faded; where main-track sounds cross, their powers add up to one."""
    level, left = value(sound.volume, frame), sound.frames - frame
    if frame < sound.fade_in:
        level *= frame / sound.fade_in
    if left < sound.fade_out:
        level *= left / sound.fade_out
    if frame < sound.cross_in:
        level *= sin(pi / 2 * frame / sound.cross_in)
    if left < sound.cross_out:
        level *= sin(pi / 2 * left / sound.cross_out)
    return level


def _room(main: Iterable[float], fps: Rate) -> Iterator[float]:
    """What music is multiplied with, from the power of the main track's gains."""
    attack = 1 - exp(-fps.seconds(1) / _ATTACK_SECONDS)
    release = 1 - exp(-fps.seconds(1) / _RELEASE_SECONDS)
    power = 0.0
    for gain in main:
        change = _SPEECH**2 * gain - power
        power += change * (attack if change > 0 else release)
        over = max(1.0, sqrt(power) / _THRESHOLD)
        yield over ** (1 / _RATIO - 1)
