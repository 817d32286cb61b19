"""A bench on which clips are published at a stand-in, also by a process that is killed."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from bot.adapters.media.stream import StreamApi, StreamVideos
from bot.adapters.store.database import Database
from bot.adapters.store.playback import SqlPublications
from bot.adapters.store.waits import SqlWaits
from bot.jobs.engine import JobEngine
from bot.jobs.minutes import Minutes
from bot.jobs.playback import DurablePlayback
from bot.jobs.publish import WAIT_KIND, Publishing, Sources
from bot.jobs.waits import Polling
from bot.ports import Footage, MediaFiles, Orders, RenderRecord
from tests.adapters.media.stream.site import ACCOUNT, TOKEN
from tests.jobs.site import ROOT, Site, Worker
from tests.jobs.worker import take_orders


@dataclass(frozen=True, slots=True)
class Bench:
    """Where clips come from (a folder), and where they go to."""

    folder: str
    jobs_url: str
    store_url: str
    api_url: str
    uploads: str

    def clip(self, content: bytes) -> Footage:
        """A new clip."""
        ref = sha256(content).hexdigest()
        (Path(self.folder) / ref).write_bytes(content)
        return Footage("clip", ref, "test:launch", "ocean.mp4")

    @asynccontextmanager
    async def running(self, link: str | None = None) -> AsyncIterator["Running"]:
        """An engine that publishes; `link` is an address from which clips can be copied."""
        api = StreamApi(ACCOUNT, SecretStr(TOKEN), self.api_url)
        videos = StreamVideos(api, also=[self.uploads], pause_seconds=0.01)

        async def linked(_: str) -> str | None:
            return link

        with closing(Database(self.store_url)) as database:
            publications, waits = SqlPublications(database), SqlWaits(database)
            shelf = Shelf(Path(self.folder))
            sources = Sources(cast(Any, shelf), cast(Orders, shelf), linked)
            publishing = Publishing(videos, publications, sources, waits)
            async with Site(Path(self.folder), self.jobs_url).running(publishing.kind) as jobs:
                playback = DurablePlayback(
                    jobs, videos, publications, Minutes(videos, publications)
                )
                polling = Polling(waits, jobs, {WAIT_KIND: publishing})
                yield Running(jobs, playback, polling, publications)
        await api.close()

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Worker]:
        """A process of its own that publishes; killed in the end."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.jobs.publisher", json.dumps(asdict(self)),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        )  # fmt: skip
        worker = Worker(process)
        try:
            await worker.says("ready")
            yield worker
        finally:
            await worker.kill()


@dataclass(frozen=True, slots=True)
class Running:
    """What a bench runs."""

    jobs: JobEngine
    playback: DurablePlayback
    polling: Polling
    publications: SqlPublications


@dataclass(frozen=True, slots=True)
class Shelf:
    """Clips and films, as files in a folder, by their names."""

    folder: Path

    async def files(self, sha256: str) -> MediaFiles:
        return MediaFiles(self.folder / sha256, None, ())

    async def ended(self, render_id: str) -> RenderRecord:
        return RenderRecord(
            render_id, "test:launch", 1, "preview", "done", 0, 0, path=self.folder / render_id
        )


async def main(bench: Bench) -> None:
    async with bench.running() as running:
        print("ready", flush=True)  # noqa: T201
        await take_orders(running.jobs)


if __name__ == "__main__":
    asyncio.run(main(Bench(**json.loads(sys.argv[1]))))
