"""An S3 server that is not ours: s3rver, a program for Node.js, in a process of its own."""

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ports import free_port

S3_KEY = "S3RVER"
"""The key that s3rver knows, and its secret."""

_S3RVER = Path(__file__).parent / "peers" / "node_modules" / "s3rver" / "bin" / "s3rver.js"


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """The address of a server that keeps its buckets in a folder, while it runs."""
    if shutil.which("node") is None or not _S3RVER.exists():
        pytest.skip("s3rver is not here: install Node.js and run `npm ci` in tests/peers")
    port = free_port()
    command = ["node", "--no-deprecation", str(_S3RVER), "-d", str(folder), "-p", str(port), "-s"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            lines = iter(process.stdout.readline, b"")
            assert any(b"listening" in line for line in lines), "s3rver does not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def new_bucket(url: str) -> str:
    """The name of a bucket that was just made."""
    from bot.adapters.media.s3 import Access, Bucket

    name = f"chatkut-{secrets.token_hex(4)}"
    Bucket(Access(url, name, S3_KEY, S3_KEY)).client.create_bucket(Bucket=name)
    return name
