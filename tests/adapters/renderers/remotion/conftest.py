"""A renderer on the stand-in of Remotion Lambda, and clips in a bucket that it can read."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.adapters.media.s3 import Access, Bucket, S3Objects
from bot.adapters.renderers.remotion.client import LambdaClient
from bot.adapters.renderers.remotion.deployment import Deployment
from bot.adapters.renderers.remotion.making import Patience
from bot.adapters.renderers.remotion.renderer import RemotionRenderer, Source
from bot.adapters.store.database import Database, sqlite_url
from bot.adapters.store.multiparts import SqlMultiparts
from bot.adapters.store.remote_renders import SqlRemoteRenders
from bot.engine.composition import Text
from bot.engine.layout import Timeline
from bot.ports import Progress, Rendered, Renderer
from tests.adapters.renderers.conftest import Studio
from tests.adapters.renderers.test_local_pictures import video
from tests.lambda_server import FUNCTION, REGION, LambdaServer, lambda_server
from tests.s3 import S3_KEY, new_bucket

SOON = Patience(poll=0.05, unknown=60, lost=60, crowded=(0.05, 0.05))


@dataclass
class Lab:
    """A renderer, what it works with, and the films it makes."""

    root: Path
    server: LambdaServer
    objects: S3Objects
    asked: SqlRemoteRenders
    studio: Studio
    client: LambdaClient
    name: str = field(default_factory=lambda: f"r1-720p-{secrets.token_hex(4)}")
    most: int = 8
    patience: Patience = SOON
    told: list[Progress] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.root / "films" / f"{self.name}.mp4"

    def renderer(self, **deployed: str) -> RemotionRenderer:
        """A renderer as a process has it that has just started."""
        client = LambdaClient(replace(self.client.deployment, **deployed))
        if not deployed:
            client = self.client
        source = Source(self.link, self.objects)
        return RemotionRenderer(client, source, self.asked, self.most, self.patience)

    async def link(self, sha256: str) -> str | None:
        """An address of an original; a clip of the studio is called by its name."""
        path = self.studio.files[sha256].original
        if not path.exists():
            return None
        await self.objects.put(f"clips/{path.name}", path, lambda _: None)
        return await self.objects.link(f"clips/{path.name}", None, 3600)

    def timeline(self, frames: int = 20) -> Timeline:
        """A clip with a title over it."""
        title = Text(id="title", label="title", duration=frames, text="Hello")
        return self.studio.timeline([video(self.studio.video(), frames)], title)

    async def film(
        self, renderer: Renderer | None = None, timeline: Timeline | None = None
    ) -> Rendered:
        """Make a film, and remember what was told meanwhile."""
        *_, rendered = [event async for event in self.events(renderer or self.renderer(), timeline)]
        assert isinstance(rendered, Rendered)
        return rendered

    async def events(
        self, renderer: Renderer, timeline: Timeline | None = None
    ) -> AsyncGenerator[Progress | Rendered, None]:
        made = renderer.render(timeline or self.timeline(), self.studio.files, "720p", self.out)
        async with aclosing(made) as events:
            async for event in events:
                if isinstance(event, Progress):
                    self.told.append(event)
                yield event

    async def begins(self, renderer: Renderer) -> asyncio.Task[Rendered]:
        """A film that is being made at AWS, where it waits for `go_on`."""
        self.server.go_on.clear()
        task = asyncio.create_task(self.film(renderer))
        await until(lambda: task.done() or any(each.stage == "rendering" for each in self.told))
        assert not task.done(), task.exception()
        return task

    def leftovers(self) -> list[str]:
        """What lies where the films are, but for the film."""
        return [path.name for path in self.out.parent.iterdir() if path != self.out]

    def other(self, name: str) -> "Lab":
        """The same for another film."""
        return replace(self, name=f"{self.name}-{name}", told=[])


async def until(look: Callable[[], object]) -> None:
    """Wait until a look finds something."""
    async with asyncio.timeout(120):
        while not look():  # noqa: ASYNC110 (another thread sets no events)
            await asyncio.sleep(0.02)


@pytest.fixture(scope="session")
def rented(s3_url: str) -> Iterator[LambdaServer]:
    with lambda_server(s3_url) as server:
        yield server


@pytest.fixture(scope="session")
def furniture(
    rented: LambdaServer, s3_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[S3Objects, Database, LambdaClient]]:
    """What takes long to make."""
    database = Database(sqlite_url(tmp_path_factory.mktemp("lab") / "chatkut.sqlite"))
    bucket = Bucket(Access(s3_url, new_bucket(s3_url), S3_KEY, S3_KEY))
    deployment = Deployment(REGION, FUNCTION, rented.site_url, S3_KEY, S3_KEY)
    yield S3Objects(bucket, SqlMultiparts(database)), database, LambdaClient(deployment)
    database.close()


@pytest.fixture
def server(
    rented: LambdaServer, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LambdaServer]:
    for name, value in rented.environment(s3_url).items():
        monkeypatch.setenv(name, value)
    rented.reset()
    yield rented
    rented.go_on.set()


@pytest.fixture
def lab(
    tmp_path: Path,
    server: LambdaServer,
    furniture: tuple[S3Objects, Database, LambdaClient],
    studio: Studio,
) -> Lab:
    objects, database, client = furniture
    return Lab(tmp_path, server, objects, SqlRemoteRenders(database), studio, client)
