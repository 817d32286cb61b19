"""Times what a person waits for in a channel: from sending a message until its receipt is posted.

The real `chatkut run`, spoken to over HTTP through the bridge: durable acceptance, offline planner,
commit, timeline picture, outbox, post. One message at a time, against a goal of 300 ms.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import click

from benchmarks.flood import BOT, service
from benchmarks.message import clip
from tests.adapters.chat.bridge_site import BridgeSite, Clip

_GOAL_SECONDS = 0.3
_EDITS = ("trim it to 2 seconds", "undo", "make it twice as fast", "undo")


def say(site: BridgeSite, number: int, text: str, **more: object) -> float:
    """Say something; seconds until the first answer is posted."""
    message = {"id": f"m{number}", "channel": "launch", "author": "anna", "text": text, **more}
    began = time.perf_counter()
    site.say(message)
    if not site.wait(lambda posts: any(p.content.in_reply_to == message["id"] for p in posts)):
        raise click.ClickException(f"no answer to {text!r}")
    return time.perf_counter() - began


async def measure(rounds: int) -> None:
    """Drop a clip, edit it again and again, print."""
    with tempfile.TemporaryDirectory() as folder, BridgeSite() as site:
        site.bot = BOT
        film = await clip(Path(folder) / "clip.mp4")
        file = {"name": "clip.mp4", "url": site.clip("clip.mp4", Clip(film.read_bytes()))}
        async with service(Path(folder) / "data", site):
            await asyncio.to_thread(say, site, -1, "", attachments=[file])
            waits = [
                await asyncio.to_thread(say, site, number, _EDITS[number % len(_EDITS)])
                for number in range(rounds)
            ]
    p50, p95 = statistics.median(waits), sorted(waits)[int(0.95 * len(waits))]
    print(
        f"message → receipt posted: p50 {p50 * 1000:.0f} ms ({p50 / _GOAL_SECONDS:.2f} of the "
        f"goal), p95 {p95 * 1000:.0f} ms, {len(waits)} edits"
    )


@click.command()
@click.option("--rounds", default=60, show_default=True)
def main(rounds: int) -> None:
    """Edit through the bridge, and print how long a receipt takes."""
    asyncio.run(measure(rounds))


if __name__ == "__main__":
    main()
