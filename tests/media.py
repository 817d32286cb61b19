"""Real media for tests, made by ffmpeg and Pillow; equal requests are encoded once per process.

Every function writes one file and returns its path. The container follows the name's suffix.
"""

import struct
import subprocess
import tempfile
import zlib
from functools import cache
from pathlib import Path

from PIL import Image

from bot.adapters.process import ffmpeg_exe

_CODECS = {
    ".mp4": ("libx264", "aac"),
    ".mov": ("libx264", "aac"),
    ".mkv": ("libx264", "aac"),
    ".webm": ("libvpx-vp9", "libopus"),
}


def video(
    path: Path,
    *,
    seconds: float = 2,
    size: str = "320x180",
    fps: str = "30",
    sound: bool = True,
    picture: str = "testsrc2",
    tone: int = 440,
    options: tuple[str, ...] = (),
) -> Path:
    """A clip of a lavfi `picture` ("testsrc2", "color=red") with a sine `tone` in hertz.

    `options` are further output options, such as ("-g", "10") or ("-movflags", "+faststart").
    """
    codec, sound_codec = _CODECS[path.suffix]
    source = f"{picture}{':' if '=' in picture else '='}size={size}:rate={fps}:duration={seconds}"
    arguments = ["-f", "lavfi", "-i", source]
    if sound:
        arguments += ["-f", "lavfi", "-i", f"sine={tone}:duration={seconds}", "-c:a", sound_codec]
    fast = ("-preset", "ultrafast") if codec == "libx264" else ("-deadline", "realtime")
    return _write(path, *arguments, "-c:v", codec, *fast, "-pix_fmt", "yuv420p", *options)


def sound(path: Path, *, seconds: float = 2, tone: int = 440) -> Path:
    """A sine tone as MP3, WAV, M4A, OGG, FLAC or, with no picture, MP4."""
    codec = ("-c:a", "libvorbis") if path.suffix == ".ogg" else ()
    return _write(path, "-f", "lavfi", "-i", f"sine={tone}:duration={seconds}", *codec)


def picture(path: Path, *, size: tuple[int, int] = (320, 180), color: str = "teal") -> Path:
    """A picture in one colour (with alpha, if the format has it) as PNG, JPEG, WebP or GIF."""
    mode = "RGB" if path.suffix in {".jpg", ".gif"} else "RGBA"
    Image.new(mode, size, color).save(path)
    return path


def rotated(path: Path, *, degrees: int = 90, seconds: float = 2) -> Path:
    """A still clip as a phone held upright writes it: lying, with a note to turn it."""
    lying = video(path.with_name("lying.mp4"), seconds=seconds, picture="smptehdbars")
    return _copy(path, "-display_rotation", str(degrees), "-i", str(lying))


def with_varying_rate(path: Path) -> Path:
    """A clip of 2 seconds, the first with all 30 pictures, the second with every fifth only."""
    chosen = "select='lt(t,1)+not(mod(n,5))'"
    return video(path, options=("-vf", chosen, "-fps_mode", "vfr"))


def animation(path: Path, *, seconds: float = 1, fps: str = "10") -> Path:
    """A GIF that moves."""
    return _write(path, "-f", "lavfi", "-i", f"testsrc2=size=160x90:rate={fps}:duration={seconds}")


def with_cover(path: Path) -> Path:
    """An MP3 with a picture attached."""
    song, cover = sound(path.with_name("song.mp3")), picture(path.with_name("cover.jpg"))
    inputs = ("-i", str(song), "-i", str(cover), "-map", "0", "-map", "1")
    return _copy(path, *inputs, "-disposition:v", "attached_pic")


def truncated(path: Path, *, part: float = 0.4, index_first: bool = True) -> Path:
    """The first `part` of a video of 10 seconds; an MP4 with its index last has lost that."""
    flags = ("-movflags", "+faststart") if index_first and path.suffix == ".mp4" else ()
    whole = video(path, seconds=10, options=flags).read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    return path


def without_frames(path: Path) -> Path:
    """An MP4 with a video track in which nothing is."""
    fragments = ("-movflags", "+empty_moov", "-frames:v", "0")
    return video(path, sound=False, options=fragments)


def playlist(path: Path) -> Path:
    """An HLS playlist that asks for a file of somebody else."""
    path.write_text("#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")
    return path


def bomb(path: Path, *, side: int = 15_000) -> Path:
    """A small PNG file that unpacks to `side` × `side` grey pixels."""
    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(bytes(1 + side)) for _ in range(side)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(*chunk) for chunk in chunks))
    return path


def frame(clip: Path, path: Path, *, at: float = 0) -> Image.Image:
    """The picture of a clip at a moment in seconds, as ffmpeg shows it; kept in `path`."""
    _write(path, "-ss", str(at), "-i", str(clip), "-frames:v", "1")
    with Image.open(path) as image:
        return image.convert("RGB")


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _copy(path: Path, *arguments: str) -> Path:
    return _write(path, *arguments, "-c", "copy")


def _write(path: Path, *arguments: str) -> Path:
    path.write_bytes(_encoded(path.suffix, arguments))
    return path


@cache
def _encoded(suffix: str, arguments: tuple[str, ...]) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory, f"out{suffix}")
        command = [ffmpeg_exe(), "-hide_banner", "-nostdin", "-v", "error", *arguments, str(out)]
        subprocess.run(command, check=True)
        return out.read_bytes()
