"""Splice: cuts tracks into pieces, and writes pieces one after the other."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, groupby, pairwise
from math import lcm
from pathlib import Path
from typing import IO

from bot.adapters.renderers.local.mp4.track import Track, Unfit, box

_BLOCK = 1 << 20
_UNITY = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_FTYP = b"isom\0\0\2\0isomiso2avc1mp41"
_VERSION_1 = 1 << 24
_LONGEST = 1 << 31
_ENABLED = 3  # and part of the film
_NO_LANGUAGE = 0x55C4


def cut(track: Track, lengths: Iterable[int], step: int) -> list[Track]:
    """Cut pictures that last `step` ticks each into pieces of so many pictures.

    Raises:
        Unfit: A piece does not start with a keyframe, its pictures are not exactly those of its
            time, or there are more or fewer pictures.
    """
    marks = [0, *accumulate(lengths)]
    if marks[-1] != len(track.sizes):
        raise Unfit(f"{len(track.sizes)} pictures and not {marks[-1]}")
    pieces = [track.part(first, end) for first, end in pairwise(marks)]
    for piece in pieces:
        _check_pictures(piece, step)
    return pieces


def write(pieces: Sequence[Track], sound: Track | None, out: Path) -> None:
    """Write pictures one after the other, and the sound between them, its index in front.

    Raises:
        Unfit: The pieces were not encoded alike.
        OSError: A file cannot be read or written.
    """
    _check_alike(pieces)
    pictures = _joined(pieces)
    tracks = [_Laid(pictures, [len(piece.sizes) for piece in pieces])]
    if sound:
        tracks.append(_Laid(sound, _beside(sound, pieces)))
    seconds = pictures.duration, pictures.timescale
    start = len(_file_type()) + len(_movie(tracks, [[0] * len(t.counts) for t in tracks], seconds))
    places, end = _laid_out(tracks, start + 16)
    with out.open("wb") as film:
        film.write(_file_type() + _movie(tracks, places, seconds))
        film.write(struct.pack(">I4sQ", 1, b"mdat", end - start))
        _copy(_ranges(pieces, sound, tracks), film)


# --- checks ----------------------------------------------------------------------------------


def _check_pictures(piece: Track, step: int) -> None:
    _check_start(piece)
    times = sorted(n * step + offset for n, offset in enumerate(piece.offsets))
    if set(piece.durations) != {step} or times != [
        piece.delay + n * step for n in range(len(piece.sizes))
    ]:
        raise Unfit("pictures are missing, or shown twice")


def _check_start(piece: Track) -> None:
    if piece.keys is not None and 0 not in piece.keys:
        raise Unfit("a piece does not start with a keyframe")


def _check_alike(pieces: Sequence[Track]) -> None:
    kinds = {(piece.description, piece.timescale, piece.delay) for piece in pieces}
    if len(kinds) != 1:
        raise Unfit("the pieces were not encoded alike")
    for piece in pieces:
        _check_start(piece)


# --- joining ---------------------------------------------------------------------------------


def _joined(pieces: Sequence[Track]) -> Track:
    """The samples of all; `path` and `places` mean nothing any more."""
    starts = accumulate((len(piece.sizes) for piece in pieces[:-1]), initial=0)
    keys = (_keys(piece, start) for piece, start in zip(pieces, starts, strict=True))
    return replace(
        pieces[0],
        durations=tuple(chain.from_iterable(piece.durations for piece in pieces)),
        offsets=tuple(chain.from_iterable(piece.offsets for piece in pieces)),
        sizes=tuple(chain.from_iterable(piece.sizes for piece in pieces)),
        places=(),
        keys=frozenset(chain.from_iterable(keys)),
    )


def _keys(piece: Track, start: int) -> Iterable[int]:
    keys = range(len(piece.sizes)) if piece.keys is None else piece.keys
    return (start + key for key in keys)


@dataclass(frozen=True, slots=True)
class _Laid:
    """A track, and how many of its samples lie side by side each time."""

    track: Track
    counts: list[int]

    @property
    def sizes(self) -> list[int]:
        """Bytes of each lot."""
        left = iter(self.track.sizes)
        return [sum(next(left) for _ in range(count)) for count in self.counts]


def _beside(sound: Track, pieces: Sequence[Track]) -> list[int]:
    """How many samples of the sound go behind each piece: up to its end; the last has the rest."""
    ends = accumulate(piece.duration / piece.timescale for piece in pieces[:-1])
    times = list(accumulate(sound.durations))
    counts, taken = [], 0
    for end in ends:
        until = sound.delay + end * sound.timescale
        upto = taken
        while upto < len(times) and times[upto] <= until:
            upto += 1
        counts.append(upto - taken)
        taken = upto
    return [*counts, len(times) - taken]


def _laid_out(tracks: Sequence[_Laid], start: int) -> tuple[list[list[int]], int]:
    """Where each lot starts if the first one starts there, the tracks in turn; and the end."""
    places: list[list[int]] = [[] for _ in tracks]
    at = start
    for lots in zip(*(track.sizes for track in tracks), strict=True):
        for place, size in zip(places, lots, strict=True):
            place.append(at)
            at += size
    return places, at


def _ranges(
    pieces: Sequence[Track], sound: Track | None, tracks: Sequence[_Laid]
) -> Iterator[tuple[Path, int, int]]:
    """What is copied: from which file, from where, how many bytes."""
    taken = 0
    for number, piece in enumerate(pieces):
        yield from _stretches(piece)
        if sound:
            count = tracks[1].counts[number]
            yield from _stretches(sound.part(taken, taken + count))
            taken += count


def _stretches(track: Track) -> Iterator[tuple[Path, int, int]]:
    """Samples that lie side by side are one stretch."""
    start = end = 0
    for place, size in zip(track.places, track.sizes, strict=True):
        if place != end:
            if end > start:
                yield track.path, start, end - start
            start = place
        end = place + size
    if end > start:
        yield track.path, start, end - start


def _copy(ranges: Iterable[tuple[Path, int, int]], out: IO[bytes]) -> None:
    for path, stretches in groupby(ranges, key=lambda each: each[0]):
        with path.open("rb") as file:
            for _, start, length in stretches:
                file.seek(start)
                _copy_bytes(file, length, out)


def _copy_bytes(file: IO[bytes], length: int, out: IO[bytes]) -> None:
    while length:
        block = file.read(min(_BLOCK, length))
        if not block:
            raise Unfit("a file became shorter")
        out.write(block)
        length -= len(block)


# --- writing ---------------------------------------------------------------------------------


def _file_type() -> bytes:
    return box(b"ftyp", _FTYP)


def _movie(
    tracks: Sequence[_Laid], places: Sequence[Sequence[int]], seconds: tuple[int, int]
) -> bytes:
    """The index; `seconds` is the length of the film as a fraction.

    Its clock is fine enough for all tracks, if there is such a one.
    """
    timescale = lcm(*(laid.track.timescale for laid in tracks))
    if timescale >= _LONGEST:
        timescale = seconds[1]
    length = seconds[0] * timescale // seconds[1]
    version, time = _form(length)
    header = struct.pack(
        f">I{time}{time}I{time}IH10x", version, 0, 0, timescale, length, 1 << 16, 1 << 8
    )
    closing = struct.pack(">24xI", len(tracks) + 1)
    return box(
        b"moov",
        box(b"mvhd", header, _UNITY, closing),
        *(
            _written(number, laid, where, length)
            for number, (laid, where) in enumerate(zip(tracks, places, strict=True), 1)
        ),
    )


def _form(duration: int) -> tuple[int, str]:
    """The version of boxes that can hold it, and how they write it; all players know 0."""
    return (0, "I") if duration < _LONGEST else (_VERSION_1, "Q")


def _written(number: int, laid: _Laid, places: Sequence[int], length: int) -> bytes:
    track = laid.track
    version, time = _form(max(length, track.delay))
    enabled = struct.pack(f">I{time}{time}I4x{time}", version | _ENABLED, 0, 0, number, length)
    edit = struct.pack(f">II{time}{time}I", version, 1, length, track.delay, 1 << 16)
    ticks = track.timescale, track.duration
    version, time = _form(track.duration)
    header = struct.pack(f">I{time}{time}I{time}HH", version, 0, 0, *ticks, _NO_LANGUAGE, 0)
    media = (box(b"mdhd", header), box(b"hdlr", track.kind))
    info = box(b"minf", track.media, box(b"stbl", *_tables(laid, places)))
    return box(
        b"trak",
        box(b"tkhd", enabled, track.shape),
        box(b"edts", box(b"elst", edit)),
        box(b"mdia", *media, info),
    )


def _tables(laid: _Laid, places: Sequence[int]) -> Iterator[bytes]:
    track = laid.track
    yield box(b"stsd", track.description)
    yield box(b"stts", _runs(track.durations))
    if any(track.offsets):
        yield box(b"ctts", _runs(track.offsets))
    if track.keys is not None and len(track.keys) < len(track.sizes):
        keys = sorted(key + 1 for key in track.keys)
        yield box(b"stss", struct.pack(f">II{len(keys)}I", 0, len(keys), *keys))
    there = [(count, place) for count, place in zip(laid.counts, places, strict=True) if count]
    yield box(b"stsc", _lots([count for count, _ in there]))
    yield box(
        b"stsz", struct.pack(f">III{len(track.sizes)}I", 0, 0, len(track.sizes), *track.sizes)
    )
    yield box(b"co64", struct.pack(f">II{len(there)}Q", 0, len(there), *(at for _, at in there)))
    yield track.groups


def _runs(values: Iterable[int]) -> bytes:
    """Run lengths."""
    runs = [(len(list(same)), value) for value, same in groupby(values)]
    return struct.pack(f">II{2 * len(runs)}I", 0, len(runs), *chain.from_iterable(runs))


def _lots(counts: Sequence[int]) -> bytes:
    """How many samples a lot has, where that changes."""
    changes = [
        (number, count, 1)
        for number, (before, count) in enumerate(pairwise([0, *counts]), 1)
        if count != before
    ]
    return struct.pack(f">II{3 * len(changes)}I", 0, len(changes), *chain.from_iterable(changes))
