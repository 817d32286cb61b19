"""What every renderer does, on this machine and at AWS, and what the desk makes of it."""

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.media.local import LocalMedia
from bot.adapters.renderers.local.renderer import LocalRenderer
from bot.adapters.store.renders import SqlRenders
from bot.engine.composition import Composition, Text
from bot.engine.cost import FilmSize, Work
from bot.jobs.render import RenderDesk
from bot.ports import Progress, Renderer, RenderFailed, RenderOrder, RenderRecord
from tests.adapters.renderers.remotion.conftest import Lab, until

SIZE = FilmSize(900, 1280, 720)


@pytest.fixture(params=["local", "remotion"])
def renderer(request: pytest.FixtureRequest, lab: Lab) -> Renderer:
    found: Renderer = LocalRenderer(0.04) if request.param == "local" else lab.renderer()
    assert found.name == request.param
    return found


async def test_a_film_is_as_long_and_large_as_its_timeline(renderer: Renderer, lab: Lab) -> None:
    timeline = lab.timeline(25)
    rendered = await lab.film(renderer, timeline)
    assert (rendered.frames, rendered.seconds) == (25, timeline.seconds)
    assert (rendered.width, rendered.height) == (160, 90)
    assert rendered.path == lab.out
    assert rendered.size_bytes == lab.out.stat().st_size
    assert rendered.cpu_seconds > 0
    assert rendered.cost_microusd > 0
    fractions = [each.fraction for each in lab.told]
    assert fractions == sorted(fractions)
    assert all(0 <= each <= 1 for each in fractions)
    assert lab.leftovers() == []


async def test_an_empty_film_is_refused(renderer: Renderer, lab: Lab) -> None:
    with pytest.raises(RenderFailed, match="nothing to render"):
        await lab.film(renderer, lab.studio.timeline([]))


async def test_a_missing_clip_is_named_and_no_film_appears(renderer: Renderer, lab: Lab) -> None:
    timeline = lab.timeline()
    lab.studio.files["count"].original.unlink()
    with pytest.raises(RenderFailed, match=r"count\.mp4.* is missing"):
        await lab.film(renderer, timeline)
    assert not lab.out.exists()


async def test_whoever_stops_listening_leaves_nothing_behind(renderer: Renderer, lab: Lab) -> None:
    async with aclosing(lab.events(renderer)) as events:
        assert isinstance(await anext(events), Progress)
    assert lab.leftovers() == []
    assert not lab.out.exists()


async def test_a_film_that_nobody_wants_is_removed(renderer: Renderer, lab: Lab) -> None:
    await lab.film(renderer)
    assert await renderer.discard(lab.out) >= 0
    assert not lab.out.exists()
    assert await renderer.discard(lab.out) == 0


def test_more_work_takes_longer_and_costs_more(renderer: Renderer) -> None:
    double = FilmSize(1800, 1280, 720)
    for past in ([], [Work(SIZE.megapixel_frames, 500)]):
        one, two = renderer.expect(SIZE, past), renderer.expect(double, past)
        assert 0 < one.seconds < two.seconds
        assert 0 < one.microusd < two.microusd


def test_dear_renders_of_the_past_are_learnt_from(renderer: Renderer) -> None:
    cheap = renderer.expect(SIZE, [Work(SIZE.megapixel_frames, 50)])
    dear = renderer.expect(SIZE, [Work(SIZE.megapixel_frames, 500)])
    assert 5 * cheap.microusd < dear.microusd


# --- one process, at the terminal ----------------------------------------------------------------


@pytest.fixture
def desk(lab: Lab, tmp_path: Path, furniture: tuple[Any, Any, Any]) -> RenderDesk:
    renders = SqlRenders(furniture[1], tmp_path)
    media = LocalMedia(tmp_path / "media", 1 << 20)
    return RenderDesk({"720p": lab.renderer()}, renders, media, tmp_path / "renders")


def order(lab: Lab) -> RenderOrder:
    title = Text(id="title", label="title", duration=20, text="Hello")
    comp = Composition(items={"title": title}, main=("title",))
    return RenderOrder(lab.name, f"terminal:{lab.name}", 1, comp, "720p")


async def books(lab: Lab, furniture: tuple[Any, Any, Any]) -> RenderRecord:
    record = await SqlRenders(furniture[1], lab.root).find(lab.name)
    assert record
    return record


async def test_the_desk_books_what_a_film_cost_at_aws(
    lab: Lab, desk: RenderDesk, furniture: tuple[Any, Any, Any]
) -> None:
    assert (await desk.estimate(order(lab))).at_least
    async for _ in desk.run(order(lab)):
        pass
    record = await books(lab, furniture)
    assert (record.state, record.renderer) == ("done", "remotion")
    assert (record.cost_microusd, record.at_least) == (1230, True)


async def test_the_desk_stops_the_functions_of_a_film_that_is_cancelled(
    lab: Lab, desk: RenderDesk, furniture: tuple[Any, Any, Any]
) -> None:
    lab.server.go_on.clear()

    async def make() -> None:
        async for _ in desk.run(order(lab)):
            pass

    task = asyncio.create_task(make())
    await until(lambda: bool(lab.server.renders) and lab.server.only.polls > 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: lab.server.only.is_cancelled)
    record = await books(lab, furniture)
    assert (record.state, record.cost_microusd) == ("cancelled", 410)
