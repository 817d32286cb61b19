"""Whose bucket it is: two ChatKuts on one bucket would take each other's files for orphans."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.ports import Objects, StoreRefused

_KEY = "owner"


async def claim(objects: Objects, owner: str) -> None:
    """Mark a bucket as that of `owner`; one without a mark is nobody's.

    Raises:
        StoreRefused: It is somebody else's.
        StoreFailed: The bucket cannot be used.
    """
    with TemporaryDirectory() as folder:
        mark = Path(folder, "mark")
        if await objects.size(_KEY) is None:
            await asyncio.to_thread(mark.write_text, owner)
            await objects.put(_KEY, mark, lambda _: None)
        else:
            await objects.get(_KEY, mark, lambda _: None)
        found = await asyncio.to_thread(mark.read_text)
    if found != owner:
        raise StoreRefused(
            "This bucket is another ChatKut's: nothing is removed from it. Give each one its own; "
            "if the other one is no more, remove the object “owner” from the bucket."
        )
