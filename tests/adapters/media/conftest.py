"""A bucket of a server that is not ours, and two ways to reach it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.adapters.media.s3 import Access, Bucket, S3Objects
from bot.adapters.store.multiparts import SqlMultiparts
from tests.databases import made_database
from tests.s3 import S3_KEY, new_bucket

PART = 100_000

Opener = Callable[..., S3Objects]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let boto3 try again at once."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


@pytest.fixture
def access(s3_url: str) -> Access:
    return Access(s3_url, new_bucket(s3_url), S3_KEY, S3_KEY)


@pytest.fixture
def bucket(access: Access) -> Bucket:
    """The bucket as others see it."""
    return Bucket(access)


@pytest.fixture
def books(tmp_path: Path) -> Iterator[SqlMultiparts]:
    database = made_database(tmp_path)
    yield SqlMultiparts(database)
    database.close()


@pytest.fixture
def objects(access: Access, books: SqlMultiparts) -> S3Objects:
    return S3Objects(Bucket(access), books, part_bytes=PART)
