"""ChatKut with a bucket: what is in it, and what happens without it."""

import shutil
from itertools import chain
from typing import Any

import pytest

from bot.adapters.media.s3 import Access, Bucket
from tests.ports import free_port
from tests.s3 import S3_KEY, new_bucket
from tests.service.house import House


@pytest.fixture
def access(s3_url: str) -> Access:
    return Access(s3_url, new_bucket(s3_url), S3_KEY, S3_KEY)


def settings(access: Access) -> dict[str, Any]:
    return {
        "r2_endpoint": access.endpoint,
        "r2_bucket": access.bucket,
        "r2_access_key_id": access.key_id,
        "r2_secret_access_key": access.secret,
    }


async def test_clips_and_films_are_in_the_bucket_before_they_are_announced(
    house: House, beach: bytes, access: Access
) -> None:
    bucket = Bucket(access)
    async with house.open(**settings(access)) as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
        clips = {each.key.split("/")[2]: each.size_bytes for each in chain(*bucket.pages("clips/"))}
        assert clips["original.mp4"] == len(beach)
        assert {"facts.json", "thumb_00.jpg"} <= clips.keys()
        await chatkut.quiet()
        shutil.rmtree(house.root / "media")  # the disk was lost
        await chatkut.hear("render preview")
        film = (await house.sees_kinds("clip", "estimate", "render"))[-1]
        [data] = film.files.values()
        [there] = chain(*bucket.pages("films/"))
        assert there.size_bytes == len(data)
        assert (await chatkut.work.storage.media.taken()).keys()


async def test_a_film_is_announced_although_it_cannot_be_put_into_the_bucket(
    house: House, beach: bytes, access: Access
) -> None:
    bucket = Bucket(access)
    async with house.open(**settings(access)) as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
        await chatkut.quiet()
    async with house.open(**settings(access) | {"r2_access_key_id": "wrong"}) as chatkut:
        await chatkut.hear("render preview")
        await house.sees_kinds("clip", "estimate", "render")
        await chatkut.quiet()
        assert list(bucket.pages("films/")) == [[]]


async def test_a_film_that_waits_for_a_bucket_says_so_and_is_made_when_it_is_back(
    house: House, beach: bytes, access: Access
) -> None:
    async with house.open(**settings(access)) as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees_kinds("clip")
        await chatkut.quiet()
    shutil.rmtree(house.root / "media")  # its original is only in the bucket
    away = {"r2_endpoint": f"http://127.0.0.1:{free_port()}"}
    async with house.open(**settings(access) | away) as chatkut:
        message = await chatkut.hear("render preview")
        told = (await house.sees_kinds("clip", "estimate", "error"))[-1]
        assert "cannot be reached just now" in told.content.text
        assert told.content.text.endswith("will be made as soon as that is solved.")
        assert told.content.in_reply_to == message
    async with house.open(**settings(access)) as chatkut:
        await house.sees_kinds("clip", "estimate", "error", "render")
        await chatkut.quiet()


async def test_a_bucket_with_the_wrong_key_is_told_to_whoever_sends_a_clip(
    house: House, beach: bytes, access: Access
) -> None:
    async with house.open(**settings(access) | {"r2_access_key_id": "wrong"}) as chatkut:
        await chatkut.hear("", house.offer("beach.mp4", beach))
        await house.sees(
            lambda posts: any("does not know our key" in p.content.text for p in posts)
        )
        await chatkut.quiet()
