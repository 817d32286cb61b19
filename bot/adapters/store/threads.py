"""Database work happens in threads, so that the event loop goes on meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def in_thread(
    function: Callable[Arguments, Result],
) -> Callable[Arguments, Coroutine[Any, Any, Result]]:
    """Make a blocking function one to be awaited."""

    @wraps(function)
    async def awaited(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return await asyncio.to_thread(function, *args, **kwargs)

    return awaited
