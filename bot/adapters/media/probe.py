"""Whether a bucket lets us do all that we do with it."""

import asyncio
import secrets
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.ports import Objects, StoreFailed, StoreRefused


async def probe(objects: Objects) -> None:
    """Put a small file, list, get and remove it.

    Raises:
        StoreFailed: Something of that does not work; the sentence says what to do.
    """
    key, content = f"doctor/{secrets.token_hex(8)}", secrets.token_bytes(1000)
    with TemporaryDirectory() as name:
        sent, came = Path(name, "sent"), Path(name, "came")
        await asyncio.to_thread(sent.write_bytes, content)
        await objects.put(key, sent, lambda _: None)
        try:
            await objects.get(key, came, lambda _: None)
            found = [each.key async for each in objects.under(key)]
            if found != [key] or await asyncio.to_thread(came.read_bytes) != content:
                raise StoreRefused("The bucket does not give back what was put into it.")
        finally:
            await objects.remove([key])
        if await objects.size(key) is not None:
            raise StoreFailed("The bucket still has a file that was removed.")
