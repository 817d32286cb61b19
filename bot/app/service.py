"""ChatKut as a service: chat platforms in front, durable jobs behind, health beside.

One process does all of it on SQLite. On Postgres there may be many: a front that hears and serves
HTTP, and workers that only do jobs.
"""

import asyncio
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.seen import SqlSeen
from bot.adapters.store.workers import SqlWorkers
from bot.app.parts import ledger, opened_database, opened_planner, prepared
from bot.app.platforms import Memory, Platform, platforms
from bot.app.work import Outside, Work
from bot.config import Settings
from bot.jobs.dbos_runtime import Place
from bot.jobs.lease import Lease
from bot.jobs.messages import DurableIntake
from bot.jobs.triggers import Call, TriggerName, Triggers
from bot.logs import configured
from bot.ports import AdapterError, StoreFailed
from bot.web.health import Check, Health, metrics_route
from bot.web.metrics import Backlogs, Metrics
from bot.web.server import WebServer

_log = logging.getLogger("chatkut")

Role = Literal["all", "front", "worker", "drain"]

_DEAD_AFTER_SECONDS = 30
_WEB_GRACE_SECONDS = 2
_LOOK_SECONDS = 0.5
_BEAT_SECONDS = 5


async def serve(settings: Settings, role: Role, stopping: asyncio.Event) -> None:
    """Run until `stopping` is set, then finish what can be finished within the grace time.

    Cancelled meanwhile, it finishes nothing more, which is no error.

    Raises:
        AdapterError: It cannot start; the sentence says what to do.
    """
    root = prepared(settings.data_dir)
    # Processes that share a directory would rotate the file under each other.
    file = root / "chatkut.log" if settings.database_url is None else None
    secrets = _secrets(settings)
    log = configured("INFO", settings.log_format, secrets, file=file, stream=sys.stderr)
    with log, closing(opened_database(settings, root)) as database, _at_once(stopping):
        async with AsyncExitStack() as stack:
            work = await _start(settings, role, root, database, stack)
            _log.info("ChatKut runs as %s", role)
            await (_drained(work, stopping) if role == "drain" else stopping.wait())
            _log.info("stopping; what is not finished resumes at the next start")


@contextmanager
def _at_once(stopping: asyncio.Event) -> Iterator[None]:
    try:
        yield
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise
        _log.warning("stopped at once; what is not finished resumes at the next start")


async def _start(
    settings: Settings, role: Role, root: Path, database: Database, stack: AsyncExitStack
) -> Work:
    """Start everything in order; the stack stops it in the opposite order."""
    _refuse_alone(role, database)
    memory = Memory(SqlOutbox(database, root), SqlSeen(database, "discord"))
    found = list(platforms(settings, memory))
    if role != "drain" or database.is_shared:
        _refuse_silence(found)
    _refuse_deafness(settings, role, found)
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    chats = {each.name: await stack.enter_async_context(each.chat) for each in found}
    place = _place(settings, role, root, database)
    money = ledger(settings, database, metrics)
    planner = await stack.enter_async_context(opened_planner(settings, money))
    work = Work(settings, place, database, Outside(chats, planner, metrics))
    lease = Lease(
        SqlWorkers(database), work.engine, place.executor, role, _DEAD_AFTER_SECONDS, metrics
    )
    listening = found if role in ("all", "front") else []
    backlogs = Backlogs(registry, work.outbox.backlog, work.engine.backlog)
    health = Health(lambda: metrics.seconds_since_tick, dict(_checks(database, listening)))
    routes = [
        *health.routes,
        metrics_route(registry, backlogs.refresh),
        *(route for each in listening for route in each.routes),
    ]
    web = WebServer(routes, settings.http_host, settings.http_port)
    stack.push_async_callback(web.stop, _WEB_GRACE_SECONDS)  # answers until the jobs have stopped
    watch = asyncio.create_task(metrics.watch_loop())
    stack.callback(watch.cancel)
    await lease.beat()  # before the first job: who dies with work has to be missed
    await work.engine.start()
    stack.push_async_callback(_stop, work, lease, settings.grace_seconds)
    if settings.http_port:
        await web.start()
    triggers = Triggers(_calls(work, lease, role, database))
    triggers.start()
    stack.push_async_callback(triggers.stop)
    for each in listening:
        await each.listener.start(DurableIntake(work.engine, metrics))
        stack.push_async_callback(each.listener.stop)
    stack.callback(health.stop)
    return work


async def _stop(work: Work, lease: Lease, grace_seconds: float) -> None:
    beating = asyncio.create_task(_beat(lease))  # else the others take over what is being finished
    try:
        handed_back = await work.engine.stop(grace_seconds)
    finally:
        beating.cancel()
    if handed_back:
        await lease.leave()


async def _beat(lease: Lease) -> None:
    while True:
        with suppress(AdapterError):
            await lease.beat()
        await asyncio.sleep(_BEAT_SECONDS)


async def _drained(work: Work, stopping: asyncio.Event) -> None:
    """Return when nothing waits any more, or when told to stop."""
    while await work.is_busy() and not stopping.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), _LOOK_SECONDS)


def _place(settings: Settings, role: Role, root: Path, database: Database) -> Place:
    """Where the jobs are kept, and what this process is called there."""
    if not database.is_shared:
        return Place(sqlite_url(root / "jobs.sqlite"), root)
    url = database.engine.url.render_as_string(hide_password=False)
    queues = () if role == "front" else None
    return Place(url, root, executor=f"{settings.worker_name}:{role}", queues=queues)


def _calls(work: Work, lease: Lease, role: Role, database: Database) -> dict[TriggerName, Call]:
    calls: dict[TriggerName, Call] = {"heartbeat": lease.beat}
    if role != "front":
        calls |= {
            "outbox_rescue": work.rescue.outboxes,
            "render_rescue": work.rescue.films,
            "parked": work.settle_parked,
            "sweeps": work.calendar.enqueue_due,
        }
    if database.is_shared:
        calls["failover"] = lease.take_over
    return calls


def _checks(database: Database, listening: Sequence[Platform]) -> Iterator[tuple[str, Check]]:
    async def usable() -> None:
        await asyncio.to_thread(_read, database)

    yield "database", usable
    for each in listening:
        yield each.name, _connected(each)


def _read(database: Database) -> None:
    with database.reading() as session:
        session.connection().exec_driver_sql("SELECT 1")


def _connected(platform: Platform) -> Check:
    async def check() -> None:
        if not platform.listener.connected:
            raise ConnectionError(f"{platform.name} is not connected")

    return check


def _refuse_alone(role: Role, database: Database) -> None:
    if role in ("front", "worker") and not database.is_shared:
        raise StoreFailed(
            "Several processes can only share the work on Postgres: set CHATKUT_DATABASE_URL, "
            "or run everything in one with `chatkut run`."
        )


def _refuse_silence(found: Sequence[Platform]) -> None:
    if not found:
        raise StoreFailed(
            "No chat platform is set up: see .env.example and docs/slack.md, docs/discord.md or "
            "docs/bridge.md. To talk at a terminal, use `chatkut chat`."
        )


def _refuse_deafness(settings: Settings, role: Role, found: Sequence[Platform]) -> None:
    deaf = [each.name for each in found if each.routes] if not settings.http_port else []
    if role in ("all", "front") and deaf:
        raise StoreFailed(
            f"What is said on {' and '.join(deaf)} comes in by HTTP: set CHATKUT_HTTP_PORT to a "
            "port other than 0."
        )


def _secrets(settings: Settings) -> Iterator[str]:
    for value in dict(settings).values():
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
