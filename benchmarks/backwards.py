"""Renders a minute of 1080p forwards and backwards: CPU seconds, and the memory of ffmpeg.

The clip has a keyframe every 250 frames, as x264 makes them: each stretch that is turned round is
decoded from the keyframe before.
"""

import asyncio
import resource
import tempfile
from pathlib import Path

from benchmarks.render import ffmpeg
from bot.adapters.renderers.local.renderer import LocalRenderer
from bot.engine.composition import Canvas, Clip, Composition, Video
from bot.engine.layout import layout
from bot.ports import MediaFiles, Rendered

SECONDS, FPS = 60, 30


def make_clip(path: Path) -> None:
    """Make a noisy, moving clip with sound."""
    picture = f"testsrc2=s=1920x1080:r={FPS}:d={SECONDS},noise=alls=5:allf=t"
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-g", "250"]
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=300:d={SECONDS}"]
    ffmpeg(*inputs, *coding, "-pix_fmt", "yuv420p", "-c:a", "aac", str(path))


async def rendered(path: Path, *, backwards: bool) -> Rendered:
    """Render the whole clip one way or the other."""
    facts = {"seconds": SECONDS, "width": 1920, "height": 1080, "fps": FPS, "has_audio": True}
    clip = Clip(id="c1", name=path.name, kind="video", sha256="c1", **facts)
    frames = SECONDS * FPS
    item = Video(id="v1", label="clip", clip="c1", duration=frames, backwards=backwards)
    item = item.but(source_in=frames if backwards else 0)
    comp = Composition(canvas=Canvas(), clips={"c1": clip}, items={"v1": item}, main=("v1",))
    media, out = {"c1": MediaFiles(path, None, ())}, path.with_name("film.mp4")
    events = [e async for e in LocalRenderer(0.04).render(layout(comp), media, "source", out)]
    film = events[-1]
    assert isinstance(film, Rendered)  # noqa: S101
    return film


def main() -> None:
    """Print what both ways took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        make_clip(path)
        for backwards in (False, True):
            film = asyncio.run(rendered(path, backwards=backwards))
            most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            way = "backwards" if backwards else "forwards"
            print(f"{way}: {film.cpu_seconds:.1f} s of CPU, at most {most:.0f} MB in a child")


if __name__ == "__main__":
    main()
