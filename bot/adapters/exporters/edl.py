"""The main track as an edit decision list (CMX 3600), which nearly every editing program takes.

Written by hand, because the writer of otio-cmx3600-adapter 1.0 divides by the speed of a clip where
it has to multiply, and knows no wipes; its reader checks this one in the tests.
Format: https://xmil.biz/EDL-X/CMX3600.pdf
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from bot.adapters.exporters.facts import Shot, is_heard, main_shots
from bot.engine.composition import Image, Shape, Text, Video, called
from bot.engine.layout import Timeline
from bot.engine.timebase import Rate, round_half_up

_NTSC = Fraction(1000, 1001)
_RATES = {24, 25, 30, 48, 50, 60, *(n * _NTSC for n in (24, 30, 48, 60))}
_BLACK = "BL"
_FILE = "AX"
"""A source without a reel: it is known by the name of its clip."""
_LONGEST_WORDS = 60


@dataclass(frozen=True, slots=True)
class _Event:
    """A numbered edit: two lines where something comes in over something else, and remarks."""

    edits: tuple[str, ...]
    remarks: tuple[str, ...]


def obstacle(film: Timeline) -> str:
    """Why there can be no edit decision list; "" where there can."""
    if not film.main:
        return "an .edl: it holds the main track alone, which is empty"
    if film.canvas.fps.value not in _RATES:
        return f"an .edl: it cannot count {float(film.canvas.fps.value):.5g} frames a second"
    return ""


def edl_text(film: Timeline, title: str) -> str:
    """Write the main track as events, with what lies over it as locators."""
    lines = [f"TITLE: {title}", "FCM: NON-DROP FRAME", ""]
    pairs = pairwise([None, *main_shots(film)])
    events = (event for before, shot in pairs if shot for event in _events(before, shot, film))
    for number, event in enumerate(events, 1):
        lines += [f"{number:03d}  {edit}" for edit in event.edits]
        lines += event.remarks
    return "\n".join([*lines, ""])


def _events(before: Shot | None, shot: Shot, film: Timeline) -> Iterator[_Event]:
    """Picture and sound in one; beside a picture that comes in slowly its sound begins at once."""
    heard = _shows_file(shot) and is_heard(shot, film)
    remarks = (*_speed(shot, film), *_locators(shot, film))
    if before is None or shot.transition is None:
        line = _line(shot, "B" if heard else "V", "C", film)
        yield _Event((line,), (*_names("FROM", shot, film), *remarks))
        return
    left = Shot(before.placed, shot.start, shot.start)
    edit = f"{'W001' if shot.transition.kind == 'wipe' else 'D'} {shot.transition.frames:03d}"
    both = (_line(left, "V", "C", film), _line(shot, "V", edit, film))
    names = (*_names("FROM", before, film), *_names("TO", shot, film))
    yield _Event(both, (*names, *remarks))
    if heard:
        sound = _line(shot, "A", "C", film)
        yield _Event((sound,), (*_names("FROM", shot, film), *_speed(shot, film)))


def _line(shot: Shot, channels: str, edit: str, film: Timeline) -> str:
    """From where to where in the file, and in the film."""
    record = (shot.start, shot.end)
    shown = shot.source_range(*record) if _shows_file(shot) else (0, shot.end - shot.start)
    times = " ".join(_timecode(frame, film.canvas.fps) for frame in (*shown, *record))
    return f"{_FILE if _shows_file(shot) else _BLACK:8} {channels:5} {edit:8} {times}"


def _shows_file(shot: Shot) -> bool:
    return isinstance(shot.item, Video | Image) and shot.item.enabled


def _names(side: str, shot: Shot, film: Timeline) -> Iterator[str]:
    """What is shown on a side of an edit: the name of a file, or words that stand for it."""
    item = shot.item
    if isinstance(item, Video | Image) and item.enabled:
        yield f"* {side} CLIP NAME:  {_plain(film.clips[item.clip].name)}"
    else:
        yield f"* {item.type.upper()}: {_plain(called(item))}"


def _speed(shot: Shot, film: Timeline) -> Iterator[str]:
    item, rate = shot.item, film.canvas.fps
    if not isinstance(item, Video) or not item.enabled:
        return
    pace = 0.0 if item.frozen is not None else float(item.pace)
    if pace != 1:
        fps, begin = float(rate.value) * pace, shot.source_range(shot.start, shot.end)[0]
        yield f"M2   {_FILE:8} {fps:05.1f}                {_timecode(begin, rate)}"
    if not pace:
        yield "* * FREEZE FRAME"


def _locators(shot: Shot, film: Timeline) -> Iterator[str]:
    """Words and shapes that appear while a shot is on screen."""
    for over in film.track("overlay"):
        if isinstance(over.item, Text | Shape) and shot.start <= over.start < shot.end:
            words = _plain(called(over.item))[:_LONGEST_WORDS]
            yield f"* LOC: {_timecode(over.start, film.canvas.fps)} YELLOW  {words}"


def _timecode(frame: int, rate: Rate) -> str:
    """Hours, minutes, seconds and frames; 29.97 frames a second are counted as 30."""
    seconds, frames = divmod(frame, round_half_up(rate.value))
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}:{frames:02}"


def _plain(text: str) -> str:
    """A text on one line: line breaks would begin something else."""
    return " ".join(text.split())
