"""Uploads that have arrived: they become messages, and give these their files."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from bot.ports import (
    FinishedUploads,
    Intake,
    MediaRefused,
    Message,
    UploadFiles,
    UploadRecord,
    uploaded,
)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Has uploads accepted as messages when their last byte is there."""

    uploads: FinishedUploads
    intake: Intake

    async def accept(self, upload: UploadRecord) -> None:
        """Accept one; again does nothing.

        Raises:
            StoreFailed: It was not accepted; `rescue` will.
        """
        await self.intake.accept(uploaded(upload))
        await self.uploads.mark(upload.id, "accepted")

    async def rescue(self) -> None:
        """Accept those that arrived when the process died, or the database was away.

        Raises:
            StoreFailed: Not all of them were accepted; do it again.
        """
        for upload in await self.uploads.waiting():
            await self.accept(upload)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The files of messages that are uploads."""

    uploads: FinishedUploads
    files: UploadFiles

    async def fetch(self, upload_id: str, message: Message, into: Path) -> None:
        """Let a message have its file; it is not copied.

        Raises:
            MediaRefused: It is not there, or not for this channel, or was of no use elsewhere.
            StoreFailed: It cannot be had just now.
        """
        upload = await self.uploads.find(upload_id)
        if upload is None or upload.asked.channel != message.channel:
            raise MediaRefused("The uploaded file is gone: upload it again.")
        if upload.trouble:
            raise MediaRefused(upload.trouble)
        await asyncio.to_thread(self.files.link, upload_id, into)

    async def release(self, upload_id: str) -> None:
        """Remove a file that is not needed any more.

        Raises:
            StoreFailed: It is still there.
        """
        await asyncio.to_thread(self.files.remove, upload_id)
        await self.uploads.mark(upload_id, "taken")
