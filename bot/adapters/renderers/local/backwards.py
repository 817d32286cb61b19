"""Backwards: footage and sound are turned round in short stretches, as ffmpeg holds what it turns.

A stretch is sought, decoded forwards and turned round, and then comes the one before it. An ffmpeg
turns all its stretches at once, whichever is shown first; so it gets few of them, and memory does
not grow with the length. The price is that each is decoded from the keyframe before.
"""

from collections.abc import Iterator
from fractions import Fraction

from bot.adapters.renderers.lowering.framing import Size

_MOST_FRAMES = 60
_MOST_PIXELS = 250_000_000
"""What is held while it is turned round, in pixels of what comes out: 375 MB."""

MOST_SOUND_SECONDS = 60

Stretch = tuple[int, int]
"""How many frames are shown before it, and how many it has."""


def stretches(frames: int, size: Size) -> Iterator[Stretch]:
    """Share out frames of a size, in the order in which they are shown."""
    most = max(1, min(_MOST_FRAMES, _MOST_PIXELS // (size[0] * size[1])))
    yield from ((start, min(most, frames - start)) for start in range(0, frames, most))


def takes(first: Fraction, length: Fraction, most: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    """Share out a stretch of sound from its end on: where each part begins, and how long it is."""
    end = first + length
    while end > first:
        start = max(first, end - most)
        yield start, end - start
        end = start
