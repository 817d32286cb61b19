"""Playback, wired: what is published at Cloudflare Stream, where the settings name it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import SecretStr
from starlette.routing import Route

from bot.adapters.store.database import Database
from bot.adapters.store.playback import SqlPublications
from bot.adapters.store.uploads import SqlUploads
from bot.adapters.store.waits import SqlWaits
from bot.app.given import given
from bot.app.platforms import closing
from bot.config import Settings
from bot.jobs.engine import JobEngine, JobStatus, Kind
from bot.jobs.minutes import Minutes
from bot.jobs.playback import DurablePlayback
from bot.jobs.publish import WAIT_KIND, Publishing, Sources, withdrawing
from bot.jobs.receive import FILE_WAIT_KIND, Arrival, Direct, Receiving, abandoning
from bot.jobs.waits import Poller, Polling
from bot.ports import (
    AdapterError,
    Finding,
    Footage,
    Publication,
    RenderRecord,
    StoreFailed,
    Taken,
    VideoService,
)

if TYPE_CHECKING:
    from bot.adapters.media.stream import StreamApi

Routes = Sequence[Route]


class Playing:
    """The jobs that publish. Without a service they end what an earlier setting began."""

    def __init__(
        self, videos: VideoService | None, database: Database, sources: Sources, arrival: Arrival
    ) -> None:
        self._videos = videos
        self._publications = SqlPublications(database)
        self._waits = SqlWaits(database)
        self._publishing = (
            Publishing(videos, self._publications, sources, self._waits) if videos else None
        )
        self._receiving = Receiving(videos, self._waits, arrival) if videos else None

    @property
    def is_set_up(self) -> bool:
        """Whether there is a service."""
        return self._videos is not None

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of jobs."""
        if self._publishing is None or self._receiving is None:
            return withdrawing(self._publications), abandoning()
        return self._publishing.kind, self._receiving.kind

    def playback(self, jobs: JobEngine) -> DurablePlayback | None:
        """Playback through these jobs, where there is a service."""
        if self._videos is None:
            return None
        minutes = Minutes(self._videos, self._publications)
        return DurablePlayback(jobs, self._videos, self._publications, minutes)

    def polling(self, jobs: JobEngine) -> Polling:
        """Who asks about what these jobs wait for."""
        pollers: dict[str, Poller] = {}
        if self._publishing is not None and self._receiving is not None:
            pollers = {WAIT_KIND: self._publishing, FILE_WAIT_KIND: self._receiving}
        return Polling(self._waits, jobs, pollers)

    async def give_up(self, job: JobStatus) -> None:
        """Keep that a job took the process down too often."""
        payload = job.payload or {}
        if job.kind == "publish" and self._publishing is not None:
            await self._publishing.give_up(job.id, payload)
        if job.kind == "receive" and self._receiving is not None:
            await self._receiving.give_up(payload)


async def publish_clips(playback: DurablePlayback | None, channel: str, taken: Taken) -> None:
    """Have the videos among files that came in published; pictures and sounds never are."""
    for arrival in taken.arrivals if playback else ():
        if playback and arrival.facts.kind == "video":
            await playback.publish(Footage("clip", arrival.facts.sha256, channel, arrival.name))


async def publish_film(playback: DurablePlayback | None, record: RenderRecord) -> None:
    """Have a finished film published, unless it is a moving picture."""
    if playback and record.preset != "gif":
        name = f"{record.channel} #{record.revision} {record.preset}"
        await playback.publish(Footage("film", record.id, record.channel, name))


@dataclass(frozen=True, slots=True)
class Stream:
    """Cloudflare Stream: the service, and its API."""

    settings: Settings
    api: "StreamApi"
    videos: VideoService


@asynccontextmanager
async def opened_stream(settings: Settings) -> AsyncIterator[Stream | None]:
    """Stream, where it is set up.

    Raises:
        StoreFailed: Its settings are incomplete.
        PlaybackRefused: They are wrong.
    """
    api = stream_api(settings)
    if api is None:
        _refuse_what_needs_stream(settings)
        yield None
        return
    from bot.adapters.media.stream import StreamVideos

    async with closing(api):
        yield Stream(settings, api, StreamVideos(api, most_bytes=settings.max_upload_mb << 20))


def stream_api(settings: Settings) -> "StreamApi | None":
    """Stream's API, where the settings name an account; raises what `opened_stream` does."""
    if not given(settings, "stream_account_id", "stream_api_token"):
        return None
    from bot.adapters.media.stream import StreamApi

    account, token = settings.stream_account_id, settings.stream_api_token
    return StreamApi(account or "", token or SecretStr(""), settings.stream_api_url)


def direct_uploads(
    settings: Settings, jobs: JobEngine, database: Database, stream: Stream | None
) -> Direct | None:
    """Where browsers send files straight to Stream, if that is wanted."""
    if stream is None or settings.uploads != "stream":
        return None
    return Direct(jobs, stream.videos, SqlUploads(database), settings.channel_quota_mb << 20)


def _refuse_what_needs_stream(settings: Settings) -> None:
    asked = {
        "CHATKUT_UPLOADS": settings.uploads,
        "CHATKUT_STREAM_CAPTIONS": settings.stream_captions,
    }
    wanted = [f"{name}={value}" for name, value in asked.items() if value not in (None, "local")]
    if wanted:
        raise StoreFailed(
            f"{wanted[0]} needs CHATKUT_STREAM_ACCOUNT_ID and CHATKUT_STREAM_API_TOKEN, "
            "see docs/storage.md."
        )


@asynccontextmanager
async def webhooks(
    stream: Stream | None, playback: DurablePlayback | None
) -> AsyncIterator[Routes]:
    """The routes where Stream tells what it has done; with a public address it is told to."""
    if stream is None or playback is None:
        yield ()
        return
    from bot.adapters.media.stream import StreamWebhooks, subscribed

    settings = stream.settings
    hooks = StreamWebhooks(
        playback.heard, settings.stream_webhook_secret, settings.relay_webhook_secret
    )
    url = settings.public_url

    async def subscribe() -> None:
        if url and (secret := await subscribed(stream.api, url)):
            hooks.learn(secret)

    subscribing = asyncio.create_task(subscribe())
    try:
        yield hooks.routes(will_learn=bool(url))
    finally:
        subscribing.cancel()


async def check_stream(settings: Settings, database: Database | None) -> list[Finding]:
    """What `chatkut doctor` finds of it: nothing where it is not set up."""
    try:
        api = stream_api(settings)
        if api is None:
            _refuse_what_needs_stream(settings)
            return []
    except AdapterError as error:
        return [Finding("Stream", False, str(error), "See docs/storage.md.")]
    from bot.adapters.media.stream import check, check_minutes

    async with closing(api):
        found = [await check(api)]
        if found[0].ok:
            yesterday = datetime.now(UTC).date() - timedelta(days=1)
            found.append(await check_minutes(api, yesterday))
        return [*found, *await _failures(database)]


async def _failures(database: Database | None) -> list[Finding]:
    """What could not be published, and why the last one could not."""
    failed = [] if database is None else await _failed(SqlPublications(database))
    if not failed:
        return []
    text = f"not published: {len(failed)}; the last one because: {failed[-1].error}"
    return [Finding("Stream videos", False, text, "They are tried again every day.")]


async def _failed(publications: SqlPublications) -> list[Publication]:
    return [each for each in await publications.unfinished() if each.state == "failed"]
