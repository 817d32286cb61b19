"""Captions in films: the right words on the right frames, and made anew only where they changed."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.renderers.drawing import measure
from bot.adapters.renderers.local.cache import Cache
from bot.adapters.renderers.lowering.captioned import captioned
from bot.adapters.renderers.lowering.stills import draw_still, drawables
from bot.adapters.renderers.remotion.document import Drawing, document
from bot.engine.captions import spoken
from bot.engine.composition import Captions, Cue, Text, TimeAnchor, Video
from bot.engine.keyframes import Keyframe
from bot.engine.layout import Timeline
from bot.engine.style import TextStyle, Transform
from tests.adapters.renderers.conftest import Film, Studio
from tests.adapters.renderers.test_local_pictures import video

SIZE: dict[str, Any] = {"width": 320, "height": 180}
BOTTOM = Transform(x=0.5, y=0.95, pivot_y=1)
SAID = (
    Cue(start=0.5, end=1.5, text="HELLO", at=(0.5,)),
    Cue(start=2, end=3, text="BIG WORLD", at=(2, 2.5)),
)
LONG = "This is a rather long caption that says what somebody said to us"


def captions(*row: Cue, clip: str = "talk", **fields: object) -> Captions:
    return Captions.model_validate(
        {"id": "cc1", "label": "captions", "duration": 1, "to_end": True, "layer": 5}
        | {"cues": {clip: row or SAID}, "transform": BOTTOM}
        | fields
    )


def written(text: str, start: int, end: int) -> Text:
    """The same as an ordinary text."""
    return Text(
        id=f"t{start}",
        label="t",
        text=text,
        duration=end - start,
        anchor=TimeAnchor(at=start),
        transform=BOTTOM,
        style=captions().style,
    )


@pytest.fixture
def talk(studio: Studio) -> Studio:
    studio.video("talk", picture="color=teal", size="320x180", seconds=4)
    return studio


def pixels(film: Film, frame: int) -> bytes:
    return bytes(film.pictures[frame].planes[0])


async def looked_at(rendering: Awaitable[Film]) -> Film:
    """A film, decoded before the next one takes its place."""
    film = await rendering
    assert film.pictures
    return film


async def assert_same(studio: Studio, main: list[Video], *texts: Text) -> None:
    """A captioned film looks as one with these texts, and else as one without any."""
    film = await looked_at(studio.render(main, captions(), **SIZE))
    wanted = await looked_at(studio.render(main, *texts, **SIZE))
    bare = await looked_at(studio.render(main, **SIZE))
    for frame in range(len(film.pictures)):
        assert pixels(film, frame) == pixels(wanted, frame), frame
    texted = {frame for text in texts for frame in frames_of(text)}
    for frame in range(len(film.pictures)):
        assert near_enough(film, bare, frame) == (frame not in texted), frame


def frames_of(text: Text) -> range:
    assert isinstance(text.anchor, TimeAnchor)
    return range(text.anchor.at, text.anchor.at + text.duration)


async def test_a_caption_is_on_screen_at_the_frames_of_its_words(talk: Studio) -> None:
    said = written("HELLO", 15, 45), written("BIG WORLD", 60, 90)
    await assert_same(talk, [video("talk", 120)], *said)


async def test_it_follows_a_trim_another_speed_and_another_order(talk: Studio) -> None:
    tail = video("talk", 30, id="b", source_in=70)
    fast = video("talk", 30, id="a", source_in=30, speed=2.0)
    await assert_same(talk, [tail, fast], written("WORLD", 0, 20), written("BIG WORLD", 45, 60))


def timeline(studio: Studio, item: Captions, frames: int = 120, **canvas: int) -> Timeline:
    return studio.timeline([video("talk", frames)], item, **(SIZE | canvas))


def test_a_film_without_captions_stays_as_it_is(talk: Studio) -> None:
    film = talk.timeline([video("talk", 30)])
    assert captioned(film) is film


def test_captions_fade_move_and_look_as_they_were_told(talk: Studio) -> None:
    item = captions(
        fade_in=10,
        fade_out=20,
        opacity=0.5,
        style=TextStyle(color="#ff0000"),
        keyframes={"y": (Keyframe(frame=30, value=0.2),)},
    )
    film = captioned(timeline(talk, item))
    hello, world = (placed.item for placed in film.track("overlay"))
    assert isinstance(hello, Text)
    assert (hello.fade_in, hello.fade_out, hello.opacity) == (10, 20, 0.5)
    assert (hello.style, hello.transform) == (item.style, BOTTOM)
    assert hello.keyframes["y"][0].frame == 15
    assert world.keyframes["y"][0].frame == -30
    short = captioned(timeline(talk, captions(Cue(start=1, end=1.5, text="x"), fade_out=90)))
    assert short.track("overlay")[0].item.fade_out == 15


def test_hidden_captions_are_not_seen(talk: Studio) -> None:
    assert captioned(timeline(talk, captions(enabled=False))).track("overlay") == ()


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920), (1080, 1080)])
def test_captions_stay_inside_the_picture_whatever_its_shape(
    talk: Studio, width: int, height: int
) -> None:
    film = timeline(talk, captions(Cue(start=0, end=3, text=LONG)), width=width, height=height)
    (placed,) = captioned(film).track("overlay")
    assert isinstance(placed.item, Text)
    box = measure(placed.item, (width, height))
    assert box[0] <= 0.95 * width
    line = measure(placed.item.but(text="Word"), (width, height))[1]
    assert box[1] < 2.1 * line


async def test_a_corrected_word_makes_only_the_pieces_anew_that_show_it(
    talk: Studio, tmp_path: Path
) -> None:
    talk.cache = Cache(tmp_path / "kept", 1 << 30)

    def kept() -> set[Path]:
        return {path for path in (tmp_path / "kept").iterdir() if path.is_file()}

    await talk.film(timeline(talk, captions()))
    before = kept()
    other = captions(SAID[0], SAID[1].but(text="BAD WORLD"))
    film = await looked_at(talk.film(timeline(talk, other)))
    assert len(kept() - before) == 1  # frames 60 to 90
    talk.cache = None
    fresh = await looked_at(talk.film(timeline(talk, other)))
    assert all(near_enough(film, fresh, frame) for frame in (20, 59, 60, 89, 90))


def near_enough(one: Film, other: Film, frame: int) -> bool:
    differences = zip(pixels(one, frame), pixels(other, frame), strict=True)
    return max(abs(a - b) for a, b in differences) < 60


def test_the_remotion_document_has_each_caption_where_it_is_seen(
    talk: Studio, tmp_path: Path
) -> None:
    item = captions()
    film = captioned(timeline(talk, item))
    found = document(film, {"talk": "https://x/talk"}, _drawings(film, tmp_path))
    shown = [(each["at"], each["frames"]) for each in found["overlays"]]
    lines = spoken(timeline(talk, item), item)
    assert shown == [(line.start, line.end - line.start) for line in lines]
    assert len({each["src"] for each in found["overlays"]}) == 2


def _drawings(film: Timeline, folder: Path) -> dict[str, Drawing]:
    return {
        each.id: Drawing(
            f"https://example.com/{each.id}.png",
            draw_still(each, film, None, folder / f"{each.id}.png"),
        )
        for each in drawables(film)
    }
