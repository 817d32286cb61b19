"""The `message` and `ingest` jobs: from what was heard to what is kept.

Messages of one channel are answered one after the other, in the order in which they were accepted;
their files are fetched at once, side by side. Ids are made from the platform's, so that a message
that is delivered again does nothing.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bot.jobs.dispatch import dispatch
from bot.jobs.engine import PATIENT, Job, Jobs, Kind, Payload, Queue, Retry
from bot.jobs.held import Held
from bot.jobs.progress import Screen, close_progress, screen_of
from bot.ports import (
    AdapterError,
    AlreadyKept,
    Arrival,
    Attachment,
    Chat,
    Facts,
    FetchFailed,
    MediaRefused,
    MediaStore,
    Message,
    Meter,
    Orders,
    Progress,
    StoreFailed,
    Taken,
    key_of,
    quoted,
)

MESSAGES = Queue("messages", concurrency=64, serial=True)
INGEST = Queue("ingest", concurrency=8)

_FOR_AN_HOUR = Retry(attempts=65, pause_seconds=0.5, longest_pause_seconds=60)
"""Fetching holds one of few places."""
_AT_ONCE = 4
_FETCH_TRIES = 5
_FETCHING_SHARE = 0.6

_MESSAGE = TypeAdapter(Message)
_ARRIVAL = TypeAdapter(Arrival)

Answer = Callable[[Message, Taken], Awaitable[object]]
"""Works out what a message leads to, and keeps it; `AlreadyKept` where that was done before."""

Apologise = Callable[[Message, str], Awaitable[object]]
"""Answers a message with an error, and keeps that."""

_UNFORESEEN = (
    "Something went wrong inside ChatKut, so this was not done. The details are in its log; "
    "try it again."
)
_TOO_OFTEN = (
    "ChatKut crashed on this message again and again, so I have given it up; nothing was changed. "
    "Try it in other words, or with another file."
)


@dataclass(frozen=True, slots=True)
class DurableIntake:
    """The `Intake` port: a message is accepted when its job is."""

    jobs: Jobs
    meter: Meter

    async def accept(self, message: Message) -> None:
        payload = _MESSAGE.dump_python(message, mode="json")
        for number in range(len(message.attachments)):
            await self.jobs.enqueue("ingest", _ingest_id(message, number), _file(payload, number))
        await self.jobs.enqueue("message", _job_id(message), payload, key=message.channel)
        self.meter.message_accepted(message.address.platform)


class Answering:
    """Has accepted messages answered: through `answer`, and the jobs that it leads to."""

    def __init__(self, answer: Answer, apologise: Apologise, orders: Orders, held: Held) -> None:
        self._answer = answer
        self._apologise = apologise
        self._orders = orders
        self._held = held
        # The queue lets many wait for their files; worked out are only as many as leave the
        # process time to accept what comes in.
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self.kind = Kind("message", self._run, MESSAGES)

    async def give_up(self, jobs: Jobs, payload: Payload) -> None:
        """Answer a message whose job took the process down too often."""
        await self._apologised(jobs, payload, _TOO_OFTEN)

    async def _run(self, job: Job, payload: Payload) -> None:
        message = _MESSAGE.validate_python(payload)
        files = range(len(message.attachments))
        taken = await asyncio.gather(*(_child(job, message, payload, number) for number in files))
        try:
            async with _Turn(self._gate) as turn:
                work = (turn, job.jobs, payload, taken)
                await job.step("answer", self._answered, *work, retry=PATIENT)
        except AdapterError:
            sorry = (job.jobs, payload, _UNFORESEEN)
            await job.step("apologise", self._apologised, *sorry, retry=PATIENT)

    async def _answered(
        self, turn: "_Turn", jobs: Jobs, payload: Payload, outcomes: list[Payload]
    ) -> None:
        message = _MESSAGE.validate_python(payload)
        await turn.take()
        try:
            with suppress(AlreadyKept):  # before the process died, or at a terminal
                await self._answer(message, _taken(outcomes))
        except AdapterError as error:
            turn.give_back()  # it may take hours until the next try
            if isinstance(error, StoreFailed):
                await self._held.tell(message, error)
            raise
        await dispatch(jobs, self._orders, message.channel, cause=_job_id(message))

    async def _apologised(self, jobs: Jobs, payload: Payload, sentence: str) -> None:
        message = _MESSAGE.validate_python(payload)
        with suppress(AlreadyKept):
            await self._apologise(message, sentence)
        await dispatch(jobs, self._orders, message.channel, cause=f"sorry:{_job_id(message)}")


class _Turn:
    """One of few places to work, from before a step until its outcome is kept.

    Given back while the step waits to be tried again.
    """

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._is_mine = False

    async def __aenter__(self) -> "_Turn":
        await self.take()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.give_back()

    async def take(self) -> None:
        """Wait for a place, unless there is one already."""
        if not self._is_mine:
            await self._places.acquire()
            self._is_mine = True

    def give_back(self) -> None:
        """Let another one have it."""
        if self._is_mine:
            self._places.release()
            self._is_mine = False


class Ingest:
    """Fetches the files of messages and puts them into the media store.

    `name_of` tells under which name a file may be shown; files are fetched into `scratch`.
    """

    def __init__(
        self,
        media: MediaStore,
        screens: Mapping[str, Screen],
        held: Held,
        scratch: Path,
        name_of: Callable[[Attachment], str],
    ) -> None:
        self._media = media
        self._screens = screens
        self._held = held
        self._scratch = scratch
        self._name_of = name_of
        self.kind = Kind("ingest", self._run, INGEST, max_recoveries=10)

    async def give_up(self, job_id: str, payload: Payload) -> None:
        """Close the progress of a file that took the process down too often; its message tells."""
        message = _MESSAGE.validate_python(payload["message"])
        name = self._name_of(message.attachments[payload["file"]])
        last = f"“{name}” was not taken in."
        await asyncio.to_thread(shutil.rmtree, self._folder(job_id), ignore_errors=True)
        await close_progress(self._screens, message.address, job_id, last)

    async def _run(self, job: Job, payload: Payload) -> Payload:
        try:
            return await job.step("take", self._take, job.id, payload, retry=_FOR_AN_HOUR)
        except AdapterError:  # the message tells of it
            await job.step("give up", self.give_up, job.id, payload)
            raise

    def _folder(self, job_id: str) -> Path:
        return self._scratch / key_of(job_id)

    async def _take(self, job_id: str, payload: Payload) -> Payload:
        """Fetch and take in; a file that cannot be used is an outcome like any other."""
        message = _MESSAGE.validate_python(payload["message"])
        attachment = message.attachments[payload["file"]]
        name = self._name_of(attachment)
        screen = screen_of(message.address, self._screens)
        folder = self._folder(job_id)
        try:
            _refuse_without_room(name, attachment, self._scratch)
            async with screen.showing(job_id, message.address) as report:
                facts = await self._taken_in(attachment, screen.chat, folder, _Stages(name, report))
        except (MediaRefused, FetchFailed) as error:
            await screen.close(job_id, f"“{name}” was not taken in.")
            return {"refused": str(error)}
        except StoreFailed as error:
            await self._held.tell(message, error)
            raise
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        await screen.close(job_id, f"“{name}” is taken in.")
        return _outcome(Arrival(name, facts))

    async def _taken_in(
        self, attachment: Attachment, chat: Chat, folder: Path, stages: "_Stages"
    ) -> Facts:
        path = folder / "file"
        _fresh(folder)
        await _fetched(chat, attachment, path, stages)
        return await self._media.take(path, stages.name, stages.taking)


@dataclass(frozen=True, slots=True)
class _Stages:
    """The two halves of taking in a file, as one progress."""

    name: str
    report: Callable[[Progress], None]

    def fetching(self, fraction: float) -> None:
        self.report(Progress(f"fetching {self.name}", _FETCHING_SHARE * fraction))

    def taking(self, fraction: float) -> None:
        done = _FETCHING_SHARE + (1 - _FETCHING_SHARE) * fraction
        self.report(Progress(f"taking in {self.name}", done))


async def _fetched(chat: Chat, attachment: Attachment, path: Path, stages: _Stages) -> None:
    for number in range(_FETCH_TRIES):
        try:
            return await chat.fetch(attachment, path, stages.fetching)
        except FetchFailed:
            if number == _FETCH_TRIES - 1:
                raise
        await asyncio.sleep(2**number)
    return None


def _refuse_without_room(name: str, attachment: Attachment, scratch: Path) -> None:
    """Look whether a file fits: trying would fill the disk, and everything else would fail."""
    needed = 2 * (attachment.size_bytes or 0)  # where it is fetched to, and in the media store
    existing = next(path for path in (scratch, *scratch.parents) if path.exists())
    if needed > shutil.disk_usage(existing).free:
        raise MediaRefused(f"There is no room for {quoted(name)}: free some disk space.")


def _fresh(folder: Path) -> None:
    """An empty folder, whatever a killed process left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise StoreFailed(
            f"The data directory cannot be written ({error.strerror}): free some space."
        ) from error


async def _child(job: Job, message: Message, payload: Payload, number: int) -> Payload:
    """What became of a file; a job of its own, so that fetching holds up nobody else's channel."""
    name = message.attachments[number].name
    try:
        outcome = await job.child("ingest", _ingest_id(message, number), _file(payload, number))
    except AdapterError as error:
        return {"refused": f"“{name}” could not be taken in: {error}"}
    return outcome or {"refused": f"“{name}” could not be taken in."}


def _taken(outcomes: list[Payload]) -> Taken:
    arrivals = tuple(_ARRIVAL.validate_python(each) for each in outcomes if "facts" in each)
    return Taken(arrivals, tuple(str(each["refused"]) for each in outcomes if "refused" in each))


def _outcome(arrival: Arrival) -> Payload:
    document: Payload = _ARRIVAL.dump_python(arrival, mode="json")
    return document


def _file(payload: Payload, number: int) -> Payload:
    return {"message": payload, "file": number}


def _job_id(message: Message) -> str:
    return f"message:{key_of(message.channel, message.id)}"


def _ingest_id(message: Message, number: int) -> str:
    return f"ingest:{key_of(message.channel, message.id)}:{number}"
