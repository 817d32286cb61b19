"""The calls to Remotion Lambda and its bucket, through Remotion's own client for Python.

That client blocks, so it works in threads of our own. What 4.0.527 gets wrong is set right here: it
makes a client of boto3 for every call, which is slow and must not happen in two threads at once; it
counts braces in an answer without regard to strings; and it would let boto3 send a start twice.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from boto3.session import Session
from botocore.config import Config
from remotion_lambda import (  # type: ignore[import-untyped]
    Privacy,
    RemotionClient,
    RenderMediaParams,
)

from bot.adapters.renderers.remotion.deployment import Deployment
from bot.adapters.renderers.remotion.faults import NoSuchRender, Unanswered, sentences
from bot.adapters.renderers.remotion.status import Status, read
from bot.ports import RenderBusy, RenderFailed

Result = TypeVar("Result")

COMPOSITION = "Composition"
"""The one composition of the site in `remotion/`."""

_THREADS = 4
_KEPT = "1-day"
"""So long Remotion's bucket keeps what a render made, where folders expire there."""

_PAGE_MILLISECONDS = 120_000
"""So long a frame may wait for its media."""

_CLOCKS = timedelta(minutes=5)
"""How far the clocks of AWS and ours may be apart; AWS lets nobody in who is further off."""

_BLOCK_BYTES = 1 << 20
_FETCH_PAUSES = (1, 4, 16)

_CONFIGS: Mapping[str, Config] = {
    # A start that is sent twice is two films, so boto3 must not try again by itself.
    "lambda": Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=30),
    "s3": Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """A film to be made: its document, and how it is split and encoded."""

    document: Mapping[str, Any]
    frames_each: int
    crf: int
    speed: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A render at AWS: its id, and the bucket it writes to."""

    id: str
    bucket: str


class LambdaClient:
    """Remotion Lambda; may be used by several tasks at once.

    All raise `RenderBusy` (and so `Throttled` or `Unanswered`) while AWS cannot be asked, and
    `RenderFailed` where somebody has to set something right.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self._threads = ThreadPoolExecutor(_THREADS, "remotion")
        self._sentences = partial(sentences, deployment.function, deployment.region)
        with self._sentences():
            self._remotion = _Remotion(deployment)

    async def start(self, film: str, wish: Wish) -> Begun:
        """Have a film made, under a name of letters, digits and hyphens.

        Raises:
            Throttled: There is no room for another function.
            Unanswered: It may have begun, or not.
        """
        return await self._call(self._start, film, wish)

    async def status(self, begun: Begun) -> Status | None:
        """How far a render is; None where the function does not know it, or not yet."""
        try:
            return await self._call(self._status, begun)
        except NoSuchRender:
            return None

    async def find(self, film: str, since: datetime) -> Begun | None:
        """The last render of a film that began since."""
        return await self._call(self._find, film, since)

    async def cancel(self, begun: Begun) -> None:
        """Stop a render.

        Raises:
            RenderFailed: It is not known, or not yet.
        """
        await self._call(self._remotion.cancel_render_on_lambda, begun.id, begun.bucket)

    async def fetch(self, bucket: str, key: str, target: Path) -> None:
        """Write a finished film to a file, block by block, so that nothing holds up a stop."""
        for pause in (*_FETCH_PAUSES, None):
            try:
                return await self._fetch(bucket, key, target)
            except Unanswered:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        return None

    async def buckets(self) -> list[str]:
        """Remotion's buckets in the region, of which there should be one."""
        return await self._call(self._remotion.buckets)

    async def _fetch(self, bucket: str, key: str, target: Path) -> None:
        body = await self._call(self._remotion.content, bucket, key)
        with closing(body), target.open("wb") as out:
            while block := await self._call(body.read, _BLOCK_BYTES):
                await self._call(out.write, block)

    def _start(self, film: str, wish: Wish) -> Begun:
        props = {"ir": wish.document}
        try:
            json.dumps(props, allow_nan=False)  # the client would write NaN, which is no JSON
        except ValueError as error:
            raise RenderFailed("Something in the film is infinite, or no number.") from error
        answer = self._remotion.render_media_on_lambda(
            RenderMediaParams(
                composition=COMPOSITION,
                input_props=props,
                out_name=_file(film),
                frames_per_lambda=wish.frames_each,
                privacy=Privacy.PRIVATE,
                delete_after=_KEPT,
                enable_cancellation=True,
                timeout_in_milliseconds=_PAGE_MILLISECONDS,
                # Its dataclass would be written in snake_case, which Remotion ignores.
                chromium_options={"disableWebSecurity": True},
                license_key=self.deployment.license_key or None,
                jpeg_quality=95,
                crf=wish.crf,
                x264_preset=wish.speed,
                pixel_format="yuv420p",
                color_space="bt709",
                audio_codec="aac",
            )
        )
        return Begun(answer.render_id, answer.bucket_name)

    def _status(self, begun: Begun) -> Status:
        answer = self._remotion.get_render_progress(begun.id, begun.bucket, log_level="error")
        return read(vars(answer))

    def _find(self, film: str, since: datetime) -> Begun | None:
        earliest = since - _CLOCKS
        found = {}
        for begun, progress in self._remotion.lately(earliest):
            about = progress.get("renderMetadata") or {}
            began = about.get("startedDate", 0) / 1000
            if about.get("outName") == _file(film) and began >= earliest.timestamp():
                found[about["startedDate"]] = begun
        return found[max(found)] if found else None

    async def _call(self, function: Callable[..., Result], *args: object) -> Result:
        def told() -> Result:
            with self._sentences():
                return function(*args)

        return await asyncio.get_running_loop().run_in_executor(self._threads, told)


def _file(film: str) -> str:
    """The name of a film in the folder of its render."""
    return f"{film}.mp4"


class _Remotion(RemotionClient):  # type: ignore[misc]
    """Remotion's client, with one client of boto3 for each service."""

    def __init__(self, at: Deployment) -> None:
        session = Session(at.key_id or None, at.secret or None, region_name=at.region)
        super().__init__(at.region, at.site_url, at.function, session=session)
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()

    @property
    def s3(self) -> Any:
        return self._create_boto_client("s3")

    def buckets(self) -> list[str]:
        found: list[str] = self._get_remotion_buckets()
        return found

    def content(self, bucket: str, key: str) -> Any:
        """A stream of what an object has."""
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"]

    def lately(self, since: datetime) -> Iterator[tuple[Begun, Mapping[str, Any]]]:
        """The renders that went on since, and their progress; of older ones nothing is read."""
        lists = self.s3.get_paginator("list_objects_v2")
        for bucket in self.buckets():
            for page in lists.paginate(Bucket=bucket, Prefix=f"renders/{_KEPT}-"):
                for each in page.get("Contents", []):
                    _, render, *name = each["Key"].split("/")
                    if name == ["progress.json"] and each["LastModified"] >= since:
                        yield Begun(render, bucket), self._progress(bucket, each["Key"])

    def _progress(self, bucket: str, key: str) -> Mapping[str, Any]:
        try:
            progress = json.loads(self.content(bucket, key).read())
        except self.s3.exceptions.NoSuchKey:  # expired meanwhile
            return {}
        except ValueError:  # no JSON, so none of ours
            return {}
        return progress if isinstance(progress, dict) else {}

    def _create_boto_client(self, service_name: str) -> Any:
        with self._making:
            if service_name not in self._clients:
                self._clients[service_name] = self.session.client(
                    service_name, region_name=self.region, config=_CONFIGS[service_name]
                )
            return self._clients[service_name]

    def _parse_stream(self, stream: str) -> list[dict[str, Any]]:
        """Read an answer, which is one JSON object, or several in a row."""
        decoder, found, at = json.JSONDecoder(), [], 0
        text = stream.strip()
        try:
            while at < len(text):
                each, end = decoder.raw_decode(text, at)
                found.append(each)
                at = end + len(text[end:]) - len(text[end:].lstrip())
        except ValueError as error:
            raise RenderBusy("Lambda's answer cannot be understood.") from error
        return [each for each in found if isinstance(each, dict)]
