"""Measures one untrusted file, as the main program of a child process: `worker.py FILE DIRECTORY`.

Prints one JSON object: {"facts": {…}, "extension": "mp4"} (the facts as in bot.ports, without hash
and size), {"refused": why} or {"unwritable": why}. Writes `thumb_00.jpg` … and, of a picture,
`still.png` into the directory. Anything unforeseen ends it with a traceback; the parent knows what
to say then.

It stands alone: nothing of ours is imported, so it starts fast and a decoder that was taken over
finds little around it.
"""

import json
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, cast

import av
from av.codec.context import ThreadType
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream
from PIL import Image, ImageOps

Answer = dict[str, Any]

THUMBS = 16
THUMB_BOX = (384, 96)
STILL_BOX = (4096, 4096)
LONGEST_SIDE = 8192
MOST_PIXELS = 36_000_000
MOST_SECONDS = 12 * 3600
CHEAP_PIXELS = 600_000_000  # a clip of up to 300 frames of 1080p is decoded whole for its thumbs

KNOWN = "MP4, MOV, WebM, MKV, GIF, PNG, JPEG, WebP, MP3, WAV, M4A, OGG or FLAC"

PILLOW_NAMES = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "gif": "GIF"}
QUICKTIME_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}
PHOTO_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"}
HDR_CURVES = {16, 18}  # SMPTE ST 2084 (PQ) and ARIB STD-B67 (HLG)
OPTIONS = {
    "format_whitelist": "mov,matroska,mp3,wav,flac,ogg,aac,gif",
    "protocol_whitelist": "file",
    "probesize": "20000000",
    "analyzeduration": "10000000",
    "max_pixels": str(MOST_PIXELS),
}


class Refused(Exception):
    """The file cannot be used; the message says why, as the second half of a sentence."""


class Unwritable(Exception):
    """The result could not be written; the message is the system's."""


def measure(source: Path, out: Path) -> Answer:
    """Measure a file, whatever it is."""
    with source.open("rb") as file:
        head = file.read(64)
    try:
        if kind := picture_kind(head):
            return measure_picture(source, kind, out)
        refuse_unknown(head)
        return measure_film(source, out)
    except Refused as exc:
        return {"refused": str(exc)}
    except Unwritable as exc:
        return {"unwritable": str(exc)}


# --- what it is, by its first bytes ----------------------------------------------------------


def picture_kind(head: bytes) -> str | None:
    """Tell PNG, JPEG, WebP and GIF by their magic bytes; the result is also their suffix."""
    magic = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif"}
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return next((kind for start, kind in magic.items() if head.startswith(start)), None)


def refuse_unknown(head: bytes) -> None:
    """Let through only what begins like a video or a sound that we know."""
    if not head:
        raise Refused("it is empty")
    if head[4:8] == b"ftyp" and head[8:12] in PHOTO_BRANDS:
        raise Refused("it is a HEIC or AVIF photo; please send it as JPEG or PNG")
    mpeg_audio = head[0] == 0xFF and head[1:2] >= b"\xe0"
    wave = head[:4] == b"RIFF" and head[8:12] == b"WAVE"
    others = (b"\x1aE\xdf\xa3", b"OggS", b"fLaC", b"ID3")  # Matroska is the first
    if not (head[4:8] in QUICKTIME_BOXES or mpeg_audio or wave or head.startswith(others)):
        raise Refused(f"it is not a file of a kind that I know ({KNOWN})")


def check_size(width: int, height: int) -> None:
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        most = f"{LONGEST_SIDE} pixels a side and {MOST_PIXELS // 10**6} megapixels"
        raise Refused(f"it has {width} × {height} pixels, and I take up to {most}")


# --- pictures --------------------------------------------------------------------------------


def measure_picture(source: Path, kind: str, out: Path) -> Answer:
    with readable(), Image.open(source, formats=[PILLOW_NAMES[kind]]) as image:
        check_size(*image.size)
        moves = kind != "jpg" and getattr(image, "is_animated", False)
        if kind == "gif" and moves:
            return measure_film(source, out)
        upright = ImageOps.exif_transpose(eight_bits(image)).convert("RGBA")
    width, height = upright.size
    upright.thumbnail(STILL_BOX)
    with writable():
        upright.save(out / "still.png", compress_level=1)
    save_thumb(on_grey(upright).resize(fit(width, height)), 0, out)
    notes = ["moves, but I use its first picture only"] if moves else []
    facts = {"kind": "image", "width": width, "height": height, "notes": notes}
    return {"facts": facts, "extension": kind}


@contextmanager
def readable() -> Iterator[None]:
    Image.MAX_IMAGE_PIXELS = None  # check_size does it, and tells the size
    try:
        yield
    except (OSError, SyntaxError, ValueError) as exc:  # what Pillow raises on bad data
        raise Refused("the picture is damaged or cut off; please send it again") from exc


@contextmanager
def writable() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise Unwritable(exc.strerror or str(exc)) from exc


def eight_bits(image: Image.Image) -> Image.Image:
    """Scale greys of 16 bits, which Pillow would clip instead."""
    return image.point(lambda grey: grey / 256).convert("L") if image.mode[0] == "I" else image


def on_grey(image: Image.Image) -> Image.Image:
    """Put a picture on mid-grey, where a white logo shows as well as a black one."""
    grey = Image.new("RGBA", image.size, "#808080")
    return Image.alpha_composite(grey, image).convert("RGB")


def fit(width: int, height: int) -> tuple[int, int]:
    """The size of a thumb: 96 pixels high, or lower if it would become too wide."""
    scale = min(THUMB_BOX[0] / width, THUMB_BOX[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def save_thumb(image: Image.Image, number: int, out: Path) -> None:
    with writable():
        image.save(out / f"thumb_{number:02}.jpg", quality=80)


# --- videos and sounds -----------------------------------------------------------------------


@dataclass(slots=True)
class Track:
    """When the packets of a stream are shown, in ticks of its time base."""

    index: int
    tick: Fraction
    times: "array[int]" = field(default_factory=lambda: array("q"))
    end: int = 0

    def add(self, packet: "av.Packet[Any]") -> None:
        """Note a packet; edit lists hide some, and the last one of all is empty."""
        time = packet.dts if packet.pts is None else packet.pts
        if time is not None and not packet.is_discard:
            self.times.append(time)
            self.end = max(self.end, time + (packet.duration or 0))

    @property
    def seconds(self) -> float:
        """From the first picture to the end of the last, which some containers do not tell."""
        first, last = min(self.times), max(self.times)
        shown = self.end - last or median(self.steps()) or Fraction(1, 25) / self.tick
        return float((last + shown - first) * self.tick)

    def steps(self) -> list[int]:
        """Ticks from each picture to the next."""
        return [later - earlier for earlier, later in pairwise(sorted(self.times))] or [0]

    def varies(self) -> bool:
        """Whether more than a few pictures are shown longer or shorter than usual."""
        steps = self.steps()
        usual = median(steps)
        uneven = sum(abs(step - usual) > max(usual / 4, 1) for step in steps)
        return uneven > max(1, len(steps) / 50)

    def moments(self) -> list[int]:
        """The middles of as many equal parts as there are thumbs, in ticks."""
        part = Fraction(self.seconds) / self.tick / THUMBS
        return [min(self.times) + int(part * (n + Fraction(1, 2))) for n in range(THUMBS)]


def measure_film(source: Path, out: Path) -> Answer:
    """Read all packets, but decode a few pictures only."""
    with opened(source) as film:
        container = film.format.name.partition(",")[0]
        tracks = read_tracks(film)
        notes = cut_off(film, tracks)
    video, sound = tracks.get("video"), tracks.get("audio")
    if video:
        facts = measure_video(source, video, out)
        notes += facts.pop("notes")
        notes += [] if sound or container == "gif" else ["has no sound"]
    elif sound:
        facts = measure_sound(source, sound)
    else:
        raise Refused("there is neither a picture nor a sound in it")
    facts |= {"has_audio": sound is not None, "notes": notes}
    suffixes = {"mov": "mp4" if video else "m4a", "matroska": "mkv"}
    return {"facts": facts, "extension": suffixes.get(container, container)}


@contextmanager
def opened(source: Path) -> Iterator[InputContainer]:
    try:
        film = av.open(f"file:{source}", options=OPTIONS, metadata_errors="replace")
    except av.FFmpegError as exc:
        raise Refused("it is damaged or cut off; please export or send it again") from exc
    with film:
        yield film


def main_streams(film: InputContainer) -> list[Stream]:
    """The first video stream and the first audio stream; a cover picture is no video."""
    videos = [s for s in film.streams.video if not s.disposition & Disposition.attached_pic]
    for video in videos[:1]:
        if video.codec_context is None:
            raise Refused("its pictures are in a format that I cannot decode")
        check_size(video.width, video.height)
    sounds = [s for s in film.streams.audio if s.codec_context is not None]
    return [*videos[:1], *sounds[:1]]


def read_tracks(film: InputContainer) -> dict[str, Track]:
    """Read all packets of picture and sound, as far as they are there."""
    streams = main_streams(film)
    tracks = {s.index: Track(s.index, cast("Fraction", s.time_base)) for s in streams}
    with suppress(av.FFmpegError):
        for packet in film.demux(streams):
            tracks[packet.stream_index].add(packet)
    return {s.type: tracks[s.index] for s in streams if tracks[s.index].times}


def cut_off(film: InputContainer, tracks: dict[str, Track]) -> list[str]:
    """Compare the length that the header promises with what is there."""
    promised = (film.duration or 0) / av.time_base
    real = max((float(track.end * track.tick) for track in tracks.values()), default=0)
    guessed = film.format.name in {"mp3", "aac"}
    if guessed or promised - real < max(0.3, promised / 50):
        return []
    return [
        f"ends at {real:.1f} s of {promised:.1f} s: the file looks cut off; I use what is there"
    ]


def check_length(seconds: float) -> None:
    if seconds > MOST_SECONDS:
        hours = f"{seconds / 3600:.1f} hours"
        raise Refused(f"it is {hours} long, and I take up to {MOST_SECONDS // 3600} hours")


def measure_sound(source: Path, track: Track) -> Answer:
    check_length(track.seconds)
    with opened(source) as film:
        stream = film.streams[track.index]
        if next(decoded(film, stream), None) is None:
            raise Refused("its sound cannot be decoded; it may be damaged")
        promised = float((stream.duration or 0) * track.tick)
    # The header does not count the encoder's padding; it is believed where the packets agree.
    seconds = promised if abs(promised - track.seconds) < 0.1 else track.seconds
    return {"kind": "audio", "seconds": round(seconds, 6)}


def measure_video(source: Path, track: Track, out: Path) -> Answer:
    check_length(track.seconds)
    size, notes = (0, 0), []
    with opened(source) as film:
        stream = cast("VideoStream", film.streams[track.index])
        fps, aspect = mean_rate(stream, track), stream.sample_aspect_ratio or Fraction(1)
        for number, frame in enumerate(pictures(film, stream, track)):
            size = shown_size(frame, aspect)
            save_thumb(upright(frame, fit(*size)), number, out)
            notes = ["is HDR; its colours may look pale"] if frame.color_trc in HDR_CURVES else []
    if size == (0, 0):
        raise Refused("none of its pictures can be decoded; it may be damaged")
    if track.varies():
        notes.append(f"has a varying frame rate ({fps:.1f} fps on average)")
    return {
        "kind": "video",
        "seconds": round(track.seconds, 6),
        "width": size[0],
        "height": size[1],
        "fps": fps,
        "notes": notes,
    }


def mean_rate(stream: VideoStream, track: Track) -> float:
    """Pictures per second; the header's rate, which is exact, where it agrees with the count."""
    count = len(track.times)
    promised = float(stream.average_rate or 0)
    return promised if abs(promised * track.seconds - count) < 1 else count / track.seconds


# --- the pictures of a video -----------------------------------------------------------------


def pictures(film: InputContainer, stream: VideoStream, track: Track) -> Iterator[av.VideoFrame]:
    """Yield a picture for each moment: the right one, or a keyframe before it in a large clip."""
    if len(track.times) * stream.width * stream.height <= CHEAP_PIXELS:
        stream.thread_type = ThreadType.AUTO
        return walk(decoded(film, stream), track.moments())
    return jump(film, stream, track.moments())


def walk(frames: Iterator[av.VideoFrame], moments: list[int]) -> Iterator[av.VideoFrame]:
    """Decode everything; what is on screen at a moment is the last picture that came before."""
    shown = None
    for frame in frames:
        while moments and shown and frame.pts is not None and frame.pts > moments[0]:
            del moments[0]
            yield shown
        shown = frame
    if shown:
        yield from [shown] * len(moments)


def jump(film: InputContainer, stream: VideoStream, moments: list[int]) -> Iterator[av.VideoFrame]:
    """Decode keyframes only; where nothing can be decoded, the picture before is repeated."""
    frame = None
    for moment in moments:
        with suppress(av.FFmpegError):
            film.seek(moment, stream=stream)
        frame = next(decoded(film, stream), frame)
        if frame:
            yield frame


def decoded(film: InputContainer, stream: Stream) -> Iterator[Any]:
    """Decode what can be decoded, from where the file stands."""
    with suppress(av.FFmpegError):
        for packet in film.demux(stream):
            with suppress(av.FFmpegError):
                yield from packet.decode()


def quarter_turns(frame: av.VideoFrame) -> int:
    """How far the picture must be turned against the clock; phones note it in the file."""
    return round(frame.rotation / 90) % 4


def shown_size(frame: av.VideoFrame, aspect: Fraction) -> tuple[int, int]:
    """Width and height as seen: with square pixels, and upright."""
    width, height = max(1, round(frame.width * aspect)), frame.height
    return (height, width) if quarter_turns(frame) % 2 else (width, height)


def upright(frame: av.VideoFrame, size: tuple[int, int]) -> Image.Image:
    """Scale and turn a picture to the size at which it is seen."""
    turns = quarter_turns(frame)
    width, height = reversed(size) if turns % 2 else size
    image = cast("Image.Image", frame.to_image(width=width, height=height))  # type: ignore[no-untyped-call]
    return image.rotate(90 * turns, expand=True)


if __name__ == "__main__":
    json.dump(measure(Path(sys.argv[1]), Path(sys.argv[2])), sys.stdout)
