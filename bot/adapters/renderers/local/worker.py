"""Looks into media files, as the main program of a child process.

    worker.py look FILE…         {"files": [{"matrix": "bt709", "channels": 2, "lead": 0.1}, …]}
    worker.py check FILE N NEW   what is in a finished film; up to N pixels all is decoded, of more
                                 the end and the keyframes. NEW says in which seconds: all, A-B,C-D…

Prints one JSON object. It stands alone: nothing of ours is imported, so it starts fast and a
decoder that was taken over finds little around it.
"""

import json
import sys
from dataclasses import dataclass, field
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

Answer = dict[str, Any]
Span = tuple[float, float]

INPUT = {
    "format_whitelist": "mov,matroska,mp3,wav,flac,ogg,aac,gif",
    "protocol_whitelist": "file",
    "probesize": "20000000",
    "analyzeduration": "10000000",
    "max_pixels": "36000000",
}
MATRICES = {1: "bt709", 4: "fcc", 5: "bt470", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}
REORDERED = 4  # pictures; how many are decoded before one that is shown earlier, at most
TAGS = ("color_range", "colorspace", "color_primaries", "color_trc")


def look(path: str) -> Answer:
    """Tell a clip's colour matrix ("" if its pictures are RGB), channels, and lead; see there."""
    try:
        with av.open(f"file:{path}", options=INPUT, metadata_errors="replace") as film:
            video = next(iter(film.streams.video), None)
            sound = next(iter(film.streams.audio), None)
            return {
                "matrix": matrix(video) if video else "",
                "channels": sound.channels if sound and sound.codec_context else 0,
                "lead": lead(film, video) if video else 0,
            }
    except av.FFmpegError as exc:
        return {"broken": str(exc.strerror)}


def matrix(video: VideoStream) -> str:
    """The matrix that a file states, or that of its time where it states none."""
    if video.codec_context is None or (video.format and video.format.is_rgb):
        return ""
    by_size = "bt709" if video.height >= 720 or video.width >= 1280 else "smpte170m"
    return MATRICES.get(video.codec_context.colorspace, by_size)


def lead(film: InputContainer, video: VideoStream) -> float:
    """How long before it is shown a keyframe may be decoded, in seconds.

    In MOV, seeking goes by the time of decoding. That is far ahead for a keyframe behind a gap.
    """
    reorders = video.codec_context is not None and video.codec_context.has_b_frames
    if not reorders or "mov" not in film.format.name:
        return 0
    entries = list(video.index_entries)
    later = entries[REORDERED:] + entries[-1:] * REORDERED
    pairs = zip(entries, later, strict=False)
    waits = (other.timestamp - entry.timestamp for entry, other in pairs if entry.is_keyframe)
    return float(max([0, *waits]) * (video.time_base or 0))


def check(path: str, most_pixels: int, new: list[Span] | None) -> Answer:
    """Count and decode what is in a finished film; of a long one what is new, None for all."""
    with av.open(f"file:{path}", options=INPUT) as film:
        video = film.streams.video[0]
        seen, pictures = facts(video), count(film, video)
        whole = pictures.frames * video.width * video.height <= most_pixels
        tick = float(video.time_base or 0)
    with av.open(f"file:{path}", options=INPUT) as film:
        if whole:
            tried, decoded = pictures.frames, decode(film, 0)
        else:
            keys = pictures.keys if new is None else within(new, pictures.keys, tick)
            tried = len(keys) + pictures.tail
            decoded = decode_keys(film) if new is None else decode_each(film, keys)
            decoded += decode(film, pictures.keys[-1])
    counts = {"frames": pictures.frames, "tried": tried, "decoded": decoded}
    return seen | counts | {"sound": sound(path)}


def facts(video: VideoStream) -> Answer:
    context = video.codec_context
    return {
        "codec": context.name,
        "width": video.width,
        "height": video.height,
        "format": context.pix_fmt,
        "tags": [int(getattr(context, tag)) for tag in TAGS],
        "seconds": float((video.duration or 0) * (video.time_base or 0)),
    }


@dataclass(slots=True)
class Pictures:
    """How many there are: all, and from the last keyframe on; and the times of the keyframes."""

    frames: int = 0
    tail: int = 0
    keys: list[int] = field(default_factory=list)


def count(film: InputContainer, video: VideoStream) -> Pictures:
    pictures = Pictures()
    for packet in film.demux(video):
        if packet.size and packet.pts is not None:
            pictures.frames += 1
            pictures.tail += 1
            if packet.is_keyframe:
                pictures.keys.append(packet.pts)
                pictures.tail = 1
    return pictures


def decode(film: InputContainer, start: int) -> int:
    video = film.streams.video[0]
    film.seek(start, stream=video)
    return sum(1 for _ in film.decode(video))


def within(new: list[Span], keys: list[int], tick: float) -> list[int]:
    return [key for key in keys if any(start <= key * tick < end for start, end in new)]


def decode_keys(film: InputContainer) -> int:
    """Decode all keyframes."""
    video = film.streams.video[0]
    video.codec_context.skip_frame = "NONKEY"
    keys = decode(film, 0)
    video.codec_context.skip_frame = "DEFAULT"
    return keys


def decode_each(film: InputContainer, keys: list[int]) -> int:
    """Decode these keyframes, each alone."""
    video, decoded = film.streams.video[0], 0
    for key in keys:
        film.seek(key, stream=video)
        packet = next(film.demux(video))
        decoded += len([*video.decode(packet), *video.decode(None)])
        video.codec_context.flush_buffers()
    return decoded


def sound(path: str) -> Answer | None:
    with av.open(f"file:{path}", options=INPUT) as film:
        stream = next(iter(film.streams.audio), None)
        if stream is None:
            return None
        packets = [packet for packet in film.demux(stream) if packet.size]
        seconds = float((stream.duration or 0) * (stream.time_base or 0))
        pictures = sum(len(packet.decode()) for packet in packets[-50:])
    return {"seconds": seconds, "decoded": pictures, "codec": stream.codec_context.name}


def main(task: str, *arguments: str) -> Answer:
    if task == "look":
        return {"files": [look(path) for path in arguments]}
    path, most_pixels, new = (*arguments, "all")[:3]
    return check(path, int(most_pixels), None if new == "all" else spans(new))


def spans(text: str) -> list[Span]:
    pairs = (each.partition("-") for each in text.split(",") if each)
    return [(float(start), float(end)) for start, _, end in pairs]


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201
