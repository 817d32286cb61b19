"""Wakes the threads of DBOS that serve queues, which by themselves only look at intervals.

A look costs 1 to 2 ms of CPU. Without the bell a job would wait half an interval on average, so the
intervals would have to be short, and the idle program would be busy looking. A job enqueued by
another process is still found by looking.
"""

import threading
import time
from collections import Counter

_GATHER_SECONDS = 0.01
"""Rings that come this soon after one another are answered together."""


class Bell:
    """Hung on the events that the threads wait for, one bell for all queues."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._rung: Counter[str] = Counter()
        self._heard: Counter[str] = Counter()

    def ring(self, queue: str) -> None:
        """Have the queue looked at now, or again if that is just being done."""
        with self._moved:
            self._rung[_thread(queue)] += 1
            self._moved.notify_all()

    def hang(self, stop: threading.Event) -> None:
        """Let a ring end the waits for this event early, with the answer that it is not set.

        Threads that wait already hear nothing until their next wait.
        """

        def wait(timeout: float | None = None) -> bool:
            if self._rings(stop, timeout):
                time.sleep(_GATHER_SECONDS)
            return stop.is_set()

        def set_() -> None:
            threading.Event.set(stop)
            with self._moved:
                self._moved.notify_all()

        vars(stop).update(wait=wait, set=set_)

    def _rings(self, stop: threading.Event, timeout: float | None) -> bool:
        me = threading.current_thread().name
        with self._moved:
            self._moved.wait_for(lambda: stop.is_set() or self._is_rung(me), timeout)
            rings = self._is_rung(me)
            self._heard[me] = self._rung[me]
        return rings and not stop.is_set()

    def _is_rung(self, thread: str) -> bool:
        return self._rung[thread] != self._heard[thread]


def _thread(queue: str) -> str:
    return f"queue-worker-{queue}"
