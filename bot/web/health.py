"""How the process is: `/livez`, `/readyz` and `/metrics`, for whoever watches it.

Nothing here says more than names: what exactly is wrong stands in the log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Literal

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_log = logging.getLogger("chatkut.web")

Check = Callable[[], Coroutine[Any, Any, None]]
"""Returns where something is ready, and raises where it is not."""

State = Literal["ok", "failed", "timed out"]

SILENT_SECONDS = 15.0
"""A process whose event loop has not run for so long is taken for dead."""

CHECK_SECONDS = 2.0
"""How long a check may take."""


class Health:
    """Whether the process is alive, and whether it can work.

    `last_beat` is how many seconds ago the event loop was seen to run. A check that hangs is left
    running and not started a second time, so that being asked often does no harm.
    """

    def __init__(self, last_beat: Callable[[], float], checks: Mapping[str, Check]) -> None:
        self._last_beat = last_beat
        self._checks = checks
        self._running: dict[str, asyncio.Task[None]] = {}
        self._bad: set[str] = set()
        self._stopping = False

    @property
    def routes(self) -> list[Route]:
        """To be mounted on a server."""
        return [Route("/livez", self._livez), Route("/readyz", self._readyz)]

    def stop(self) -> None:
        """The process shuts down: it is alive, and not ready from now on."""
        self._stopping = True
        for task in self._running.values():
            task.cancel()

    async def _livez(self, _request: Request) -> Response:
        age = self._last_beat()
        alive = age < SILENT_SECONDS
        return JSONResponse(
            {"alive": alive, "heartbeat_seconds_ago": round(age, 1)}, 200 if alive else 503
        )

    async def _readyz(self, _request: Request) -> Response:
        checks: dict[str, State] = {} if self._stopping else await self._checked()
        ready = not self._stopping and set(checks.values()) <= {"ok"}
        return JSONResponse(
            {"ready": ready, "stopping": self._stopping, "checks": checks}, 200 if ready else 503
        )

    async def _checked(self) -> dict[str, State]:
        tasks = {name: self._task(name) for name in self._checks}
        if tasks:
            await asyncio.wait(tasks.values(), timeout=CHECK_SECONDS)
        states = {name: _state(task) for name, task in tasks.items()}
        self._tell(tasks, states)
        return states

    def _task(self, name: str) -> asyncio.Task[None]:
        task = self._running.get(name)
        if task is None or task.done():
            task = self._running[name] = asyncio.create_task(self._checks[name]())
            task.add_done_callback(_noticed)
        return task

    def _tell(self, tasks: Mapping[str, asyncio.Task[None]], states: Mapping[str, State]) -> None:
        """Log what changed."""
        bad = {name for name, state in states.items() if state != "ok"}
        for name in sorted(bad - self._bad):
            task = tasks[name]
            error = task.exception() if task.done() and not task.cancelled() else None
            _log.warning("%s is not ready: %s", name, error or states[name])
        for name in sorted(self._bad - bad):
            _log.info("%s is ready again", name)
        self._bad = bad


def _noticed(task: asyncio.Task[None]) -> None:
    """Keep asyncio from complaining about one that failed when nobody waited any more."""
    if not task.cancelled():
        task.exception()


def _state(task: asyncio.Task[None]) -> State:
    if not task.done():
        return "timed out"
    return "failed" if task.cancelled() or task.exception() else "ok"


def metrics_route(
    registry: CollectorRegistry, refresh: Callable[[], Awaitable[None]] | None = None
) -> Route:
    """`/metrics` in the text format of Prometheus; `refresh` is awaited before each scrape."""

    async def metrics(_request: Request) -> Response:
        if refresh is not None:
            await refresh()
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return Route("/metrics", metrics)
