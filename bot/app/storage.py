"""Where originals and films are kept: in the data directory, and in a bucket if there is one."""

import asyncio
import logging
import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.adapters.media.local import LocalMedia
from bot.adapters.media.owner import claim
from bot.adapters.media.speech.transcribing import Transcriber
from bot.adapters.store.database import Database
from bot.adapters.store.multiparts import SqlMultiparts
from bot.app.given import given
from bot.app.secret import kept_secret
from bot.config import Settings
from bot.jobs.shelf import Shelf
from bot.ports import (
    AdapterError,
    Finding,
    Objects,
    StoreFailed,
    Upkeep,
    key_of,
)

_log = logging.getLogger("chatkut")

_SOON_SECONDS = 5
_AGAIN_SECONDS = 60
_GOES_ON = "ChatKut goes on, and tries again every minute; clips that come in wait until then."
_CORRECT = "Correct the CHATKUT_R2_ settings."
_LOOK = "Look at the network and CHATKUT_R2_ENDPOINT, then try again."

if TYPE_CHECKING:
    from bot.adapters.media.remote import RemoteMedia
    from bot.jobs.sweeps import Sweep


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is kept in a bucket; `owner` is what this ChatKut is called there."""

    objects: Objects
    media: "RemoteMedia"
    shelf: Shelf
    owner: str

    def sweeps(self, upkeep: Upkeep, keep_days: int) -> "dict[str, Sweep]":
        """What is to be done with it every day."""
        from bot.jobs import storage

        return {
            "copies": partial(storage.copies, self.media, self.objects, keep_days),
            "shelf": self.guarded(partial(storage.shelf, upkeep, self.shelf)),
            "storage": partial(storage.costs, upkeep, self.objects),
        }

    def guarded(self, sweep: "Sweep") -> "Sweep":
        """A sweep that fails where the bucket is another ChatKut's, whose files it would remove."""

        async def swept(now: datetime) -> str:
            await claim(self.objects, self.owner)
            return await sweep(now)

        return swept


@dataclass(frozen=True, slots=True)
class Storage:
    """Where things are kept; all go to this machine first, and to the bucket if there is one."""

    local: LocalMedia
    bucket: Bucket | None = None

    @property
    def media(self) -> "LocalMedia | RemoteMedia":
        """The media store."""
        return self.bucket.media if self.bucket else self.local

    @property
    def shelf(self) -> Shelf | None:
        """Where films are kept too."""
        return self.bucket.shelf if self.bucket else None


def opened_storage(
    settings: Settings, root: Path, database: Database, ears: Transcriber | None = None
) -> Storage:
    """Storage as the settings want it; nothing is asked of the bucket yet.

    Without `ears` no words are heard in clips.

    Raises:
        StoreFailed: Some settings of the bucket are missing.
    """
    local = LocalMedia(root / "media", settings.max_upload_mb << 20, ears)
    objects = bucket_of(settings, database)
    if objects is None:
        return Storage(local)
    from bot.adapters.media.remote import RemoteMedia

    bucket = Bucket(objects, RemoteMedia(local, objects), Shelf(objects), _owner(root))
    return Storage(local, bucket)


def _owner(root: Path) -> str:
    """A name of this data directory that nobody else has."""
    return key_of("owner", kept_secret(root / "link-secret"))


async def check(settings: Settings, root: Path, database: Database) -> Finding:
    """Whether files can be kept where the settings want it, which is tried out with a bucket."""
    name = "media"
    try:
        objects = bucket_of(settings, database)
    except StoreFailed as error:
        return Finding(name, False, str(error), _CORRECT)
    if objects is None:
        return Finding(name, True, "in the data directory, no bucket is set up")
    from bot.adapters.media.probe import probe

    try:
        await probe(objects)
        await claim(objects, _owner(root))
    except AdapterError as error:
        return Finding(name, False, str(error), _LOOK if error.retryable else _CORRECT)
    return Finding(name, True, f"local, and the bucket {settings.r2_bucket} can be used")


async def watch(settings: Settings, root: Path, database: Database) -> None:
    """Warn of a bucket that cannot be used at the start; return once it can.

    The service goes on meanwhile: what needs the bucket waits, and whoever sent it is told why.
    """
    slowly = f"The bucket {settings.r2_bucket} does not answer yet. {_GOES_ON}"
    slow = asyncio.get_running_loop().call_later(_SOON_SECONDS, _log.warning, "%s", slowly)
    told = ""
    try:
        while not (found := await check(settings, root, database)).ok:
            slow.cancel()
            if found.text != told:
                _log.warning("%s %s", found.text, _GOES_ON)
            told = found.text
            await asyncio.sleep(_AGAIN_SECONDS)
    finally:
        slow.cancel()
    if told:
        _log.info("The bucket %s can be used now", settings.r2_bucket)


def bucket_of(settings: Settings, database: Database) -> Objects | None:
    """The bucket that the settings name, if they do.

    Raises:
        StoreFailed: Some of its settings are missing, or cannot be.
    """
    names = ("r2_endpoint", "r2_bucket", "r2_access_key_id", "r2_secret_access_key")
    if not given(settings, *names):
        return None
    if not re.fullmatch(r"https?://[^/\s]+\S*", settings.r2_endpoint or ""):
        raise StoreFailed(
            f"CHATKUT_R2_ENDPOINT is {settings.r2_endpoint!r}, which is no address such as "
            "https://ACCOUNT_ID.r2.cloudflarestorage.com: see docs/storage.md."
        )
    from bot.adapters.media.s3 import Access, S3Objects
    from bot.adapters.media.s3 import Bucket as S3Bucket

    bucket = settings.r2_bucket or ""
    access = Access(
        # Cloudflare's dashboard shows it with the name of the bucket at its end.
        (settings.r2_endpoint or "").rstrip("/").removesuffix(f"/{bucket}"),
        bucket,
        _secret(settings.r2_access_key_id),
        _secret(settings.r2_secret_access_key),
    )
    return S3Objects(S3Bucket(access), SqlMultiparts(database))


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
