from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from os import urandom
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.adapters.media.stream import StreamApi, StreamVideos
from tests.adapters.media.stream.site import ACCOUNT, TOKEN, Site, stream_site

MIB = 1 << 20


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with stream_site() as site:
        yield site


@pytest.fixture
async def api(site: Site) -> AsyncIterator[StreamApi]:
    api = StreamApi(ACCOUNT, SecretStr(TOKEN), site.api)
    yield api
    await api.close()


@pytest.fixture
def videos(api: StreamApi, site: Site) -> StreamVideos:
    return StreamVideos(api, also=[site.uploads], pause_seconds=0.01)


@dataclass(frozen=True)
class Clip:
    """A file of two chunks and a bit, no two parts of which are alike."""

    path: Path
    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        return len(self.content)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path, content = tmp_path_factory.mktemp("clip") / "clip.mp4", urandom(21 * MIB + 777_000)
    path.write_bytes(content)
    return Clip(path, content)
