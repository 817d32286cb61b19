"""The durable jobs, wired: which kinds there are, and what they work with."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.adapters.media.subtitles import read_subtitles
from bot.adapters.renderers.local.workspace import tidy
from bot.adapters.store.board import SqlBoard
from bot.adapters.store.conversations import SqlConversations
from bot.adapters.store.database import Database
from bot.adapters.store.orders import SqlOrders
from bot.adapters.store.outbox import SqlOutbox
from bot.adapters.store.upkeep import SqlUpkeep
from bot.adapters.store.uploads import SqlUploads
from bot.adapters.upload_folder import UploadFolder
from bot.app import remotion
from bot.app.parts import (
    UNEXPECTED,
    ledger,
    month_microusd,
    render_cache,
    render_desk,
    services,
)
from bot.app.playback import Playing, publish_clips, publish_film
from bot.app.speech import transcriber
from bot.app.storage import opened_storage
from bot.config import Settings
from bot.handlers.insight import PATIENCE_SECONDS
from bot.handlers.pace import too_fast
from bot.handlers.render import film_told
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
from bot.jobs.later import LaterJobs, Look
from bot.jobs.lease import settle_parked
from bot.jobs.lookahead import Lookahead
from bot.jobs.messages import Answering, DurableIntake, Incoming, Ingest
from bot.jobs.metered import metered
from bot.jobs.progress import Screen
from bot.jobs.publish import Sources
from bot.jobs.receive import Arrival
from bot.jobs.uploads import Arrivals, Uploaded
from bot.ports import (
    AdapterError,
    Chat,
    Links,
    Message,
    Meter,
    Planner,
    RenderRecord,
    Taken,
    UploadRecord,
    VideoService,
)

_log = logging.getLogger("chatkut")

_PICTURE_DAYS = 30
_JOB_DAYS = 30
_MEMORY_DAYS = 365
"""For so long messages that come again are recognised, buttons work and threads are known."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the jobs speak to: chats by the name of their platform, the planner, the meter.

    `videos` is the service that plays clips and films, if there is one; `links` are there where
    browsers can reach us.
    """

    chats: Mapping[str, Chat]
    planner: Planner
    meter: Meter
    videos: VideoService | None = None
    links: Links | None = None


class Work:
    """The kinds of jobs, and the engine that runs them at a place; itself it answers messages."""

    def __init__(
        self,
        settings: Settings,
        place: Place,
        database: Database,
        outside: Outside,
    ) -> None:
        root, chats, meter = place.folder, outside.chats, outside.meter
        self._settings = settings
        self._database = database
        self._upkeep = SqlUpkeep(database, root)
        self.outbox = SqlOutbox(database, root)
        self._orders = orders = SqlOrders(database, self.outbox, root)
        screens = {name: Screen(chat, SqlBoard(database)) for name, chat in chats.items()}
        books = ledger(settings, database, meter)
        ears = transcriber(settings, root, books)
        self.storage = opened_storage(settings, root, database, ears)
        self._media = media = self.storage.media
        desk = render_desk(settings, root, database, self.storage)
        conversations = SqlConversations(database, self.outbox, month_microusd(settings))
        self._services = replace(
            services(settings, root, conversations, outside.planner, desk, books, media),
            person_per_minute=settings.person_per_minute,
            channel_per_minute=settings.channel_per_minute,
            links=outside.links,
            patience_seconds=PATIENCE_SECONDS,
            later=LaterJobs(lambda: self.engine),
        )
        held = Held(screens)
        self._answering = Answering(self, orders, held)
        self._uploads, self._upload_files = SqlUploads(database), UploadFolder(root / "uploads")
        uploaded = Uploaded(self._uploads, self._upload_files)
        incoming = Incoming(root / "incoming", settings.max_upload_mb << 20)
        self._ingest = Ingest(
            media, read_subtitles, screens, held, incoming, shown_name, uploaded, self._is_left_out
        )
        told = partial(film_told, services=self._services)
        self._films = Films(desk, orders, screens, told, meter, settings.cpu_jobs, self._film_made)
        self._looks = Look(media, conversations.waits, self, orders, meter)
        arrival = Arrival(
            root / "incoming" / "stream", self._uploads, self._upload_files, self._arrived
        )
        sources = Sources(media, orders, media.link)
        self._playing = Playing(outside.videos, database, sources, arrival)
        kinds = (
            self._answering.kind,
            self._ingest.kind,
            Delivery(self.outbox, chats).kind,
            self._films.kind,
            self._looks.kind,
            *self._playing.kinds,
            sweeps.kind(self._sweeps(root, database.is_shared)),
        )
        self.engine = DbosEngine([metered(kind, meter) for kind in kinds], place)
        self.playback = self._playing.playback(self.engine)
        self.polling = self._playing.polling(self.engine)
        lookahead = Lookahead(settings.person_per_minute, settings.channel_per_minute)
        self.intake = DurableIntake(self.engine, meter, lookahead)
        self.rescue = Rescue(self.engine, self.outbox, orders)
        self.arrivals = Arrivals(self._uploads, DurableIntake(self.engine, meter))
        self.calendar = sweeps.Calendar(self.engine, self._sweeps(root, database.is_shared))

    async def is_busy(self) -> bool:
        """Whether anything is left to do that somebody waits for."""
        # Uploads become jobs, and jobs leave posts and renders: asked in this order none slips by.
        uploads = await self._uploads.waiting()
        jobs = await self.engine.find("queued", "delayed", "running")
        posts, _ = await self.outbox.backlog()
        rows = uploads or posts or await self._orders.open()
        return any(job.kind != "sweep" for job in jobs) or bool(rows)

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
            case "look":
                await self._looks.give_up(self.engine, payload)
            case "publish" | "receive":
                await self._playing.give_up(job)

    async def _arrived(self, upload: UploadRecord) -> None:
        await self.arrivals.accept(upload)

    async def _film_made(self, record: RenderRecord) -> None:
        await publish_film(self.playback, record)

    async def _tidy_playback(self, now: datetime) -> str:
        return await self.playback.sweep(self.engine, now) if self.playback else ""

    async def _is_left_out(self, message: Message) -> bool:
        return await too_fast(message, self._services) is not None

    async def answer(self, message: Message, taken: Taken) -> None:
        await publish_clips(self.playback, message.channel, taken)
        try:
            await answered(message, taken, self._services)
        except AdapterError:
            raise
        except Exception:
            _log.exception("message %s in %s failed", message.id, message.channel)
            await self.apologise(message, UNEXPECTED)

    async def apologise(self, message: Message, sentence: str) -> None:
        await apologised(message, sentence, self._services)

    def _sweeps(self, root: Path, is_shared: bool) -> Mapping[str, sweeps.Sweep]:
        settings, upkeep = self._settings, self._upkeep
        pieces = render_cache(settings, root)
        found: dict[str, sweeps.Sweep] = {
            "films": partial(sweeps.films, upkeep, settings.keep_films_days),
            "media": lambda now: sweeps.media(upkeep, self._media, self.engine, now),
            "pictures": partial(sweeps.pictures, root / "pictures", _PICTURE_DAYS),
            "exports": partial(sweeps.exports, root / "exports", _PICTURE_DAYS),
            "scratch": partial(
                sweeps.scratch,
                [
                    self._media.tidy,
                    partial(tidy, root / "renders"),
                    *([pieces.trim] if pieces else []),
                    partial(sweeps.stale, root / "incoming", 24),
                ],
            ),
            "uploads": partial(sweeps.uploads, self._uploads, self._upload_files),
            "ledger": partial(sweeps.ledger, upkeep),
            "forget": lambda now: sweeps.forget(upkeep, self.engine, _MEMORY_DAYS, _JOB_DAYS, now),
        }
        if (bucket := self.storage.bucket) is not None:
            found |= bucket.sweeps(upkeep, settings.keep_originals_days)
            found["media"] = bucket.guarded(found["media"])
        if settings.renderer == "remotion":
            found["remotion"] = partial(remotion.sweep, self.storage, self._database)
        if self._playing.is_set_up:
            found["playback"] = self._tidy_playback
        if settings.keep_backups and not is_shared:
            found["backup"] = partial(
                sweeps.backup,
                upkeep,
                root / "jobs.sqlite",
                root / "backups",
                settings.keep_backups,
            )
        return found
