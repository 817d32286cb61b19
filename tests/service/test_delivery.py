"""What was decided to be said is posted in order, once, whatever the platform does."""

import shutil
import time

import pytest

from bot.jobs import deliver
from tests.adapters.chat.bridge_site import BridgeSite, Visible
from tests.service.house import House, texts, until


@pytest.fixture
def forgetful(site: BridgeSite) -> BridgeSite:
    """A platform that posts twice what is sent to it twice."""
    site.idempotent = False
    return site


@pytest.fixture
def soon_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that was cut off on loopback is not on its way for seconds."""
    monkeypatch.setattr(deliver, "_SETTLED_SECONDS", 0.2)


@pytest.mark.usefixtures("forgetful")
async def test_a_post_whose_answer_is_lost_is_looked_up_and_not_posted_again(
    either_house: House,
) -> None:
    house = either_house
    house.site.lose_next = 1
    async with house.open() as chatkut:
        await chatkut.hear("help")
        await chatkut.hear("timeline")
        help_, timeline = await house.sees_kinds("answer", "answer")
        assert "empty" in timeline.content.text
        await chatkut.quiet()
        [first, second] = chatkut.outbox()
        assert (first.state, first.attempts, second.attempts) == ("sent", 1, 1)
        assert first.post_id == f"{first.key}/{help_.id}"


@pytest.mark.usefixtures("forgetful", "soon_settled")
async def test_a_post_that_never_arrived_is_looked_up_and_posted_again(house: House) -> None:
    house.site.answer_next(502)
    async with house.open() as chatkut:
        await chatkut.hear("help")
        await house.sees_kinds("answer")
        await chatkut.quiet()
        [post] = chatkut.outbox()
        assert (post.state, post.attempts) == ("sent", 2)


@pytest.mark.usefixtures("forgetful", "soon_settled")
async def test_nothing_is_posted_again_while_the_platform_cannot_tell_its_fate(
    house: House,
) -> None:
    house.site.lose_next = 1
    async with house.open() as chatkut:
        await chatkut.hear("help")
        await house.sees_kinds("answer")
        for _ in range(2):
            house.site.answer_next(503)  # the next requests are looks
        await chatkut.quiet()
        [post] = chatkut.outbox()
        assert (post.state, post.attempts) == ("sent", 1)
    assert len(house.said()) == 1


async def test_a_platform_that_wants_to_be_left_alone_is_so(house: House) -> None:
    house.site.answer_next(429, Retry_After="2")
    async with house.open() as chatkut:
        since = time.monotonic()
        await chatkut.hear("help")
        await house.sees_kinds("answer")
        assert time.monotonic() - since > 1.9


async def test_others_need_not_wait_for_a_channel_that_is_to_be_left_alone(house: House) -> None:
    house.site.answer_next(429, Retry_After="600")
    async with house.open() as chatkut:
        await chatkut.hear("help")
        await until(lambda: [post for post in chatkut.outbox() if post.attempts])
        await chatkut.hear("help", channel="other")
        await house.sees_kinds("answer", channel="other")
        assert house.said() == []


async def test_a_refused_post_is_given_up_and_the_others_come(house: House) -> None:
    house.site.answer_next(403)
    async with house.open() as chatkut:
        await chatkut.hear("help")
        await chatkut.hear("timeline")
        [answer] = texts(await house.sees_kinds("answer"))
        assert "empty" in answer
        await chatkut.quiet()
        refused, sent = chatkut.outbox()
        assert (refused.state, sent.state) == ("failed", "sent")
        assert "status 403" in refused.error


async def test_everything_comes_in_order_when_a_platform_is_back(
    either_house: House, beach: bytes
) -> None:
    house = either_house
    async with house.open() as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
        house.site.stop()
        for text in ("trim it to 0.5 seconds", "undo", "history"):
            await chatkut.hear(text)
        await until(lambda: len(chatkut.outbox()) == 4)
        assert (await chatkut.work.outbox.backlog())[0] == 3
    house.site.start()
    async with house.open() as chatkut:
        await house.sees_kinds("clip", "receipt", "receipt", "answer")
        await chatkut.quiet()
        assert [post.state for post in chatkut.outbox()] == ["sent"] * 4


@pytest.mark.usefixtures("forgetful", "soon_settled")
@pytest.mark.parametrize("arrives", [True, False])
async def test_a_process_that_dies_while_posting_leaves_a_post_that_is_looked_up(
    either_house: House, arrives: bool
) -> None:
    house = either_house
    house.site.delay_seconds = 60  # after it was posted
    async with house.open(bridge=arrives) as chatkut:
        await chatkut.hear("help")
        await until(chatkut.outbox)
        [post] = chatkut.outbox()
        if arrives:
            await house.sees_kinds("answer")
        else:
            await chatkut.work.outbox.sending(post.key)
    house.site.delay_seconds = 0
    async with house.open() as chatkut:
        await house.sees_kinds("answer")
        await chatkut.quiet()
        [post] = chatkut.outbox()
        assert (post.state, post.attempts) == ("sent", 1 if arrives else 2)
    assert len(house.said()) == 1


async def test_a_platform_that_is_not_configured_any_more_keeps_its_rows(house: House) -> None:
    async with house.open(bridge=False) as chatkut:
        await chatkut.hear("help")
        await until(chatkut.outbox)
        await chatkut.work.rescue.outboxes()
    async with house.open() as chatkut:
        await house.sees_kinds("answer")


async def test_a_picture_that_is_gone_does_not_hold_up_the_words(
    house: House, beach: bytes
) -> None:
    async with house.open() as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
    async with house.open(bridge=False) as chatkut:
        await chatkut.hear("trim it to 0.5 seconds")
        await until(lambda: len(chatkut.outbox()) == 2)
    shutil.rmtree(house.root / "pictures")
    async with house.open():
        receipt = (await house.sees_kinds("clip", "receipt"))[-1]
    assert "Trimmed" in receipt.content.text
    assert receipt.files == {}


async def test_files_that_are_too_large_for_a_platform_are_told_with_the_words(
    house: House, beach: bytes
) -> None:
    house.site.most_bytes = 3000
    async with house.open() as chatkut:
        await chatkut.hear("trim it to 0.5 seconds", house.offer("beach.mp4", beach))
        receipt: Visible = (await house.sees_kinds("clip", "receipt"))[-1]
    assert "too large for this chat" in receipt.content.text


async def test_what_nobody_delivers_is_rescued(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.jobs.dispatch._OVERDUE_SECONDS", 0)
    async with house.open(bridge=False) as chatkut:
        await chatkut.hear("help")
        later = await chatkut.found("deliver", "delayed")
        await chatkut.work.engine.cancel(later.id)
    async with house.open() as chatkut:
        await chatkut.quiet()
        assert house.said() == []
        await chatkut.work.rescue.outboxes()
        await house.sees_kinds("answer")
