"""Films: what a platform takes goes up as a file; of others, size and limit are told."""

from pathlib import Path

import pytest

from tests.conversation import stages
from tests.conversation.script import Seen, answered
from tests.conversation.stack import Stack
from tests.conversation.stages import PLACES, DiscordStage, SlackStage
from tests.media import video

LIMIT_BYTES = 10 << 20
"""Of a Discord server that nobody boosts."""


def noise(path: Path, *, seconds: float) -> bytes:
    """A clip that cannot be compressed much."""
    picture = "nullsrc"
    options = ("-vf", "geq=random(1)*255:128:128", "-crf", "30")
    return video(
        path, seconds=seconds, size="640x360", sound=False, picture=picture, options=options
    ).read_bytes()


async def rendered(stage: SlackStage | DiscordStage, stack: Stack, clip: bytes) -> Seen:
    """The film of a clip, as it was posted."""
    async with stack.running():
        await stage.say("", [("noise.mp4", clip)])
        await answered(stage, 1)
        await stage.say("render")
        return (await answered(stage, 3))[-1]


def film(root: Path) -> bytes:
    """The film as it was made."""
    (path,) = (root / "renders").rglob("*.mp4")
    return path.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
async def test_a_film_that_fits_goes_up_as_a_file(place: str, root: Path, tmp_path: Path) -> None:
    async with PLACES[place](root) as (stage, stack):
        post = await rendered(stage, stack, noise(tmp_path / "noise.mp4", seconds=0.5))
    [(_, data)] = post.files
    assert data == film(root)
    assert 1 << 20 < len(data) < LIMIT_BYTES


@pytest.mark.slow
async def test_a_film_above_discords_limit_is_told_with_its_size_and_the_limit(
    root: Path, tmp_path: Path
) -> None:
    async with stages.discord(root) as (stage, stack):
        post = await rendered(stage, stack, noise(tmp_path / "noise.mp4", seconds=5.5))
    assert post.files == ()
    size = len(film(root))
    assert size > LIMIT_BYTES
    assert f"is {size / 1e6:.1f} MB, and a file may be at most 10.5 MB here" in post.text
    assert post.text.startswith("Rendered: 0:05.5 long, 640×360")
