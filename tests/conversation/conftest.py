"""Clips, and a data directory that is furnished already."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.conversation.stages import bridge
from tests.media import video


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Two clips of two seconds."""
    folder = tmp_path_factory.mktemp("clips")
    beach = video(folder / "beach.mp4", size="160x90")
    city = video(folder / "city.mp4", size="160x90", picture="smptehdbars", tone=880)
    return {path.name: path.read_bytes() for path in (beach, city)}


@pytest.fixture(scope="session")
def _furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that was lived in once: the databases are there, the sweeps are done."""
    root = tmp_path_factory.mktemp("furnished")
    asyncio.run(_move_in(root))
    return root


async def _move_in(root: Path) -> None:
    async with bridge(root) as (_, stack), stack.running():
        pass


@pytest.fixture
def root(_furnished: Path, tmp_path: Path) -> Path:
    root = tmp_path / "data"
    shutil.copytree(_furnished, root)
    return root
