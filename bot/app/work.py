"""The durable jobs, wired: which kinds there are, and what they work with."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bot.adapters.renderers.local.workspace import tidy
from bot.adapters.store.board import SqlBoard
from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.orders import SqlOrders
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.upkeep import SqlUpkeep
from bot.app.parts import UNEXPECTED, local_media, render_desk, services
from bot.config import Settings
from bot.handlers.render import film_card
from bot.handlers.route import answered, apologised
from bot.handlers.upload import shown_name
from bot.jobs import sweeps
from bot.jobs.dbos_engine import DbosEngine
from bot.jobs.dbos_runtime import Place
from bot.jobs.deliver import Delivery
from bot.jobs.dispatch import Rescue
from bot.jobs.engine import JobStatus
from bot.jobs.film import Films
from bot.jobs.held import Held
from bot.jobs.lease import settle_parked
from bot.jobs.messages import Answering, Ingest
from bot.jobs.metered import metered
from bot.jobs.progress import Screen
from bot.ports import AdapterError, Chat, Message, Meter, Planner, Taken

_log = logging.getLogger("chatkut")

_PICTURE_DAYS = 30
_JOB_DAYS = 30
_MEMORY_DAYS = 365
"""For so long messages that come again are recognised, buttons work and threads are known."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the jobs speak to: chats by the name of their platform, the planner, the meter."""

    chats: Mapping[str, Chat]
    planner: Planner
    meter: Meter


class Work:
    """The kinds of jobs, and the engine that runs them at a place."""

    def __init__(
        self,
        settings: Settings,
        place: Place,
        database: Database,
        outside: Outside,
    ) -> None:
        root, chats, meter = place.folder, outside.chats, outside.meter
        self._settings = settings
        self._upkeep = SqlUpkeep(database, root)
        self.outbox = SqlOutbox(database, root)
        self._orders = orders = SqlOrders(database, self.outbox, root)
        screens = {name: Screen(chat, SqlBoard(database)) for name, chat in chats.items()}
        self._media = local_media(settings, root)
        desk = render_desk(settings, root, database)
        conversations = SqlConversations(database, self.outbox)
        self._services = replace(
            services(settings, root, conversations, outside.planner, desk),
            person_per_minute=settings.person_per_minute,
            channel_per_minute=settings.channel_per_minute,
        )
        held = Held(screens)
        self._answering = Answering(self._answer, self._apologise, orders, held)
        self._ingest = Ingest(self._media, screens, held, root / "incoming", shown_name)
        self._films = Films(desk, orders, screens, film_card, meter, settings.cpu_jobs)
        kinds = (
            self._answering.kind,
            self._ingest.kind,
            Delivery(self.outbox, chats).kind,
            self._films.kind,
            sweeps.kind(self._sweeps(root, database.is_shared)),
        )
        self.engine = DbosEngine([metered(kind, meter) for kind in kinds], place)
        self.rescue = Rescue(self.engine, self.outbox, orders)
        self.calendar = sweeps.Calendar(self.engine, self._sweeps(root, database.is_shared))

    async def is_busy(self) -> bool:
        """Whether anything is left to do that somebody waits for."""
        jobs = await self.engine.find("queued", "delayed", "running")
        posts, _ = await self.outbox.backlog()
        return any(job.kind != "sweep" for job in jobs) or bool(posts or await self._orders.open())

    async def settle_parked(self) -> None:
        """Tell the threads of jobs that crashed too often."""
        await settle_parked(self.engine, self._tell)

    async def _tell(self, job: JobStatus) -> None:
        payload = job.payload or {}
        match job.kind:
            case "message":
                await self._answering.give_up(self.engine, payload)
            case "ingest":
                await self._ingest.give_up(job.id, payload)
            case "render":
                await self._films.give_up(self.engine, job.id, payload)

    async def _answer(self, message: Message, taken: Taken) -> None:
        try:
            await answered(message, taken, self._services)
        except AdapterError:
            raise
        except Exception:
            _log.exception("message %s in %s failed", message.id, message.channel)
            await self._apologise(message, UNEXPECTED)

    async def _apologise(self, message: Message, sentence: str) -> None:
        await apologised(message, sentence, self._services)

    def _sweeps(self, root: Path, is_shared: bool) -> Mapping[str, sweeps.Sweep]:
        settings, upkeep = self._settings, self._upkeep
        found: dict[str, sweeps.Sweep] = {
            "films": partial(sweeps.films, upkeep, settings.keep_films_days),
            "media": lambda now: sweeps.media(upkeep, self._media, self.engine, now),
            "pictures": partial(sweeps.pictures, root / "pictures", _PICTURE_DAYS),
            "scratch": partial(
                sweeps.scratch,
                [
                    self._media.tidy,
                    partial(tidy, root / "renders"),
                    partial(sweeps.stale, root / "incoming", 24),
                ],
            ),
            "ledger": partial(sweeps.ledger, upkeep),
            "forget": lambda now: sweeps.forget(upkeep, self.engine, _MEMORY_DAYS, _JOB_DAYS, now),
        }
        if settings.keep_backups and not is_shared:
            found["backup"] = partial(
                sweeps.backup,
                upkeep,
                root / "jobs.sqlite",
                root / "backups",
                settings.keep_backups,
            )
        return found
