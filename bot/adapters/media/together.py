"""Things done at once, all or nothing."""

import asyncio
from collections.abc import Collection, Coroutine


async def together(coroutines: Collection[Coroutine[None, None, None]]) -> None:
    """Await them; when one fails the others are stopped, and its error is raised as it is."""
    tasks = [asyncio.create_task(each) for each in coroutines]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
