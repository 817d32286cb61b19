import pytest

from bot.adapters.media.owner import claim
from bot.adapters.media.s3 import S3Objects
from bot.ports import StoreRefused


async def test_a_bucket_is_its_first_owners_from_then_on(objects: S3Objects) -> None:
    await claim(objects, "ours")
    await claim(objects, "ours")

    with pytest.raises(StoreRefused, match="another ChatKut's"):
        await claim(objects, "theirs")


async def test_a_bucket_whose_mark_was_removed_is_anybodys(objects: S3Objects) -> None:
    await claim(objects, "ours")
    await objects.remove(["owner"])

    await claim(objects, "theirs")
