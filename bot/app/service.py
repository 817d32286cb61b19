"""ChatKut as a service: chat platforms in front, durable jobs behind, health beside.

One process does all of it on SQLite. On Postgres there may be many: a front that hears and serves
HTTP, and workers that only do jobs.
"""

import asyncio
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from starlette.routing import BaseRoute

from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.seen import SqlSeen
from bot.adapters.store.workers import SqlWorkers
from bot.app import storage
from bot.app.ears import Ears
from bot.app.pages import Takers, film_pages, pages, signed_links
from bot.app.parts import ledger, opened_database, opened_planner, prepared
from bot.app.platforms import Labels, Memory, Platform, Rooms, platforms
from bot.app.playback import Stream, direct_uploads, opened_stream, webhooks
from bot.app.work import Outside, Work
from bot.config import Settings, misspelt
from bot.jobs.dbos_runtime import Place
from bot.jobs.lease import Lease
from bot.jobs.triggers import Call, TriggerName, Triggers
from bot.logs import configured
from bot.ports import AdapterError, StoreFailed
from bot.web.health import Check, Health, metrics_route
from bot.web.links import SignedLinks
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
        for sentence in misspelt():
            _log.warning("%s", sentence)
        async with AsyncExitStack() as stack:
            work, ears = await _start(_Site(settings, role, root, database, stack))
            await ears.settle(stopping)
            _log.info("ChatKut runs as %s%s", role, _but_for(ears.missing))
            await (_drained(work, stopping) if role == "drain" else ears.hear(stopping))
            _log.info("stopping; what is not finished resumes at the next start")


def _but_for(missing: Sequence[str]) -> str:
    return f"; still to be reached: {', '.join(missing)}" if missing else ""


@contextmanager
def _at_once(stopping: asyncio.Event) -> Iterator[None]:
    try:
        yield
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise
        _log.warning("stopped at once; what is not finished resumes at the next start")


@dataclass(frozen=True, slots=True)
class _Site:
    """Where this process runs and as what; the stack stops what is started, in opposite order."""

    settings: Settings
    role: Role
    root: Path
    database: Database
    stack: AsyncExitStack

    @property
    def hears(self) -> bool:
        """Whether chats and browsers speak to this process."""
        return self.role in ("all", "front")


async def _start(site: _Site) -> tuple[Work, Ears]:
    """Start everything in order."""
    settings, role, stack = site.settings, site.role, site.stack
    _refuse_alone(role, site.database)
    links = signed_links(settings, site.root)
    found = _platforms(site, links)
    listening = found if site.hears else []
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    stream = await stack.enter_async_context(opened_stream(settings))
    work = await _work(site, found, metrics, stream, links)
    lease = _lease(site, work, metrics)
    health = Health(lambda: metrics.seconds_since_tick, dict(_checks(site.database, listening)))
    backlogs = Backlogs(registry, work.outbox.backlog, work.engine.backlog)
    routes: list[BaseRoute] = [*health.routes, metrics_route(registry, backlogs.refresh)]
    if site.hears:
        routes += await _public_routes(site, found, work, stream, links)
    web = WebServer(routes, settings.http_host, settings.http_port)
    stack.push_async_callback(web.stop, _WEB_GRACE_SECONDS)  # answers until the jobs have stopped
    watch = asyncio.create_task(metrics.watch_loop())
    stack.callback(watch.cancel)
    looking = asyncio.create_task(storage.watch(settings, site.root, site.database))
    stack.callback(looking.cancel)
    await lease.beat()  # before the first job: who dies with work has to be missed
    await work.engine.start()
    stack.push_async_callback(_stop, work, lease, settings.grace_seconds)
    if settings.http_port:
        await web.start()
    triggers = Triggers(_calls(work, lease, role, site.database))
    triggers.start()
    stack.push_async_callback(triggers.stop)
    ears = Ears(listening)
    ears.start(work.intake)
    stack.push_async_callback(ears.stop)
    stack.callback(health.stop)
    return work, ears


def _platforms(site: _Site, links: SignedLinks | None) -> list[Platform]:
    """The chats that are set up.

    Raises:
        StoreFailed: There is none, or one that cannot be heard.
    """
    database, root = site.database, site.root
    memory = Memory(
        SqlOutbox(database, root),
        SqlSeen(database, "discord"),
        Labels(SqlConversations(database)),
        Rooms(database, root, links),
    )
    found = list(platforms(site.settings, memory))
    if site.role != "drain" or database.is_shared:
        _refuse_silence(found)
    _refuse_deafness(site.settings, site.role, found)
    return found


async def _work(
    site: _Site,
    found: Sequence[Platform],
    metrics: Metrics,
    stream: Stream | None,
    links: SignedLinks | None,
) -> Work:
    """The jobs, and all that they speak to, connected."""
    chats = {each.name: await site.stack.enter_async_context(each.chat) for each in found}
    money = ledger(site.settings, site.database, metrics)
    opening = opened_planner(site.settings, money, ahead=site.role != "front")
    planner = await site.stack.enter_async_context(opening)
    outside = Outside(chats, planner, metrics, stream.videos if stream else None, links)
    return Work(site.settings, _place(site), site.database, outside)


def _lease(site: _Site, work: Work, metrics: Metrics) -> Lease:
    workers, executor = SqlWorkers(site.database), _place(site).executor
    return Lease(workers, work.engine, executor, site.role, _DEAD_AFTER_SECONDS, metrics)


async def _public_routes(
    site: _Site,
    found: Sequence[Platform],
    work: Work,
    stream: Stream | None,
    links: SignedLinks | None,
) -> list[BaseRoute]:
    """What chats, browsers and services call."""
    settings, root, database = site.settings, site.root, site.database
    routes: list[BaseRoute] = [route for each in found for route in each.routes]
    if links is not None:
        takers = Takers(work.arrivals, direct_uploads(settings, work.engine, database, stream))
        routes += pages(settings, root, database, links, takers)
        routes += film_pages(settings, root, database, links, work)
    routes += await site.stack.enter_async_context(webhooks(stream, work.playback))
    return routes


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


def _place(site: _Site) -> Place:
    """Where the jobs are kept, and what this process is called there."""
    if not site.database.is_shared:
        return Place(sqlite_url(site.root / "jobs.sqlite"), site.root)
    url = site.database.engine.url.render_as_string(hide_password=False)
    queues = () if site.role == "front" else None
    executor = f"{site.settings.worker_name}:{site.role}"
    return Place(url, site.root, executor=executor, queues=queues)


def _calls(work: Work, lease: Lease, role: Role, database: Database) -> dict[TriggerName, Call]:
    calls: dict[TriggerName, Call] = {"heartbeat": lease.beat}
    if role != "front":
        calls |= {
            "outbox_rescue": work.rescue.outboxes,
            "render_rescue": work.rescue.films,
            "upload_rescue": work.arrivals.rescue,
            "poll_waits": work.polling.poll,
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
