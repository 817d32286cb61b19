"""What takes long shows how far it is: one post, edited, and closed in the end."""

import time

import pytest

from tests.adapters.chat.bridge_site import Visible
from tests.service.house import House

pytestmark = pytest.mark.usefixtures("impatient")


def history(post: Visible) -> list[str]:
    return [content.text for content in (*post.before, post.content)]


async def at_work(house: House, message: str, *, edits: int) -> Visible:
    """The progress of a message, once it was edited so often."""
    await house.sees(lambda _: any(len(p.before) >= edits for p in house.progress(message)))
    [post] = house.progress(message)
    return post


async def test_a_slow_download_is_one_post_that_is_edited_seldom_and_closed(
    either_house: House, beach: bytes
) -> None:
    house = either_house
    async with house.open(edit_seconds=0.4) as chatkut:
        message = await chatkut.hear("", house.offer_slowly("slow.mp4", beach))
        await at_work(house, message, edits=0)
        since = time.monotonic()
        post = await at_work(house, message, edits=3)
        assert time.monotonic() - since > 0.8
        house.hurry("slow.mp4")
        await house.sees_kinds("clip")
        await chatkut.quiet()
    assert house.progress(message) == [post]
    assert post.content.in_reply_to == message
    shown = [content.progress for content in post.before if content.progress]
    fractions = [progress["fraction"] for progress in shown]
    assert fractions == sorted(fractions)
    assert all("fetching slow.mp4" in text for text in history(post)[:3])
    assert (post.content.text, post.content.progress) == ("“slow.mp4” is taken in.", None)


@pytest.mark.parametrize("idempotent", [True, False])
async def test_progress_goes_on_in_the_same_post_after_a_restart(
    house: House, beach: bytes, idempotent: bool
) -> None:
    house.site.idempotent = idempotent
    async with house.open() as chatkut:
        message = await chatkut.hear("", house.offer_slowly("slow.mp4", beach))
        post = await at_work(house, message, edits=1)
    before = len(post.before)
    async with house.open() as chatkut:
        await at_work(house, message, edits=before + 2)
        house.hurry("slow.mp4")
        await house.sees_kinds("clip")
    assert house.progress(message) == [post]
    assert post.content.text == "“slow.mp4” is taken in."


async def test_a_lost_answer_does_not_make_two_posts_of_progress(
    house: House, beach: bytes
) -> None:
    house.site.idempotent = False
    house.site.lose_next = 1
    async with house.open() as chatkut:
        message = await chatkut.hear("", house.offer_slowly("slow.mp4", beach))
        await at_work(house, message, edits=1)
        house.hurry("slow.mp4")
        await house.sees_kinds("clip")
    [post] = house.progress(message)
    assert post.content.text == "“slow.mp4” is taken in."


@pytest.mark.parametrize("status", [403, 429, 500])
async def test_an_edit_that_fails_hurts_nothing(house: House, beach: bytes, status: int) -> None:
    async with house.open() as chatkut:
        message = await chatkut.hear("", house.offer_slowly("slow.mp4", beach))
        post = await at_work(house, message, edits=1)
        house.site.answer_next(status)
        await at_work(house, message, edits=3)
        house.hurry("slow.mp4")
        await house.sees_kinds("clip")
    assert post.content.text == "“slow.mp4” is taken in."


async def test_the_last_edit_is_tried_again_where_the_platform_is_busy(
    house: House, beach: bytes
) -> None:
    async with house.open(edit_seconds=0.5) as chatkut:
        message = await chatkut.hear("", house.offer_slowly("slow.mp4", beach))
        post = await at_work(house, message, edits=1)
        house.site.clips["slow.mp4"].pause_seconds = 0
        house.site.answer_next(429)
        await house.sees_kinds("clip")
    assert post.content.text == "“slow.mp4” is taken in."


async def test_progress_of_a_file_that_cannot_be_used_is_closed(house: House) -> None:
    async with house.open() as chatkut:
        message = await chatkut.hear("", house.offer_slowly("text.mp4", b"no video" * 10_000))
        post = await at_work(house, message, edits=1)
        house.hurry("text.mp4")
        await house.sees_kinds("error")
    assert post.content.text == "“text.mp4” was not taken in."
