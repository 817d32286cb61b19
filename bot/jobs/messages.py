"""The `message` and `ingest` jobs: from what was heard to what is kept.

Messages of one channel are answered one after the other, in the order in which they were accepted;
their files are fetched at once, side by side, unless they come too fast. Ids are made from the
platform's, so that a message that is delivered again does nothing.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter

from bot.jobs.dispatch import dispatch
from bot.jobs.engine import PATIENT, Job, Jobs, Kind, Payload, Queue, Retry
from bot.jobs.held import Held
from bot.jobs.lookahead import Lookahead
from bot.jobs.progress import Screen, close_progress, screen_of
from bot.jobs.uploads import Uploaded
from bot.ports import (
    AdapterError,
    AlreadyKept,
    Arrival,
    Attachment,
    Chat,
    FetchFailed,
    MediaRefused,
    MediaStore,
    Message,
    Meter,
    Orders,
    Progress,
    StoreFailed,
    SubtitleReader,
    Subtitles,
    Taken,
    key_of,
    quoted,
    upload_of,
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
_SUBTITLES = TypeAdapter(Subtitles)


class Answers(Protocol):
    """Who knows what a message leads to."""

    async def answer(self, message: Message, taken: Taken) -> None:
        """Work out what a message leads to, and keep it.

        Raises:
            AlreadyKept: That was done before.
        """
        ...

    async def apologise(self, message: Message, sentence: str) -> None:
        """Answer a message with an error, and keep that.

        Raises:
            AlreadyKept: It was answered before.
        """
        ...


_IN_TURN = "in_turn"
"""Set for a file that was not fetched ahead, but when its message had its turn."""

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
    lookahead: Lookahead = field(default_factory=Lookahead)

    async def accept(self, message: Message) -> None:
        payload = _MESSAGE.dump_python(message, mode="json")
        ahead = message.attachments if self.lookahead.allows(message) else ()
        for number in range(len(ahead)):
            await self.jobs.enqueue("ingest", _ingest_id(message, number), _file(payload, number))
        await self.jobs.enqueue("message", _job_id(message), payload, key=message.channel)
        self.meter.message_accepted(message.address.platform)


class Answering:
    """Has accepted messages answered: through `answers`, and the jobs that it leads to."""

    def __init__(self, answers: Answers, orders: Orders, held: Held) -> None:
        self._answers = answers
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
                await self._answers.answer(message, _taken(outcomes))
        except AdapterError as error:
            turn.give_back()  # it may take hours until the next try
            if isinstance(error, StoreFailed):
                await self._held.tell(message, error)
            raise
        await dispatch(jobs, self._orders, message.channel, cause=_job_id(message))

    async def _apologised(self, jobs: Jobs, payload: Payload, sentence: str) -> None:
        message = _MESSAGE.validate_python(payload)
        with suppress(AlreadyKept):
            await self._answers.apologise(message, sentence)
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


@dataclass(frozen=True, slots=True)
class Incoming:
    """Where files are fetched to, and how large one may be at most."""

    folder: Path
    most_bytes: int


class Ingest:
    """Fetches the files of messages and puts them into the media store; of subtitles, the lines.

    `name_of` tells under which name a file may be shown; files are fetched to `incoming`. Those
    that came by an upload link lie here already, and need not stay there. Those of a message that
    `is_left_out`, since too many came before it, are not fetched.
    """

    def __init__(
        self,
        media: MediaStore,
        subtitles: SubtitleReader,
        screens: Mapping[str, Screen],
        held: Held,
        incoming: Incoming,
        name_of: Callable[[Attachment], str],
        uploaded: Uploaded,
        is_left_out: Callable[[Message], Awaitable[bool]],
    ) -> None:
        self._media = media
        self._subtitles = subtitles
        self._screens = screens
        self._held = held
        self._incoming = incoming
        self._name_of = name_of
        self._uploaded = uploaded
        self._is_left_out = is_left_out
        self.kind = Kind("ingest", self._run, INGEST, max_recoveries=10)

    async def give_up(self, job_id: str, payload: Payload) -> None:
        """Close the progress of a file that took the process down too often; its message tells."""
        message = _MESSAGE.validate_python(payload["message"])
        name = self._name_of(_attachment(payload))
        last = f"“{name}” was not taken in."
        await asyncio.to_thread(shutil.rmtree, self._folder(job_id), ignore_errors=True)
        await close_progress(self._screens, message.address, job_id, last)

    async def _run(self, job: Job, payload: Payload) -> Payload:
        try:
            outcome = await job.step("take", self._take, job.id, payload, retry=_FOR_AN_HOUR)
        except AdapterError:  # the message tells of it
            await job.step("give up", self.give_up, job.id, payload)
            raise
        # Only now: a step that is done again finds its file where it was.
        if upload_id := upload_of(_attachment(payload)):
            with suppress(StoreFailed):  # it goes when its time is over
                await job.step("release", self._uploaded.release, upload_id)
        return outcome

    def _folder(self, job_id: str) -> Path:
        return self._incoming.folder / key_of(job_id)

    async def _take(self, job_id: str, payload: Payload) -> Payload:
        """Fetch and take in; a file that cannot be used is an outcome like any other."""
        message = _MESSAGE.validate_python(payload["message"])
        attachment = _attachment(payload)
        name = self._name_of(attachment)
        screen = screen_of(message.address, self._screens)
        folder = self._folder(job_id)
        try:
            # Asked here: a new step before the children would be none of the jobs under way.
            if payload.get(_IN_TURN) and await self._is_left_out(message):
                raise MediaRefused(_left_out(attachment))
            _refuse_without_room(name, attachment, self._incoming)
            async with screen.showing(job_id, message.address) as report:
                _fresh(folder)
                stages = _Stages(name, report)
                await self._fetched(message, attachment, folder / "file", stages)
                outcome = await self._taken(folder / "file", name, stages)
        except (MediaRefused, FetchFailed) as error:
            await screen.close(job_id, f"“{name}” was not taken in.")
            return {"refused": str(error), "undelivered": isinstance(error, FetchFailed)}
        except StoreFailed as error:
            await self._held.tell(message, error)
            raise
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        await screen.close(job_id, f"“{name}” is taken in.")
        return outcome

    async def _taken(self, path: Path, name: str, stages: "_Stages") -> Payload:
        document: Payload
        if lines := await self._subtitles(path, name):
            document = _SUBTITLES.dump_python(lines, mode="json")
        else:
            facts = await self._media.take(path, name, stages.taking)
            document = _ARRIVAL.dump_python(Arrival(name, facts), mode="json")
        return document

    async def _fetched(
        self, message: Message, attachment: Attachment, path: Path, stages: "_Stages"
    ) -> None:
        if upload_id := upload_of(attachment):
            await self._uploaded.fetch(upload_id, message, path)
        else:
            chat = screen_of(message.address, self._screens).chat
            await _fetched(chat, attachment, path, stages)


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


def _refuse_without_room(name: str, attachment: Attachment, incoming: Incoming) -> None:
    """Look whether a file fits: trying would fill the disk, and everything else would fail."""
    if (attachment.size_bytes or 0) > incoming.most_bytes:
        most = f"{incoming.most_bytes / 1e6:,.1f} MB"
        raise MediaRefused(
            f"I cannot use {quoted(name)}: it is larger than {most}, which is the most that I take."
        )
    folder = incoming.folder
    copies = 1 if upload_of(attachment) else 2  # in the media store, and where it is fetched to
    needed = copies * (attachment.size_bytes or 0)
    existing = next(path for path in (folder, *folder.parents) if path.exists())
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
        asked = {**_file(payload, number), _IN_TURN: True}
        outcome = await job.child("ingest", _ingest_id(message, number), asked)
    except AdapterError as error:
        return {"refused": f"“{name}” could not be taken in: {error}"}
    return outcome or {"refused": f"“{name}” could not be taken in."}


def _left_out(attachment: Attachment) -> str:
    """Seldom said: mostly the whole message is left out, and that was told."""
    return f"{quoted(attachment.name)} came too soon after others, and was left out: send it again."


def _attachment(payload: Payload) -> Attachment:
    return _MESSAGE.validate_python(payload["message"]).attachments[payload["file"]]


def _taken(outcomes: list[Payload]) -> Taken:
    arrivals = tuple(_ARRIVAL.validate_python(each) for each in outcomes if "facts" in each)
    refusals = tuple(str(each["refused"]) for each in outcomes if "refused" in each)
    undelivered = any(each.get("undelivered") for each in outcomes)
    lines = tuple(_SUBTITLES.validate_python(each) for each in outcomes if "lines" in each)
    return Taken(arrivals, refusals, undelivered, lines)


def _file(payload: Payload, number: int) -> Payload:
    return {"message": payload, "file": number}


def _job_id(message: Message) -> str:
    return f"message:{key_of(message.channel, message.id)}"


def _ingest_id(message: Message, number: int) -> str:
    return f"ingest:{key_of(message.channel, message.id)}:{number}"
