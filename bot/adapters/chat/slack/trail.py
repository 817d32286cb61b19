"""How far each channel, and each thread in which we take part, was heard; it outlives us."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from bot.adapters.chat.slack.events import Heard
from bot.ports import StoreFailed

_STEP_SECONDS = 60
"""A place is noted no more often; what is read twice for that is accepted once."""
_REMEMBERED = 5000


class Seen(Protocol):
    """The last message heard in each place: "TEAM/CHANNEL", or "TEAM/CHANNEL/THREAD"."""

    async def latest(self) -> Mapping[str, str]:
        """The last message in each place that was not silent for long."""
        ...

    async def last(self, place: str) -> str | None:
        """The last message in one place."""
        ...

    async def saw(self, place: str, message: str) -> None:
        """Everything in this place up to this message was heard."""
        ...


class SeenMeanwhile:
    """A `Seen` that lives as long as the process."""

    def __init__(self) -> None:
        self._latest: dict[str, str] = {}

    async def latest(self) -> Mapping[str, str]:
        return dict(self._latest)

    async def last(self, place: str) -> str | None:
        return self._latest.get(place)

    async def saw(self, place: str, message: str) -> None:
        self._latest[place] = message


class Trail:
    """Notes what was heard.

    While a workspace is `behind`, there is a gap between its notes and what is being told, and
    notes that were made before it stay as they are: whoever is killed now begins there again.
    """

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.behind: set[str] = set()
        self._noted: dict[str, float] = {}

    async def joined(self, said: Heard) -> bool:
        """Whether a message was accepted in this thread, or one that it hangs on."""
        return await self.seen.last(_thread(said)) is not None

    async def heard(self, said: Heard, *, accepted: bool) -> None:
        """Note a message that was accepted, or that did not concern us.

        Raises:
            StoreFailed: It was accepted and is not noted.
        """
        is_behind = said.place.team in self.behind
        if accepted and said.thread:
            place = _thread(said)
            if not is_behind or await self.seen.last(place) is None:
                await self._note(place, said)
        if not said.is_reply and not is_behind:
            with suppress(StoreFailed):  # a later one will be noted; until then more is read
                await self._note(_channel(said), said)

    async def _note(self, place: str, said: Heard) -> None:
        at = float(said.ts)
        if at - self._noted.get(place, 0) < _STEP_SECONDS:
            return
        await self.seen.saw(place, said.ts)
        self._noted.pop(place, None)
        self._noted[place] = at
        if len(self._noted) > _REMEMBERED:
            del self._noted[next(iter(self._noted))]


def _channel(said: Heard) -> str:
    return f"{said.place.team}/{said.place.channel}"


def _thread(said: Heard) -> str:
    return f"{_channel(said)}/{said.thread}"
