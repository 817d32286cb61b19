"""Films that are ordered, made, cancelled, or fail."""

from pathlib import Path

import pytest

from bot.adapters.store.tables import ProgressRow
from tests.service.house import House, Open, clip_data, texts, until

pytestmark = pytest.mark.usefixtures("impatient")


def drafts(house: House) -> list[Path]:
    """What renders have written that is no film yet."""
    return [path for path in house.root.glob("renders/*/.*") if path.parent.name != ".running"]


async def begin(house: House, chatkut: Open, film: bytes) -> str:
    """Have a film made, up to the middle; the id of the message."""
    await chatkut.hear("", house.offer("long.mp4", film))
    message = await chatkut.hear("render 1080p")
    await house.sees_kinds("clip", "estimate")
    await house.sees(lambda _: any("rendering" in line for line in lines(house, message)))
    return message


def lines(house: House, message: str) -> list[str]:
    """What the progress of a message says now."""
    return texts(house.progress(message))


async def test_a_film_is_estimated_made_delivered_and_booked(
    either_house: House, beach: bytes
) -> None:
    house = either_house
    async with house.open() as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        message = await chatkut.hear("render preview")
        _, estimate, film = await house.sees_kinds("clip", "estimate", "render")
        assert [button.label for button in estimate.content.choices] == ["Cancel"]
        assert film.content.in_reply_to == message
        [data] = film.files.values()
        assert data[4:8] == b"ftyp"
        await chatkut.quiet()
        [row] = chatkut.renders()
        assert (row.state, row.preset, row.revision) == ("done", "preview", 1)
        assert row.cost_microusd > 0
        assert row.path is not None
        assert (house.root / row.path).read_bytes() == data
        done = {"preset": "preview", "outcome": "done"}
        assert chatkut.counted("chatkut_render_seconds_count", **done) == 1
        dollars = chatkut.counted("chatkut_render_dollars_total", preset="preview")
        assert dollars == pytest.approx(row.cost_microusd / 1e6)
        assert set(lines(house, message)) <= {"Rendered."}

        await chatkut.hear("render preview")
        again = (await house.sees_kinds("clip", "estimate", "render", "render"))[-1]
        assert again.content.text.startswith("Rendered before, nothing to pay")
        assert len(chatkut.renders()) == 1


async def test_films_wait_for_each_other_and_what_waits_can_be_cancelled(
    house: House, long: bytes, beach: bytes
) -> None:
    async with house.open(cpu_jobs=1) as chatkut:
        message = await begin(house, chatkut, long)
        await chatkut.hear("", house.offer("beach.mp4", beach), channel="other")
        waiting = await chatkut.hear("render preview", channel="other")
        for text in ("render preview", "cancel the render"):
            await chatkut.hear(text, channel="other")
        posts = await house.sees_kinds("clip", "estimate", "answer", "answer", channel="other")
        being_made, cancelled = texts(posts[2:])
        assert being_made == "That film (preview) is being made; it will appear here."
        assert cancelled.startswith("Cancelled: preview of #1.")

        await chatkut.hear("cancel the render")
        answer = (await house.sees_kinds("clip", "estimate", "answer"))[-1]
        assert answer.content.text.startswith("Cancelled: 1080p of #1.")
        await chatkut.quiet()
        assert [row.state for row in chatkut.renders()] == ["cancelled", "cancelled"]
        assert lines(house, message) == ["The render was cancelled."]
        assert lines(house, waiting) == []
        assert drafts(house) == []
        outcome = {"preset": "1080p", "outcome": "cancelled"}
        assert chatkut.counted("chatkut_render_seconds_count", **outcome) == 1

        await chatkut.hear("render preview", channel="other")
        await house.sees_kinds(
            *("clip", "estimate", "answer", "answer", "estimate", "render"), channel="other"
        )


async def test_a_film_that_cannot_be_made_is_told_and_booked_as_failed(
    either_house: House, beach: bytes
) -> None:
    house = either_house
    async with house.open() as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
        for original in house.root.glob("media/??/*/original.*"):
            original.unlink()
        message = await chatkut.hear("render preview")
        error = (await house.sees_kinds("clip", "estimate", "error"))[-1]
        assert error.content.in_reply_to == message
        assert "The preview render of #1 failed" in error.content.text
        assert "send the clip again" in error.content.text
        await chatkut.quiet()
        [row] = chatkut.renders()
        assert row.state == "failed"
        assert "send the clip again" in row.error
        failed = {"preset": "preview", "outcome": "failed"}
        assert chatkut.counted("chatkut_render_seconds_count", **failed) == 1
        assert set(lines(house, message)) <= {"The render failed."}


@pytest.mark.slow
async def test_a_film_goes_on_after_a_restart_and_is_delivered_once(
    house: House, tmp_path: Path
) -> None:
    async with house.open() as chatkut:
        film = clip_data(tmp_path, seconds=2, sound=False)
        message = await begin(house, chatkut, film)
        [row] = chatkut.renders()
        assert row.state == "running"
    assert drafts(house) == []
    async with house.open() as chatkut:
        await house.sees_kinds("clip", "estimate", "render")
        await chatkut.quiet()
        assert [row.state for row in chatkut.renders()] == ["done"]
        assert chatkut.rows(ProgressRow) == []
    assert len(house.said()) == 3
    assert lines(house, message) == ["Rendered."]


async def test_a_film_that_is_cancelled_while_nobody_works_stays_so(
    house: House, long: bytes
) -> None:
    async with house.open() as chatkut:
        message = await begin(house, chatkut, long)
    async with house.open(bridge=False) as chatkut:  # it cannot go on without its platform
        await chatkut.hear("cancel the render")
        await until(lambda: [row.state for row in chatkut.renders()] == ["cancelled"])
    async with house.open() as chatkut:
        await house.sees_kinds("clip", "estimate", "answer")
        await chatkut.quiet()
        assert chatkut.rows(ProgressRow) == []
    assert lines(house, message) == ["The render was cancelled."]


async def test_one_message_orders_several_films_and_one_of_them_can_be_cancelled(
    house: House, long: bytes
) -> None:
    async with house.open(cpu_jobs=1) as chatkut:
        await chatkut.hear("", house.offer("long.mp4", long))
        message = await chatkut.hear("render 1080p, preview and a gif")
        estimate = (await house.sees_kinds("clip", "estimate"))[-1]
        assert "Estimate for 3 films (1080p, preview, gif)" in estimate.content.text
        await house.sees(lambda _: any("(1080p)" in line for line in lines(house, message)))
        await chatkut.hear("cancel the gif")
        answer = (await house.sees_kinds("clip", "estimate", "answer"))[-1]
        assert answer.content.text.startswith("Cancelled: gif of #1.")
        await chatkut.hear("cancel the 1080p render")
        *_, film = await house.sees_kinds("clip", "estimate", "answer", "answer", "render")
        assert film.content.text.startswith("Rendered (preview): ")
        assert film.content.in_reply_to == message
        await chatkut.quiet()
        states = {row.preset: row.state for row in chatkut.renders()}
        assert states == {"1080p": "cancelled", "preview": "done", "gif": "cancelled"}
        edits = [row for row in chatkut.outbox() if row.edits]
        assert [row.body["choices"] for row in edits] == [[]]  # once all three are over


@pytest.mark.slow
async def test_several_films_go_on_after_a_restart_and_each_is_delivered_once(
    house: House, tmp_path: Path
) -> None:
    async with house.open(cpu_jobs=1) as chatkut:
        film = clip_data(tmp_path, seconds=2, sound=False)
        await chatkut.hear("", house.offer("long.mp4", film))
        message = await chatkut.hear("render 1080p and preview")
        await house.sees(lambda _: any("rendering" in line for line in lines(house, message)))
    async with house.open() as chatkut:
        await house.sees(lambda _: len(house.said()) == 4)
        await chatkut.quiet()
        assert sorted(row.state for row in chatkut.renders()) == ["done", "done"]
    said = [post.content.text.partition(":")[0] for post in house.said()[2:]]
    assert sorted(said) == ["Rendered (1080p)", "Rendered (preview)"]
