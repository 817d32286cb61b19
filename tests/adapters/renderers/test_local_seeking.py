"""Pieces that begin anywhere in a source show what is on screen there."""

import pytest

from bot.engine.composition import Item
from tests.adapters.renderers.conftest import COUNTING, Studio
from tests.adapters.renderers.test_local_film import DETAILED
from tests.adapters.renderers.test_local_pictures import video

STANDS = "select='lt(n,20)'"
STANDS_FOR_A_WHILE = "select='lt(n,20)+gt(n,420)'"


def chosen(pictures: str) -> tuple[str, ...]:
    """Only some of the pictures, at their times, with B-frames."""
    return ("-vf", f"{COUNTING},{pictures}", "-fps_mode", "vfr", *DETAILED[2:])


async def counts(studio: Studio, starts: tuple[int, ...]) -> list[int]:
    """What stretches of 13 frames show, each one made alone."""
    shown = []
    for start in starts:
        main: list[Item] = [video("count", 13, source_in=start)]
        shown += (await studio.render(main)).counts()
    return shown


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
async def test_the_last_picture_stands_long_after_the_source_ended(
    studio: Studio, suffix: str
) -> None:
    studio.video(picture="color=black", seconds=16, options=chosen(STANDS), suffix=suffix)
    assert await counts(studio, (10, 26, 400)) == [*range(10, 20), *[19] * 29]


async def test_a_picture_stands_though_the_next_one_is_decoded_long_before_it_is_shown(
    studio: Studio,
) -> None:
    options = (*chosen(STANDS_FOR_A_WHILE), "-force_key_frames", "14.0")
    studio.video(picture="color=black", seconds=16, options=options)
    shown = [(421 + n) % 256 for n in range(7)]
    assert await counts(studio, (26, 300, 415)) == [*[19] * 26, *[19] * 6, *shown]


async def test_no_picture_before_a_keyframe_is_lost_in_a_film_in_fragments(studio: Studio) -> None:
    options = (*DETAILED, "-g", "24", "-movflags", "+frag_keyframe+empty_moov")
    studio.video(picture="color=black", options=options)
    whole = (await studio.render([video("count", 62)])).counts()
    for start in range(46, 50):
        assert await counts(studio, (start,)) == whole[start : start + 13]
