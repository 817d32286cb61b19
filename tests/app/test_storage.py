"""A bucket is looked at when the service starts, which goes on without it."""

import asyncio
import logging
import secrets
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.adapters.media.s3 import Access, Bucket
from bot.adapters.store.database import Database
from bot.app import storage
from bot.config import Settings
from tests.databases import made_database
from tests.ports import free_port
from tests.s3 import S3_KEY, new_bucket


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(made_database(tmp_path)) as database:
        yield database


def settings(root: Path, url: str, bucket: str = "films") -> Settings:
    return Settings(
        data_dir=root,
        r2_endpoint=url,
        r2_bucket=bucket,
        r2_access_key_id=SecretStr(S3_KEY),
        r2_secret_access_key=SecretStr(S3_KEY),
    )


async def told(caplog: pytest.LogCaptureFixture, words: str) -> None:
    async with asyncio.timeout(30):
        while words not in caplog.text:  # noqa: ASYNC110 (a log sets no events)
            await asyncio.sleep(0.02)


async def test_a_bucket_that_can_be_used_is_not_talked_about(
    tmp_path: Path, database: Database, s3_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await storage.watch(settings(tmp_path, s3_url, new_bucket(s3_url)), tmp_path, database)
    assert "bucket" not in caplog.text


async def test_without_a_bucket_there_is_nothing_to_watch(
    tmp_path: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await storage.watch(Settings(data_dir=tmp_path), tmp_path, database)
    assert caplog.text == ""


async def test_a_bucket_that_is_not_there_is_told_once_and_looked_for_again(
    tmp_path: Path,
    database: Database,
    s3_url: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO, "chatkut")
    monkeypatch.setattr(storage, "_AGAIN_SECONDS", 0.05)
    name = f"films-{secrets.token_hex(4)}"
    watching = asyncio.create_task(
        storage.watch(settings(tmp_path, s3_url, name), tmp_path, database)
    )
    await told(caplog, f"There is no bucket {name}: make it, or correct CHATKUT_R2_BUCKET.")
    Bucket(Access(s3_url, name, S3_KEY, S3_KEY)).client.create_bucket(Bucket=name)
    await watching
    assert caplog.text.count("ChatKut goes on, and tries again every minute") == 1
    assert caplog.messages[-1] == f"The bucket {name} can be used now"


async def test_a_bucket_that_refuses_connections_is_told(
    tmp_path: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    watching = asyncio.create_task(storage.watch(settings(tmp_path, url), tmp_path, database))
    await told(caplog, "The bucket films cannot be reached just now")
    watching.cancel()
    await asyncio.wait([watching])


async def test_a_bucket_that_does_not_answer_is_told_soon(
    tmp_path: Path,
    database: Database,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storage, "_SOON_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        watching = asyncio.create_task(storage.watch(settings(tmp_path, url), tmp_path, database))
        await told(caplog, "The bucket films does not answer yet. ChatKut goes on")
        watching.cancel()
        await asyncio.wait([watching])
