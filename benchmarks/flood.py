"""Floods the real `chatkut run` with messages, as a chat platform that has much to say would.

Messages come at a steady rate over many channels, a tenth of them twice, whether or not the ones
before are acknowledged. Prints how long the acknowledgement of durable acceptance took, against the
three seconds that Slack gives, and, when everything was answered, what was lost and what was
answered twice. Client, chat and bot share the machine.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import click

from tests.adapters.chat.bridge_site import BridgeSite

_PORT = 8097
BOT = f"http://127.0.0.1:{_PORT}"
_REDELIVERED = 0.1
_DEADLINE_SECONDS = 3.0
_TEXTS = ("how long is it?", "undo", "what's at 0:02?", "history", "add a title 'Hi' for 2 seconds")


@dataclass
class Flood:
    """What was sent and how it was taken. `waits` are seconds until acknowledgement."""

    url: str
    token: str
    waits: list[float] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)
    refused: Counter[int] = field(default_factory=Counter)

    async def run(self, rate: float, seconds: float, channels: int) -> None:
        """Send at a steady rate."""
        headers = {"Authorization": f"Bearer {self.token}"}
        dice, began = random.Random(1), time.perf_counter()  # noqa: S311
        connector = aiohttp.TCPConnector(limit=0)
        async with (
            aiohttp.ClientSession(headers=headers, connector=connector) as client,
            asyncio.TaskGroup() as tasks,
        ):
            for number in range(round(rate * seconds)):
                await asyncio.sleep(began + number / rate - time.perf_counter())
                again = number and dice.random() < _REDELIVERED
                which = dice.randrange(number) if again else number
                tasks.create_task(self._send(client, which, channels))

    async def _send(self, client: aiohttp.ClientSession, number: int, channels: int) -> None:
        message = {
            "id": f"m{number}",
            "channel": f"c{number % channels}",
            "author": "anna",
            "text": _TEXTS[number % len(_TEXTS)],
        }
        began = time.perf_counter()
        async with client.post(f"{self.url}/bridge/messages", json=message) as response:
            self.waits.append(time.perf_counter() - began)
            if response.status == 202:
                self.accepted.add(message["id"])
            else:
                self.refused[response.status] += 1


@asynccontextmanager
async def service(folder: Path, site: BridgeSite) -> AsyncIterator[None]:
    """The bot, as it is run, on an empty data directory."""
    env = os.environ | {
        "CHATKUT_DATA_DIR": str(folder),
        "CHATKUT_BRIDGE_URL": site.url,
        "CHATKUT_BRIDGE_TOKEN": site.token,
        "CHATKUT_BRIDGE_MEDIA_HOSTS": site.host,
        "CHATKUT_HTTP_PORT": str(_PORT),
        "CHATKUT_GRACE_SECONDS": "1",
        "CHATKUT_PERSON_PER_MINUTE": "0",
        "CHATKUT_CHANNEL_PER_MINUTE": "0",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=env, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _ready(process)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(process: asyncio.subprocess.Process) -> None:
    async with aiohttp.ClientSession() as client:
        while process.returncode is None:
            try:
                async with client.get(f"{BOT}/readyz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)
    raise click.ClickException("the bot did not start")


async def answered(site: BridgeSite, accepted: set[str], patience_seconds: float) -> float:
    """Wait until every message has an answer, or nothing comes any more; the seconds it took."""
    began = latest = time.perf_counter()
    seen = -1
    while len({post.content.in_reply_to for post in list(site.posts)} & accepted) < len(accepted):
        if len(site.posts) > seen:
            seen, latest = len(site.posts), time.perf_counter()
        if time.perf_counter() - latest > patience_seconds:
            break
        await asyncio.sleep(0.5)
    return time.perf_counter() - began


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def measure(rate: float, seconds: float, channels: int) -> None:
    """Flood, wait, count, print."""
    with tempfile.TemporaryDirectory() as folder, BridgeSite(idempotent=False) as site:
        async with service(Path(folder), site):
            flood = Flood(BOT, site.token)
            await flood.run(rate, seconds, channels)
            drained = await answered(site, flood.accepted, patience_seconds=60)
    posts = Counter(post.content.key for post in site.posts)
    told = {post.content.in_reply_to for post in site.posts}
    p50, p99 = (percentile(flood.waits, share) * 1000 for share in (0.5, 0.99))
    print(
        f"sent={len(flood.waits)} accepted={len(flood.accepted)} refused={flood.refused.total()} "
        f"lost={len(flood.accepted - told)} duplicated={sum(posts.values()) - len(posts)}"
    )
    print(
        f"acknowledged after p50 {p50:.0f} ms, p99 {p99:.0f} ms, at most "
        f"{max(flood.waits) * 1000:.0f} ms: {p99 / _DEADLINE_SECONDS / 1000:.2f} of the deadline"
    )
    print(
        f"all answered {drained:.0f} s after the last one: {len(told) / (seconds + drained):.0f}/s"
    )


@click.command()
@click.option("--rate", default=200.0, show_default=True, help="Messages a second.")
@click.option("--seconds", default=60.0, show_default=True, help="For how long.")
@click.option("--channels", default=50, show_default=True)
def main(rate: float, seconds: float, channels: int) -> None:
    """Flood the bot, and print how it copes."""
    asyncio.run(measure(rate, seconds, channels))


if __name__ == "__main__":
    main()
