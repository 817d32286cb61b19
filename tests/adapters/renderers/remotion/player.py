"""Plays films with the Remotion site on this machine, to compare them with the local renderer's."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import av
import pytest
from aiohttp import web
from PIL import Image, ImageChops, ImageStat

from bot.adapters.renderers.local.encode import advance_sound
from bot.adapters.renderers.lowering.stills import draw_still, drawables
from bot.adapters.renderers.remotion.document import Drawing, document
from bot.adapters.renderers.remotion.renderer import PRIMING_SECONDS
from bot.engine.composition import Image as Picture
from bot.engine.layout import Timeline
from tests.adapters.renderers.conftest import Film, Studio
from tests.browser import CHROMIUM

SITE = Path(__file__).parents[4] / "remotion"
_NEEDED = {
    "Node.js is not installed": shutil.which("node"),
    "Chromium is not installed": CHROMIUM.exists(),
    "the site is not built: run npm ci and node bundle.mjs in remotion/": (
        (SITE / "build/index.html").exists()
    ),
}
MISSING = "; ".join(reason for reason, is_there in _NEEDED.items() if not is_there)
needs_site = pytest.mark.skipif(bool(MISSING), reason=MISSING)


async def both(studio: Studio, timeline: Timeline) -> tuple[Film, Film]:
    """A film by the local renderer, and as the site plays it from files on a web server."""
    local = await studio.film(timeline)
    late, out = studio.root / "late.mp4", studio.root / "played.mp4"
    props = studio.root / "props.json"
    async with serving(studio.root) as url:
        links = {key: f"{url}/{media.original.name}" for key, media in studio.files.items()}
        film = document(timeline, links, drawings(studio, timeline, url))
        props.write_text(json.dumps({"ir": film}, allow_nan=False))
        await rendered("--props", str(props), "--out", str(late))
    await advance_sound(late, PRIMING_SECONDS, timeline.duration, out)
    return local, Film(replace(local.rendered, path=out))


def drawings(studio: Studio, timeline: Timeline, url: str) -> Mapping[str, Drawing]:
    found = {}
    for index, item in enumerate(drawables(timeline)):
        picture = studio.files[item.clip].still if isinstance(item, Picture) else None
        path = studio.root / f"drawn{index}.png"
        found[item.id] = Drawing(f"{url}/{path.name}", draw_still(item, timeline, picture, path))
    return found


async def rendered(*arguments: str) -> list[dict[str, float]]:
    """Run render.mjs; its progress."""
    node = await asyncio.create_subprocess_exec(
        *("node", "render.mjs", "--chromium", str(CHROMIUM), *arguments),
        cwd=SITE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaint = await node.communicate()
    assert node.returncode == 0, complaint.decode()
    return [json.loads(line) for line in out.splitlines()]


@asynccontextmanager
async def serving(root: Path) -> AsyncIterator[str]:
    """A folder on the web, with ranges."""
    app = web.Application()
    app.router.add_static("/", root)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def differences(one: Film, other: Film) -> list[int]:
    """For each frame, how much the average colours of any 20 × 20 pixels differ; 0 … 255."""
    pairs = zip(one.pictures, other.pictures, strict=True)
    return [_difference(_coarse(a), _coarse(b)) for a, b in pairs]


def _difference(one: Image.Image, other: Image.Image) -> int:
    return max(high for _, high in ImageStat.Stat(ImageChops.difference(one, other)).extrema)


def _coarse(frame: av.VideoFrame) -> Image.Image:
    (plane,) = frame.planes
    size = (frame.width, frame.height)
    image = Image.frombytes("RGB", size, bytes(plane), "raw", "RGB", plane.line_size)
    return image.resize((frame.width // 20, frame.height // 20), Image.Resampling.BOX)
