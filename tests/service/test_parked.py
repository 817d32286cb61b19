"""Jobs that took their process down too often are given up, and told of once."""

import pytest
from sqlalchemy import create_engine, text

from bot.adapters.store.database import sqlite_url
from bot.adapters.store.tables import ProgressRow
from tests.service.house import House, Open, texts, until

pytestmark = pytest.mark.usefixtures("impatient")


def wear_out(house: House, kind: str) -> None:
    """Have the oldest job of a kind look as if it had been started again and again."""
    table = "dbos.workflow_status" if house.database_url else "workflow_status"
    engine = create_engine(house.database_url or sqlite_url(house.root / "jobs.sqlite"))
    with engine.begin() as connection:
        oldest = f"SELECT min(created_at) FROM {table} WHERE name = :kind"  # noqa: S608
        command = (
            f"UPDATE {table} SET recovery_attempts = 1000"  # noqa: S608
            f" WHERE name = :kind AND created_at = ({oldest})"
        )
        worn = connection.execute(text(command), {"kind": kind}).rowcount
    engine.dispose()
    assert worn == 1


async def settled(chatkut: Open) -> None:
    """Look after parked jobs more often than necessary."""
    for _ in range(3):
        await chatkut.work.settle_parked()
    assert await chatkut.work.engine.find("parked") == ()


async def test_a_message_that_is_given_up_is_answered_once(
    either_house: House, beach: bytes
) -> None:
    house = either_house
    async with house.open() as chatkut:
        message = await chatkut.hear("trim it", house.offer_slowly("slow.mp4", beach))
        await house.asked_for("slow.mp4")
        await chatkut.hear("help")
    wear_out(house, "message")
    house.hurry("slow.mp4")
    async with house.open() as chatkut:
        await chatkut.found("message", "parked")
        await settled(chatkut)
        await house.sees(lambda _: len(house.said()) >= 2)
        [error] = [post for post in house.said() if post.content.kind == "error"]
        assert error.content.in_reply_to == message
        assert error.content.text.startswith("ChatKut crashed on this message again and again")
        await chatkut.hear("trim it", house.offer("slow.mp4", beach), id=message)
        await chatkut.quiet()
    assert len(house.said()) == 2


async def test_a_file_that_is_given_up_is_told_by_its_message(house: House, beach: bytes) -> None:
    async with house.open() as chatkut:
        message = await chatkut.hear("trim it", house.offer_slowly("slow.mp4", beach))
        await house.sees(lambda _: len(house.progress(message)) == 1)
        await until(lambda: any(row.post_id for row in chatkut.rows(ProgressRow)))
    wear_out(house, "ingest")
    async with house.open() as chatkut:
        await chatkut.found("ingest", "parked")
        error, left = texts(await house.sees_kinds("error", "answer"))
        assert error.startswith("“slow.mp4” could not be taken in: This crashed too often")
        assert left.startswith("I did not do “trim it”, because not all files came in")
        await settled(chatkut)
        assert texts(house.progress(message)) == ["“slow.mp4” was not taken in."]
        assert chatkut.rows(ProgressRow) == []
    assert len(house.said()) == 2


async def test_a_film_that_is_given_up_is_told_once_and_booked_as_failed(
    house: House, long: bytes
) -> None:
    async with house.open() as chatkut:
        await chatkut.hear("", house.offer("long.mp4", long))
        await house.sees_kinds("clip")
        message = await chatkut.hear("render 1080p")
        await house.sees(lambda _: len(house.progress(message)) == 1)
        await until(lambda: any(row.post_id for row in chatkut.rows(ProgressRow)))
    wear_out(house, "render")
    async with house.open() as chatkut:
        await chatkut.found("render", "parked")
        await settled(chatkut)
        error = (await house.sees_kinds("clip", "estimate", "error"))[-1]
        assert "ChatKut crashed while making it again and again" in error.content.text
        await chatkut.quiet()
        assert [row.state for row in chatkut.renders()] == ["failed"]
        assert texts(house.progress(message)) == ["The render failed."]
        assert chatkut.rows(ProgressRow) == []
        failed = {"preset": "1080p", "outcome": "failed"}
        assert chatkut.counted("chatkut_render_seconds_count", **failed) == 1
    assert len(house.said()) == 3


async def test_jobs_of_a_platform_that_is_gone_do_not_keep_others_from_being_settled(
    house: House, beach: bytes
) -> None:
    async with house.open() as chatkut:
        await chatkut.hear("", house.offer_slowly("slow.mp4", beach))
        await house.asked_for("slow.mp4")
    wear_out(house, "ingest")
    wear_out(house, "message")
    async with house.open(bridge=False) as chatkut:
        await chatkut.found("ingest", "parked")
        await chatkut.found("message", "parked")
        await settled(chatkut)
    async with house.open():
        await house.sees_kinds("error")
