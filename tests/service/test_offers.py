"""The offer to cancel a film: there while it is made, and gone when it is over."""

import pytest

from tests.adapters.chat.bridge_site import Visible
from tests.service.house import House, Open


def estimate(house: House) -> Visible:
    (post,) = [post for post in house.said() if post.content.kind == "estimate"]
    return post


async def sees_no_offer(house: House) -> None:
    """Wait until the estimate, which had a button, has none."""
    await house.sees(lambda _: not estimate(house).content.choices)
    assert [button.label for button in estimate(house).before[-1].choices] == ["Cancel"]
    assert estimate(house).content.text == estimate(house).before[-1].text


async def ordered(house: House, chatkut: Open, film: bytes) -> None:
    await chatkut.hear("", house.offer("beach.mp4", film))
    await chatkut.hear("render preview")


async def test_it_goes_when_the_film_is_there(either_house: House, beach: bytes) -> None:
    house = either_house
    async with house.open() as chatkut:
        await ordered(house, chatkut, beach)
        await house.sees_kinds("clip", "estimate", "render")
        await sees_no_offer(house)
        await chatkut.quiet()
        assert {post.state for post in chatkut.outbox()} == {"sent"}
        assert len(house.said()) == 3


async def test_it_goes_when_the_film_cannot_be_made(house: House, beach: bytes) -> None:
    async with house.open() as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
        for original in house.root.glob("media/??/*/original.*"):
            original.unlink()
        await chatkut.hear("render preview")
        await house.sees_kinds("clip", "estimate", "error")
        await sees_no_offer(house)


async def test_it_goes_when_the_film_is_cancelled_even_while_it_waits(
    house: House, long: bytes, beach: bytes
) -> None:
    async with house.open(cpu_jobs=1) as chatkut:
        await chatkut.hear("", house.offer("long.mp4", long), channel="other")
        await chatkut.hear("render 1080p", channel="other")
        await house.sees_kinds("clip", "estimate", channel="other")
        await ordered(house, chatkut, beach)
        await house.sees_kinds("clip", "estimate")
        await chatkut.hear("", chose=estimate(house).content.choices[0].value)
        await house.sees_kinds("clip", "estimate", "answer")
        await sees_no_offer(house)
        await chatkut.hear("cancel the render", channel="other")
        await chatkut.quiet()


async def test_it_goes_although_the_chat_was_away_until_after_the_film(
    house: House, beach: bytes
) -> None:
    async with house.open() as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
    async with house.open(bridge=False) as chatkut:
        await chatkut.hear("render preview")
        await chatkut.found("render", "done")
    async with house.open() as chatkut:
        await chatkut.hear("help", id="later")
        await house.sees_kinds("clip", "estimate", "render", "answer")
        await sees_no_offer(house)


async def test_where_the_estimate_was_never_posted_there_is_nothing_to_change(
    house: House, beach: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.jobs.deliver._MOST_ATTEMPTS", 0)
    async with house.open() as chatkut:
        await ordered(house, chatkut, beach)
        await chatkut.found("render", "done")
        await chatkut.quiet()
        assert {post.state for post in chatkut.outbox()} == {"failed"}
    assert house.said() == []
