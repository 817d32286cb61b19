"""Cutting and joining by bytes."""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.renderers.local import mp4
from bot.adapters.renderers.local.encode import join
from tests.adapters.renderers.conftest import ffmpeg

STEP = 1000
STITCHABLE = ("-x264-params", "stitchable=1", "-video_track_timescale", "30000")


def encoded(path: Path, frames: int, *options: str, cuts: tuple[int, ...] = ()) -> Path:
    """Pictures that all differ, which can be cut before some."""
    times = ",".join(f"{frame / 30 - 0.01:.4f}" for frame in cuts)
    forced = ("-force_key_frames", times) if cuts else ()
    source = ("-f", "lavfi", "-i", f"testsrc2=s=160x90:r=30:d={frames / 30:.5f}")
    coding = ("-c:v", "libx264", "-pix_fmt", "yuv420p", *STITCHABLE, *forced)
    ffmpeg(*source, *coding, *options, path)
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mp4")
    return encoded(folder / "whole.mp4", 120, "-bf", "3", cuts=(30, 42, 90))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "sound.m4a"
    ffmpeg("-f", "lavfi", "-i", "sine=440:d=4", "-ac", "2", "-ar", "48000", "-c:a", "aac", path)
    return path


def pictures(path: Path) -> list[tuple[int | None, str]]:
    """Times and digests of the decoded pictures."""
    with av.open(str(path)) as film:
        return [(frame.pts, digest(frame)) for frame in film.decode(video=0)]


def digest(frame: av.VideoFrame) -> str:
    return hashlib.sha256(b"".join(bytes(plane) for plane in frame.planes)).hexdigest()


def heard(path: Path) -> list[bytes]:
    with av.open(str(path)) as film:
        return [bytes(plane) for frame in film.decode(audio=0) for plane in frame.planes]


def pieces(whole: Path, folder: Path) -> Iterator[Path]:
    for number, piece in enumerate(mp4.cut(mp4.read(whole), [30, 12, 48, 30], STEP)):
        mp4.write([piece], None, folder / f"{number}")
        yield folder / f"{number}"


def test_pieces_joined_again_are_the_film_picture_by_picture_with_its_sound(
    whole: Path, sound: Path, tmp_path: Path
) -> None:
    parts = [mp4.read(part) for part in pieces(whole, tmp_path)]
    mp4.write(parts, mp4.read(sound), tmp_path / "joined.mp4")
    assert pictures(tmp_path / "joined.mp4") == pictures(whole)
    assert heard(tmp_path / "joined.mp4") == heard(sound)
    with av.open(str(tmp_path / "joined.mp4")) as film:
        streams = [film.streams.video[0], film.streams.audio[0]]
        lengths = [(s.start_time, float((s.duration or 0) * (s.time_base or 0))) for s in streams]
    assert lengths == [(0, 4), (0, 4)]


def test_sound_lies_beside_its_pictures(whole: Path, sound: Path, tmp_path: Path) -> None:
    parts = [mp4.read(part) for part in pieces(whole, tmp_path)]
    mp4.write(parts, mp4.read(sound), tmp_path / "joined.mp4")
    with av.open(str(tmp_path / "joined.mp4")) as film:
        packets = sorted((p for p in film.demux() if p.size), key=lambda packet: packet.pos or 0)
    times = [float(packet.dts * packet.time_base) for packet in packets if packet.dts is not None]
    assert all(later > earlier - 2 for earlier, later in pairwise(times))


@pytest.mark.parametrize(
    ("lengths", "what"),
    [
        ([120, 1], "120 pictures"),
        ([60, 60], "keyframe|missing"),
        ([30, 90, 0], "keyframe|missing"),
    ],
)
def test_what_cannot_be_cut_is_refused(whole: Path, lengths: list[int], what: str) -> None:
    with pytest.raises(mp4.Unfit, match=what):
        mp4.cut(mp4.read(whole), lengths, STEP)


def test_pictures_of_another_rate_are_missing(whole: Path) -> None:
    with pytest.raises(mp4.Unfit, match="missing"):
        mp4.cut(mp4.read(whole), [120], 1001)


async def test_parts_that_were_encoded_differently_are_joined_by_ffmpeg(
    whole: Path, sound: Path, tmp_path: Path
) -> None:
    other = encoded(tmp_path / "other.mp4", 30, "-preset", "ultrafast")
    parts = [*pieces(whole, tmp_path), other]
    with pytest.raises(mp4.Unfit, match="alike"):
        mp4.write([mp4.read(part) for part in parts], None, tmp_path / "no.mp4")
    assert await join(parts, sound, tmp_path / "film.mp4") > 0
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert sum(1 for packet in film.demux(video=0) if packet.size) == 150


def test_a_file_that_becomes_shorter_while_it_is_joined_is_noticed(
    whole: Path, tmp_path: Path
) -> None:
    parts = list(pieces(whole, tmp_path))
    tracks = [mp4.read(part) for part in parts]
    parts[2].write_bytes(parts[2].read_bytes()[:-100])
    with pytest.raises(mp4.Unfit, match="shorter"):
        mp4.write(tracks, None, tmp_path / "film.mp4")
    with pytest.raises(mp4.Unfit, match="cut off"):
        mp4.read(parts[2])


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        (b"stsc", 12, 0),  # the first lot that has so many samples
        (b"stsc", 12, 9),
        (b"stsc", 16, 0xFFFFFFFF),  # how many
        (b"stts", 12, 0xFFFFFFFF),
        (b"stsz", 12, 0xFFFFFFFF),
        (b"mdhd", 16, 0),  # ticks per second
    ],
)
def test_tables_that_lie_are_refused_and_take_no_memory(
    whole: Path, tmp_path: Path, name: bytes, at: int, value: int
) -> None:
    content = bytearray(whole.read_bytes())
    struct.pack_into(">I", content, content.rindex(name) + at, value)
    (tmp_path / "lies.mp4").write_bytes(content)
    with pytest.raises(mp4.Unfit):
        mp4.read(tmp_path / "lies.mp4")


def test_a_box_that_ends_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "endless.mp4").write_bytes(struct.pack(">I4sQ", 1, b"free", (1 << 64) - 1))
    with pytest.raises(mp4.Unfit):
        mp4.read(tmp_path / "endless.mp4")


@pytest.mark.parametrize(("tick", "version"), [(1000, 0), (1 << 25, 1)])
def test_times_have_64_bits_only_where_they_need_them(
    whole: Path, tmp_path: Path, tick: int, version: int
) -> None:
    track = replace(mp4.read(whole), durations=(tick,) * 120)
    mp4.write([track], None, tmp_path / "film.mp4")
    content = (tmp_path / "film.mp4").read_bytes()
    for name in (b"mvhd", b"tkhd", b"mdhd", b"elst"):
        assert content[content.index(name) + 4] == version
    assert mp4.read(tmp_path / "film.mp4") == replace(
        track, path=tmp_path / "film.mp4", places=mp4.read(tmp_path / "film.mp4").places
    )
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.streams.video[0].duration == 120 * tick


def test_a_film_whose_clocks_have_no_common_tick_is_joined_all_the_same(
    whole: Path, sound: Path, tmp_path: Path
) -> None:
    odd = replace(mp4.read(whole), timescale=119_881, durations=(3997,) * 120)
    mp4.write([odd], mp4.read(sound), tmp_path / "film.mp4")
    assert heard(tmp_path / "film.mp4") == heard(sound)
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.streams.video[0].time_base == Fraction(1, 119_881)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_read_but_never_worse(
    whole: Path, tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(whole.read_bytes())
    index = content.index(b"moov")
    for at in data.draw(st.lists(st.integers(index, len(content) - 1), min_size=1, max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(content[: data.draw(st.integers(index, len(content)))])
    try:
        track = mp4.read(damaged)
        mp4.write(mp4.cut(track, [len(track.sizes)], STEP), None, tmp_path / "out.mp4")
    except mp4.Unfit:
        pass
