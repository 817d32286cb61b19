"""Uploads to a bucket that have begun, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.store.database import Database
from bot.adapters.store.multiparts import SqlMultiparts
from bot.ports import Multipart

BEGUN = Multipart("u1", "clips/a", "ab" * 32, 16 << 20)


@pytest.fixture
def multiparts(database: Database) -> SqlMultiparts:
    return SqlMultiparts(database)


async def test_an_upload_is_remembered_with_its_parts_until_it_ends(
    multiparts: SqlMultiparts,
) -> None:
    assert await multiparts.unfinished("clips/a") is None
    await multiparts.begin(BEGUN)
    assert await multiparts.unfinished("clips/a") == BEGUN
    for number, etag in ((2, '"e2"'), (1, '"old"'), (1, '"e1"')):
        await multiparts.arrived("u1", number, etag)
    found = await multiparts.unfinished("clips/a")
    assert found
    assert found.parts == {1: '"e1"', 2: '"e2"'}
    await multiparts.end("u1")
    await multiparts.end("u1")
    assert await multiparts.unfinished("clips/a") is None


async def test_the_latest_upload_to_a_key_counts(multiparts: SqlMultiparts) -> None:
    await multiparts.begin(BEGUN)
    await multiparts.begin(Multipart("u2", "clips/a", "cd" * 32, 5))
    found = await multiparts.unfinished("clips/a")
    assert found
    assert found.id == "u2"
    now = datetime.now(UTC)
    assert await multiparts.begun_before(now - timedelta(minutes=1)) == ()
    old = await multiparts.begun_before(now + timedelta(minutes=1))
    assert {upload.id for upload in old} == {"u1", "u2"}
