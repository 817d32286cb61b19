"""Uploads and upload links, kept."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.store.database import Database
from bot.adapters.store.uploads import SqlClaims, SqlUploads
from bot.ports import Claim, Room, UploadRecord
from tests.adapters.store.samples import CHANNEL, OTHER, said

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROOM = Room(in_channel=1 << 40, on_disk=1 << 40)
ASKED = replace(said(channel=CHANNEL), text="", user="U1", external=True)
METADATA = "filename S8Okc2UubXA0,requiresignedurls"
UPLOAD = UploadRecord("a" * 32, "link", ASKED, 5 << 32, METADATA, NOW + HOUR)
CLAIM = Claim("link", "hash", ASKED, NOW + HOUR)


@pytest.fixture
def uploads(database: Database) -> SqlUploads:
    return SqlUploads(database)


@pytest.fixture
def claims(database: Database) -> SqlClaims:
    return SqlClaims(database)


def sized(name: str, length: int, channel: str = CHANNEL) -> UploadRecord:
    return replace(UPLOAD, id=name * 32, length=length, asked=replace(ASKED, channel=channel))


async def completed(uploads: SqlUploads, upload: UploadRecord) -> UploadRecord:
    await uploads.create(upload, ROOM)
    assert await uploads.advance(upload, upload.length)
    return replace(upload, offset=upload.length, state="complete")


async def test_an_upload_is_kept_as_it_is(uploads: SqlUploads) -> None:
    assert await uploads.create(UPLOAD, ROOM) == "created"

    assert await uploads.find(UPLOAD.id) == UPLOAD
    assert await uploads.find("b" * 32) is None


async def test_the_offset_moves_from_where_it_was(uploads: SqlUploads) -> None:
    await uploads.create(UPLOAD, ROOM)

    assert await uploads.advance(UPLOAD, 3 << 32)
    assert not await uploads.advance(UPLOAD, 4 << 32)
    found = await uploads.find(UPLOAD.id)
    assert found == replace(UPLOAD, offset=3 << 32)


async def test_of_all_who_bring_the_last_byte_one_has_completed_it(uploads: SqlUploads) -> None:
    await uploads.create(UPLOAD, ROOM)

    moved = await asyncio.gather(*(uploads.advance(UPLOAD, UPLOAD.length) for _ in range(8)))

    assert sorted(moved) == [False] * 7 + [True]
    assert [upload.state for upload in await uploads.waiting()] == ["complete"]


async def test_an_upload_without_bytes_is_complete(uploads: SqlUploads) -> None:
    await uploads.create(sized("a", 0), ROOM)

    assert [upload.length for upload in await uploads.waiting()] == [0]


async def test_what_is_complete_is_not_removed(uploads: SqlUploads) -> None:
    await uploads.create(sized("b", 5), ROOM)
    await completed(uploads, sized("a", 5))

    assert not await uploads.remove("a" * 32)
    assert await uploads.remove("b" * 32)
    assert not await uploads.remove("b" * 32)


async def test_a_channel_has_no_more_room_than_its_quota(uploads: SqlUploads) -> None:
    room = Room(in_channel=10, on_disk=100)
    assert await uploads.create(sized("a", 6), room) == "created"
    assert await uploads.create(sized("b", 5), room) == "channel full"
    assert await uploads.create(sized("c", 10, OTHER), room) == "created"

    await uploads.mark("a" * 32, "taken")
    assert await uploads.create(sized("b", 5), room) == "created"


async def test_the_disk_is_promised_to_nobody_twice(uploads: SqlUploads) -> None:
    room = Room(in_channel=100, on_disk=10)
    assert await uploads.create(sized("a", 6), room) == "created"
    assert await uploads.create(sized("b", 5, OTHER), room) == "disk full"

    await uploads.advance(sized("a", 6), 5)  # what has been written is not free any more
    assert await uploads.create(sized("b", 5, OTHER), room) == "created"


async def test_what_became_of_an_upload_never_goes_back(uploads: SqlUploads) -> None:
    upload = await completed(uploads, UPLOAD)

    await uploads.mark(upload.id, "taken")
    await uploads.mark(upload.id, "accepted")

    found = await uploads.find(upload.id)
    assert found
    assert found.state == "taken"
    assert await uploads.waiting() == ()


async def test_expired_uploads_are_forgotten_unless_somebody_waits_for_them(
    uploads: SqlUploads,
) -> None:
    await uploads.create(sized("a", 5), ROOM)
    for name, state in (("b", "complete"), ("c", "accepted"), ("d", "taken")):
        await completed(uploads, sized(name, 5))
        await uploads.mark(name * 32, state)  # type: ignore[arg-type]
    ids = [name * 32 for name in "abcde"]
    assert await uploads.needing_files(ids) == {"a" * 32, "b" * 32, "c" * 32}

    assert await uploads.expire(NOW) == 0
    assert await uploads.expire(NOW + 2 * HOUR) == 2
    assert await uploads.needing_files(ids) == {"b" * 32, "c" * 32}
    assert await uploads.expire(NOW + 31 * DAY) == 2


async def test_the_first_who_takes_a_link_has_it(claims: SqlClaims) -> None:
    other = replace(CLAIM, holder="other")

    assert await claims.find("link") is None
    assert await claims.claim(CLAIM) == CLAIM
    assert await claims.claim(other) == CLAIM
    assert await claims.find("link") == CLAIM


async def test_a_closed_link_stays_closed(claims: SqlClaims, uploads: SqlUploads) -> None:
    await claims.claim(CLAIM)
    await claims.close("link")

    assert await claims.claim(CLAIM) == replace(CLAIM, is_closed=True)
    await uploads.expire(NOW + 2 * HOUR)
    assert await claims.find("link")
    await uploads.expire(NOW + 2 * DAY)
    assert await claims.find("link") is None


async def test_secrets_are_in_no_log() -> None:
    assert UPLOAD.id not in repr(UPLOAD)
    assert CLAIM.holder not in repr(CLAIM)


async def test_an_upload_of_no_use_is_complete_and_says_why_once(uploads: SqlUploads) -> None:
    other = replace(UPLOAD, id="b" * 32)
    await uploads.create(UPLOAD, ROOM)
    for upload in (UPLOAD, other, UPLOAD):
        await uploads.refuse(upload, "No video in it.")
    await uploads.refuse(UPLOAD, "Something else.")
    assert {each.id for each in await uploads.waiting()} == {UPLOAD.id, other.id}
    assert {each.trouble for each in await uploads.waiting()} == {"No video in it."}
    await uploads.mark(UPLOAD.id, "taken")
    await uploads.refuse(UPLOAD, "Too late.")
    found = await uploads.find(UPLOAD.id)
    assert found
    assert (found.state, found.trouble) == ("taken", "No video in it.")
