"""The transfer against a TUS server that is not ours: @tus/server, a program for Node.js."""

import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import httpx
import pytest

from bot.adapters.media.stream import StreamApi, StreamVideos
from bot.ports import PlaybackBusy, UploadLost
from tests.adapters.media.stream.conftest import MIB, Clip
from tests.ports import free_port

PEERS = Path(__file__).parents[3] / "peers"
PROGRAM = """
import { Server } from "@tus/server";
import { FileStore } from "@tus/file-store";
const [directory, port] = process.argv.slice(1);
const server = new Server({ path: "/files", datastore: new FileStore({ directory }) });
server.listen({ host: "127.0.0.1", port: Number(port) }, () => console.log("listening"));
"""

pytestmark = pytest.mark.slow


@contextmanager
def tus_server(folder: Path, port: int) -> Iterator[None]:
    if shutil.which("node") is None or not (PEERS / "node_modules" / "@tus" / "server").exists():
        pytest.skip("@tus/server is not here: install Node.js and run `npm ci` in tests/peers")
    command = ["node", "--input-type=module", "-e", PROGRAM, "--", str(folder), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PEERS) as process:
        try:
            assert process.stdout
            assert b"listening" in process.stdout.readline()
            yield
        finally:
            process.kill()


def created(port: int, size: int) -> str:
    answer = httpx.post(
        f"http://127.0.0.1:{port}/files",
        headers={
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(size),
            "Upload-Metadata": f"name {b64encode(b'ocean.mp4').decode()},requiresignedurls",
        },
        timeout=60,
    )
    return str(answer.url.join(answer.headers["Location"]))


async def test_a_transfer_goes_on_after_the_server_was_killed(
    api: StreamApi, clip: Clip, tmp_path: Path
) -> None:
    port = free_port()
    videos = StreamVideos(api, also=[f"http://127.0.0.1:{port}"], pause_seconds=0.01)
    with tus_server(tmp_path, port):
        url = created(port, clip.size)
        async with aclosing(videos.send(url, clip.path)) as offsets:
            assert [await anext(offsets), await anext(offsets)] == [0, 10 * MIB]
    with pytest.raises(PlaybackBusy):
        await anext(videos.send(url, clip.path))
    with tus_server(tmp_path, port):
        async with aclosing(videos.send(url, clip.path)) as offsets:
            assert [offset async for offset in offsets] == [10 * MIB, 20 * MIB, clip.size]
    assert (tmp_path / url.rpartition("/")[2]).read_bytes() == clip.content


async def test_an_upload_that_it_does_not_know_is_lost(
    api: StreamApi, clip: Clip, tmp_path: Path
) -> None:
    port = free_port()
    videos = StreamVideos(api, also=[f"http://127.0.0.1:{port}"], pause_seconds=0.01)
    with tus_server(tmp_path, port), pytest.raises(UploadLost):
        await anext(videos.send(f"http://127.0.0.1:{port}/files/unknown", clip.path))
