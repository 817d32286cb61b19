"""A month's costs as a picture: bars where money went, and nothing that is too large for it."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pixels

from bot.adapters.renderers.cost_picture import CostPicture, round_step
from bot.ports import COST_KINDS, Cost, CostKind, StoreFailed

MONTH = date(2026, 2, 1)
PAGE, AI = (21, 23, 28), (138, 109, 240)


def cost(day: int, kind: CostKind, microusd: int, unknown: int = 0) -> Cost:
    return Cost(MONTH.replace(day=day), "x:film", "x:1", kind, microusd, 0, unknown)


def drawn(out: Path, *costs: Cost) -> Pixels.Image:
    asyncio.run(CostPicture().costs(costs, MONTH, out))
    with Pixels.open(out) as image:
        return image.convert("RGB")


def field(image: Pixels.Image) -> Pixels.Image:
    """Below the legend and above the days."""
    return image.crop((0, 124, image.width, image.height - 44))


def columns(image: Pixels.Image, color: tuple[int, int, int]) -> list[int]:
    below = field(image)
    return [
        x
        for x in range(below.width)
        if any(below.getpixel((x, y)) == color for y in range(0, below.height, 4))
    ]


def test_a_bar_stands_at_its_day(tmp_path: Path) -> None:
    first, last = (
        columns(drawn(tmp_path / f"{day}.png", cost(day, "ai", 10**6)), AI) for day in (1, 28)
    )
    assert max(first) < 140
    assert min(last) > 720


def test_the_dearest_day_is_the_highest(tmp_path: Path) -> None:
    image = drawn(tmp_path / "a.png", cost(3, "ai", 400_000), cost(20, "ai", 800_000))
    heights = {
        x: sum(image.getpixel((x, y)) == AI for y in range(124, image.height - 44))
        for x in columns(image, AI)
    }
    low, high = min(heights.values()), max(heights.values())
    assert high == pytest.approx(2 * low, abs=2)


def test_kinds_differ_without_their_colours(tmp_path: Path) -> None:
    """Whoever sees no colours sees plain, striped and dotted bars."""
    images = [drawn(tmp_path / f"{kind}.png", cost(3, kind, 10**6)) for kind in COST_KINDS]
    xs = columns(images[0], AI)
    bars = [image.convert("L").crop((min(xs), 250, max(xs), 350)) for image in images]
    plain, stripes, dots = (
        {bar.crop((0, y, bar.width, y + 1)).tobytes() for y in range(bar.height)} for bar in bars
    )
    assert len(plain) == 1
    assert len(dots) == 2
    assert len(stripes) > 2


@given(
    st.lists(
        st.builds(
            cost,
            st.integers(1, 28),
            st.sampled_from(COST_KINDS),
            st.integers(0, 10**12),
            st.integers(0, 9),
        ),
        max_size=20,
    )
)
@settings(max_examples=15, deadline=None)
def test_whatever_was_spent_fits_on_a_small_picture(costs: Sequence[Cost]) -> None:
    with TemporaryDirectory() as folder:
        assert drawn(Path(folder) / "a.png", *costs).size == (800, 460)


@given(st.integers(0, 10**13))
def test_lines_stand_at_round_amounts(most: int) -> None:
    step = round_step(most)
    assert str(step).rstrip("0") in ("1", "2", "5")
    assert most <= 4 * step
    assert step == 100 or most > step


def test_a_picture_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreFailed, match="could not be saved"):
        drawn(tmp_path / "file" / "a.png", cost(1, "ai", 1))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
