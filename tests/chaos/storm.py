"""Storms: people talk, the chat loses answers, and processes are killed at any moment."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.adapters.chat.bridge_site import BridgeSite
from tests.chaos.audit import Finding, audit
from tests.chaos.books import opened
from tests.chaos.service import Service, until
from tests.chaos.speaker import Speaker

CHANNELS = ("launch", "trailer", "recap")

_LOSS = 0.1
_DELAYS = (0.0, 0.0, 0.05, 0.4)
_KILLS_WITHOUT_BREATH = 6
_QUIET_SECONDS = 300.0
_MOMENT_SECONDS = 6.0
"""So long it is waited for the moment to kill; then any moment will do."""


@dataclass
class Outcome:
    """What a storm came to."""

    seed: int
    kills: int = 0
    accepted: int = 0
    films: int = 0
    seconds: float = 0
    findings: list[Finding] = field(default_factory=list)
    takeovers: list[float] = field(default_factory=list)
    """Seconds until others had all the work of a killed one."""

    def __str__(self) -> str:
        faults = Counter(finding.fault for finding in self.findings)
        parts = [f"kills={self.kills}", f"accepted={self.accepted}"]
        parts += [f"{fault}={faults[fault]}" for fault in ("lost", "duplicated", "orphans")]
        parts += [f"disordered={faults['disordered']}", f"films={self.films}"]
        if self.takeovers:
            parts.append(f"takeover={max(self.takeovers):.1f}s")
        return " ".join([*parts, f"seconds={self.seconds:.0f}", f"seed={self.seed}"])


def storm(folder: Path, kills: int, seed: int, *, idempotent: bool) -> Outcome:
    """One process on SQLite, killed so often."""
    with _begun(seed, idempotent) as (site, speakers, outcome):
        service = Service(folder, site)
        with _ended_after(service):
            blows = Blows(service, site, seed)
            outcome.kills += blows.in_start_up()  # when there are no tables yet
            service.start()
            service.be_ready()
            _start_talking(site, service, speakers)
            breath = outcome.kills + _KILLS_WITHOUT_BREATH
            while outcome.kills < kills:
                outcome.kills += blows.next()
                if outcome.kills >= breath:
                    _let_breathe(service)
                    breath = outcome.kills + _KILLS_WITHOUT_BREATH
            _finish(outcome, site, speakers, [service])
    return outcome


def _let_breathe(service: Service) -> None:
    """Let it finish what it is at: a job that dies with its process ten times is given up."""
    with opened(service.data) as books:
        busy = books.running(service.executor)
        until(lambda: not busy & books.running(service.executor) or None, "it has breath")


class Blows:
    """Strikes a service down at moments of all kinds, and has it start again each time."""

    def __init__(self, service: Service, site: BridgeSite, seed: int) -> None:
        self._service = service
        self._site = site
        self._random = random.Random(f"{seed} blows")  # noqa: S311
        self._moments: tuple[Callable[[], None], ...] = (
            self._some_time,
            self._some_time,
            self._as_something_is_said,
            self._as_a_file_comes,
            self._as_a_film_is_made,
        )

    def next(self) -> int:
        """One blow, or two in quick succession; how many it was."""
        self._site.delay_seconds = self._random.choice(_DELAYS)
        if self._random.random() < 0.3:
            self._site.answer_next(self._random.choice([429, 502, 503]), Retry_After="0")
        self._random.choice(self._moments)()
        kills = self._strike()
        if self._random.random() < 0.25:
            kills += self.in_start_up()
        self._service.start()
        self._service.be_ready()
        return kills

    def in_start_up(self) -> int:
        """Start it, only to kill it before it is done, or soon after."""
        self._service.start()
        time.sleep(self._random.uniform(0, 3))
        return self._service.kill()

    def _strike(self) -> int:
        """Kill it, sometimes while it stops, or let it stop in peace; how many kills that was."""
        manner = self._random.random()
        assert self._service.process
        if manner < 0.1:
            self._service.stop()
            return 0
        if manner < 0.2:
            self._service.process.terminate()
            time.sleep(self._random.uniform(0, 1))
        return self._service.kill()

    def _some_time(self) -> None:
        time.sleep(self._random.uniform(0, 3))

    def _as_something_is_said(self) -> None:
        before = len(self._site.posts)
        self._site.wait(lambda posts: len(posts) > before, _MOMENT_SECONDS)

    def _as_a_file_comes(self) -> None:
        before = self._asked()
        _moment(lambda: self._asked() > before)
        time.sleep(self._random.uniform(0, 0.5))

    def _as_a_film_is_made(self) -> None:
        _moment(lambda: any(self._service.data.glob("renders/*/.*.part")))
        time.sleep(self._random.uniform(0, 3))

    def _asked(self) -> int:
        return sum(len(clip.asked) for clip in list(self._site.clips.values()))


def _moment(has_come: Callable[[], bool]) -> None:
    with suppress(TimeoutError):
        until(lambda: has_come() or None, "the moment", _MOMENT_SECONDS)


def shared_storm(
    folder: Path, kills: int, seed: int, database_url: str, *, idempotent: bool
) -> Outcome:
    """A front and two workers on Postgres, which are killed so often altogether.

    Every other time it is a worker, whose work is left to the other one; else it is anyone, who is
    started again at once.
    """
    with _begun(seed, idempotent) as (site, speakers, outcome), ExitStack() as stack:
        front, *workers = (
            Service(folder, site, role, name, database_url)
            for role, name in (("front", "front"), ("worker", "ann"), ("worker", "ben"))
        )
        for service in (front, *workers):
            stack.enter_context(_ended_after(service))
        front.start()
        front.be_ready()  # it makes the tables
        for worker in workers:
            worker.start()
            worker.be_ready()
        _start_talking(site, front, speakers)
        chance = random.Random(f"{seed} workers")  # noqa: S311
        while outcome.kills < kills:
            site.delay_seconds = chance.choice(_DELAYS)
            time.sleep(chance.uniform(0, 2))
            if outcome.kills % 2:
                victim = chance.choice([front, *workers])
                outcome.kills += victim.kill()
            else:
                victim = chance.choice(workers)
                outcome.takeovers.append(_taken_over(victim))
                outcome.kills += 1
            victim.start()
            victim.be_ready()
        _finish(outcome, site, speakers, [front, *workers])
    return outcome


def _taken_over(victim: Service) -> float:
    """Kill a worker that is at work; how many seconds it took until others had that."""
    with opened(victim.data, victim.database_url) as books:
        until(lambda: books.running(victim.executor), f"{victim.name} has something to do")
        victim.kill()
        since = time.monotonic()
        until(lambda: not books.running(victim.executor) or None, "it is taken over")
        return time.monotonic() - since


def _start_talking(site: BridgeSite, service: Service, speakers: Sequence[Speaker]) -> None:
    site.bot = f"http://127.0.0.1:{service.port}"
    for speaker in speakers:
        speaker.start()


def _finish(
    outcome: Outcome, site: BridgeSite, speakers: Sequence[Speaker], services: Sequence[Service]
) -> None:
    """Let everything be done, stop the services in peace, and look at what they leave."""
    for speaker in speakers:
        speaker.stop()
    first = services[0]
    with opened(first.data, first.database_url) as books:
        try:
            until(lambda: not books.unfinished() or None, "all is quiet", _QUIET_SECONDS)
        except TimeoutError:
            outcome.findings += [Finding("lost", f"unfinished: {w}") for w in books.unfinished()]
        for service in reversed(services):
            service.stop()
        outcome.accepted = sum(len(speaker.accepted) for speaker in speakers)
        outcome.films = sum(film.state == "done" for film in books.renders())
        outcome.findings += audit(books, site, speakers, first.data)
    for service in services:
        outcome.findings += [Finding("orphans", str(f)) for f in service.scratch.iterdir()]


@contextmanager
def _begun(seed: int, idempotent: bool) -> Iterator[tuple[BridgeSite, list[Speaker], Outcome]]:
    outcome, since = Outcome(seed), time.monotonic()
    with BridgeSite(idempotent=idempotent, loss=_LOSS, seed=seed) as site:
        yield site, [Speaker(site, channel, seed) for channel in CHANNELS], outcome
    outcome.seconds = time.monotonic() - since


@contextmanager
def _ended_after(service: Service) -> Iterator[None]:
    try:
        yield
    finally:
        service.end()
