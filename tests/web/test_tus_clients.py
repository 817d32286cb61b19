"""Clients that are not ours, and what they survive."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.web.tus_storm import HAS_NODE, PEERS, storm, upload_by_tuspy
from tests.web.upload_site import upload_site

needs_node = pytest.mark.skipif(not HAS_NODE, reason="Node.js or tests/peers is not installed")


@pytest.mark.parametrize("chunk_bytes", [0, 5 << 20])
async def test_tuspy(tmp_path: Path, chunk_bytes: int) -> None:
    file, url_file = tmp_path / "clip.mp4", tmp_path / "url"
    file.write_bytes(os.urandom(21_000_000))
    async with upload_site(tmp_path) as site:
        await asyncio.to_thread(upload_by_tuspy, f"{site.url}/files", file, url_file, chunk_bytes)

        assert site.received() == [file.read_bytes()]


@needs_node
@pytest.mark.parametrize(("size", "chunk_bytes"), [(21_000_000, 0), (21_000_000, 5 << 20), (0, 0)])
async def test_tus_js_client(tmp_path: Path, size: int, chunk_bytes: int) -> None:
    file, url_file = tmp_path / "clip.mp4", tmp_path / "url"
    file.write_bytes(os.urandom(size))
    async with upload_site(tmp_path) as site:
        command = ("node", "upload.mjs", f"{site.url}/files", file, url_file, str(chunk_bytes))
        node = await asyncio.create_subprocess_exec(*command, cwd=PEERS)

        assert await node.wait() == 0
        assert site.received() == [file.read_bytes()]
        assert "filename Y2xpcCDDvC5tcDQ=" in site.arrived[0].metadata


@pytest.mark.slow
async def test_uploads_survive_whatever_happens_to_them() -> None:
    await storm(rounds=10, seed=6)
