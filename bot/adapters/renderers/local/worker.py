"""Looks into media files, as the main program of a child process.

    worker.py look FILE…     {"files": [{"matrix": "bt709", "channels": 2}, …]}
    worker.py check FILE N   what is in a finished film; pictures are decoded whole up to N pixels

Prints one JSON object. It stands alone: nothing of ours is imported, so it starts fast and a
decoder that was taken over finds little around it.
"""

import json
import sys
from dataclasses import dataclass
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

Answer = dict[str, Any]

INPUT = {
    "format_whitelist": "mov,matroska,mp3,wav,flac,ogg,aac,gif",
    "protocol_whitelist": "file",
    "probesize": "20000000",
    "analyzeduration": "10000000",
    "max_pixels": "36000000",
}
MATRICES = {1: "bt709", 4: "fcc", 5: "bt470", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}
TAGS = ("color_range", "colorspace", "color_primaries", "color_trc")


def look(path: str) -> Answer:
    """Tell a clip's colour matrix ("" if its pictures are RGB) and how many channels it has."""
    try:
        with av.open(f"file:{path}", options=INPUT, metadata_errors="replace") as film:
            video = next(iter(film.streams.video), None)
            sound = next(iter(film.streams.audio), None)
            return {
                "matrix": matrix(video) if video else "",
                "channels": sound.channels if sound and sound.codec_context else 0,
            }
    except av.FFmpegError as exc:
        return {"broken": str(exc.strerror)}


def matrix(video: VideoStream) -> str:
    """The matrix that a file states, or that of its time where it states none."""
    if video.codec_context is None or (video.format and video.format.is_rgb):
        return ""
    by_size = "bt709" if video.height >= 720 or video.width >= 1280 else "smpte170m"
    return MATRICES.get(video.codec_context.colorspace, by_size)


def check(path: str, most_pixels: int) -> Answer:
    """Count and decode what is in a finished film."""
    with av.open(f"file:{path}", options=INPUT) as film:
        video = film.streams.video[0]
        seen, pictures = facts(video), count(film, video)
        whole = pictures.frames * video.width * video.height <= most_pixels
    with av.open(f"file:{path}", options=INPUT) as film:
        decoded = decode(film, 0) if whole else decode_ends(film, pictures.last_key)
    tried = pictures.frames if whole else pictures.keys + pictures.tail
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
    """How many there are: all, keyframes, from the last keyframe on; and the time of that."""

    frames: int = 0
    keys: int = 0
    tail: int = 0
    last_key: int = 0


def count(film: InputContainer, video: VideoStream) -> Pictures:
    pictures = Pictures()
    for packet in film.demux(video):
        if packet.size and packet.pts is not None:
            pictures.frames += 1
            pictures.tail += 1
            if packet.is_keyframe:
                pictures.keys, pictures.tail, pictures.last_key = pictures.keys + 1, 1, packet.pts
    return pictures


def decode(film: InputContainer, start: int) -> int:
    video = film.streams.video[0]
    film.seek(start, stream=video)
    return sum(1 for _ in film.decode(video))


def decode_ends(film: InputContainer, last_key: int) -> int:
    """Decode all keyframes, and everything from the last one on."""
    video = film.streams.video[0]
    video.codec_context.skip_frame = "NONKEY"
    keys = decode(film, 0)
    video.codec_context.skip_frame = "DEFAULT"
    return keys + decode(film, last_key)


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
    path, most_pixels = arguments
    return check(path, int(most_pixels))


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201
