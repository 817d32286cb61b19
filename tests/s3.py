"""An S3 server that is not ours: s3rver, a program for Node.js, in a process of its own."""

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ports import free_port

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

S3_KEY = "S3RVER"
"""The key that s3rver knows, and its secret."""

_S3RVER = Path(__file__).parent / "peers" / "node_modules" / "s3rver" / "bin" / "s3rver.js"
HAS_S3RVER = shutil.which("node") is not None and _S3RVER.exists()


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """The address of a server that keeps its buckets in a folder, while it runs."""
    if not HAS_S3RVER:
        pytest.skip("s3rver is not here: install Node.js and run `npm ci` in tests/peers")
    port = free_port()
    # It makes the tokens by which lists go on with DES, which OpenSSL has put away.
    node = ["node", "--no-deprecation", "--openssl-legacy-provider"]
    command = [*node, str(_S3RVER), "-d", str(folder), "-p", str(port), "-s"]
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
    name = f"chatkut-{secrets.token_hex(4)}"
    _client(url).create_bucket(Bucket=name)
    return name


@cache
def _client(url: str) -> "S3Client":
    """Making one takes a part of a second."""
    from bot.adapters.media.s3 import Access, Bucket

    return Bucket(Access(url, "none", S3_KEY, S3_KEY)).client
