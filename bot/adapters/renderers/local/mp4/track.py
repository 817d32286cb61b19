"""Track: the index of a file that holds one H.264 or AAC track, as ffmpeg writes it."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, islice, pairwise
from pathlib import Path
from typing import IO

_LONGEST_INDEX = 1 << 28  # bytes
_MOST_SAMPLES = 1 << 24  # 38 hours at 120 a second


class Unfit(ValueError):
    """A file is not of the kind that can be cut and joined by bytes."""


@dataclass(frozen=True, slots=True)
class Track:
    """The samples of a track, in the order in which they are decoded, and what describes them.

    `delay` is the time of the first picture shown, as decoding starts before it. `offsets` are
    from a sample's decoding to its showing. `keys` are the numbers of the samples that can be
    decoded alone, None where all can. The bytes are boxes as they stood in the file; `shape` is
    the end of `tkhd`: volume, matrix, width and height.
    """

    path: Path
    timescale: int
    delay: int
    shape: bytes
    kind: bytes
    media: bytes
    description: bytes
    groups: bytes
    durations: tuple[int, ...]
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    places: tuple[int, ...]
    keys: frozenset[int] | None

    @property
    def duration(self) -> int:
        """How long all samples last."""
        return sum(self.durations)

    def part(self, first: int, end: int) -> "Track":
        """The samples [first, end)."""
        keys = self.keys
        return replace(
            self,
            durations=self.durations[first:end],
            offsets=self.offsets[first:end],
            sizes=self.sizes[first:end],
            places=self.places[first:end],
            keys=None if keys is None else frozenset(k - first for k in keys if first <= k < end),
        )


def read(path: Path) -> Track:
    """Read the index of a file that holds one track.

    Raises:
        Unfit: It is damaged, or of another kind.
        OSError: It cannot be read.
    """
    try:
        movie = _boxes(_index(path))
        return _track(path, movie)
    except (KeyError, struct.error, IndexError) as error:
        raise Unfit(f"not an MP4 that we know: {error!r}") from error


def box(name: bytes, *parts: bytes) -> bytes:
    """Write a box."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def _index(path: Path) -> bytes:
    """The contents of the box `moov`."""
    most = path.stat().st_size
    with path.open("rb") as file:
        while head := file.read(8):
            size, name = struct.unpack(">I4s", head)
            body = size - 8
            if size == 1:
                body = struct.unpack(">Q", file.read(8))[0] - 16
            if not 0 <= body <= most:
                raise Unfit("a box has no size, or one beyond the file's")
            if name == b"moov":
                return _whole(file, body)
            file.seek(body, 1)
    raise Unfit("no index")


def _whole(file: IO[bytes], size: int) -> bytes:
    content = file.read(size) if size <= _LONGEST_INDEX else b""
    if len(content) != size:
        raise Unfit("the index is cut off, or too long")
    return content


def _boxes(content: bytes) -> dict[bytes, bytes]:
    """The boxes in a box by name; of several with one name the last."""
    found, at = {}, 0
    while at + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        if not 8 <= size <= len(content) - at:
            raise Unfit("a box is longer than what it lies in")
        found[name] = content[at + 8 : at + size]
        at += size
    return found


def _track(path: Path, movie: Mapping[bytes, bytes]) -> Track:
    track = _boxes(movie[b"trak"])
    media = _boxes(track[b"mdia"])
    info = _boxes(media[b"minf"])
    table = _boxes(info[b"stbl"])
    sizes = _sizes(table[b"stsz"])
    header = media[b"mdhd"]
    found = Track(
        path=path,
        timescale=struct.unpack_from(">I", header, 20 if header[0] else 12)[0],
        delay=_delay(_boxes(track[b"edts"])[b"elst"]),
        shape=track[b"tkhd"][-60:],
        kind=media[b"hdlr"],
        media=b"".join(
            box(name, info[name]) for name in (b"vmhd", b"smhd", b"dinf") if name in info
        ),
        description=_described(table[b"stsd"]),
        groups=b"".join(box(name, table[name]) for name in (b"sgpd", b"sbgp") if name in table),
        durations=_spread(table[b"stts"]),
        offsets=_spread(table[b"ctts"]) if b"ctts" in table else (0,) * len(sizes),
        sizes=sizes,
        places=_places(table, sizes),
        keys=frozenset(n - 1 for n in _numbers(table[b"stss"])) if b"stss" in table else None,
    )
    _check_whole(found)
    return found


def _delay(edits: bytes) -> int:
    """Where the first and only edit starts; −1 is an empty one."""
    (count,) = struct.unpack_from(">I", edits, 4)
    if count != 1:
        raise Unfit(f"{count} edits")
    form, at = (">q", 16) if edits[0] else (">i", 12)
    delay: int = struct.unpack_from(form, edits, at)[0]
    if delay < 0:
        raise Unfit("an empty edit")
    return delay


def _described(stsd: bytes) -> bytes:
    """The sample description without `btrt`, which tells the bit rate of one piece."""
    count, size, name = struct.unpack_from(">II4s", stsd, 4)
    if count != 1 or name not in (b"avc1", b"mp4a"):
        raise Unfit(f"{count} sample descriptions, {name!r}")
    fixed = 78 if name == b"avc1" else 28
    entry = stsd[16 : 8 + size]
    inner = _boxes(entry[fixed:])
    rest = b"".join(box(key, body) for key, body in inner.items() if key != b"btrt")
    return stsd[:8] + box(name, entry[:fixed] + rest)


def _spread(table: bytes) -> tuple[int, ...]:
    """Undo run lengths."""
    if table[0]:
        raise Unfit("signed offsets")
    pairs = list(struct.iter_unpack(">II", table[8:]))
    if sum(count for count, _ in pairs) > _MOST_SAMPLES:
        raise Unfit("too many samples")
    return tuple(chain.from_iterable((value,) * count for count, value in pairs))


def _sizes(table: bytes) -> tuple[int, ...]:
    size, count = struct.unpack_from(">II", table, 4)
    if count > _MOST_SAMPLES:
        raise Unfit("too many samples")
    return (size,) * count if size else struct.unpack_from(f">{count}I", table, 12)


def _numbers(table: bytes) -> tuple[int, ...]:
    (count,) = struct.unpack_from(">I", table, 4)
    return struct.unpack_from(f">{count}I", table, 8)


def _places(table: Mapping[bytes, bytes], sizes: Sequence[int]) -> tuple[int, ...]:
    """Where each sample lies in the file: chunks lie anywhere, samples in a chunk side by side."""
    starts = _numbers(table[b"stco"]) if b"stco" in table else _long_numbers(table[b"co64"])
    runs = [*struct.iter_unpack(">III", table[b"stsc"][8:]), (len(starts) + 1, 0, 0)]
    if [first for first, *_ in runs] != sorted({first for first, *_ in runs}) or runs[0][0] != 1:
        raise Unfit("lots of samples in disorder")
    counts = [each for one, other in pairwise(runs) for each in [one[1]] * (other[0] - one[0])]
    if sum(counts) != len(sizes):
        raise Unfit("lots of samples that are not there")
    left = iter(sizes)
    places = []
    for start, count in zip(starts, counts, strict=True):
        within = list(islice(left, count))
        places += list(accumulate(within[:-1], initial=start))[:count]
    return tuple(places)


def _long_numbers(table: bytes) -> tuple[int, ...]:
    (count,) = struct.unpack_from(">I", table, 4)
    return struct.unpack_from(f">{count}Q", table, 8)


def _check_whole(track: Track) -> None:
    lengths = {len(each) for each in (track.durations, track.offsets, track.sizes, track.places)}
    if len(lengths) != 1 or lengths == {0}:
        raise Unfit("the tables disagree")
    if not track.timescale:
        raise Unfit("no clock")
    end = track.path.stat().st_size
    if any(place + size > end for place, size in zip(track.places, track.sizes, strict=True)):
        raise Unfit("the file is cut off")
