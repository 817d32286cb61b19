"""The `look` job: messages that had to wait for what is in clips come again when it is known.

The job is accepted before the turn that says so is kept, and looks at what was kept before it goes
on: whatever dies in between, a message that was told to wait comes again once, and no other does.
"""

from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import replace

from pydantic import TypeAdapter

from bot.jobs.dispatch import dispatch
from bot.jobs.engine import PATIENT, Job, Jobs, Kind, Payload, Queue
from bot.jobs.messages import Answers, DurableIntake
from bot.ports import (
    AGAIN,
    AdapterError,
    AlreadyKept,
    MediaStore,
    Message,
    Meter,
    Orders,
    Scope,
    Sense,
    StoreFailed,
    key_of,
)

LOOKS = Queue("looks", concurrency=16)

_MESSAGE = TypeAdapter(Message)
_TOO_OFTEN = "ChatKut crashed on it again and again"
_UNFORESEEN = "something went wrong inside ChatKut; its log has the details"


class LaterJobs:
    """The `Later` port: a job looks into the clips."""

    def __init__(self, jobs: Callable[[], Jobs]) -> None:
        self._jobs = jobs

    async def go_on(self, message: Message, clips: Collection[str], sense: Sense) -> None:
        payload = {
            "message": _MESSAGE.dump_python(message, mode="json"),
            "clips": [*clips],
            "sense": sense,
        }
        await self._jobs().enqueue("look", f"look:{_key(message)}", payload)


def _key(message: Message) -> str:
    return key_of(message.channel, message.id)


class Look:
    """Looks into clips, and has the message that waits for them accepted again.

    `waits` tells whether it does, by channel and id; None where it is still being answered.
    """

    def __init__(
        self,
        media: MediaStore,
        waits: Callable[[str, str], Awaitable[bool | None]],
        answers: Answers,
        orders: Orders,
        meter: Meter,
    ) -> None:
        self._media = media
        self._waits = waits
        self._answers = answers
        self._orders = orders
        self._meter = meter
        self.kind = Kind("look", self._run, LOOKS, max_recoveries=10)

    async def give_up(self, jobs: Jobs, payload: Payload) -> None:
        """Tell a message that waits in vain."""
        await self._went_on(jobs, payload, _TOO_OFTEN)

    async def _run(self, job: Job, payload: Payload) -> None:
        try:
            why_not = await job.step("look", self._looked, payload, retry=PATIENT)
        except AdapterError:
            why_not = _UNFORESEEN
        await job.step("go on", self._went_on, job.jobs, payload, why_not, retry=PATIENT)

    async def _looked(self, payload: Payload) -> str:
        """Look into the clips, one after the other; why that cannot be, else nothing."""
        message = _MESSAGE.validate_python(payload["message"])
        payer = Scope(message.channel, message.person)
        try:
            for sha256 in payload["clips"]:
                await self._media.analysed(sha256, payload["sense"], payer)
        except AdapterError as error:
            if error.retryable:
                raise
            return str(error)
        return ""

    async def _went_on(self, jobs: Jobs, payload: Payload, why_not: str) -> None:
        message = _MESSAGE.validate_python(payload["message"])
        waits = await self._waits(message.channel, message.id)
        if waits is None:
            raise StoreFailed("The message is still being answered.")
        if not waits:
            return
        again = replace(message, id=f"{message.id}{AGAIN}")
        if not why_not:
            await DurableIntake(jobs, self._meter).accept(again)
            return
        sorry = f"I could not do “{message.text}”: {why_not.rstrip('.')}. Nothing was changed."
        with suppress(AlreadyKept):
            await self._answers.apologise(again, sorry)
        await dispatch(jobs, self._orders, message.channel, cause=f"look:{_key(again)}")
