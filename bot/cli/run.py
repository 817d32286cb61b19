"""`chatkut run`: the service in the foreground, until it is told to stop."""

import asyncio
import signal

from bot.app.service import Role, serve
from bot.config import Settings

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


async def run(role: Role) -> bool:
    """Run until SIGTERM or Ctrl-C; a second one stops waiting for what is still being done."""
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    task = asyncio.current_task()

    def stop() -> None:
        if stopping.is_set() and task is not None:
            task.cancel()
        stopping.set()

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
    await serve(Settings(), role, stopping)
    return True
