"""Whose files are fetched before their message has its turn."""

import time
from collections import Counter, deque
from collections.abc import Callable

from bot.ports import Message

_SECONDS = 60.0
_Keys = tuple[tuple[str, str], tuple[str, str]]


class Lookahead:
    """Lets so many messages a minute look ahead, of a person and in a channel; 0 is any number.

    Of those that come faster nothing is fetched until it is known that they will be answered. It is
    remembered in this process alone: who restarts it gains a minute.
    """

    def __init__(
        self,
        per_person: int = 0,
        per_channel: int = 0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = (per_person, per_channel)
        self._now = now
        self._recent: deque[tuple[float, _Keys]] = deque()
        self._counts: Counter[tuple[str, str]] = Counter()

    def allows(self, message: Message) -> bool:
        """Whether this one may; it counts from now on if it does."""
        self._forget()
        keys = (("person", message.person), ("channel", message.channel))
        pairs = zip(keys, self._most, strict=True)
        if any(most and self._counts[key] >= most for key, most in pairs):
            return False
        self._recent.append((self._now(), keys))
        self._counts.update(keys)
        return True

    def _forget(self) -> None:
        """Forget what was allowed longer ago; where nothing is left nobody is remembered."""
        while self._recent and self._recent[0][0] <= self._now() - _SECONDS:
            _, keys = self._recent.popleft()
            self._counts.subtract(keys)
            for key in keys:
                if not self._counts[key]:
                    del self._counts[key]
