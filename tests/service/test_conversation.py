"""A message with a clip, from what was heard to what is seen."""

import asyncio
from typing import Any

import pytest

from bot.adapters.store.tables import MessageRow, RevisionRow
from bot.ports import Attachment
from tests.adapters.chat.bridge_site import LOGIN_PAGE
from tests.service.house import House, Open, texts


async def test_a_clip_is_answered_by_its_card_and_its_receipt(
    either_house: House, beach: bytes
) -> None:
    house = either_house
    async with house.open() as chatkut:
        id = await chatkut.hear("trim it to 0.5 seconds", house.offer("beach.mp4", beach))
        card, receipt = await house.sees_kinds("clip", "receipt")
        assert "beach.mp4" in card.content.text
        assert card.content.in_reply_to == receipt.content.in_reply_to == id
        [picture] = receipt.files.values()
        assert picture.startswith(b"\x89PNG")
        assert [button.label for button in receipt.content.choices] == ["Undo", "Render"]
        assert house.progress(id) == []
        await chatkut.quiet()
        assert chatkut.counted("chatkut_messages_accepted_total", platform="bridge") == 1
        for kind in ("message", "ingest"):
            done = {"kind": kind, "outcome": "done"}
            assert chatkut.counted("chatkut_job_seconds_count", **done) == 1


async def test_what_is_delivered_again_does_nothing(either_house: House, beach: bytes) -> None:
    house = either_house
    clip = house.offer("beach.mp4", beach)

    async def hear(chatkut: Open, *, times: int) -> None:
        again = (chatkut.hear("trim it to 0.5 seconds", clip, id="m1") for _ in range(times))
        await asyncio.gather(*again)

    async with house.open() as chatkut:
        await hear(chatkut, times=5)
        await house.sees_kinds("clip", "receipt")
        await chatkut.quiet()
        await hear(chatkut, times=2)
        await chatkut.quiet()
    async with house.open() as chatkut:
        await hear(chatkut, times=3)
        await chatkut.hear("help", id="m2")
        await house.sees_kinds("clip", "receipt", "answer")
        await chatkut.quiet()
        assert [row.message_id for row in chatkut.rows(RevisionRow)] == ["m1"]
        assert sorted(row.message_id for row in chatkut.rows(MessageRow)) == ["m1", "m2"]
    assert len(house.site.clips["beach.mp4"].asked) == 1


async def test_channels_do_not_wait_for_each_other_but_messages_of_one_do(
    either_house: House, beach: bytes
) -> None:
    house = either_house
    async with house.open() as chatkut:
        await chatkut.hear("", house.offer_slowly("slow.mp4", beach))
        await chatkut.hear("trim it to 0.5 seconds")
        await house.asked_for("slow.mp4")
        await chatkut.hear("trim it to 0.5 seconds", house.offer("b.mp4", beach), channel="other")
        await house.sees_kinds("clip", "receipt", channel="other")
        assert house.said() == []
        house.hurry("slow.mp4")
        _, receipt = await house.sees_kinds("clip", "receipt")
        assert "Trimmed “slow” to 0.5 s" in receipt.content.text


async def test_files_of_one_message_are_fetched_side_by_side_and_kept_in_order(
    house: House, beach: bytes
) -> None:
    async with house.open() as chatkut:
        files = [house.offer_slowly(f"{name}.mp4", beach) for name in ("one", "two", "three")]
        await chatkut.hear("", *files)
        await house.asked_for("one.mp4", "two.mp4", "three.mp4")
        for name in ("three", "one", "two"):
            house.hurry(f"{name}.mp4")
        cards = texts(await house.sees_kinds("clip", "clip", "clip"))
        assert [text.split("”")[0] for text in cards] == [
            "Got “one.mp4",
            "Got “two.mp4",
            "Got “three.mp4",
        ]


@pytest.mark.parametrize(
    ("clip", "why"),
    [
        ({"data": b"", "status": 404}, "it is no longer there"),
        ({"data": b"", "status": 500}, "its server answered with status 500"),
        ({"data": LOGIN_PAGE, "type": "text/html"}, "its server sent a web page"),
        ({"data": b"no video" * 1000}, "it is not a file of a kind that I know"),
    ],
    ids=["gone", "failing", "a web page", "no video"],
)
async def test_a_file_that_cannot_be_used_is_told_and_the_words_with_it_are_left_undone(
    house: House, clip: dict[str, Any], why: str, beach: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.jobs.messages._FETCH_TRIES", 2)
    async with house.open() as chatkut:
        good, bad = house.offer("good.mp4", beach), house.offer("bad.mp4", **clip)
        await chatkut.hear("trim it to 0.5 seconds", good, bad)
        error, card, left = texts(await house.sees_kinds("error", "clip", "answer"))
    assert "bad.mp4" in error
    assert why in error
    assert "good.mp4" in card
    assert left == (
        "I did not do “trim it to 0.5 seconds”, because not all files came in (bad.mp4). "
        "Say it again if you want it without them."
    )


async def test_a_file_of_a_host_that_is_not_listed_is_refused(house: House) -> None:
    async with house.open() as chatkut:
        await chatkut.hear("", Attachment("metadata", "http://169.254.169.254/latest/meta-data"))
        [error] = texts(await house.sees_kinds("error"))
    assert "not allowed to download from '169.254.169.254'" in error


async def test_a_file_whose_download_breaks_off_is_fetched_to_its_end(
    house: House, beach: bytes
) -> None:
    async with house.open() as chatkut:
        clip = house.offer("beach.mp4", beach)
        house.site.clips["beach.mp4"].cuts.extend([len(beach) // 3, len(beach) // 2])
        await chatkut.hear("", clip)
        await house.sees_kinds("clip")
    assert len(house.site.clips["beach.mp4"].asked) == 3


async def test_a_download_begins_again_after_a_restart(either_house: House, beach: bytes) -> None:
    house = either_house
    async with house.open() as chatkut:
        await chatkut.hear("trim it to 0.5 seconds", house.offer_slowly("slow.mp4", beach))
        await house.asked_for("slow.mp4")
    assert list((house.root / "incoming").iterdir()) == []
    house.hurry("slow.mp4")
    async with house.open():
        await house.sees_kinds("clip", "receipt")
