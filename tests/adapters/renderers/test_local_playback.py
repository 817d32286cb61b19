"""Films made of kept pieces, in a browser: what it shows at every seam, and that it plays."""

import asyncio
import base64
from itertools import pairwise

import av
import pytest

from bot.adapters.renderers.local.cache import Cache
from bot.adapters.renderers.local.chunks import chunks
from bot.engine.composition import Item
from tests.adapters.renderers.conftest import Studio
from tests.adapters.renderers.test_local_film import DETAILED
from tests.adapters.renderers.test_local_pictures import video
from tests.browser import browser, needs_chromium

# Seeks to the middle of frames and reads the numbers that they show.
_SEEK = """async ([film, times]) => {
    const video = document.querySelector('video');
    const bytes = Uint8Array.from(atob(film), (letter) => letter.charCodeAt(0));
    video.src = URL.createObjectURL(new Blob([bytes], {type: 'video/mp4'}));
    await new Promise((done, failed) => {
        video.onloadeddata = done;
        video.onerror = () => failed(new Error(video.error.message));
    });
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const pen = canvas.getContext('2d', {willReadFrequently: true});
    const painted = () => new Promise((done) =>
        video.requestVideoFrameCallback((_, frame) => done(frame.mediaTime)));
    const seek = (time) => {  // `seeked` may come before the frame is there to be drawn
        const seeked = new Promise((done) => { video.onseeked = done; });
        const frame = painted();
        video.currentTime = time;
        return seeked.then(() => frame);
    };
    let at = await seek(times.at(-1));  // from the end on, every seek shows another frame
    while (at < 1) at = await painted();
    const shown = [];
    for (const time of times) {
        await seek(time);
        pen.drawImage(video, 0, 0);
        const lit = [...Array(8).keys()].filter((bit) => pen.getImageData(
            (bit + 0.5) / 8 * canvas.width, canvas.height / 2, 1, 1).data[1] > 128);
        shown.push(lit.reduce((sum, bit) => sum + (1 << bit), 0));
    }
    return [shown, video.duration];
}"""
_PLAY = """async () => {
    const video = document.querySelector('video');
    video.currentTime = 0;
    video.playbackRate = 4;
    await video.play();
    await new Promise((done, failed) => {
        video.onended = done;
        video.onerror = () => failed(new Error(video.error.message));
    });
    return [video.currentTime, video.webkitAudioDecodedByteCount > 0];
}"""


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("fps", ["30", "24000/1001", "60000/1001"])
async def test_a_browser_shows_every_frame_at_the_seams_and_plays_to_the_end(
    studio: Studio, fps: str
) -> None:
    studio.cache = Cache(studio.root / "kept", 1 << 30)
    studio.video("count", picture="color=black", seconds=8, fps=fps, options=DETAILED)
    for head in (0, 7):
        main: list[Item] = [
            video("count", 140 - head, source_in=11 + head),
            video("count", 100, id="b", source_in=3),
        ]
        timeline = studio.timeline(main, fps=fps)
        film = await studio.film(timeline)
    rate = float(timeline.canvas.fps.value)
    counts = film.counts()
    assert counts == [*range(18, 151), *range(3, 103)]
    near = sorted(
        {0, 232} | {first + by for first, _ in chunks(timeline)[1:] for by in (-2, -1, 0, 1)}
    )
    content = base64.b64encode(film.rendered.path.read_bytes()).decode()
    async with browser() as chromium:
        page = await chromium.new_page()
        await page.set_content("<video muted></video>")
        times = [(frame + 0.5) / rate for frame in near]
        async with asyncio.timeout(120):
            shown, duration = await page.evaluate(_SEEK, [content, times])
            ended, heard = await page.evaluate(_PLAY)
    assert shown == [counts[frame] for frame in near]
    assert duration == pytest.approx(233 / rate, abs=0.001)
    assert ended == pytest.approx(duration, abs=0.001)
    assert heard
    with av.open(str(film.rendered.path)) as file:
        for stream in file.streams:
            file.seek(0)
            times = [packet.dts for packet in file.demux(stream) if packet.dts is not None]
            assert all(later > earlier for earlier, later in pairwise(times))
